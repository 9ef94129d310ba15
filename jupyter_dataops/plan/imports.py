"""What code imports, as far as its text tells: modules, folders put on ``sys.path``, files run by ``%run``. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_ADDS: Final = frozenset({"append", "insert"})
_DYNAMIC: Final = frozenset({"import_module", "__import__"})


class Imports(Struct, frozen=True):
    """What some code imports."""

    modules: frozenset[str] = frozenset()
    """Dotted names; with leading dots where they are relative to the package of the code. A name that is imported
    from a module counts as a module in it, which it may not be."""
    places: frozenset[str] = frozenset()
    """Folders that it puts on ``sys.path``, as written."""
    scripts: frozenset[str] = frozenset()
    """Files that it runs with ``%run``, as written."""
    is_known: bool = True
    """False: it imports, or looks for modules, where its text does not tell."""


NOTHING: Final = Imports()


def together(parts: Iterable[Imports]) -> Imports:
    """What all of `parts` import."""
    found = [part for part in parts if part is not NOTHING]
    if len(found) <= 1:  # Most statements import nothing.
        return found[0] if found else NOTHING
    return Imports(
        modules=frozenset().union(*(part.modules for part in found)),
        places=frozenset().union(*(part.places for part in found)),
        scripts=frozenset().union(*(part.scripts for part in found)),
        is_known=all(part.is_known for part in found),
    )


def imports_of(tree: ast.AST) -> Imports:
    """What the code in `tree` may import when it runs, or when what it defines is called.

    Examples
    --------
    >>> sorted(imports_of(ast.parse("import a.b; from c import d; from . import e")).modules)
    ['.e', 'a.b', 'c', 'c.d']
    >>> imports_of(ast.parse("sys.path.insert(0, 'src')")).places
    frozenset({'src'})
    """
    return together(map(_imports_of_one, ast.walk(tree)))


def _imports_of_one(node: ast.AST) -> Imports:
    match node:
        case ast.Import(names):
            return Imports(frozenset(alias.name for alias in names))
        case ast.ImportFrom(module, names, level):
            return Imports(frozenset(_from(module, names, level or 0)))
        case ast.Call(ast.Name(name) | ast.Attribute(attr=name), arguments) if name in _DYNAMIC:
            said = _literal(arguments[:1])
            return Imports(is_known=False) if said is None else Imports(frozenset({said}))
        case ast.Call(ast.Attribute(ast.Attribute(ast.Name("sys"), "path"), name), arguments) if name in _ADDS:
            said = _literal(arguments[-1:])
            return Imports(is_known=False) if said is None else Imports(places=frozenset({said}))
        case ast.Assign([ast.Attribute(ast.Name("sys"), "path")]) | ast.AugAssign(
            ast.Attribute(ast.Name("sys"), "path")
        ):
            return Imports(is_known=False)
        case ast.Call(ast.Attribute(attr="run_line_magic"), [ast.Constant("run"), ast.Constant(str(line))]):
            words = [word for word in line.split() if not word.startswith("-")]
            return Imports(scripts=frozenset(words[:1]), is_known=bool(words))
        case _:
            return NOTHING


def _from(module: str | None, names: Iterable[ast.alias], level: int) -> Iterable[str]:
    base = "." * level + (module or "")
    if module:
        yield base
    dot = "." if module else ""
    yield from (f"{base}{dot}{alias.name}" for alias in names if alias.name != "*")


def _literal(arguments: list[ast.expr]) -> str | None:
    match arguments:
        case [ast.Constant(str(said))]:
            return said
        case _:
            return None
