"""What must hold of every run, whatever has been killed meanwhile: read from its store, its folders and the machine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import psutil

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import ArtifactStore, RunStore
from jupyter_dataops.kernels.kernel_process import RUN_VARIABLE
from jupyter_dataops.kernels.leftovers import CONNECTION_FILE
from jupyter_dataops.records import NOTHING_WRITTEN, AttemptRecord, AuditRecord, EventRecord, NodeRunRecord, RunRecord
from jupyter_dataops.states import ENDED, NODE_MOVES, RUN_MOVES, NodeState, RunState

NODE_STATE_AFTER: Final[Mapping[str, NodeState]] = MappingProxyType(
    {
        "NodeQueued": NodeState.QUEUED,
        "NodeExpanded": NodeState.RUNNING,
        "NodeReopened": NodeState.PENDING,
        "NodeStarted": NodeState.RUNNING,
        "NodeSucceeded": NodeState.SUCCEEDED,
        "NodeRetrying": NodeState.RETRYING,
        "NodeFailed": NodeState.FAILED,
        "NodeReused": NodeState.REUSED,
        "NodeSkipped": NodeState.SKIPPED,
        "NodeUpstreamFailed": NodeState.UPSTREAM_FAILED,
        "NodeCancelled": NodeState.CANCELLED,
    }
)
RUN_STATE_AFTER: Final[Mapping[str, RunState]] = MappingProxyType(
    {
        "RunStarted": RunState.RUNNING,
        "RunResumed": RunState.RUNNING,
        "RunCrashed": RunState.CRASHED,
        "RunCancelRequested": RunState.CANCELLING,
    }
)
ACTIONS: Final[Mapping[str, Collection[str]]] = MappingProxyType(
    {
        "RunCreated": ("run", "retry"),
        "RunCancelRequested": ("cancel",),
        "RunResumed": ("resume",),
        "NodeReopened": ("retry_node",),
    }
)
_ENDS_ATTEMPT: Final = frozenset({"NodeSucceeded", "NodeExpanded", "NodeRetrying", "NodeFailed", "NodeCancelled"})
_AT_WORK: Final = frozenset({RunState.RUNNING, RunState.CANCELLING})
_OVER: Final = ENDED - {RunState.CRASHED}


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that the store says of a run, at one moment."""

    run: RunRecord
    events: Sequence[EventRecord]
    node_runs: Sequence[NodeRunRecord]
    attempts: Sequence[AttemptRecord]
    audit: Sequence[AuditRecord]


def violations(store: RunStore, artifacts: ArtifactStore, run_id: str) -> list[str]:
    """Every way in which the run is not as it must be, also while it goes on; empty: none."""
    seen = _look(store, RunId(run_id))
    return [
        f"run {run_id}: {found}"
        for found in (
            *_run_history(seen),
            *_node_histories(seen),
            *_attempts(seen),
            *_endings(seen),
            *_outputs(artifacts, seen.node_runs),
            *_audit(seen),
        )
    ]


def left_behind(store_folder: Path, run_ids: Collection[str]) -> list[str]:
    """What there is of these runs, all of which have ended: processes, temporary files and slots."""
    return [
        *(f"process {process.pid} of run {run} is left" for process, run in processes_of(run_ids)),
        *(f"the temporary file {path.relative_to(store_folder)} is left" for path in store_folder.rglob("*") if _is_draft(path)),
        *_slots(store_folder),
    ]  # fmt: skip


def processes_of(run_ids: Collection[str]) -> Iterator[tuple[psutil.Process, str]]:
    """Living processes that belong to attempts of these runs."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            run = process.environ().get(RUN_VARIABLE)
            if run in run_ids and process.status() != psutil.STATUS_ZOMBIE:
                yield process, run


def age_drafts(store_folder: Path) -> None:
    """Two minutes pass, for the files in which values were being stored."""
    then = time.time() - 120
    for path in (store_folder / "artifacts" / "tmp").glob("*"):
        with suppress(FileNotFoundError):  # its writer has finished it just now
            os.utime(path, (then, then))


def _look(store: RunStore, run_id: RunId) -> _Seen:
    """One moment, though it takes several questions: asked again where something has happened meanwhile."""
    while True:
        events = store.get_events(run_id)
        seen = _Seen(
            store.get_run(run_id),
            events,
            store.get_node_runs(run_id),
            store.get_attempts(run_id),
            store.get_audit(run_id),
        )
        if not store.get_events(run_id, events[-1].seq if events else 0):
            return seen


def _run_history(seen: _Seen) -> Iterator[str]:
    if [event.kind for event in seen.events].count("RunCreated") != 1:
        yield "it was not created exactly once"
    state = RunState.QUEUED
    for event in seen.events:
        if event.kind == "RunCreated":
            continue
        if event.node is not None:
            if state not in _AT_WORK:
                yield f"{event.kind} befell `{event.node}` while it was {state}"
            continue
        after = RunState(event.data["state"]) if event.kind == "RunFinished" else RUN_STATE_AFTER[event.kind]
        if after not in RUN_MOVES[state]:
            yield f"{event.kind} moved it from {state} to {after}"
        state = after
    if state is not seen.run.state:
        yield f"its events end in {state}, its record says {seen.run.state}"


def _node_histories(seen: _Seen) -> Iterator[str]:
    states = {record.node: NodeState.PENDING for record in seen.node_runs}
    for event in seen.events:
        if event.node is None or event.kind == "NodeHeld":
            continue
        if event.node not in states:
            yield f"{event.kind} is about `{event.node}`, which does not exist"
            continue
        before, after = states[event.node], NODE_STATE_AFTER[event.kind]
        is_own_expansion = event.kind == "NodeExpanded" and before in (NodeState.QUEUED, NodeState.RUNNING)
        if after not in NODE_MOVES[before] and not is_own_expansion:
            yield f"{event.kind} moved `{event.node}` from {before} to {after}"
        states[event.node] = after
    for record in seen.node_runs:
        if states[record.node] is not record.state:
            yield f"the events of `{record.node}` end in {states[record.node]}, its record says {record.state}"


def _attempts(seen: _Seen) -> Iterator[str]:
    if len({attempt.token for attempt in seen.attempts}) != len(seen.attempts):
        yield "two attempts have one token"
    for record in seen.node_runs:
        attempts = [attempt for attempt in seen.attempts if attempt.node == record.node]
        if [attempt.attempt for attempt in attempts] != list(range(1, record.attempt + 1)):
            yield f"of `{record.node}`, on its attempt {record.attempt}, there are {len(attempts)} attempts"
        is_open = False
        for event in seen.events:
            if event.node != record.node:
                continue
            if event.kind == "NodeStarted":
                if is_open:
                    yield f"an attempt of `{record.node}` began while another was running"
                is_open = True
            elif event.kind in _ENDS_ATTEMPT:
                is_open = False
        if [one for one in attempts if not one.finished_at] != (attempts[-1:] if is_open else []):
            yield f"other attempts of `{record.node}` are unfinished than its events say"
        for attempt in attempts:
            if attempt.finished_at and not attempt.failure and attempt.log != NOTHING_WRITTEN:
                missing = [path for path in (attempt.log, attempt.notebook) if not Path(path).exists()]
                yield from (
                    f"attempt {attempt.attempt} of `{record.node}` has lost its {Path(one).name}" for one in missing
                )


def _endings(seen: _Seen) -> Iterator[str]:
    if seen.run.state in _OVER:
        yield from (
            f"it is {seen.run.state}, `{one.node}` is {one.state}" for one in seen.node_runs if not one.state.is_done
        )
    if seen.run.state in ENDED and (seen.run.finished_at is None or not seen.run.reason):
        yield "it ended without time or reason"
    for record in seen.node_runs:
        if record.state is NodeState.FAILED and record.failure is None:
            yield f"`{record.node}` failed without a failure"
        if not record.reason:
            yield f"`{record.node}` is {record.state} without a reason"


def _outputs(artifacts: ArtifactStore, node_runs: Sequence[NodeRunRecord]) -> Iterator[str]:
    for record in node_runs:
        for name, output in record.outputs.items():
            try:
                artifacts.get(output.artifact, name, {"__name__": "__main__"})
            except DataOpsError as error:
                yield f"`{name}` of `{record.node}` is lost: {error.message}"


def _audit(seen: _Seen) -> Iterator[str]:
    # A runner that reopens nodes below one that somebody reopened is nobody's action.
    happened = [event.kind for event in seen.events if event.data.get("by") != ""]
    done = [record.action for record in seen.audit]
    for kind, actions in ACTIONS.items():
        if sum(map(done.count, actions)) != happened.count(kind):
            yield f"{happened.count(kind)} {kind}, but the audit trail has {done}"


def _is_draft(path: Path) -> bool:
    is_temporary = path.parent.name == "tmp" or path.name == CONNECTION_FILE or path.suffix == ".draft"
    return is_temporary and path.is_file()


def _slots(store_folder: Path) -> Iterator[str]:
    with closing(sqlite3.connect(store_folder / "runs.sqlite")) as connection:
        for pool, run, node in connection.execute("SELECT pool, run_id, node FROM slots"):
            yield f"slots of the pool `{pool}` are still with `{node}` of run {run}"
