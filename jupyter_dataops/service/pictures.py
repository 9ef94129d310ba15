"""One run as it is, kept up to date at the cost of what changes.

Those who watch a run share one picture of it. It follows the run's events: which node runs changed since the event it
knows, and what these are now. A node run also shows what it waits for, so that those directly below a changed one are
looked at again.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from msgspec import Struct

from jupyter_dataops.api.executions import Executions, PastRun
from jupyter_dataops.api.reading import read_notebook
from jupyter_dataops.api.reasons import Present, waits_for
from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.ids import NodeName, RunId, checked_by
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import NodeRunRecord, RunChanges, RunRecord
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.views import graph_view, node_run_view, run_summary
from jupyter_dataops.service.wire.pipelines import GraphView
from jupyter_dataops.service.wire.runs import NodeRunView, RunSummary, RunView
from jupyter_dataops.spec.models import PipelineSpec
from jupyter_dataops.states import CheckSeverity, NodeState
from jupyter_dataops.store.order import places as places_of
from jupyter_dataops.store.overview import overview_of

_REMEMBERED: Final = 256
"""How many of the latest changes are kept, for those who are not that far yet."""
_ENDS: Final = ("RunCrashed", "RunFinished", "RunResumed")


class Changed(Struct, frozen=True):
    """What of a run is not as somebody knows it."""

    run: RunSummary
    nodes: Sequence[NodeRunView]
    edited: Sequence[str]
    seq: int


class Picture:
    """One run, whole. Safe to use from several threads.

    Parameters
    ----------
    version
        `RunStore.get_data_version`, asked before this is made.
    opening
        Which opening of the store `store` is: once that is closed, somebody has to make another picture.
    """

    def __init__(self, run_id: RunId, store: RunStore, version: int, places: Places, *, opening: int = 0) -> None:
        self.run_id = run_id
        self.opening = opening
        self._store = store
        self._places = places
        self._lock = threading.RLock()
        self._version = version
        found = store.get_changes(run_id)
        self._run = found.run
        self.seq = self._since = found.seq
        self._records = {record.node: record for record in found.node_runs}
        self._past = Executions(store).past_run(found.run, self._records)
        self._order: list[NodeName] | None = list(self._records)
        self._upstream: dict[NodeName, list[NodeName]] = {}
        self._below: dict[NodeName, list[NodeName]] = {}
        self._checks: dict[NodeName, list[NodeName]] = {}
        self._views: dict[NodeName, NodeRunView] = {}
        self._changes: deque[tuple[int, frozenset[NodeName]]] = deque()
        self._notebook = _EditedNotebook(Path(found.run.notebook), self._past.analysed.spec)
        self._place(self._records)

    # -- kept up to date

    def refresh(self, version: int) -> None:
        """It is as the store says now, which it was before if `version` is the same."""
        with self._lock:
            if version != self._version:
                self._take(self._store.get_changes(self.run_id, self.seq))
                self._version = version

    def look_at_notebook(self) -> None:
        """`Changed.edited` is right for the notebook as it lies on disk; microseconds where nobody has saved it."""
        with self._lock:
            self._notebook.look()

    def _take(self, found: RunChanges) -> None:
        was_over, self._run = self._run.state.is_terminal, found.run
        if found.seq == self.seq:
            return
        changed = {record.node for record in found.node_runs}
        new = [record for record in found.node_runs if record.node not in self._records]
        for record in found.node_runs:
            self._records[record.node] = record
        for record in sorted(found.node_runs, key=lambda one: len(one.node)):  # a group before what is in it
            self._past.open(record)
        if new:
            self._order = None
            self._place(record.node for record in new)
        if was_over != found.run.state.is_terminal:  # nobody waits in a run that has ended
            changed |= {name for name, record in self._records.items() if not record.state.is_done}
        changed |= self._following(changed)
        for name in changed:
            self._views.pop(name, None)
        self._changes.append((found.seq, frozenset(changed)))
        self.seq = found.seq
        if len(self._changes) > _REMEMBERED:
            self._since, _ = self._changes.popleft()

    def _place(self, names: Iterable[NodeName]) -> None:
        for name in names:
            upstream = self._upstream[name] = self._past.upstream_of(name)
            for source in upstream:
                self._below.setdefault(source, []).append(name)
            if self._records[name].severity is CheckSeverity.ERROR:
                self._checks.setdefault(checked_by(name), []).append(name)

    def _following(self, changed: Collection[NodeName]) -> set[NodeName]:
        """Those that may wait for something else now, because these are not as they were."""
        found = set()
        for name in changed:
            sources = [name] if self._records[name].severity is None else [name, checked_by(name)]
            found |= {below for source in sources for below in self._below.get(source, ())}
        return {name for name in found if self._records[name].state is NodeState.PENDING}

    # -- shown

    @property
    def run(self) -> RunRecord:
        """Its record."""
        return self._run

    @property
    def past(self) -> PastRun:
        """What it was made from; node runs in it have no outputs."""
        return self._past

    def record(self, name: NodeName) -> NodeRunRecord | None:
        """A node run, without its outputs."""
        return self._records.get(name)

    def names(self) -> Sequence[NodeName]:
        """All node runs, in document order."""
        with self._lock:
            if self._order is None:
                stands = places_of((one.node, one.parent, one.position) for one in self._records.values())
                self._order = sorted(stands, key=stands.__getitem__)
            return list(self._order)

    def view(self, name: NodeName) -> NodeRunView:
        """One node run as it is shown."""
        with self._lock:
            if name not in self._views:
                record = self._records[name]
                self._views[name] = node_run_view(record, self._waiting(record))
            return self._views[name]

    def whole(self) -> RunView:
        """All that is shown of it."""
        with self._lock:
            return RunView(
                run=self.summary(),
                graph=self.graph,
                nodes=[self.view(name) for name in self.names()],
                seq=self.seq,
                edited=list(self._notebook.edited),
            )

    def changed(self, after: int) -> Changed:
        """What is not as it was after the event `after`, in document order where that costs nothing."""
        with self._lock:
            names = self._changed_names(after)
            shown = [self.view(name) for name in names if name in self._records]
            return Changed(self.summary(), shown, tuple(self._notebook.edited), self.seq)

    def _changed_names(self, after: int) -> Collection[NodeName]:
        if after >= self.seq:
            return ()
        names = {name for seq, some in self._changes if seq > after for name in some}
        if after < self._since:
            found = self._store.get_changes(self.run_id, after)
            known = {record.node for record in found.node_runs if record.node in self._records}
            names |= known | self._following(known)
            if self._store.get_events(self.run_id, after, _ENDS):  # nobody waits in a run that has ended
                names |= {name for name, record in self._records.items() if not record.state.is_done}
        return sorted(names)

    @property
    def edited(self) -> Sequence[str]:
        """Nodes whose cells differ in the notebook as it was looked at last."""
        return tuple(self._notebook.edited)

    def summary(self) -> RunSummary:
        """The run in a line."""
        with self._lock:
            overview = overview_of(self._records.values()) if self._records else None
            path = self._places.shown(Path(self._run.notebook))
            return run_summary(self._run, overview, self._past.analysed.spec.name, path)

    @cached_property
    def graph(self) -> GraphView:
        """The graph of the notebook as the run pinned it."""
        return graph_view(self._past.analysed)

    def _waiting(self, record: NodeRunRecord) -> str | None:
        if self._run.state.is_terminal or record.state not in (NodeState.PENDING, NodeState.QUEUED, NodeState.RETRYING):
            return None
        upstream = self._upstream[record.node]
        blocking = {
            source: [self._records[name] for name in self._checks[source] if not self._records[name].state.is_done]
            for source in upstream
            if source in self._checks
        }
        # How many slots are taken changes with every node: what is told of one that waits for a slot leaves that out.
        return waits_for(record, Present(self._records, 0, None, blocking), upstream)


class _EditedNotebook:
    """Which nodes of a run are not as they were, in the notebook as it lies on disk."""

    def __init__(self, path: Path, pinned: PipelineSpec) -> None:
        self._path = path
        self._pinned = _sources(pinned)
        self._seen: tuple[int, int, int] | None = None
        self.edited: tuple[str, ...] = ()
        self.look()

    def look(self) -> None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - half of what `Path.stat` takes, at every poll
        except OSError:
            return
        seen = found.st_mtime_ns, found.st_size, found.st_ino
        if seen == self._seen:
            return
        self._seen = seen
        try:
            now = _sources(read_notebook(self._path).spec)
        except NotebookUnreadable:  # being written, or no notebook any more: what was known stays
            return
        self.edited = tuple(name for name, sources in self._pinned.items() if now.get(name) != sources)


def _sources(spec: PipelineSpec) -> Mapping[NodeName, list[str]]:
    return {name: [cell.source for cell in node.cells] for name, node in spec.nodes.items()}
