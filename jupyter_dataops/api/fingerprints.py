"""Every node's and check's fingerprint, with files, modules, packages, environment and notebooks as they are now."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from posixpath import dirname
from typing import Any, Final

from jupyter_dataops.api.asset_digests import NewestAssets, no_assets_known
from jupyter_dataops.api.file_digests import file_digest
from jupyter_dataops.api.interpreters import Interpreter, interpreter_of
from jupyter_dataops.api.modules import modules_of
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.sub_notebooks import Notebooks, code_digests, path_from, read_sub_notebooks, wanted_from
from jupyter_dataops.dataflow.files import normal_path
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.fingerprint import (
    NO_ASSET,
    SURROUNDINGS,
    UNKNOWN,
    Kernel,
    Reach,
    Shared,
    Surroundings,
    combined,
    fingerprint,
    imported_by,
    reach_of,
    shared_by_all,
    surroundings_of,
)
from jupyter_dataops.plan.imports import together
from jupyter_dataops.spec.models import NodeOptions


def fingerprints_of(
    analysed: AnalysedNotebook,
    parameters: Mapping[str, Any],
    working_dir: Path,
    notebooks: Notebooks | None = None,
    *,
    path: str = "",
    assets: NewestAssets = no_assets_known,
) -> dict[NodeName, Mapping[str, str]]:
    """By node and check; see `Fingerprints`."""
    found = Fingerprints(analysed, parameters, working_dir, notebooks, path=path, assets=assets)
    return found.of((*analysed.spec.nodes, *analysed.spec.checks))


class SteadyFingerprints:
    """Fingerprints of one notebook with any parameters, as long as what surrounds it is as it was at the first call.

    Parameters
    ----------
    interpreter
        What the kernel of a name runs on; by default looked up here.
    """

    def __init__(
        self,
        analysed: AnalysedNotebook,
        working_dir: Path,
        assets: NewestAssets,
        interpreter: Callable[[str], Interpreter] = interpreter_of,
    ) -> None:
        self._names = (*analysed.spec.nodes, *analysed.spec.checks)
        self._of = partial(Fingerprints, analysed, working_dir=working_dir, assets=assets, interpreter=interpreter)
        self._fingerprints: Fingerprints = self._of({})
        self._taken: dict[str, dict[NodeName, Mapping[str, str]]] = {}

    @cached_property
    def _around(self) -> Surroundings:
        return self._fingerprints.around(self._names)

    def __call__(self, parameters: Mapping[str, Any]) -> dict[NodeName, Mapping[str, str]]:
        """By node and check."""
        key = repr(sorted(parameters.items()))
        if key not in self._taken:
            if self._fingerprints.loads_assets(self._names):  # parameters may say which ones
                self._taken[key] = self._of(parameters).of(self._names)
            else:
                self._taken[key] = self._fingerprints.taken(self._names, parameters, self._around)
        return self._taken[key]


class Fingerprints:
    """Takes fingerprints of the nodes and checks of one notebook; what surrounds them is looked at for each question.

    Declared files are relative to `working_dir`, and are read whole. Files that a node of the pipeline makes do not
    count: what these hold is known only when that node is done.

    Parameters
    ----------
    notebooks
        Those that nodes run; `None`: as they are on disk.
    path
        Under which `analysed` is among them; empty for a run's own notebook.
    assets
        Tells the content of assets; asked only where code loads some. By default nothing is known of any.
    interpreter
        What the kernel of a name runs on.
    is_given
        Whether `parameters` are those that the notebook runs with; else each may get another value.
    """

    def __init__(
        self,
        analysed: AnalysedNotebook,
        parameters: Mapping[str, Any],
        working_dir: Path,
        notebooks: Notebooks | None = None,
        *,
        path: str = "",
        assets: NewestAssets = no_assets_known,
        interpreter: Callable[[str], Interpreter] = interpreter_of,
        is_given: bool = True,
    ) -> None:
        self._analysed = analysed
        self._parameters = parameters
        self._working_dir = working_dir
        self._notebooks = read_sub_notebooks(analysed) if notebooks is None else notebooks
        self._path = path
        self._assets = assets
        self._interpreter = interpreter
        self._is_given = is_given
        self._reached: dict[NodeName, Reach] = {}
        self._inner: dict[str, Fingerprints] = {}

    def of(self, names: Collection[NodeName]) -> dict[NodeName, Mapping[str, str]]:
        """The fingerprints of nodes and checks, with a digest of each single thing that surrounds them."""
        return self.taken(names, self._parameters, self.around(names))

    def taken(
        self, names: Collection[NodeName], parameters: Mapping[str, Any], around: Surroundings
    ) -> dict[NodeName, Mapping[str, str]]:
        """The same with other parameters, and what surrounded these nodes and checks when that was looked at."""
        spec, flow = self._analysed.spec, self._analysed.flow
        return {
            name: {
                **fingerprint(spec, flow, name, parameters, around, reach=self._reach(name)),
                **self._each_thing(name, around),
            }
            for name in names
        }

    def surroundings(self, name: NodeName) -> Mapping[str, str]:
        """The part of the fingerprint of a node or check that may change while the notebook does not."""
        return surroundings_of(self._options(name), self._reach(name), self.around([name]))

    def loads_assets(self, names: Collection[NodeName]) -> bool:
        """Whether the code of any of these nodes and checks loads one."""
        return any(self._reach(name).loads for name in names)

    def made_here(self, name: NodeName) -> list[str]:
        """Files that the node reads and that nodes of the pipeline make, as written."""
        return [one for one in self._options(name).input_files if normal_path(one) in self._made]

    # -- what the notebook says

    @cached_property
    def _made(self) -> frozenset[str]:
        made = {normal_path(one) for node in self._analysed.spec.nodes.values() for one in node.options.output_files}
        return frozenset(made | {one for edge in self._analysed.flow.edges for one in edge.files})

    @cached_property
    def _code_digests(self) -> Mapping[str, str]:
        return code_digests(self._analysed, self._path, self._notebooks)

    @cached_property
    def _places(self) -> frozenset[str]:
        """What any of its code puts on ``sys.path``."""
        spec = self._analysed.spec
        return together(self._reach(name).imports for name in (*spec.nodes, *spec.checks)).places

    @cached_property
    def _shared(self) -> Shared:
        return shared_by_all(self._analysed.spec)

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        """Of the parameters, those given and literal defaults; nothing where others may be given."""
        if not self._is_given:
            return {}
        defaults = {one.name: one.default for one in self._analysed.parameters}
        known = {name: value for name, source in defaults.items() if (value := _literal(source)) is not _UNKNOWN}
        return {**known, **self._parameters}

    def _options(self, name: NodeName) -> NodeOptions:
        node = self._analysed.spec.nodes.get(name)
        return NodeOptions() if node is None else node.options  # a check depends on nothing around its node

    def _reach(self, name: NodeName) -> Reach:
        if name not in self._reached:
            analysed = self._analysed
            self._reached[name] = reach_of(analysed.spec, analysed.flow, name, self._shared, self._values)
        return self._reached[name]

    # -- what is around it now

    def around(self, names: Collection[NodeName]) -> Surroundings:
        """What surrounds nodes and checks now."""
        options = [self._options(name) for name in names]
        outside = {one for each in options for one in each.input_files if normal_path(one) not in self._made}
        files = {one: found for one in outside if (found := file_digest(one, self._working_dir)) is not None}
        run = {one.notebook for one in options if one.notebook is not None}
        loaded = {one for name in names for one in self._reach(name).loads if one is not None}
        return Surroundings(
            files=files,
            environment=os.environ,
            notebooks=self._code_digests,
            inside={said: inside for said in run if (inside := self._inside(said)) is not None},
            kernels=self._kernels(map(self._reach, names)),
            assets=self._assets(loaded) if loaded else {},
        )

    def _kernels(self, reached: Iterable[Reach]) -> dict[str, Kernel]:
        by_kernel: dict[str, list[Reach]] = {}
        for reach in reached:
            by_kernel.setdefault(reach.kernel, []).append(reach)
        found = {}
        for name, group in by_kernel.items():
            interpreter = self._interpreter(name)
            needed = together(reach.imports for reach in group)
            modules = modules_of(needed, self._working_dir, self._places, interpreter)
            found[name] = Kernel(interpreter.versions, modules)
        return found

    def _inside(self, said: str) -> Mapping[str, str] | None:
        """What surrounds the nodes of a notebook that nodes run, by component; `None` where it is not known."""
        path = path_from(self._path, said)
        if path not in self._notebooks or path == self._path:
            return None
        if said not in self._inner:
            folder = self._analysed.folder or self._working_dir
            asked = (node.options for node in self._analysed.spec.nodes.values() if node.options.notebook == said)
            wanted = frozenset[str]().union(*map(wanted_from, asked))
            inner = self._notebooks[path].for_another(wanted)
            self._inner[said] = Fingerprints(
                inner,
                {},
                folder / dirname(said),
                self._notebooks,
                path=path,
                assets=self._assets,
                interpreter=self._interpreter,
                is_given=False,
            )
        inside = self._inner[said]
        spec = inside._analysed.spec  # noqa: SLF001  # of its own kind
        found = [inside.surroundings(name) for name in (*spec.nodes, *spec.checks)]
        return {one: combined(each[one] for each in found) for one in SURROUNDINGS}

    def _each_thing(self, name: NodeName, around: Surroundings) -> dict[str, str]:
        """Digests of single files, variables and so on, which decide nothing: for telling which one changed."""
        options, reach = self._options(name), self._reach(name)
        files = {one: found for one in options.input_files if (found := around.files.get(one, UNKNOWN)) != UNKNOWN}
        variables = (set(options.env) - set(options.secrets)) & around.environment.keys()
        things = {f"files:{one}": found for one, found in files.items()}
        things |= {f"environment:{one}": digest(around.environment[one]) for one in variables}
        published = {one: found for one, found in around.assets.items() if one in reach.loads and found != NO_ASSET}
        things |= {f"assets:{one}": found for one, found in published.items()}
        kernel = around.kernels.get(reach.kernel)
        if kernel is not None:
            imported = imported_by(reach, kernel)
            things |= {f"modules:{one}": found for one, found in imported.files.items()}
            things |= {f"packages:{one}": found for one, found in {**kernel.versions, **imported.packages}.items()}
        return things


_UNKNOWN: Final = object()


def _literal(source: str) -> Any:
    try:
        return ast.literal_eval(source)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _UNKNOWN
