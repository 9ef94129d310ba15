"""Which assets code loads, as far as its text tells: its calls of `load_asset` and how each is meant. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from msgspec import Struct

LOADER: Final = "load_asset"
PACKAGE: Final = "jupyter_dataops"

_MAGICS: Final = frozenset({"run_cell_magic", "run_line_magic"})


class Asked(Struct, frozen=True):
    """A call that has a variable for the name, the version, or both."""

    name: str
    """Empty: it is in a variable."""
    name_from: str
    """That variable."""
    version_from: str
    """The variable of the version; empty: it is the newest."""

    @property
    def variables(self) -> frozenset[str]:
        """What has to be known to tell which asset it is."""
        return frozenset({self.name_from, self.version_from} - {""})

    def loaded(self, values: Mapping[str, Any]) -> frozenset[str | None]:
        """The asset of which it loads the newest version, as `Load.name` has it; nothing: it names a version.

        Examples
        --------
        >>> asked = Asked("", name_from="which", version_from="number")
        >>> asked.loaded({"which": "sales", "number": None}), asked.loaded({"which": "sales", "number": 3})
        (frozenset({'sales'}), frozenset())
        >>> asked.loaded({"which": "sales"})
        frozenset({None})
        """
        if not self.variables <= values.keys():
            return frozenset({None})
        name = values[self.name_from] if self.name_from else self.name
        version = values[self.version_from] if self.version_from else None
        if isinstance(version, int) and not isinstance(version, bool):
            return frozenset()
        return frozenset({name if isinstance(name, str) and version is None else None})


class Load(Struct, frozen=True):
    """A place in code that loads the newest version of an asset, or may."""

    name: str | None
    """Of the asset; `None`: the text does not tell which version of which asset."""
    line: int
    asked: Asked | None = None
    """What tells it all the same, where the values of variables are known."""

    @property
    def said(self) -> str | Asked | None:
        """All that the text tells of it."""
        return self.asked or self.name


def loads_in(tree: ast.AST) -> Iterator[Load]:
    """Every load in the code that does not name its version, whose content would never be another one.

    Whose function it is that bears the name is for the caller to tell: see `is_of_package`.

    Examples
    --------
    >>> code = "load_asset('sales'); load_asset('rates', 3); load_asset(name); read = load_asset"
    >>> [load.name for load in loads_in(ast.parse(code))]
    ['sales', None, None]
    """
    called: set[int] = set()
    own = _bound_in(tree)
    for node in ast.walk(tree):  # comes to a call before it comes to what is called
        match node:
            case ast.Call(ast.Name(id=name) | ast.Attribute(attr=name) as function) if name == LOADER:
                called.add(id(function))
                if not _names_version(node):
                    yield Load(_name_of(node), node.lineno, _asked(node, own))
            case ast.Name(id=name) | ast.Attribute(attr=name) if name == LOADER and id(node) not in called:
                yield Load(None, node.lineno)
            case ast.Constant(value=str(said)) if said == LOADER:  # getattr(jupyter_dataops, "load_asset")
                yield Load(None, node.lineno)
            case ast.ImportFrom(names=names):
                if any(one.name == LOADER and one.asname not in (None, LOADER) for one in names):
                    yield Load(None, node.lineno)
            case ast.Call(ast.Attribute(attr=name), arguments) if name in _MAGICS and _mention(arguments):
                yield Load(None, node.lineno)
            case _:
                pass


def is_of_package(module: str) -> bool:
    """Whether code that imports `module` can have the function of this package.

    Examples
    --------
    >>> [is_of_package(module) for module in ("jupyter_dataops", "jupyter_dataops.load_asset", "game.load_asset")]
    [True, True, False]
    """
    return module.partition(".")[0] == PACKAGE


def _names_version(call: ast.Call) -> bool:
    """It says a number, so that what it loads is always the same."""
    return not _is_open(call) and isinstance(_literal(_argument(call, 1, "version")), int)


def _name_of(call: ast.Call) -> str | None:
    """The asset of which it loads the newest version, from the run's own store."""
    name = _literal(_argument(call, 0, "name"))
    others = _argument(call, 1, "version"), _argument(call, 2, "store")
    is_plain = all(isinstance(one, ast.Constant) and one.value is None for one in others if one is not None)
    return name if isinstance(name, str) and is_plain and not _is_open(call) else None


def _asked(call: ast.Call, own: AbstractSet[str]) -> Asked | None:
    """The call, if it says all but for variables that the code around it, of which `own` are bound, does not bind."""
    name, version = _argument(call, 0, "name"), _argument(call, 1, "version")
    if _is_open(call) or _literal(_argument(call, 2, "store")) is not None or _has_other_store(call):
        return None
    names = [one.id if isinstance(one, ast.Name) else "" for one in (name, version)]
    literal = _literal(name)
    says_name = bool(names[0]) or isinstance(literal, str)
    says_version = bool(names[1]) or version is None or (isinstance(version, ast.Constant) and version.value is None)
    if not says_name or not says_version or not any(names) or set(names) & own:
        return None
    return Asked("" if names[0] else str(literal), *names)


def _has_other_store(call: ast.Call) -> bool:
    store = _argument(call, 2, "store")
    return store is not None and not isinstance(store, ast.Constant)


def _bound_in(tree: ast.AST) -> frozenset[str]:
    """Names that are bound anywhere in the code, in functions and comprehensions, too."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=alias):
                found.add(alias or name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case _:
                pass
    return frozenset(found)


def _argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((one.value for one in call.keywords if one.arg == keyword), None)


def _literal(argument: ast.expr | None) -> object:
    return argument.value if isinstance(argument, ast.Constant) else None


def _is_open(call: ast.Call) -> bool:
    """Some of its arguments come with ``*`` or ``**``."""
    return any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords)


def _mention(arguments: Sequence[ast.expr]) -> bool:
    said = (_literal(one) for one in arguments)
    return any(LOADER in one for one in said if isinstance(one, str))
