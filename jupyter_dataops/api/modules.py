"""What comes with the modules that a notebook imports: files beside it, and distributions.

They are found where Python would find them; nothing is imported.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import Struct, field

from jupyter_dataops import __version__
from jupyter_dataops.api.file_digests import content_digest
from jupyter_dataops.api.interpreters import DISTRIBUTIONS, Interpreter
from jupyter_dataops.dataflow.loads import is_of_package
from jupyter_dataops.kernels.usage import distributions
from jupyter_dataops.plan.fingerprint import UNKNOWN, Imported
from jupyter_dataops.plan.imports import NOTHING, Imports, imports_of

_STANDARD: Final = sys.stdlib_module_names | set(sys.builtin_module_names)
_BINARY: Final = (".so", ".pyd")
_LIBRARIES: Final = tuple({Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})
_NOTHING_COMES: Final = Imported()
_NOT_FOUND: Final = Imported(is_known=False)


class LocalModule(Struct, frozen=True):
    """The file of a module that no distribution has brought."""

    path: Path
    package: str
    """To which relative imports in it refer."""

    @property
    def importable(self) -> PurePosixPath:
        """Its path from the folder that ``sys.path`` has to name.

        Examples
        --------
        >>> [str(LocalModule(Path(path), "a.b").importable) for path in ("/x/a/b/__init__.py", "/x/a/b/c.py")]
        ['a/b/__init__.py', 'a/b/c.py']
        """
        return PurePosixPath(*filter(None, self.package.split(".")), self.path.name)


class Closure(Struct, frozen=True):
    """All that some imports lead to."""

    modules: tuple[LocalModule, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    """Distribution to version; a module that no distribution has brought stands for itself."""
    is_known: bool = True
    """False: somewhere the code does not tell what it imports."""


class Modules:
    """Finds modules for one notebook and kernel, each once. Make a new one to see what has changed since.

    Parameters
    ----------
    working_dir
        The kernel's, where it looks first.
    places
        What the notebook puts on ``sys.path``, as written.
    """

    def __init__(self, working_dir: Path, places: Iterable[str], interpreter: Interpreter) -> None:
        self._working_dir = working_dir
        added = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
        asked = list(dict.fromkeys(working_dir / place for place in (*sorted(places), *added)))
        # What is installed is nobody's own, however Python comes to look there: its modules count by their version, and
        # what they import in turn, files by the thousand, is not read.
        installed = [folder for folder in (*asked, *interpreter.linked) if _is_for_packages(folder)]
        self._near = [working_dir, *(folder for folder in asked if folder not in installed)]
        self._linked = [folder for folder in interpreter.linked if folder not in installed]
        self._sites = list(dict.fromkeys((*installed, *interpreter.sites)))
        self._interpreter = interpreter
        self._known: dict[str, Imported] = {}

    def imported(self, name: str) -> Imported:
        """What comes with `name`, a dotted name, and all that it imports in turn."""
        if name not in self._known:
            self._known[name] = self._closure([name])
        return self._known[name]

    def run(self, script: str) -> Imported:
        """What comes with a file that ``%run`` runs."""
        path, found = self.script(script)
        files = {name: digest for module in found.modules for name, digest in self._file(module.path).items()}
        return Imported({**files, **self._file(path)}, found.packages, found.is_known and path.suffix == ".py")

    def script(self, name: str) -> tuple[Path, Closure]:
        """Where a file that ``%run`` runs lies, and what its imports lead to."""
        path = self._working_dir / name
        path = path if path.suffix or path.is_file() else path.with_suffix(".py")
        return path, self.closure(sorted(_imports_in(path, None).modules))

    def _closure(self, names: Iterable[str]) -> Imported:
        found = self.closure(names)
        files: dict[str, str] = {}
        for module in found.modules:
            files |= self._file(module.path)
        return Imported(files, found.packages, found.is_known)

    def closure(self, names: Iterable[str]) -> Closure:
        """What `names` lead to: local modules, and those that these import in turn; distributions."""
        local: dict[LocalModule, None] = {}
        packages: dict[str, str] = {}
        is_known = True
        seen: set[str] = set()
        wanted = list(names)
        while wanted:
            name = wanted.pop()
            if name in seen:
                continue
            seen.add(name)
            top = name.partition(".")[0]
            modules = None if is_of_package(name) else self._beside(name)
            if modules is None:
                found = self._installed(top)
                packages |= found.packages
                is_known &= found.is_known
                continue
            for module in modules:
                local[module] = None
                inside = _imports_in(module.path, module.package)
                is_known &= inside.is_known
                wanted += inside.modules
        return Closure(tuple(local), packages, is_known)

    def _file(self, path: Path) -> dict[str, str]:
        return {os.path.relpath(path, self._working_dir).replace(os.sep, "/"): content_digest(path) or UNKNOWN}

    # -- beside the notebook

    def _beside(self, name: str) -> list[LocalModule] | None:
        """The files of a module, and of the packages around it; `None` where it lies in none of the near folders."""
        parts = name.split(".")
        for folder in self._near:
            if (found := _in_folder(folder, parts)) is not None:
                return found
        if parts[0] in _STANDARD:
            return None
        for site in self._sites:
            if _in_folder(site, parts[:1]) is not None:
                return None
        for folder in self._linked:
            if (found := _in_folder(folder, parts)) is not None:
                return found
        if parts[0] in self._interpreter.redirected:
            place = Path(self._interpreter.redirected[parts[0]])
            return _in_folder(place.parent, [place.stem, *parts[1:]])
        # A folder without an __init__ is a package only where nothing else has the name.
        places = (place / parts[0] for place in (*self._near, *self._linked))
        folders = [place for place in places if place.is_dir()]
        return [one for folder in folders for one in _in_namespace(folder, parts)] if folders else None

    # -- installed

    def _installed(self, top: str) -> Imported:
        if top in _STANDARD:
            return _NOTHING_COMES
        for site in self._sites:
            found = dict(distributions(str(site), [top])) if _is_there(site, top) else {}
            if found:
                return Imported(packages=found)
            if origin := _origin(site, top):
                # Nobody says which distribution it is of: another file is another version.
                return Imported(packages={top: f"{origin.stat().st_size} bytes, {origin.stat().st_mtime_ns}"})
        if is_of_package(top):  # an editable install: nobody's own code, either
            return Imported(packages={top: __version__})
        # What is not there cannot be imported: that a `try` around it goes the other way is a state like any other.
        is_absent = bool(self._interpreter.sites)
        return Imported(packages={top: "none"}) if is_absent else _NOT_FOUND


@lru_cache(maxsize=256)
def _is_for_packages(folder: Path) -> bool:
    return not DISTRIBUTIONS.isdisjoint(folder.parts) or any(map(folder.is_relative_to, _LIBRARIES))


def _in_folder(folder: Path, parts: list[str]) -> list[LocalModule] | None:
    """The module, and the packages around it; `None` where the first of `parts` is no file, and no package."""
    found: list[LocalModule] = []
    place = folder
    for index, part in enumerate(parts):
        name = ".".join(parts[: index + 1])
        if (init := _one_of(place / part / "__init__.py")) is not None:
            found.append(LocalModule(init, name))
        elif (file := _one_of(place / f"{part}.py") or _binary(place, part)) is not None:
            found.append(LocalModule(file, name.rpartition(".")[0]))
        elif index == 0 or not (place / part).is_dir():
            break  # Deeper down: a name in the module before it, most likely.
        place = place / part
    return found or None


def _in_namespace(folder: Path, parts: list[str]) -> Iterator[LocalModule]:
    for module in _in_folder(folder, parts[1:]) or () if len(parts) > 1 else ():
        yield LocalModule(module.path, f"{parts[0]}.{module.package}".rstrip("."))


def _one_of(path: Path) -> Path | None:
    return path if path.is_file() else None


def _binary(folder: Path, name: str) -> Path | None:
    return next((path for path in sorted(folder.glob(f"{name}.*")) if path.suffix in _BINARY), None)


def _is_there(site: Path, top: str) -> bool:
    return (site / top).exists() or (site / f"{top}.py").exists() or _binary(site, top) is not None


def _origin(site: Path, top: str) -> Path | None:
    return _one_of(site / top / "__init__.py") or _one_of(site / f"{top}.py") or _binary(site, top)


def _imports_in(path: Path, package: str | None) -> Imports:
    """What a file imports, by absolute names."""
    if path.suffix != ".py":
        return NOTHING
    try:
        status = path.stat()
        found = _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return Imports(is_known=False)
    return Imports(frozenset(_absolute(name, package) for name in found.modules), is_known=found.is_known)


@lru_cache(maxsize=1024)
def _parsed(path: Path, _changed_ns: int, _size: int) -> Imports:
    try:
        return imports_of(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Imports(is_known=False)


def _absolute(name: str, package: str | None) -> str:
    """The name from the top, where `name` may be relative to `package`.

    Examples
    --------
    >>> [_absolute(name, "a.b") for name in (".c", "..c", "numpy")]
    ['a.b.c', 'a.c', 'numpy']
    """
    level = len(name) - len(name.lstrip("."))
    if level == 0 or package is None:
        return name.lstrip(".")
    kept = package.split(".")[: len(package.split(".")) - (level - 1)]
    return ".".join([*kept, name.lstrip(".")])


def modules_of(
    needed: Imports, working_dir: Path, places: Iterable[str], interpreter: Interpreter
) -> Mapping[str, Imported]:
    """What comes with each module, and script, that `needed` names, by that name."""
    modules = Modules(working_dir, places, interpreter)
    return {
        **{name: modules.imported(name) for name in needed.modules},
        **{script: modules.run(script) for script in needed.scripts},
    }
