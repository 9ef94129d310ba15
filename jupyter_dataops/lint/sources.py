"""Rules about what single cells say: ``DO007`` (parameters), ``DO016`` (paths and secrets), ``DO030`` (assets)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from jupyter_dataops.dataflow.loads import LOADER, PACKAGE, loads_in
from jupyter_dataops.lint.models import Subject
from jupyter_dataops.spec.models import Cell, Problem, Role
from jupyter_dataops.spec.parameters import read_parameters

_LITERAL: Final = (
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.BinOp,
    ast.unaryop,
    ast.operator,
    ast.expr_context,
)
_MAGIC: Final = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
_ABSOLUTE: Final = re.compile(
    r"(/(home|Users|root|mnt|media|Volumes|data|tmp|var|opt|srv|usr|etc|content|kaggle|dbfs)/|[A-Za-z]:[\\/](?!/)|\\\\\w)"
)
_KEY: Final = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{35}"
    r"|sk-[A-Za-z0-9_-]{20,}|glpat-[\w-]{20}|hf_[A-Za-z0-9]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@{]+:[^/\s@{]+@"
)
_SECRET_NAME: Final = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)$", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"[<{$*].*|x+|\.+|(your|my|the|some)[-_ ].*|change.?me|example|dummy|test|none", re.IGNORECASE
)
_SHORTEST_SECRET: Final = 6


def check_parameters_are_literals(subject: Subject) -> Iterator[Problem]:
    """``DO007``: each node runs the ``parameters`` cell anew, and forms show what it assigns without running it."""
    for cell in subject.spec.cells_with(Role.PARAMETERS):
        tree = _parse(cell.source)
        for statement in tree.body if tree else ():
            if not _assigns_literals(statement):
                yield Problem(
                    "DO007",
                    f"line {statement.lineno} of the 'parameters' cell is not the assignment of a literal value:"
                    f" {_shown(statement)}",
                    "keep only lines like NAME = VALUE there, and compute the rest in a 'setup' cell",
                    cell.id,
                    cell.index,
                )


def check_portable(subject: Subject) -> Iterator[Problem]:
    """``DO016``: absolute paths, which another machine has not, and secrets, which everyone with the file can read."""
    for cell in subject.spec.cells_with(Role.PARAMETERS, Role.SETUP, Role.NODE, Role.CHECK):
        for names, value, line in _strings(cell.source):
            if name := next((name for name in names if _is_secret(name, value)), None):
                yield _secret(cell, line, f"'{name}' holds what looks like a secret")
            elif _KEY.search(value):
                yield _secret(cell, line, "a text looks like a key or password")
            elif _ABSOLUTE.match(value):
                yield Problem(
                    "DO016",
                    f"line {line} names an absolute path: {value!r}",
                    "use a path relative to the notebook, or a parameter",
                    cell.id,
                    cell.index,
                    cell.node,
                )


def check_loads_in_reused_nodes(subject: Subject) -> Iterator[Problem]:
    """``DO030``: a node that is to be reused loads an asset, and its text does not tell which."""
    if not any(PACKAGE in cell.source for cell in subject.spec.cells):
        return
    parameters = frozenset(parameter.name for parameter in read_parameters(subject.spec))
    for node in subject.spec.nodes.values():
        if node.options.cache in (None, "off"):
            continue
        flow = subject.flow.nodes.get(node.name)
        known = parameters - (flow.binds | flow.reads.keys() if flow is not None else frozenset())
        for cell in node.cells:
            if (line := _line_of_unknown_load(cell.source, known)) is not None:
                yield Problem(
                    "DO030",
                    f"line {line} does not say which asset it loads, or which version: the node is never reused, and"
                    f" 'cache:{node.options.cache}' has no effect",
                    "write the name, and the version if it is not the newest, as they are, or as parameters:"
                    " load_asset('sales')",
                    cell.id,
                    cell.index,
                    cell.node,
                )


def _line_of_unknown_load(source: str, known: AbstractSet[str]) -> int | None:
    tree = _parse(source) if LOADER in source else None
    unknown = (load for load in loads_in(tree) if load.name is None) if tree else ()
    return next((load.line for load in unknown if load.asked is None or not load.asked.variables <= known), None)


def _secret(cell: Cell, line: int, what: str) -> Problem:
    return Problem(
        "DO016",
        f"line {line}: {what}",
        "read it from an environment variable, os.environ['NAME'], and tag the cell 'secret:NAME'",
        cell.id,
        cell.index,
        cell.node,
    )


@lru_cache(maxsize=4096)
def _strings(source: str) -> tuple[tuple[list[str], str, int], ...]:
    """Each text in the code, with the names that it is given to, and its line; the last few thousand cells are kept."""
    return tuple(_find_strings(source))


def _find_strings(source: str) -> Iterator[tuple[list[str], str, int]]:
    tree = _parse(source) if "'" in source or '"' in source else None
    if tree is None:
        return
    names: dict[int, list[str]] = {}
    for node in ast.walk(tree):  # comes to what gives a name before it comes to the text
        for target, value in _named_values(node):
            names.setdefault(id(value), []).append(_name_of(target))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield names.get(id(node), []), node.value, node.lineno


def _named_values(node: ast.AST) -> Iterable[tuple[ast.expr | str | None, ast.expr | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            return [(target, value) for target in targets]
        case ast.AnnAssign(target=target, value=value):
            return [(target, value)]
        case ast.keyword(arg=name, value=value):
            return [(name, value)]
        case ast.Dict(keys=keys, values=values):
            return zip(keys, values, strict=True)
        case _:
            return ()


def _name_of(target: ast.expr | str | None) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript):
        return _name_of(target.slice)
    if isinstance(target, ast.Constant):
        return str(target.value)
    return target if isinstance(target, str) else ""


def _is_secret(name: str, value: str) -> bool:
    return (
        _SECRET_NAME.search(name) is not None
        and len(value) >= _SHORTEST_SECRET
        and not re.search(r"\s", value)
        and not _PLACEHOLDER.fullmatch(value)
    )


def _assigns_literals(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return all(isinstance(target, ast.Name) for target in targets) and all(
        isinstance(node, _LITERAL) for node in ast.walk(statement.value)
    )


def _shown(statement: ast.stmt) -> str:
    line = ast.unparse(statement).splitlines()[0]
    return line if len(line) <= 60 else f"{line[:57]}..."


def _parse(source: str) -> ast.Module | None:
    """The code without its magic lines; `None` where that is not Python, which ``DO005`` is about."""
    if source.lstrip().startswith("%%"):
        source = source.lstrip().partition("\n")[2]
    try:
        return ast.parse(_MAGIC.sub(r"\1pass", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
