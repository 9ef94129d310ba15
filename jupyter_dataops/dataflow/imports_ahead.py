"""Which imports of a notebook may be done before its kernels are there, so that they are done once. Pure.

An import statement at the top of a cell may be, wherever it stands: what it imports is the same for every node. Not
so where the notebook itself changes what importing does - variables of the environment that modules read then, or where
modules are looked for: nothing is imported ahead there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from jupyter_dataops.dataflow.magics import magic_call
from jupyter_dataops.dataflow.source import parse
from jupyter_dataops.spec.models import PipelineSpec, Role

_CHANGING: Final = frozenset(
    {"append", "insert", "extend", "remove", "pop", "clear", "update", "setdefault", "popitem", "__setitem__"}
)
_FUNCTIONS: Final = frozenset({"putenv", "unsetenv", "load_dotenv", "addsitedir"})
_STATE: Final = frozenset({"environ", "path", "modules", "meta_path", "path_hooks", "flags"})
"""Attributes, or bare names, of `os` and `sys` that importing looks at."""
_OWNERS: Final = frozenset({"os", "sys"})
_MAGICS: Final = frozenset({"env", "set_env", "dotenv"})


class ImportsAhead(Struct, frozen=True):
    """What may be imported ahead; or why nothing may."""

    imports: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Module, and the names that a ``from`` takes from it, in document order."""
    why_none: str | None = None


def imports_ahead(specs: Iterable[PipelineSpec]) -> ImportsAhead:
    r"""What the nodes and checks of these notebooks import, of which all kernels come from one process.

    Examples
    --------
    >>> from jupyter_dataops.spec.models import Cell, CellId
    >>> def notebook(source):
    ...     return PipelineSpec("a", (Cell(CellId("c"), 0, source, (), Role.SETUP),), {}, {}, "python3", "python", {})
    >>> imports_ahead([notebook("import numpy as np\nfrom sklearn.svm import SVC")]).imports
    (('numpy', ()), ('sklearn.svm', ('SVC',)))
    >>> imports_ahead([notebook("import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy")]).why_none
    "cell 1 changes `os.environ['OMP_NUM_THREADS']`, which modules may look at as they are imported"
    """
    found: dict[str, dict[str, None]] = {}
    for spec in specs:
        if spec.language != "python":
            continue
        for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP, Role.NODE, Role.CHECK):
            try:
                tree = parse(cell.source)
            except SyntaxError:
                continue
            what = next(_changes(tree), None)
            if what is not None:
                why = f"cell {cell.index + 1} changes `{what}`, which modules may look at as they are imported"
                return ImportsAhead(why_none=why)
            for module, names in _imports(tree):
                found.setdefault(module, {}).update(dict.fromkeys(names))
    return ImportsAhead(tuple((module, tuple(names)) for module, names in found.items()))


def _imports(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for statement in tree.body:
        match statement:
            case ast.Import(names=names):
                for one in names:
                    yield one.name, []
            case ast.ImportFrom(module=str(module), names=names, level=0) if module != "__future__":
                yield module, [one.name for one in names if one.name != "*"]


def _changes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) if _is_state(value):
                yield ast.unparse(node)
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if _is_state(node):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _CHANGING and _is_state(value):
                yield ast.unparse(value)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _FUNCTIONS:
                yield f"{name}(...)"
            case ast.AugAssign(target=target) if _is_state(target):
                yield ast.unparse(target)
            case ast.Call() if (magic := magic_call(node)) is not None and magic[0] in _MAGICS:
                yield f"%{magic[0]}"


def _is_state(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return owner in _OWNERS and name in _STATE
        case ast.Name(id="environ"):
            return True
    return False
