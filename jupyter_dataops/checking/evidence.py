"""What made a check fail: the values in the condition that did not hold, and the rows.

The condition is evaluated once more, in the kernel in which it has just failed. That is cut off after a second, and
whatever it raises means that there is nothing to show: a check's failure never depends on it.
"""

from __future__ import annotations

import ast
import json
import linecache
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType, ModuleType, TracebackType
from typing import Any, Final

from jupyter_dataops.checking import rows

_LIMIT_S: Final = 1.0
_MOST_TEXT: Final = 200
_MOST_VALUES: Final = 10

Evaluate = Callable[[ast.expr], Any]


def facts_of_last_error() -> str:
    """JSON of what the error that IPython showed last says, or its ``assert``: ``failing_rows``, ``values``."""
    return json.dumps(_careful(lambda: facts_of_error(sys.last_value)))


def facts_of_error(error: BaseException | None) -> dict[str, Any]:
    """The facts of `error`: a validator's list of failure cases, or the condition of the ``assert`` that raised it."""
    cases = getattr(error, "failure_cases", None)  # pandera
    if cases is not None:
        return {"failing_rows": rows.of_cases(cases)}
    if not isinstance(error, AssertionError) or error.__traceback__ is None:
        return {}
    frame, line = _innermost(error.__traceback__)
    test = _asserted("".join(linecache.getlines(frame.f_code.co_filename)), line)
    return {} if test is None else facts_of_test(test, {**frame.f_globals, **frame.f_locals})


def facts_of_test(test: ast.expr, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a condition that did not hold; empty where it holds now, or cannot be evaluated again.

    Examples
    --------
    >>> test = ast.parse("all(n > 1 for n in numbers) and len(numbers) > 9", mode="eval").body
    >>> facts_of_test(test, {"numbers": [1, 2]})
    {'failing_rows': {'columns': ['n'], 'rows': [[1]], 'count': 1}}
    >>> facts_of_test(test, {"numbers": [2, 2]})
    {'values': {'len(numbers)': '2'}}
    """
    return _careful(lambda: _explain(test, dict(namespace)))


def _careful(find: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `find` finds, if that is quick, goes well and can be stored."""
    try:
        with _within(_LIMIT_S):
            found = find()
            json.dumps(found, allow_nan=False)
    except BaseException:  # noqa: BLE001 - the user's code: an interrupt, an exit, too deep a recursion
        return {}
    return found


class _TooLong(BaseException):
    """Not an `Exception`, which the user's code may catch."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise in the block after `seconds`; no limit where the system has no timer, or outside the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def _innermost(trace: TracebackType) -> tuple[FrameType, int]:
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame, trace.tb_lineno


def _asserted(source: str, line: int) -> ast.expr | None:
    """The condition of the ``assert`` at `line`."""
    found = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return found[-1].test if found else None


def _explain(test: ast.expr, namespace: dict[str, Any]) -> dict[str, Any]:
    def evaluate(expression: ast.expr) -> Any:
        # One mapping for both: a comprehension inside would not see local names.
        return eval(compile(ast.Expression(expression), "<check>", "eval"), namespace)  # noqa: S307 - the user's own code

    if bool(evaluate(test)):
        return {}  # it has changed what it looks at: nothing that it says now is to be trusted
    guilty, wanted = _guilty(test, evaluate, wanted=True)
    found = _failing_rows(guilty, evaluate, wanted=wanted)
    values = _values(guilty, evaluate)
    return {**({"failing_rows": found} if found else {}), **({"values": values} if values else {})}


def _guilty(test: ast.expr, evaluate: Evaluate, *, wanted: bool) -> tuple[ast.expr, bool]:
    """The part of `test` that is to blame, and what it should have been."""
    match test:
        case ast.UnaryOp(ast.Not(), operand):
            return _guilty(operand, evaluate, wanted=not wanted)
        case ast.BoolOp(_, operands):
            part = next(part for part in operands if bool(evaluate(part)) != wanted)
            return _guilty(part, evaluate, wanted=wanted)
        case _:
            return test, wanted


def _failing_rows(test: ast.expr, evaluate: Evaluate, *, wanted: bool) -> rows.FailingRows | None:
    match test:
        case ast.Call(ast.Attribute(inner, "all" | "any" as kind), [], _):
            return _rows_where(inner, evaluate, wrong=not wanted) if (kind == "all") == wanted else None
        case ast.Call(ast.Attribute(_, "all" | "any" as kind) | ast.Name("all" | "any" as kind), [inner], _):
            return _rows_where(inner, evaluate, wrong=not wanted) if (kind == "all") == wanted else None
        case ast.Compare(ast.Call(ast.Attribute(inner, "sum"), [], _), [ast.Eq()], [ast.Constant(0)]) if wanted:
            return _rows_where(inner, evaluate, wrong=True)
        case ast.Attribute(inner, "is_unique") if wanted:
            repeated = ast.parse(f"({ast.unparse(inner)}).duplicated(keep=False)", mode="eval").body
            return _rows_where(repeated, evaluate, wrong=True)
        case _:
            return None


def _rows_where(condition: ast.expr, evaluate: Evaluate, *, wrong: bool) -> rows.FailingRows | None:
    """The rows for which `condition`, which says something of each, is `wrong`."""
    match condition:
        case ast.Call(ast.Attribute(inner, "all" | "any"), [], _):  # df.notna().all().all()
            return _rows_where(inner, evaluate, wrong=wrong)
        case ast.GeneratorExp(said, [ast.comprehension(target, source, conditions, 0)]) | ast.ListComp(
            said, [ast.comprehension(target, source, conditions, 0)]
        ):
            return _elements_where(said, target, source, conditions, evaluate, wrong=wrong)
        case _:
            return rows.where(evaluate(condition), wrong, list(_parts(condition, evaluate)))


def _elements_where(
    said: ast.expr, target: ast.expr, source: ast.expr, conditions: list[ast.expr], evaluate: Evaluate, *, wrong: bool
) -> rows.FailingRows | None:
    blame = said if wrong else ast.UnaryOp(ast.Not(), said)
    shown = ast.parse(ast.unparse(target), mode="eval").body  # the target, to be read instead of bound
    loop = ast.GeneratorExp(shown, [ast.comprehension(target, source, [*conditions, blame], 0)])
    names = [ast.unparse(part) for part in target.elts] if isinstance(target, ast.Tuple) else [ast.unparse(target)]
    return rows.of_elements(evaluate(ast.fix_missing_locations(loop)), names)


def _parts(expression: ast.expr, evaluate: Evaluate) -> Iterator[Any]:
    """What the names in an expression, and the places that it reaches from them, hold."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            try:
                value = evaluate(node)
            except Exception:  # noqa: BLE001, S112 - a name that the expression itself binds
                continue
            if not callable(value) and not isinstance(value, ModuleType):
                yield value


def _values(test: ast.expr, evaluate: Evaluate) -> dict[str, str]:
    """The values that were compared; of a condition that compares nothing, its own, unless that says nothing new."""
    if isinstance(test, ast.Compare):
        said = [test.left, *test.comparators]
    else:
        said = [] if any(isinstance(node, ast.Compare) for node in ast.walk(test)) else [test]
    found = {}
    for side in said[:_MOST_VALUES]:
        if not any(isinstance(node, ast.Name) for node in ast.walk(side)):
            continue  # a literal
        value = evaluate(side)
        if type(value).__name__ not in ("bool", "bool_"):
            found[_cut(ast.unparse(side))] = _cut(_said(value))
    return found


def _said(value: Any) -> str:
    """The value in words: a number as itself, whichever library's it is."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    return repr(value)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"
