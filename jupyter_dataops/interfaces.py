"""Every seam of the package: who calls it, in what order, what it raises, what happens on a second call.

The engine sees these and never an adapter; `jupyter_dataops.wiring` alone chooses adapters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from jupyter_dataops.events import Event
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import (
    ArtifactRecord,
    AttemptRecord,
    EventRecord,
    Failure,
    NodeRunRecord,
    OutputRecord,
    RunRecord,
)


class Clock(Protocol):
    """Tells the time. A test passes a fake."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...


class RunStore(Protocol):
    """Keeps runs, node runs, attempts and events; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or written; nothing is half written then.
    """

    def create_run(self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshot: str, at: datetime) -> None:
        """Store a new run (``queued``), its pending node runs and a ``RunCreated`` event, in one transaction.

        `snapshot` is the notebook's text, kept once per ``run.snapshot`` digest.
        """
        ...

    def apply(self, event: Event, token: Token | None) -> None:
        """Make a state change and its event row durable, in one transaction.

        `token` must be the one of the ``RunStarted`` that took the run; ``RunStarted`` itself and
        ``RunCancelRequested`` need none.

        Raises
        ------
        IllegalMove
            The record is not in a state from which this move is legal, or `token` is not the runner's. Nothing changed.
        RunNotFound, NodeNotFound
            There is no such record.
        """
        ...

    def get_run(self, run_id: RunId) -> RunRecord:
        """One run. Raises `RunNotFound`."""
        ...

    def find_run(self, name: str, notebook: str | None = None) -> RunRecord:
        """The run meant by an id, a unique prefix of one, or ``last`` (of `notebook`, where given).

        Raises `RunNotFound`; where several match, its message lists them.
        """
        ...

    def get_runs(self, notebook: str | None = None, limit: int = 50) -> Sequence[RunRecord]:
        """The latest runs, newest first."""
        ...

    def get_node_runs(self, run_id: RunId) -> Sequence[NodeRunRecord]:
        """A run's node runs with their outputs, in document order."""
        ...

    def get_attempts(self, run_id: RunId, node: NodeName | None = None) -> Sequence[AttemptRecord]:
        """Attempts, by node's document order, then number."""
        ...

    def get_snapshot(self, digest: Digest) -> str:
        """The notebook's text that a run pinned."""
        ...

    def get_events(self, run_id: RunId, after: int = 0) -> Sequence[EventRecord]:
        """Events with a ``seq`` above `after`, in order."""
        ...

    def get_data_version(self) -> int:
        """A number that differs after another connection has written; costs microseconds."""
        ...

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...


class ArtifactStore(Protocol):
    """Keeps values by content; safe from several processes at once. Used inside kernels, so cheap to import."""

    def put(
        self,
        values: Mapping[str, Any],
        namespace: dict[str, Any],
        *,
        by_reference: frozenset[str] = frozenset(),
        loaded: Mapping[str, Any] | None = None,
    ) -> Mapping[str, OutputRecord]:
        """Store `values` by name; names that share a mutable object are stored together.

        `namespace` is the node's global namespace: its functions are stored without their globals.
        `by_reference` names what setup binds: functions and classes among them are stored by name, since every kernel
        has them. `loaded` are the node's inputs, for `OutputRecord.shares`.

        Raises
        ------
        UnstorableValue
            Naming the variable, its type, where inside it the reason lies, and the cure. Earlier contents stay.
        ArtifactError
            A value is larger than the store's limit for one artifact.
        EnvironmentRefused
            The disk is full or the store is not writable.
        """
        ...

    def get(self, artifact: ArtifactRecord | Digest, name: str, namespace: dict[str, Any]) -> Any:
        """Load the value stored under `name`; names stored together come back as one object, per store instance.

        Functions in the value get `namespace` as their globals.

        Raises
        ------
        ArtifactMissing, ArtifactCorrupt
        ArtifactError
            This kernel cannot load it: another Python, a package that is missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class NodeJob:
    """All that an executor needs for one attempt."""

    run_id: RunId
    node: NodeName
    attempt: int
    token: Token
    notebook: Mapping[str, Any]
    """The self-contained node notebook, nbformat 4 JSON."""
    parameters: Mapping[str, Any]
    kernel_name: str
    working_dir: Path
    output_path: Path
    """Where the executed notebook goes."""
    log_path: Path
    environment: Mapping[str, str]
    """Variables added to the kernel's environment."""


@dataclass(frozen=True, slots=True)
class AttemptSucceeded:
    """The attempt ended well."""

    job: NodeJob
    outputs: Mapping[str, OutputRecord]


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """The attempt ended badly, was stopped or could not start."""

    job: NodeJob
    failure: Failure


@dataclass(frozen=True, slots=True)
class CellFinished:
    """One of the user's cells ended; for progress only."""

    job: NodeJob
    done: int
    total: int


AttemptReport = AttemptSucceeded | AttemptFailed | CellFinished
Report = Callable[[AttemptReport], None]


class Executor(Protocol):
    """Runs attempts. The coordinator is its only caller, from one thread."""

    def submit(self, job: NodeJob, report: Report) -> None:
        """Start `job` at once, in the background.

        `report` is called from any thread: `CellFinished` any number of times, then exactly once `AttemptSucceeded`
        or `AttemptFailed`, whatever happens, also after `stop`.
        """
        ...

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """End an attempt: interrupt its kernel, then kill it after `grace_s`.

        Its report is then ``AttemptFailed`` with `failure`, unless it had already ended. Returns at once. A second
        call with a smaller `grace_s` hastens the end; a call for a job that has ended does nothing.
        """
        ...

    def close(self) -> None:
        """Kill what is left and wait for it. No kernel survives. A second call does nothing."""
        ...
