"""Earlier results of a notebook's nodes, looked for in the run store; see `jupyter_dataops.engine.models.Recall`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.api.file_digests import file_digest
from jupyter_dataops.api.fingerprints import Fingerprints
from jupyter_dataops.api.inputs import inputs_of
from jupyter_dataops.api.scopes import Scope
from jupyter_dataops.api.sub_notebooks import Notebooks, nodes_inside
from jupyter_dataops.dataflow.models import Source
from jupyter_dataops.ids import NodeName, owner_of, parts_of
from jupyter_dataops.interfaces import ArtifactStore, Clock, RunStore
from jupyter_dataops.plan.earlier import (
    NOTHING_KNOWN,
    Prospect,
    Wanted,
    allowance_s,
    at_risk,
    objection,
    result_of,
    unknown_in,
    why_new,
    why_reused,
)
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.fingerprint import UNKNOWN
from jupyter_dataops.plan.reuse import CHANGED, computed_by
from jupyter_dataops.records import EarlierResult, ItemRecord, NodeRunRecord, OutputRecord, ResultRecord
from jupyter_dataops.spec.models import NodeOptions
from jupyter_dataops.states import NodeState

Records = Mapping[NodeName, NodeRunRecord]


class Setting(Struct, frozen=True, dict=True):
    """The run whose nodes are asked about."""

    notebook: str
    """Absolute path: results of other notebooks are not looked for."""
    mode: str
    notebooks: Notebooks
    scope_of: Callable[[NodeName], Scope]
    fingerprint_of: Callable[[NodeName], Mapping[str, str]]
    """As the run was planned with."""
    element_of: Callable[[NodeName], ItemRecord | None] = lambda _name: None
    """Of a child of an ``each:`` node."""
    is_planned_now: bool = False
    """What surrounds the nodes has been looked at just now."""


class _Known(Struct, frozen=True, dict=True):
    """All that a node's result would be computed from."""

    scope: Scope
    local: NodeName
    fingerprint: Mapping[str, str]
    inputs: Mapping[str, str]
    result: ResultRecord | None
    allowance_s: float
    ran_above: tuple[NodeName, ...]
    stale: str | None = None
    """What has changed since the run was planned."""


class _Notebook(Struct, dict=True):
    """What is asked of each notebook once."""

    prints: Fingerprints
    upstream: Mapping[NodeName, Mapping[NodeName, bool]] = field(default_factory=dict)
    """Node to its direct upstream, each with whether something travels that can be compared."""


class Recall:
    """Knows earlier results. Used by one caller at a time, for as long as `store` is open."""

    def __init__(self, setting: Setting, store: RunStore, artifacts: ArtifactStore, clock: Clock) -> None:
        self._setting = setting
        self._store = store
        self._artifacts = artifacts
        self._clock = clock
        self._notebooks: dict[NodeName | None, _Notebook] = {}
        self._there: dict[str, bool] = {}
        self._newest: dict[NodeName, EarlierResult | None] = {}

    def expect(self, nodes: Collection[NodeName]) -> None:
        """These nodes will be asked about: the newest result of each, which most likely holds, is at hand."""
        found = self._store.find_latest_results(self._setting.notebook, nodes)
        self._newest = {node: found.get(node) for node in nodes}

    def find(self, node: NodeName, records: Records) -> Prospect:
        """See `jupyter_dataops.engine.models.Recall`."""
        return self.find_all([node], records)[node]

    def find_all(self, nodes: Sequence[NodeName], records: Records) -> Mapping[NodeName, Prospect]:
        """What is known of each node's result; asks the store twice at most, however many they are."""
        known = {node: self._know(node, records) for node in nodes}
        asked = {node: one for node, one in known.items() if one.allowance_s > 0}
        found = self._found({node: one.result.key for node, one in asked.items() if one.result is not None})
        now = self._clock.now()
        prospects: dict[NodeName, Prospect] = {}
        new: list[NodeName] = []
        for node, one in known.items():
            if node not in asked:
                prospects[node] = NOTHING_KNOWN if one.result is None else Prospect(one.result)
            elif one.result is None:
                prospects[node] = Prospect(reason=one.stale or unknown_in(one.fingerprint, one.inputs))
            elif (earlier := found.get(node)) is not None:
                prospects[node] = self._judged(one, one.result, earlier, now)
            else:
                prospects[node] = Prospect(one.result, may_reuse=True)
                new.append(node)
        latest = self._latest(new)
        for node in new:
            reason = why_new(latest.get(node), known[node].fingerprint, known[node].inputs)
            prospects[node] = replace(prospects[node], reason=reason or "")
        return prospects

    def foretell(self, nodes: Sequence[NodeName]) -> Mapping[NodeName, str | None]:
        """Why each node runs whatever comes from above; `None`: that is not known."""
        latest = self._latest(nodes)
        return {node: why_new(latest.get(node), self._setting.fingerprint_of(node)) for node in nodes}

    def _found(self, keys: Mapping[NodeName, str]) -> Mapping[NodeName, EarlierResult]:
        newest = ((node, self._newest.get(node)) for node in keys)
        at_hand = {node: one for node, one in newest if one is not None and one.result.key == keys[node]}
        others = {key for node, key in keys.items() if node not in at_hand}
        looked_up = self._store.find_results(others) if others else {}
        return {**at_hand, **{node: looked_up[key] for node, key in keys.items() if key in looked_up}}

    def _latest(self, nodes: Sequence[NodeName]) -> Mapping[NodeName, EarlierResult]:
        unknown = [node for node in nodes if node not in self._newest]
        looked_up = self._store.find_latest_results(self._setting.notebook, unknown) if unknown else {}
        return {**looked_up, **{node: one for node in nodes if (one := self._newest.get(node)) is not None}}

    def confirm(self, node: NodeName, records: Records, before: ResultRecord) -> ResultRecord | None:
        """See `jupyter_dataops.engine.models.Recall`."""
        known = self._know(node, records)
        if known.result is None or known.result.key != before.key:
            return None
        made = known.scope.analysed.spec.nodes.get(known.local, None)
        paths = made.options.output_files if made is not None else ()
        files = {path: file_digest(path, known.scope.working_dir) or UNKNOWN for path in paths}
        return None if UNKNOWN in files.values() else replace(before, files=files)

    # -- what a result would be computed from

    def _know(self, node: NodeName, records: Records) -> _Known:
        scope, here = self._setting.scope_of(node), parts_of(node)
        fingerprint = self._setting.fingerprint_of(node)
        notebook = self._notebook(scope)
        inputs, values = self._inputs(scope, node, records)
        watched = at_risk(self._watched(scope, here.local, values, records), values)
        stale = None if self._setting.is_planned_now else self._stale(notebook.prints, here.local, fingerprint)
        result = None if stale else result_of(self._setting.notebook, node, fingerprint, inputs, watched)
        options = _options(scope, here.local)
        allowance = allowance_s(options.cache, self._setting.mode, self._inside(scope, options))
        above = notebook.upstream.get(here.local, {}) if here.key is None else {}
        ran = (source for source in above if _ran(records.get(scope.name(source))))
        return _Known(scope, here.local, fingerprint, inputs, result, allowance, tuple(ran), stale)

    def _notebook(self, scope: Scope) -> _Notebook:
        if scope.group not in self._notebooks:
            upstream: dict[NodeName, dict[NodeName, bool]] = {}
            for edge in scope.analysed.flow.edges:
                upstream.setdefault(edge.target, {})[edge.source] = bool(edge.carries)
            for check, flow in scope.analysed.flow.checks.items():
                upstream[check] = {owner_of(check): owner_of(check) in flow.reads.values()}
            notebooks = self._setting.notebooks
            prints = Fingerprints(
                scope.analysed, scope.parameters, scope.working_dir, notebooks, path=scope.path, assets=scope.assets
            )
            self._notebooks[scope.group] = _Notebook(prints, upstream)
        return self._notebooks[scope.group]

    def _inputs(self, scope: Scope, node: NodeName, records: Records) -> tuple[dict[str, str], dict[str, OutputRecord]]:
        """Everything that reaches a node from others, by name; and the values among it."""
        local = parts_of(node).local
        flow, options, notebook = scope.analysed.flow, _options(scope, local), self._notebook(scope)
        given = inputs_of(flow, local, _Outputs(scope, records))
        values = {name: one.output for name, one in given.values.items()}
        inputs = {name: str(one.artifact.digest) for name, one in values.items()}
        if given.imports:
            inputs["imports of values"] = digest(list(given.imports))
        for path in notebook.prints.made_here(local):
            inputs[f"file {path}"] = file_digest(path, scope.working_dir) or "missing"
        for source, is_compared in notebook.upstream.get(local, {}).items():
            if not is_compared:
                inputs[f"after {source}"] = _computed(records.get(scope.name(source)))
        if options.each is not None and local in flow.nodes:
            inputs |= self._of_each(scope, node, options.each, records)
        return inputs, values

    def _of_each(self, scope: Scope, node: NodeName, each: tuple[str, str], records: Records) -> dict[str, str]:
        """What an ``each:`` node goes over; of one of its children, the element."""
        item, variable = each
        if parts_of(node).key is not None:
            element = self._setting.element_of(node)
            return {f"element {item}": UNKNOWN if element is None else str(element.output.artifact.digest)}
        producer = scope.analysed.flow.producer_above(variable, parts_of(node).local)
        if producer is None or isinstance(producer, Source):
            return {f"each {variable}": UNKNOWN}
        record = records.get(scope.name(producer))
        output = record.outputs.get(variable) if record is not None else None
        return {f"each {variable}": UNKNOWN if output is None else str(output.artifact.digest)}

    def _watched(
        self, scope: Scope, local: NodeName, values: Mapping[str, OutputRecord], records: Records
    ) -> frozenset[str]:
        """What a node must not change in place unseen."""
        flow = scope.analysed.flow
        if local not in flow.nodes:
            return frozenset()
        watched = flow.nodes[local].watched
        # Asked only where it can matter: of a thousand nodes side by side, each answer looks at all that are open.
        if any(one.shares or one.artifact.members for one in values.values()):
            watched |= scope.sharing.entangled(local, _Outputs(scope, records)).keys()
        return watched

    def _inside(self, scope: Scope, options: NodeOptions) -> list[str | None]:
        """What is said about reuse in the notebook that a node runs, and in those that this runs."""
        return [one.cache for one in nodes_inside(options, scope.path, self._setting.notebooks)]

    def _stale(self, prints: Fingerprints, local: NodeName, planned: Mapping[str, str]) -> str | None:
        now = prints.surroundings(local)
        changed = [one for one, found in now.items() if planned.get(one) != found]
        return f"{CHANGED[changed[0]]} since the run was made" if changed else None

    # -- whether it is there

    def _judged(self, known: _Known, result: ResultRecord, earlier: EarlierResult, now: datetime) -> Prospect:
        flow = known.scope.flow_of(known.local)
        is_child = parts_of(earlier.node_run.node).key is not None
        against = objection(
            earlier,
            Wanted(
                outputs=flow.outputs,
                itemised=frozenset() if is_child else known.scope.each_of(known.local),
                watched=frozenset(result.watched),
                allowance_s=known.allowance_s,
            ),
            now,
            is_there=self._is_there,
            digest_of=lambda path: file_digest(path, known.scope.working_dir),
        )
        if against is not None:
            return Prospect(result, reason=against, may_reuse=True)
        return Prospect(result, earlier, why_reused(earlier, known.ran_above), may_reuse=True)

    def _is_there(self, output: OutputRecord) -> bool:
        wanted = [output.artifact, *(item.output.artifact for item in output.items or ())]
        for artifact in wanted:
            if artifact.digest not in self._there:
                self._there[artifact.digest] = self._artifacts.holds(artifact)
        return all(self._there[artifact.digest] for artifact in wanted)


class _Outputs(Mapping[NodeName, Mapping[str, OutputRecord]]):
    """The outputs of a notebook's nodes that have ended well, by their names in it; a view, for there may be many."""

    def __init__(self, scope: Scope, records: Records) -> None:
        self._scope = scope
        self._records = records

    def __getitem__(self, local: NodeName) -> Mapping[str, OutputRecord]:
        record = self._records[self._scope.name(local)]
        if not record.state.has_outputs:
            raise KeyError(local)
        return record.outputs

    def __iter__(self) -> Iterator[NodeName]:
        return (local for local in self._scope.analysed.spec.nodes if local in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _options(scope: Scope, local: NodeName) -> NodeOptions:
    """What tags say of a node; of a check, what they say of its node, as far as reuse goes."""
    spec = scope.analysed.spec
    check = spec.checks.get(local)
    return NodeOptions(cache=spec.nodes[check.node].options.cache) if check else spec.nodes[local].options


def _ran(record: NodeRunRecord | None) -> bool:
    return record is not None and record.state is NodeState.SUCCEEDED


def _computed(record: NodeRunRecord | None) -> str:
    """Which doing of an upstream node counts, where nothing of it can be compared."""
    if record is None:
        return UNKNOWN
    return computed_by(record) if record.state.has_outputs else record.state.value
