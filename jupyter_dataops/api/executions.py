"""Node runs of the store, with everything they depended on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.api.attempts import loaded_in
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.scopes import Scope, Scopes
from jupyter_dataops.api.sub_notebooks import pinned_sub_notebooks
from jupyter_dataops.ids import NodeName, RunId, owner_of, parts_of
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.executions import Execution, execution_of
from jupyter_dataops.records import NodeRunRecord, OutputRecord, RunRecord


class PastRun(Struct, frozen=True, dict=True):
    """One run, its node runs by name, and the notebooks that it pinned."""

    record: RunRecord
    nodes: Mapping[NodeName, NodeRunRecord]
    scopes: Scopes
    _upstream: dict[NodeName | None, dict[NodeName, list[NodeName]]] = field(default_factory=dict)
    """By the group whose notebook it is."""

    @property
    def analysed(self) -> AnalysedNotebook:
        """The run's own notebook."""
        return self.scopes.own.analysed

    def open(self, record: NodeRunRecord) -> None:
        """The notebook that a node run runs is known from now on, if it runs one."""
        if record.parameters is not None and not self.scopes.is_open(record.node):
            self.scopes.open(record.node, record.parameters)

    def scope_of(self, name: NodeName) -> Scope | None:
        """The notebook that a node run is in; `None` where it is not known any more."""
        try:
            scope = self.scopes.of(name)
        except KeyError:
            return None
        local = parts_of(name).local
        flow = scope.analysed.flow
        return scope if local in flow.nodes or local in flow.checks else None

    def upstream_of(self, name: NodeName) -> list[NodeName]:
        """The direct upstream of a node run, by names in the run."""
        scope, local = self.scope_of(name), parts_of(name).local
        if scope is None:
            return []
        if local in scope.analysed.flow.checks:
            return [scope.name(owner_of(local))]
        return [scope.name(source) for source in self._sources(scope).get(local, ())]

    def _sources(self, scope: Scope) -> Mapping[NodeName, list[NodeName]]:
        """Node to its direct upstream, by names in their notebook."""
        if scope.group not in self._upstream:
            found = self._upstream[scope.group] = {}
            for edge in scope.analysed.flow.edges:
                found.setdefault(edge.target, []).append(edge.source)
        return self._upstream[scope.group]


class Executions:
    """Reads runs, each once. Used by one caller at a time, for as long as `store` is open."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._runs: dict[RunId, PastRun] = {}

    def run(self, run_id: RunId) -> PastRun:
        """A run. Raises `RunNotFound`."""
        if run_id not in self._runs:
            self._runs[run_id] = self._read(self._store.get_run(run_id))
        return self._runs[run_id]

    def _read(self, run: RunRecord) -> PastRun:
        return self.past_run(run, {record.node: record for record in self._store.get_node_runs(run.run_id)})

    def past_run(self, run: RunRecord, records: Mapping[NodeName, NodeRunRecord]) -> PastRun:
        """The run in which `records`, in document order, are the node runs."""
        analysed = analyse_text(self._store.get_snapshot(run.snapshot), run.notebook, Path(run.notebook).stem)
        past = PastRun(run, records, Scopes(run, analysed, pinned_sub_notebooks(run, self._store)))
        for record in records.values():  # a group before what is in it
            past.open(record)
        return past

    def of(self, run_id: RunId, name: NodeName, *, measured: bool = True) -> Execution | None:
        """What the node run `name` of a run depended on; of a reused one, in the run that computed it.

        `None` where the run, or its notebook, has no such node.

        Parameters
        ----------
        measured
            Also what it ran on and took, which is one more question to the store; so are the assets that it loaded,
            which is asked of those nodes alone.
        """
        run = self.run(run_id)
        record = run.nodes.get(name)
        if record is not None and record.source_run_id is not None:
            run = self.run(record.source_run_id)
            record = run.nodes.get(name)
        return None if record is None else self.here(run, record, measured=measured)

    def here(self, run: PastRun, record: NodeRunRecord, *, measured: bool = True) -> Execution | None:
        """What the node run depends on in this very run, whoever computed its result."""
        scope, local = run.scope_of(record.node), parts_of(record.node).local
        if scope is None:
            return None
        analysed = scope.analysed
        made = execution_of(
            analysed.spec,
            analysed.flow,
            local,
            record,
            scope.parameters,
            parameters=analysed.parameters,
            inputs={},
        )
        inputs = {
            name: run.nodes[producer].outputs[name]
            for name, producer in made.reads.items()
            if producer in run.nodes and name in run.nodes[producer].outputs
        }
        is_asked = measured or any(thing.startswith("assets:") for thing in record.fingerprint)
        attempts = self._store.get_attempts(run.record.run_id, record.node) if is_asked else ()
        return replace(
            made,
            inputs=inputs | _item(scope, record),
            usage=attempts[-1].usage if attempts and measured else None,
            loaded={one.name: one.label for one in loaded_in(attempts)},
        )


def _item(scope: Scope, record: NodeRunRecord) -> dict[str, OutputRecord]:
    """The element that a child of an ``each:`` node is for, by the name that it has there."""
    node = scope.analysed.spec.nodes.get(parts_of(record.node).local)
    each = node.options.each if node is not None else None
    return {} if record.item is None or each is None else {each[0]: record.item}
