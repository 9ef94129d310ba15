"""From a notebook on disk to the contents of a version: what it says, runs, imports and declares."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any, Final

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.api.interpreters import interpreter_of
from jupyter_dataops.api.modules import Closure, LocalModule, Modules
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.sub_notebooks import Notebooks, read_sub_notebooks
from jupyter_dataops.deploying.canonical import canonical_file, canonical_notebook
from jupyter_dataops.errors import InvalidSchedule, NotDeployable
from jupyter_dataops.plan.imports import Imports, together
from jupyter_dataops.plan.statements import imports_in, statements
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.schedules.triggers import Condition, signalled
from jupyter_dataops.spec.models import PipelineSpec, Role

LARGEST_BYTES: Final = 64 << 20
"""A version is code and what belongs to it: data have places of their own."""
_OWN: Final = "jupyter_dataops"
_VERSION: Final = re.compile(r"\d[\w.+!-]*")
_PYTHON: Final = re.compile(r"\d+\.\d+\.\d+\S*")
_NO_PART: Final = frozenset({"__pycache__", ".ipynb_checkpoints"})
_RUNNING: Final = (Role.PARAMETERS, Role.SETUP, Role.NODE, Role.CHECK)


def gather(
    analysed: AnalysedNotebook,
    path: Path,
    settings: Mapping[str, Any] | None = None,
    schedules: Mapping[str, Any] | None = None,
) -> Contents:
    """What a version of the notebook at `path`, as it is now, is made of.

    Raises
    ------
    NotDeployable
        It needs what cannot be taken along; the message says what.
    NotebookUnreadable
        One that a node runs is missing.
    """
    notebooks = read_sub_notebooks(analysed)
    gathering = _Gathering(path, analysed, notebooks)
    gathering.add_notebooks()
    for place, part in gathering.parts:
        gathering.add_imports(place, part)
        gathering.add_declared(place, part)
    gathering.add_conditions(schedules or {})
    return gathering.contents(settings or {}, schedules or {})


class _Gathering:
    """Files by their place on disk, until it is known which folder contains them all."""

    def __init__(self, path: Path, analysed: AnalysedNotebook, notebooks: Notebooks) -> None:
        self._path = path
        self._notebooks = notebooks
        self._analysed = analysed
        self._files: dict[str, bytes] = {}
        self._packages: dict[str, str] = {}
        self._pythons: set[str] = set()
        self._remarks: dict[str, None] = {}
        folder = path.parent
        self.parts = [(folder, analysed), *((folder / dirname(one), part) for one, part in notebooks.items())]
        self.parts = [(Path(os.path.normpath(place)), part) for place, part in self.parts]

    def add_notebooks(self) -> None:
        """The notebook itself, and all that its nodes run."""
        self._add_notebook(self._path, self._analysed)
        for path, part in self._notebooks.items():
            self._add_notebook(self._path.parent / path, part)

    def _add_notebook(self, path: Path, part: AnalysedNotebook) -> None:
        if path.suffix == ".ipynb":
            self._put(path, canonical_notebook(part.notebook))
        else:
            self._put(path, canonical_file(path.name, path.read_bytes()))

    # -- modules

    def add_imports(self, folder: Path, part: AnalysedNotebook) -> None:
        """Local modules that the code of a notebook in `folder` leads to, and versions of distributions."""
        for kernel, found in _imports_by_kernel(part.spec).items():
            interpreter = interpreter_of(kernel)
            if _PYTHON.fullmatch(interpreter.versions.get("python", "")):
                self._pythons.add(interpreter.versions["python"])
            wanted = {one for one in found.modules if one.partition(".")[0] != _OWN}
            modules = Modules(folder, found.places, interpreter)
            closures = [modules.closure(sorted(wanted))]
            for script in sorted(found.scripts):
                at, closure = modules.script(script)
                self._add_script(script, at)
                closures.append(closure)
            for closure in closures:
                self._add_closure(folder, found.places, closure)
            if not (found.is_known and all(one.is_known for one in closures)):
                self._remarks["what its code imports cannot all be told: a module may be missing in the version"] = None

    def _add_script(self, script: str, at: Path) -> None:
        if Path(script).is_absolute():
            raise _absolute(f"%run {script}", "name the file relative to the notebook")
        if at.is_file():
            self._put(at, canonical_file(at.name, at.read_bytes()))

    def _add_closure(self, folder: Path, places: Iterable[str], closure: Closure) -> None:
        self._packages |= {
            name: version
            for name, version in closure.packages.items()
            if _VERSION.fullmatch(version) and " " not in version
        }
        self._add_modules(folder, places, closure)

    def add_conditions(self, schedules: Mapping[str, Any]) -> None:
        """Local modules that the conditions of its schedules lead to; a service asks them, so no kernel's packages."""
        spec, wanted = self._analysed.spec, set[str]()
        for place, name in conditions_of(schedules):
            if place != "cell":
                wanted.add(place)
                continue
            cells = [cell for cell in spec.cells if name in cell.tags or cell.node == name]
            wanted |= {module for cell in cells for module in imports_in(statements(cell.source)).modules}
        wanted = {one for one in wanted if one.partition(".")[0] != _OWN}
        modules = Modules(self._path.parent, (), interpreter_of(spec.kernel_name))
        self._add_modules(self._path.parent, (), modules.closure(sorted(wanted)))

    def _add_modules(self, folder: Path, places: Iterable[str], closure: Closure) -> None:
        relative = {Path(os.path.normpath(folder / one)) for one in ("", *places) if not Path(one).is_absolute()}
        absolute = {Path(os.path.normpath(one)) for one in places if Path(one).is_absolute()}
        for module in closure.modules:
            if module.package.partition(".")[0] == _OWN:
                continue
            base = _base(module)
            if base in absolute - relative:
                raise _absolute(
                    f"the module {module.importable.with_suffix('')} lies in {base}, which the code puts on sys.path",
                    "put it beside the notebook, install it, or name its folder relative to the notebook",
                )
            # What is found through an installation, or PYTHONPATH, is put where a kernel looks first.
            self._add_module(module, base, base if base in relative else folder)

    def _add_module(self, module: LocalModule, base: Path, target: Path) -> None:
        self._put(target / module.importable, canonical_file(module.path.name, module.path.read_bytes()))
        top = base / module.importable.parts[0]
        if not (top / "__init__.py").is_file():
            return
        # Of a package all: what it opens, or imports by a name that it computes, is in no import statement.
        for path in _files_in(top):
            self._put(target / path.relative_to(base), canonical_file(path.name, path.read_bytes()))

    # -- declared files

    def add_declared(self, folder: Path, part: AnalysedNotebook) -> None:
        """Files that nodes say they read, where they lie beside the notebook and no node makes them."""
        nodes = part.spec.nodes.values()
        made = {normpath(one) for node in nodes for one in node.options.output_files}
        said = dict.fromkeys(one for node in nodes for one in node.options.input_files)
        for one in said:
            if "://" in one or Path(one).is_absolute() or normpath(one) in made:
                continue
            path = Path(os.path.normpath(folder / one))
            if path.is_file():
                self._put(path, canonical_file(path.name, path.read_bytes()))
            else:
                self._remarks[
                    f"`{one}`, which a node reads, is no file beside the notebook: it is not in the version"
                ] = None

    # -- all of it

    def _put(self, path: Path, data: bytes) -> None:
        self._files.setdefault(os.path.normpath(path), data)

    def contents(self, settings: Mapping[str, Any], schedules: Mapping[str, Any]) -> Contents:
        """All that was found, by paths from the folder that contains it."""
        _require_small(self._files)
        root = os.path.commonpath([Path(path).parent for path in self._files])
        files = {os.path.relpath(path, root).replace(os.sep, "/"): data for path, data in self._files.items()}
        return Contents(
            notebook=os.path.relpath(self._path, root).replace(os.sep, "/"),
            files=dict(sorted(files.items())),
            packages=dict(sorted(self._packages.items())),
            python=", ".join(sorted(self._pythons)),
            settings=settings,
            schedules=schedules,
            remarks=tuple(self._remarks),
        )


def conditions_of(schedules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Module and callable, or ``cell`` and name, of all that the schedules of a version ask.

    What cannot be read is left out: whoever reads the schedules says so.

    Examples
    --------
    >>> conditions_of({"a": {"condition": "checks:ready"}, "b": {"trigger": "asset sales & condition cell:now"}})
    [('checks', 'ready'), ('cell', 'now')]
    """
    targets = []
    for table in schedules.values():
        if table.get("deployed") is False:  # about the notebook as it is
            continue
        targets.append(str(table.get("condition", "")))
        with suppress(InvalidSchedule):
            leaves = signalled(parse_trigger(str(table["trigger"]))) if "trigger" in table else ()
            targets += [leaf.target for leaf in leaves if isinstance(leaf, Condition)]
    parts = (target.partition(":") for target in targets if ":" in target)
    return [(place.strip(), name.strip()) for place, _, name in parts]


def _imports_by_kernel(spec: PipelineSpec) -> Mapping[str, Imports]:
    """By kernel, of all code that runs in it; every kernel runs parameters and setup."""
    if spec.language != "python":
        return {}
    found: dict[str, list[Imports]] = {spec.kernel_name: []}
    for cell in spec.cells_with(*_RUNNING):
        imports = imports_in(statements(cell.source))
        node = spec.nodes.get(cell.node) if cell.node is not None else None
        found.setdefault((node.options.kernel if node else None) or spec.kernel_name, []).append(imports)
    shared = [imports_in(statements(one.source)) for one in spec.cells_with(Role.PARAMETERS, Role.SETUP)]
    return {kernel: together([*shared, *its]) for kernel, its in found.items()}


def _base(module: LocalModule) -> Path:
    """The folder from which the module is imported."""
    return Path(os.path.normpath(module.path.parents[len(module.importable.parts) - 1]))


def _files_in(package: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(one for one in folders if one not in _NO_PART and not one.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith((".pyc", ".pyo")):
                yield Path(folder) / name


def _require_small(files: Mapping[str, bytes]) -> None:
    size = sum(map(len, files.values()))
    if size <= LARGEST_BYTES:
        return
    largest = sorted(files, key=lambda path: len(files[path]), reverse=True)[:3]
    named = ", ".join(f"{path} ({len(files[path]) >> 20} MB)" for path in largest)
    raise NotDeployable(
        f"the version would have {size >> 20} MB, and {LARGEST_BYTES >> 20} MB is the most: {named}",
        hint="keep data where all environments can read them, and name the place in a parameter",
    )


def _absolute(what: str, hint: str) -> NotDeployable:
    return NotDeployable(f"a version cannot take along what lies at an absolute path: {what}", hint=hint)
