"""A cell's source as top-level statements: a form in which layout does not count, and the names it uses. Pure."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from jupyter_dataops.dataflow.loads import LOADER, Asked, loads_in
from jupyter_dataops.dataflow.source import parse
from jupyter_dataops.plan.imports import NOTHING, Imports, imports_of, together


class Statement(Struct, frozen=True):
    """One top-level statement, or a whole cell that is not plain Python."""

    form: str
    """The same for sources that differ in comments and layout alone."""
    uses: frozenset[str]
    """Every name that occurs in it."""
    binds: frozenset[str] = frozenset()
    is_definition: bool = False
    """It does nothing but bind names: without a reader it has no effect."""
    imports: Imports = NOTHING
    loads: frozenset[str | Asked | None] = frozenset()
    """Assets whose newest version it loads, if the function of that name is ours; `None`: one that it does not name."""


@lru_cache(maxsize=16384)
def statements(source: str, language: str = "python") -> tuple[Statement, ...]:
    """The statements of `source`; one piece of text where it is not Python, magics included.

    Notes
    -----
    Kept, since a notebook that runs for each element of a list is asked about as often, and a plan asks twice.

    Examples
    --------
    >>> statements("x = 1  # one") == statements("x=1")
    True
    >>> [statement.form for statement in statements("%matplotlib inline ")]
    ['text:%matplotlib inline']
    """
    if language != "python":
        return _as_text(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # An invalid escape sequence is the user's to see, when the cell runs.
            tree = ast.parse(source)  # Takes a top-level await, too: only compiling would refuse it.
        return tuple(_statement(node, may_load=LOADER in source) for node in tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _as_text(source, *_beside_magics(source))


def imports_in(parts: Iterable[Statement]) -> Imports:
    """Everything that `parts` import."""
    return together(part.imports for part in parts)


def used_names(parts: Iterable[Statement]) -> frozenset[str]:
    """Every name that occurs in `parts`."""
    return frozenset().union(*(part.uses for part in parts))


def reached(parts: Iterable[Statement], names: Iterable[str]) -> tuple[tuple[Statement, ...], frozenset[str]]:
    """The statements on which a reader of `names` depends, in their order, and all names that these and it use.

    That is: whatever does more than bind, and the definitions of names used by the reader, by those, or by one another.
    Errs towards too many.
    """
    ordered = tuple(parts)
    definers: dict[str, list[int]] = {}
    for index, part in enumerate(ordered):
        for name in part.binds if part.is_definition else ():
            definers.setdefault(name, []).append(index)
    taken = {index for index, part in enumerate(ordered) if not part.is_definition}
    wanted = set(names) | used_names(ordered[index] for index in taken)
    to_follow = list(wanted)
    while to_follow:
        for index in definers.pop(to_follow.pop(), ()):
            taken.add(index)
            to_follow.extend(ordered[index].uses - wanted)
            wanted |= ordered[index].uses
    return tuple(ordered[index] for index in sorted(taken)), frozenset(wanted)


def _as_text(
    source: str, imports: Imports = NOTHING, loads: frozenset[str | Asked | None] = frozenset()
) -> tuple[Statement, ...]:
    text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    uses = frozenset(re.findall(r"[^\W\d]\w*", text))
    return (Statement("text:" + text, uses, imports=imports, loads=loads),) if text else ()


def _beside_magics(source: str) -> tuple[Imports, frozenset[str | Asked | None]]:
    try:
        tree = parse(source)
        return imports_of(tree), _loads(tree) if LOADER in source else frozenset()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Imports(is_known=False), frozenset({None} if LOADER in source else ())


def _loads(tree: ast.AST) -> frozenset[str | Asked | None]:
    return frozenset(load.said for load in loads_in(tree))


def _statement(node: ast.stmt, *, may_load: bool) -> Statement:
    uses = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    binds = _bound(node)
    return Statement(
        "ast:" + ast.dump(node),
        frozenset(uses),
        frozenset(binds),
        _only_binds(node),
        imports_of(node),
        _loads(node) if may_load else frozenset(),
    )


def _bound(node: ast.stmt) -> set[str]:
    match node:
        case ast.Import(names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return {name}
        case ast.Assign() | ast.AnnAssign():
            return {
                part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            }
        case _:
            return set()


def _only_binds(node: ast.stmt) -> bool:
    match node:
        case ast.Import():
            return True
        case ast.ImportFrom(names=names):
            return all(alias.name != "*" for alias in names)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return not node.decorator_list and not _acts(node.args)
        case ast.ClassDef():
            return not node.decorator_list
        case ast.Assign(targets, value):
            return all(_is_name(target) for target in targets) and not _acts(value)
        case ast.AnnAssign(target, _, value):
            return _is_name(target) and (value is None or not _acts(value))
        case ast.Expr(ast.Constant()):
            return True
        case _:
            return False


def _is_name(target: ast.expr) -> bool:
    match target:
        case ast.Name():
            return True
        case ast.Tuple(elements) | ast.List(elements):
            return all(_is_name(element) for element in elements)
        case _:
            return False


def _acts(node: ast.AST) -> bool:
    """Whether evaluating it may do something besides giving a value."""
    acting = (ast.Call, ast.Await, ast.NamedExpr, ast.Subscript, ast.Attribute)
    return any(isinstance(part, acting) for part in ast.walk(node))
