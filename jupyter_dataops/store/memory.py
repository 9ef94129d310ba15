"""The run store in memory: the same contract without a disk, for tests and trials."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.errors import ArtifactMissing, StoreError
from jupyter_dataops.events import (
    Event,
    NodeEvent,
    NodeExpanded,
    NodeSucceeded,
    RunCrashed,
    RunEvent,
    RunFinished,
    attempt_after,
    node_run_after,
    run_after,
)
from jupyter_dataops.ids import Digest, NodeName, RunId, Token, checked_by
from jupyter_dataops.notices.wanted import called_for_at_end, follows_failure, wants_recovery
from jupyter_dataops.records import (
    AttemptRecord,
    AuditRecord,
    EarlierResult,
    EventRecord,
    Happening,
    NodeRunRecord,
    NoticeRecord,
    ResultRecord,
    RunChanges,
    RunOverview,
    RunRecord,
    SlotHolder,
)
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from jupyter_dataops.store import moves, slots
from jupyter_dataops.store.audit import Action, action_of, audit_record, creation
from jupyter_dataops.store.codec import created_data, event_data, to_json
from jupyter_dataops.store.lookup import LAST, newest_of, node_not_found, run_meant, run_not_found
from jupyter_dataops.store.memory_entry import Entry
from jupyter_dataops.store.memory_shelf import Shelf
from jupyter_dataops.store.overview import overview_of


class MemoryRunStore:
    """A `RunStore` that is forgotten with the process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[RunId, Entry] = {}
        self._snapshots: dict[Digest, str] = {}
        self._slots: list[slots.Taken] = []
        self._results: dict[str, tuple[RunId, NodeName, ResultRecord]] = {}
        self._audit: list[AuditRecord] = []
        self._seq = 0
        self.notices: dict[tuple[str, str, int], NoticeRecord] = {}
        """What somebody is to be told; changed under `lock`."""
        self.shelf = Shelf()
        """What is published; changed under `lock`."""

    def create_run(
        self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshots: Mapping[Digest, str], at: datetime
    ) -> None:
        """Store a new run; see `RunStore.create_run`."""
        kept = replace(run, parameters=to_json(run.parameters), options=to_json(run.options))
        with self._lock:
            if run.run_id in self._entries:
                raise StoreError(f"There is a run {run.run_id} already", hint="give the new run an id of its own")
            for digest, text in snapshots.items():
                self._snapshots.setdefault(digest, text)
            self._entries[run.run_id] = entry = Entry(kept)
            entry.add(node_runs)
            self._append(entry, None, "RunCreated", at, created_data(run))
            self._note(entry.run, creation(run), at)

    def apply(self, event: Event, token: Token | None) -> None:
        """Make a state change; see `RunStore.apply`."""
        self.apply_all((event,), token)

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        """Make state changes, all or none; see `RunStore.apply_all`."""
        with self._lock, ExitStack() as undo:
            published = len(self.shelf.assets)
            for event in events:
                undo.callback(self._undoing(event))
                self._apply(event, token)
            undo.pop_all()
            self.shelf.tell(after=published)

    def _undoing(self, event: Event) -> Callable[[], None]:
        """Brings back what is now, after `event` may have changed it."""
        taken, seq, noted, published = self._slots, self._seq, len(self._audit), len(self.shelf.assets)
        undo_entry, notices = self._entry(event.run_id).undoing(event), dict(self.notices)

        def undo() -> None:
            undo_entry()
            self._slots, self._seq, self.notices = taken, seq, notices
            del self._audit[noted:], self.shelf.assets[published:]

        return undo

    def _apply(self, event: Event, token: Token | None) -> None:
        data = event_data(event)
        entry = self._entry(event.run_id)
        node = event.node if isinstance(event, NodeEvent) else None
        if isinstance(event, NodeEvent):
            self._change_node_run(entry, event, token)
        else:
            self._change_run(entry, event, token)
        if moves.frees_slots(event):
            self._free(event.run_id, node)
        self._append(entry, node, type(event).__name__, event.at, data)
        if (action := action_of(event)) is not None:
            self._note(entry.run, action, event.at)

    def renew_lease(self, run_id: RunId, token: Token, until: datetime) -> None:
        """The runner is there until then; see `RunStore.renew_lease`."""
        with self._lock:
            entry = self._entry_of_runner(run_id, token)
            entry.run = replace(entry.run, lease_until=until)

    def take_slots(  # noqa: PLR0917  # as in `RunStore`
        self,
        run_id: RunId,
        token: Token,
        node: NodeName,
        wanted: Mapping[str, int],
        sizes: Mapping[str, int],
        at: datetime,
    ) -> Sequence[SlotHolder]:
        """Take slots of pools; see `RunStore.take_slots`."""
        with self._lock:
            self._node_run(self._entry_of_runner(run_id, token), node)
            kept = [taken for taken in self._slots if taken.pool in wanted]
            runs = {taken.run_id: self._entries[taken.run_id].run for taken in kept}
            answer = slots.answer(slots.Request(run_id, token, node, wanted, sizes, at), kept, runs)
            self._slots = [taken for taken in self._slots if taken not in answer.remove] + list(answer.add)
            return answer.holders

    def find_results(self, keys: Collection[str]) -> Mapping[str, EarlierResult]:
        """The results under those of `keys` that have one."""
        with self._lock:
            return {key: self._earlier(key) for key in keys if key in self._results}

    def find_latest_results(
        self, notebook: str, nodes: Collection[NodeName], before: datetime | None = None
    ) -> Mapping[NodeName, EarlierResult]:
        """The newest result of each node; see `RunStore.find_latest_results`."""
        found: dict[NodeName, EarlierResult] = {}
        with self._lock:
            for key, (run_id, node, _) in self._results.items():
                if node in nodes and self._entries[run_id].run.notebook == notebook:
                    one = self._earlier(key)
                    at = one.node_run.finished_at
                    newest = found.get(node)
                    if at is None or (before is not None and at >= before):
                        continue
                    if newest is None or newest.node_run.finished_at is None or newest.node_run.finished_at < at:
                        found[node] = one
        return found

    def get_active_runs(self) -> Sequence[RunRecord]:
        """Runs that are at work, oldest first."""
        with self._lock:
            return [entry.run for entry in self._entries.values() if entry.run.state in moves.AT_WORK]

    def get_queued_runs(self) -> Sequence[RunRecord]:
        """Runs that no runner has taken yet, oldest first."""
        with self._lock:
            return [entry.run for entry in self._entries.values() if entry.run.state is RunState.QUEUED]

    def get_overviews(self, run_ids: Collection[RunId]) -> Mapping[RunId, RunOverview]:
        """How far each run is; runs without node runs are left out."""
        with self._lock:
            found = {
                run_id: list(self._entries[run_id].node_runs.values()) for run_id in run_ids if run_id in self._entries
            }
        return {run_id: overview_of(records) for run_id, records in found.items() if records}

    def get_changes(self, run_id: RunId, after: int = 0) -> RunChanges:
        """What is not as it was; see `RunStore.get_changes`."""
        with self._lock:
            return self._entry(run_id).changes_after(after)

    def count_failed_checks(self, run_ids: Collection[RunId]) -> Mapping[RunId, Mapping[CheckSeverity, int]]:
        """How many checks of each run failed, by severity; runs of which none did are left out."""
        found: dict[RunId, Counter[CheckSeverity]] = {}
        with self._lock:
            for run_id in self._entries.keys() & run_ids:
                for record in self._entry(run_id).node_runs.values():
                    if record.severity is not None and record.state is NodeState.FAILED:
                        found.setdefault(run_id, Counter())[record.severity] += 1
        return found

    def get_audit(self, run_id: RunId | None = None, after: int = 0) -> Sequence[AuditRecord]:
        """Actions with a ``seq`` above `after`, in order."""
        with self._lock:
            return [record for record in self._audit[after:] if run_id is None or record.run_id == run_id]

    def get_run(self, run_id: RunId) -> RunRecord:
        """One run. Raises `RunNotFound`."""
        with self._lock:
            return self._entry(run_id).run

    def find_run(self, name: str, notebook: str | None = None, *, environment: str | None = None) -> RunRecord:
        """The run meant by `name`; see `RunStore.find_run`."""
        if name == LAST:
            return newest_of(self.get_runs(notebook, 1, environment=environment), notebook, environment)
        with self._lock:
            matches = [self._entries[run_id].run for run_id in sorted(self._entries) if run_id.startswith(name)]
        return run_meant(name, matches, self.get_runs)

    def get_runs(
        self,
        notebook: str | None = None,
        limit: int = 50,
        *,
        environment: str | None = None,
        deployments: Collection[str] = (),
        version: int | None = None,
    ) -> Sequence[RunRecord]:
        """The latest runs, newest first."""
        with self._lock:
            runs = [entry.run for entry in reversed(self._entries.values())]
        if notebook is not None or deployments:
            runs = [run for run in runs if run.notebook == notebook or _version(run).get("name") in deployments]
        runs = [run for run in runs if version in (None, _version(run).get("version"))]
        return [run for run in runs if environment in (None, run.options.get("environment"))][:limit]

    def get_node_runs(self, run_id: RunId, names: Collection[NodeName] | None = None) -> Sequence[NodeRunRecord]:
        """A run's node runs with their outputs, in document order. Raises `RunNotFound`."""
        with self._lock:
            found = self._entry(run_id).node_runs
            return list(found.values()) if names is None else [found[name] for name in names if name in found]

    def get_attempts(self, run_id: RunId, node: NodeName | None = None) -> Sequence[AttemptRecord]:
        """Attempts, by node's document order, then number. Raises `RunNotFound`, `NodeNotFound`."""
        with self._lock:
            entry = self._entry(run_id)
            if node is not None:
                return list(entry.attempts[self._node_run(entry, node).node])
            return [attempt for named in entry.node_runs for attempt in entry.attempts[named]]

    def get_snapshot(self, digest: Digest) -> str:
        """The notebook's text that a run pinned. Raises `ArtifactMissing`."""
        with self._lock:
            if digest not in self._snapshots:
                raise ArtifactMissing("The store has no snapshot of that address", where=digest)
            return self._snapshots[digest]

    def get_events(self, run_id: RunId, after: int = 0, kinds: Collection[str] = ()) -> Sequence[EventRecord]:
        """Events with a ``seq`` above `after`, in order. Raises `RunNotFound`."""
        with self._lock:
            events = self._entry(run_id).events
            return [event for event in events if event.seq > after and (not kinds or event.kind in kinds)]

    def get_happenings(self, after: int, limit: int = 1_000) -> Sequence[Happening]:
        """What happened to any run with a ``seq`` above `after`, in order, no more than `limit`."""
        with self._lock:
            all_of_them = (event for entry in self._entries.values() for event in entry.events)
            later = sorted((event for event in all_of_them if event.seq > after), key=lambda event: event.seq)
        return [Happening(one.seq, one.run_id, one.node, one.kind, one.at) for one in later[:limit]]

    def get_last_seq(self) -> int:
        """The ``seq`` of the newest event of all runs; 0 before the first."""
        with self._lock:
            return self._seq

    def get_data_version(self) -> int:
        """A number that differs after anything has happened to a run: it adds an event."""
        with self._lock:
            return self._seq

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _change_run(self, entry: Entry, event: RunEvent, token: Token | None) -> None:
        if not moves.is_legal(entry.run, None, event, token):
            raise moves.refused(entry.run, None, event, token)
        wanted_done = entry.node_runs.values() if moves.needs_nodes_done(event) else ()
        undone = [node_run.node for node_run in wanted_done if not node_run.state.is_done]
        if undone:
            raise moves.refused(entry.run, None, event, token, undone=undone)
        entry.run = run_after(entry.run, event)
        if isinstance(event, RunCrashed | RunFinished):
            others = (other.run for other in self._entries.values() if other is not entry)
            crashed = any(one.kind == RunCrashed.__name__ for one in entry.events)
            # The others are asked for only where somebody wants to know: there may be many.
            recovers = wants_recovery(entry.run) and (crashed or follows_failure(entry.run, others))
            self.keep_notices(called_for_at_end(entry.run, recovers=recovers))

    def keep_notices(self, found: Sequence[NoticeRecord]) -> int:
        """Those that are not there yet are; how many these were."""
        with self._lock:
            new = {one.key: one for one in found if one.key not in self.notices}
            self.notices.update(new)
            return len(new)

    def _change_node_run(self, entry: Entry, event: NodeEvent, token: Token | None) -> None:
        node_run = self._node_run(entry, event.node)
        if not moves.is_legal(entry.run, node_run, event, token):
            raise moves.refused(entry.run, node_run, event, token)
        children = event.children if isinstance(event, NodeExpanded) else ()
        if any(child.node in entry.node_runs for child in children):
            raise moves.refused(entry.run, node_run, event, token, expanded=True)
        entry.node_runs[event.node] = node_run_after(node_run, event)
        if isinstance(event, NodeSucceeded) and event.result is not None:
            self._results[event.result.key] = event.run_id, event.node, event.result
        elif moves.refutes(node_run, event):
            self._drop_result(entry.node_runs[checked_by(event.node)])
        attempts = entry.attempts[event.node]
        attempt = attempt_after(attempts[-1] if attempts else None, event)
        if attempt is not None:
            attempts[attempt.attempt - 1 :] = [attempt]
        if children:
            entry.add(children)
        self.shelf.publish(entry.run, entry.node_runs[event.node], event, entry.node_runs)

    def _earlier(self, key: str) -> EarlierResult:
        run_id, node, result = self._results[key]
        return EarlierResult(result, self._entries[run_id].node_runs[node])

    def _drop_result(self, wrong: NodeRunRecord) -> None:
        computed = wrong.source_run_id or wrong.run_id, wrong.node
        self._results = {key: kept for key, kept in self._results.items() if kept[:2] != computed}

    def _free(self, run_id: RunId, node: NodeName | None) -> None:
        self._slots = [taken for taken in self._slots if taken.run_id != run_id or node not in (None, taken.node)]

    def _append(self, entry: Entry, node: NodeName | None, kind: str, at: datetime, data: Mapping[str, Any]) -> None:
        self._seq += 1
        entry.events.append(EventRecord(self._seq, entry.run.run_id, node, kind, at, data))

    @property
    def lock(self) -> threading.RLock:
        """Held while anything is changed: what else is kept with the runs changes under it, too."""
        return self._lock

    def state_of(self, run_id: RunId | None) -> RunState | None:
        """The state of a run; `None` where there is none."""
        return self.how_is(run_id)[0]

    def how_is(self, run_id: RunId | None) -> tuple[RunState | None, datetime | None, datetime | None]:
        """State, beginning and end of a run; `None` for what there is not."""
        with self._lock:
            entry = self._entries.get(run_id) if run_id is not None else None
            return (None,) * 3 if entry is None else (entry.run.state, entry.run.started_at, entry.run.finished_at)

    def note_action(  # noqa: PLR0917  # as the record has it
        self, schedule: str, notebook: str, action: str, by: str, at: datetime, details: Mapping[str, Any]
    ) -> None:
        """What somebody did to a schedule is on record."""
        with self._lock:
            self._audit.append(
                AuditRecord(len(self._audit) + 1, at, by, action, None, None, notebook, None, details, schedule)
            )

    def _note(self, run: RunRecord, action: Action, at: datetime) -> None:
        self._audit.append(audit_record(len(self._audit) + 1, at, action, run))

    def _entry_of_runner(self, run_id: RunId, token: Token) -> Entry:
        entry = self._entry(run_id)
        refusal = moves.not_the_runner(entry.run, token)
        if refusal is not None:
            raise refusal
        return entry

    def _entry(self, run_id: RunId) -> Entry:
        if run_id not in self._entries:
            raise run_not_found(run_id, list(self._entries))
        return self._entries[run_id]

    def _node_run(self, entry: Entry, node: NodeName) -> NodeRunRecord:
        if node not in entry.node_runs:
            raise node_not_found(node, entry.run.run_id, list(entry.node_runs))
        return entry.node_runs[node]


def _version(run: RunRecord) -> Mapping[str, Any]:
    """What it says of the version that it runs."""
    return run.options.get("deployment") or {}
