"""The run store in memory: the same contract without a disk, for tests and trials."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jupyter_dataops.errors import ArtifactMissing, StoreError
from jupyter_dataops.events import Event, NodeEvent, RunEvent, attempt_after, node_run_after, run_after
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import AttemptRecord, EventRecord, NodeRunRecord, RunRecord
from jupyter_dataops.store import moves
from jupyter_dataops.store.codec import created_data, event_data, to_json
from jupyter_dataops.store.lookup import LAST, newest_of, node_not_found, run_meant, run_not_found


@dataclass(slots=True)
class _Entry:
    run: RunRecord
    node_runs: dict[NodeName, NodeRunRecord]
    """In document order."""
    attempts: dict[NodeName, list[AttemptRecord]]
    events: list[EventRecord] = field(default_factory=list)


class MemoryRunStore:
    """A `RunStore` that is forgotten with the process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[RunId, _Entry] = {}
        self._snapshots: dict[Digest, str] = {}
        self._seq = 0

    def create_run(self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshot: str, at: datetime) -> None:
        """Store a new run; see `RunStore.create_run`."""
        kept = replace(run, parameters=to_json(run.parameters), options=to_json(run.options))
        by_node = {node_run.node: node_run for node_run in sorted(node_runs, key=lambda node_run: node_run.position)}
        with self._lock:
            if run.run_id in self._entries:
                raise StoreError(f"There is a run {run.run_id} already", hint="give the new run an id of its own")
            self._snapshots.setdefault(run.snapshot, snapshot)
            self._entries[run.run_id] = entry = _Entry(kept, by_node, {node: [] for node in by_node})
            self._append(entry, None, "RunCreated", at, created_data(run))

    def apply(self, event: Event, token: Token | None) -> None:
        """Make a state change; see `RunStore.apply`."""
        data = event_data(event)
        with self._lock:
            entry = self._entry(event.run_id)
            if isinstance(event, NodeEvent):
                self._change_node_run(entry, event, token)
                self._append(entry, event.node, type(event).__name__, event.at, data)
            else:
                self._change_run(entry, event, token)
                self._append(entry, None, type(event).__name__, event.at, data)

    def get_run(self, run_id: RunId) -> RunRecord:
        """One run. Raises `RunNotFound`."""
        with self._lock:
            return self._entry(run_id).run

    def find_run(self, name: str, notebook: str | None = None) -> RunRecord:
        """The run meant by `name`; see `RunStore.find_run`."""
        if name == LAST:
            return newest_of(self.get_runs(notebook, limit=1), notebook)
        with self._lock:
            matches = [self._entries[run_id].run for run_id in sorted(self._entries) if run_id.startswith(name)]
        return run_meant(name, matches, self.get_runs)

    def get_runs(self, notebook: str | None = None, limit: int = 50) -> Sequence[RunRecord]:
        """The latest runs, newest first."""
        with self._lock:
            runs = [entry.run for entry in reversed(self._entries.values())]
        return [run for run in runs if notebook is None or run.notebook == notebook][:limit]

    def get_node_runs(self, run_id: RunId) -> Sequence[NodeRunRecord]:
        """A run's node runs with their outputs, in document order. Raises `RunNotFound`."""
        with self._lock:
            return list(self._entry(run_id).node_runs.values())

    def get_attempts(self, run_id: RunId, node: NodeName | None = None) -> Sequence[AttemptRecord]:
        """Attempts, by node's document order, then number. Raises `RunNotFound`, `NodeNotFound`."""
        with self._lock:
            entry = self._entry(run_id)
            if node is not None:
                return list(entry.attempts[self._node_run(entry, node).node])
            return [attempt for attempts in entry.attempts.values() for attempt in attempts]

    def get_snapshot(self, digest: Digest) -> str:
        """The notebook's text that a run pinned. Raises `ArtifactMissing`."""
        with self._lock:
            if digest not in self._snapshots:
                raise ArtifactMissing("The store has no snapshot of that address", where=digest)
            return self._snapshots[digest]

    def get_events(self, run_id: RunId, after: int = 0) -> Sequence[EventRecord]:
        """Events with a ``seq`` above `after`, in order. Raises `RunNotFound`."""
        with self._lock:
            return [event for event in self._entry(run_id).events if event.seq > after]

    def get_data_version(self) -> int:
        """A number that differs after anyone has written: every write adds an event."""
        with self._lock:
            return self._seq

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _change_run(self, entry: _Entry, event: RunEvent, token: Token | None) -> None:
        if not moves.is_legal(entry.run, None, event, token):
            raise moves.refused(entry.run, None, event, token)
        entry.run = run_after(entry.run, event)

    def _change_node_run(self, entry: _Entry, event: NodeEvent, token: Token | None) -> None:
        node_run = self._node_run(entry, event.node)
        if not moves.is_legal(entry.run, node_run, event, token):
            raise moves.refused(entry.run, node_run, event, token)
        entry.node_runs[event.node] = node_run_after(node_run, event)
        attempts = entry.attempts[event.node]
        attempt = attempt_after(attempts[-1] if attempts else None, event)
        if attempt is not None:
            attempts[attempt.attempt - 1 :] = [attempt]

    def _append(self, entry: _Entry, node: NodeName | None, kind: str, at: datetime, data: Mapping[str, Any]) -> None:
        self._seq += 1
        entry.events.append(EventRecord(self._seq, entry.run.run_id, node, kind, at, data))

    def _entry(self, run_id: RunId) -> _Entry:
        if run_id not in self._entries:
            raise run_not_found(run_id, list(self._entries))
        return self._entries[run_id]

    def _node_run(self, entry: _Entry, node: NodeName) -> NodeRunRecord:
        if node not in entry.node_runs:
            raise node_not_found(node, entry.run.run_id, list(entry.node_runs))
        return entry.node_runs[node]
