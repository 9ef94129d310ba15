"""Whether a check has passed: it must say so.

A check passes only if its cells ran to the end *and* it gave a verdict. The value of a cell's last expression is one
where it is true or false. Otherwise the code must be of the kind that raises when something is wrong: an ``assert``, a
``raise``, or a call of a validator. What may mean either - a number, a table, a mask, a value that a semicolon hides -
is no verdict, since a check that passes by silence is worse than none.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.checking.evidence import facts_of_test

_BEGIN: Final = "__dataops__.begin("
_END: Final = "__dataops__.verdict("
_TRANSPARENT: Final = frozenset({"time", "timeit", "prun", "capture"})
"""Cell magics that execute their body as a cell."""
_SAYS_NOTHING: Final = frozenset({"print", "display", "get_ipython", "info", "debug", "warning"})
"""Calls that look at something, and raise nothing when it is wrong."""
_VALIDATES: Final = ("validat", "check", "expect", "assert", "verif", "ensure")
"""What the name of a function holds whose value is beside the point: it raises when something is wrong."""
_BOOLEAN: Final = frozenset({"bool", "boolean", "bool_", "torch.bool", "bool[pyarrow]"})
_CURE: Final = "end it with a condition, as in (df.price > 0).all(), or write assert in front of one"


class Verdict(Struct, frozen=True):
    """What a check has found."""

    passed: bool
    sentence: str
    """Why, or what to write where it gave no verdict."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """As in `jupyter_dataops.records.Failure`."""


class CheckCell(Struct, frozen=True):
    """A cell of a check that has run to its end."""

    source: str
    """As Python: magics are calls."""
    value: Any = None
    """Of its last expression; `None` also where it has none, or a semicolon hides it."""


def judge(namespace: Mapping[str, Any]) -> Verdict:
    """The verdict of the check whose cells have run in this notebook, by IPython's ``In`` and ``Out``."""
    return judge_cells(_cells(namespace), namespace)


def judge_cells(cells: Sequence[CheckCell], namespace: Mapping[str, Any]) -> Verdict:
    """The verdict of `cells`; each of them that ends with true or false must end with true.

    Examples
    --------
    >>> judge_cells([CheckCell("x > 0", False)], {"x": -1})
    Verdict(passed=False, sentence='x > 0 is False', facts={'values': {'x': '-1'}})
    >>> judge_cells([CheckCell("x")], {}).sentence[:28]
    'the check gives no verdict: '
    """
    readings = [_Reading.of(cell) for cell in cells]
    for reading in readings:
        if _truth(reading.value) is False:
            facts = facts_of_test(reading.expression, namespace) if reading.expression is not None else {}
            return Verdict(False, f"{reading.shown} is False", facts)
    if not readings:
        return _none(f"it has no code: {_CURE}")
    return _of_true_and_undecided(readings, namespace)


def _of_true_and_undecided(readings: Sequence[_Reading], namespace: Mapping[str, Any]) -> Verdict:
    last = readings[-1]
    if _truth(last.value) is True:
        return Verdict(True, f"{last.shown} is True")
    if _is_mask(last.value):
        return _none(f"its last line has many values, true and false: end it with .all(), as in ({last.shown}).all()")
    if any(_truth(reading.value) for reading in readings) or any(reading.raises for reading in readings):
        return Verdict(True, "nothing raised")
    problem = last.hidden(namespace) if last.value is None else last.ambiguous()
    if problem:
        return _none(problem)
    if any(reading.calls for reading in readings):
        return Verdict(True, "nothing raised")
    return _none(f"it neither asserts nor calls anything: {_CURE}")


def _none(why: str) -> Verdict:
    return Verdict(False, f"the check gives no verdict: {why}")


class _Reading(Struct, frozen=True):
    """A cell's code, as far as its verdict goes."""

    value: Any
    body: Sequence[ast.stmt]
    is_silenced: bool
    """What its last expression came to was not to be seen."""

    @classmethod
    def of(cls, cell: CheckCell) -> _Reading:
        """The reading of `cell`; below a magic that runs its body, that of the body."""
        source, body, is_silenced = cell.source, _parsed(cell.source), False
        while (inner := _magic_body(body)) is not None:
            magic, source = inner
            body = _parsed(source)
            is_silenced = is_silenced or magic != "time"
        return cls(cell.value, body, is_silenced or _ends_with_semicolon(source))

    @property
    def expression(self) -> ast.expr | None:
        """Its last expression."""
        last = self.body[-1] if self.body else None
        return last.value if isinstance(last, ast.Expr) else None

    @property
    def shown(self) -> str:
        """Its last expression, as text."""
        text = "its last line" if self.expression is None else ast.unparse(self.expression)
        return text if len(text) <= 100 else f"{text[:99]}…"

    @property
    def raises(self) -> bool:
        """Whether it raises by itself: a function that it only defines does not count."""
        return any(isinstance(node, ast.Assert | ast.Raise) for node in _executed(self.body))

    @property
    def calls(self) -> bool:
        """Whether it calls what may raise: for its own sake, or something that by its name validates."""
        statements = (node.value for node in _executed(self.body) if isinstance(node, ast.Expr))
        return _validates(self.body) or any(_acts(statement) for statement in statements)

    def hidden(self, namespace: Mapping[str, Any]) -> str | None:
        """What to write, where the cell came to something that nobody sees."""
        last = self.body[-1] if self.body else None
        if isinstance(last, ast.Expr) and self.is_silenced:
            return "the value of its last line is hidden: take the semicolon, or magic, away"
        if isinstance(last, ast.Expr) and _called(last.value) in ("all", "any"):
            return f"{self.shown} is None, neither true nor false: fill the missing values first"
        names = [target.id for target in getattr(last, "targets", ()) if isinstance(target, ast.Name)]
        for name in names:
            if _truth(namespace.get(name)) is not None or _is_mask(namespace.get(name)):
                return f"it keeps its condition in '{name}' and does nothing with it: write assert {name} below"
        return None

    def ambiguous(self) -> str | None:
        """What to write, where the value means neither yes nor no."""
        if _validates(self.body[-1:]):
            return None
        kind = type(self.value).__name__
        return f"its last line is of type {kind}, neither true nor false: {_CURE}"


def _cells(namespace: Mapping[str, Any]) -> list[CheckCell]:
    sources: Sequence[str] = namespace.get("In", ())
    values: Mapping[int, Any] = namespace.get("Out", {})
    begun = max((count for count, source in enumerate(sources) if _BEGIN in source), default=0)
    return [
        CheckCell(source, values.get(count))
        for count, source in enumerate(sources)
        if count > begun and source.strip() and not source.startswith(_END)
    ]


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # a magic's body that holds magics
        return []


def _magic_body(body: Sequence[ast.stmt]) -> tuple[str, str] | None:
    match body:
        case [
            ast.Expr(
                ast.Call(
                    ast.Attribute(_, "run_cell_magic"),
                    [ast.Constant(str() as magic), ast.Constant(), ast.Constant(str() as inner)],
                )
            )
        ] if magic in _TRANSPARENT:
            return magic, inner
        case _:
            return None


def _ends_with_semicolon(source: str) -> bool:
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ";"


def _executed(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes but those in the bodies of functions and classes, which may never run."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _calls(body: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    return (node for node in _executed(body) if isinstance(node, ast.Call))


def _validates(body: Sequence[ast.stmt]) -> bool:
    return any(word in _called(call).lower() for call in _calls(body) for word in _VALIDATES)


def _acts(statement: ast.expr) -> bool:
    call = statement.value if isinstance(statement, ast.Await) else statement
    return isinstance(call, ast.Call) and _SAYS_NOTHING.isdisjoint((_root(call), _called(call)))


def _called(node: ast.expr) -> str:
    """Name of the function that the expression calls; empty where it calls none by name."""
    match node:
        case ast.Call(ast.Name(name)) | ast.Call(ast.Attribute(_, name)):
            return name
        case _:
            return ""


def _root(node: ast.expr) -> str:
    """The name at which a dotted expression starts."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _truth(value: Any) -> bool | None:
    """What a value says that is true or false; `None`: it is neither."""
    if isinstance(value, bool):
        return value
    if _is_boolean(value) and getattr(value, "shape", None) == ():
        return bool(value)
    success = getattr(value, "success", None)  # the result of a validator such as Great Expectations
    return success if isinstance(success, bool) else None


def _is_mask(value: Any) -> bool:
    return _is_boolean(value) and getattr(value, "shape", ()) != ()


def _is_boolean(value: Any) -> bool:
    kinds = getattr(value, "dtypes", None)
    kinds = [getattr(value, "dtype", None)] if kinds is None or not hasattr(value, "columns") else list(kinds)
    return bool(kinds) and all(str(kind).lower() in _BOOLEAN for kind in kinds)
