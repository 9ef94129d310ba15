"""Which notebook a node run's name means: the run's own, or one that a ``notebook:`` node runs, with its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from posixpath import dirname
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.api.asset_digests import NewestAssets, no_assets_known
from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.sub_notebooks import Notebooks, path_from, wanted_from
from jupyter_dataops.dataflow.models import NodeFlow
from jupyter_dataops.ids import NodeName, member_name, parts_of
from jupyter_dataops.kernels.node_notebook import Delivery
from jupyter_dataops.plan.aliasing import Sharing
from jupyter_dataops.records import ItemRecord, OutputRecord, RunRecord

Outputs = Mapping[NodeName, Mapping[str, OutputRecord]]


class Scope(Struct, frozen=True, dict=True):
    """A notebook at work in a run."""

    analysed: AnalysedNotebook
    path: str
    """Relative to the folder of the run's own notebook, for which it is empty."""
    group: NodeName | None
    """The node run that runs it; `None`: it is the run's own."""
    parameters: Mapping[str, Any]
    """Given values."""
    working_dir: Path
    itemised: frozenset[str] = frozenset()
    """Names that it hands on and over whose elements ``each:`` nodes run outside."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Slots that the node which runs it wants: every attempt in it takes these as well."""

    retry: Mapping[str, Any] = field(default_factory=dict)
    """The run's defaults of retries, as `Settings.retry` has them."""
    publishes: bool = True
    """Whether nodes publish what they are tagged to."""
    assets: NewestAssets = no_assets_known
    """Tells the content of the assets that its nodes would load."""

    def slots(self, own: Mapping[str, int]) -> Mapping[str, int]:
        """What an attempt takes that wants `own` by itself; of each pool, the larger number."""
        return {pool: max(self.pools.get(pool, 0), own.get(pool, 0)) for pool in {**self.pools, **own}}

    def name(self, local: NodeName) -> NodeName:
        """What a node or check of the notebook is called in the run."""
        return local if self.group is None else member_name(self.group, local)

    @cached_property
    def sharing(self) -> Sharing:
        """Which objects its nodes' outputs share."""
        return Sharing(self.analysed.flow)

    def outputs(self, outputs: Outputs) -> Outputs:
        """Those of the notebook's own nodes, by their names in it; a view, which costs nothing to make."""
        return _OwnOutputs(self, outputs)

    def flow_of(self, local: NodeName) -> NodeFlow:
        """What a node or check reads and hands on."""
        flow = self.analysed.flow
        return flow.checks[local] if local in flow.checks else flow.nodes[local]

    def each_of(self, node: NodeName) -> frozenset[str]:
        """Outputs of `node` over whose elements ``each:`` nodes run, here or outside."""
        final = self.analysed.flow.final
        outside = {name for name in self.itemised if final.get(name) == node}
        return self.flow_of(node).itemised | outside

    def abroad(self, node: NodeName) -> frozenset[str]:
        """Outputs of `node` that other notebooks get: the one that runs this one, and those that load an asset."""
        handed_out = {name for name, producer in self.analysed.flow.final.items() if producer == node}
        published = self.analysed.spec.nodes[node].options.assets if node in self.analysed.spec.nodes else {}
        return frozenset({*handed_out, *published.values()})


class _OwnOutputs(Outputs):
    def __init__(self, scope: Scope, outputs: Outputs) -> None:
        self._scope = scope
        self._outputs = outputs

    def __getitem__(self, node: NodeName) -> Mapping[str, OutputRecord]:
        if node not in self._scope.analysed.spec.nodes:
            raise KeyError(node)
        return self._outputs[self._scope.name(node)]

    def __iter__(self) -> Iterator[NodeName]:
        return (node for node in self._scope.analysed.spec.nodes if self._scope.name(node) in self._outputs)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _retry(run: RunRecord) -> Mapping[str, Any]:
    found: Mapping[str, Any] = run.options.get("retry", {})
    return found


class Scopes:
    """The notebooks of one run, as its node runs come to need them.

    Parameters
    ----------
    analysed
        The run's own notebook.
    notebooks
        Those that its nodes run, pinned.
    assets
        See `Scope.assets`.
    """

    def __init__(
        self,
        run: RunRecord,
        analysed: AnalysedNotebook,
        notebooks: Notebooks,
        assets: NewestAssets = no_assets_known,
    ) -> None:
        said = deployment_of(run)
        self.own = Scope(
            analysed,
            "",
            None,
            run.parameters,
            Path(run.options["working_dir"]),
            retry=_retry(run),
            # The test of a version is to show what the version does, and not to do it.
            publishes=said is None or not said.is_test,
            assets=assets,
        )
        self.notebooks = notebooks
        self._folder = Path(run.options.get("folder") or run.options["working_dir"])
        self._parts: dict[tuple[str, frozenset[str]], AnalysedNotebook] = {}
        self._opened: dict[NodeName, Scope] = {}
        self.elements: dict[NodeName, ItemRecord] = {}
        """Of the children of ``each:`` nodes, what each runs for."""

    def of(self, name: NodeName) -> Scope:
        """The notebook that a node run is in."""
        group = parts_of(name).group
        return self.own if group is None else self._opened[group]

    def is_open(self, group: NodeName) -> bool:
        """Whether `open` was called for `group`."""
        return group in self._opened

    def opened_by(self, group: NodeName) -> Scope:
        """The notebook that `group`, which has been opened, runs."""
        return self._opened[group]

    def open(self, group: NodeName, parameters: Mapping[str, Any]) -> Scope:
        """The notebook that `group` runs from now on, with these of its parameters given."""
        outer, here = self.of(group), parts_of(group)
        options = outer.analysed.spec.nodes[here.local].options
        path = path_from(outer.path, options.notebook or "")
        # What the children of an `each:` node hand on is collected first, and its elements are those.
        itemised = frozenset[str]() if here.key is not None else outer.each_of(here.local)
        scope = Scope(
            analysed=self._part(path, wanted_from(options)),
            path=path,
            group=group,
            parameters=parameters,
            working_dir=self._folder / dirname(path),
            itemised=itemised,
            pools=outer.slots(options.pools),
            retry=outer.retry,
            publishes=outer.publishes,
            assets=outer.assets,
        )
        self._opened[group] = scope
        return scope

    def delivery(self, name: NodeName) -> Delivery:
        """What a node run does with what it has bound."""
        scope, here = self.of(name), parts_of(name)
        flow, options = scope.flow_of(here.local), scope.analysed.spec.nodes[here.local].options
        # A child's values are elements of what its group hands on: that is iterated over, and they are not.
        each = frozenset[str]() if here.key is not None else scope.each_of(here.local)
        said = options.notebook
        parameters: list[str] = []
        if said is not None:
            inner = self._part(path_from(scope.path, said), wanted_from(options))
            item = {options.each[0]} if options.each else set[str]()
            known = flow.binds | flow.reads.keys() | flow.from_setup | item
            parameters = sorted(known & {parameter.name for parameter in inner.parameters})
        return Delivery(
            each=tuple(sorted(each & set(flow.outputs))),
            abroad=tuple(sorted(scope.abroad(here.local) & set(flow.outputs))),
            parameters=tuple(parameters),
            notebook=said,
        )

    def _part(self, path: str, wanted: frozenset[str]) -> AnalysedNotebook:
        key = path, wanted
        if key not in self._parts:
            self._parts[key] = self.notebooks[path].for_another(wanted)
        return self._parts[key]
