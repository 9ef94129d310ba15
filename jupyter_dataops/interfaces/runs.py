"""The seams that a run needs: run store, artifact store, executor, clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from msgspec import Struct, field

from jupyter_dataops.discreet import Discreet
from jupyter_dataops.events import Event
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import (
    ArtifactRecord,
    AttemptRecord,
    AuditRecord,
    EarlierResult,
    EventRecord,
    Failure,
    Happening,
    NodeRunRecord,
    OutputRecord,
    RunChanges,
    RunOverview,
    RunRecord,
    SlotHolder,
    Usage,
)
from jupyter_dataops.states import CheckSeverity


class Clock(Protocol):
    """Tells the time. A test passes a fake."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...


class RunStore(Protocol):
    """Keeps runs, node runs, attempts and events; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or written; nothing is half written then.
    """

    def create_run(
        self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshots: Mapping[Digest, str], at: datetime
    ) -> None:
        """Store a new run, ``queued``, with its pending node runs, in one transaction.

        A ``RunCreated`` event and an audit record (``run``, or ``retry`` where it has a parent) go with it. `snapshots`
        has the text of the notebook under ``run.snapshot``, and of all notebooks that its nodes run; each is kept once.
        """
        ...

    def apply(self, event: Event, token: Token | None) -> None:
        """Make a state change and its event row durable, in one transaction.

        `token` must be the one of the ``RunStarted`` or ``RunResumed`` that took the run last; these two themselves,
        ``RunCancelRequested`` and ``NodeReopened`` need none. What somebody asked for (``RunCancelRequested``,
        ``RunResumed``, ``NodeReopened``) gets an audit record in the same transaction. An event that ends a node's
        attempt frees the slots that the node holds, one that ends the run all that the run holds. A success is found by
        its key from then on, unless a blocking check of the node fails. Each asset that an event ``publishes`` gets its
        next version (`AssetStore`), and schedules a signal, unless the result has been published before.

        Raises
        ------
        IllegalMove
            The record is not in a state from which this move is legal, or `token` is not the runner's; the run cannot
            end because a node is not done; the lease is not the one that ``RunCrashed`` names. Nothing changed.
        RunNotFound, NodeNotFound
            There is no such record.
        """
        ...

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        """Make state changes of one run and their event rows durable, in order, in one transaction: all, or none.

        What holds for `apply` holds for each, given those before it; `IllegalMove` says which was refused.
        """
        ...

    def renew_lease(self, run_id: RunId, token: Token, until: datetime) -> None:
        """The runner with `token` says that it is there until then. No event: it happens every few seconds.

        Raises
        ------
        IllegalMove
            The run has ended, or is another runner's.
        RunNotFound
        """
        ...

    def take_slots(  # noqa: PLR0917  # who, for what, by which rule, when
        self,
        run_id: RunId,
        token: Token,
        node: NodeName,
        wanted: Mapping[str, int],
        sizes: Mapping[str, int],
        at: datetime,
    ) -> Sequence[SlotHolder]:
        """Take slots of pools for a node's attempt, all of `wanted` or none, in one transaction.

        The answer is empty where they were taken (or are already), else who holds slots of those pools now. `sizes` is
        how many slots each pool has. Slots of a run that has ended, whose token has changed, or whose lease has run out
        at `at`, are free.

        Raises
        ------
        IllegalMove
            The run is not at work, or is another runner's.
        ConfigError
            A pool has fewer slots than are wanted, all together.
        """
        ...

    def find_results(self, keys: Collection[str]) -> Mapping[str, EarlierResult]:
        """The newest success under each key (`NodeSucceeded.result`), of those that have one.

        One whose blocking check failed since is not found. Costs the same however many runs there have been.
        """
        ...

    def find_latest_results(
        self, notebook: str, nodes: Collection[NodeName], before: datetime | None = None
    ) -> Mapping[NodeName, EarlierResult]:
        """Of each node, by its name in runs of `notebook`, the newest success under any key, of those that have one.

        With `before`, only what was computed before that. Costs the same however many runs there have been.
        """
        ...

    def get_active_runs(self) -> Sequence[RunRecord]:
        """Runs that are ``running`` or ``cancelling``, oldest first; costs the same however many have ended."""
        ...

    def get_queued_runs(self) -> Sequence[RunRecord]:
        """Runs that no runner has taken yet, oldest first; costs the same however many have ended."""
        ...

    def get_overviews(self, run_ids: Collection[RunId]) -> Mapping[RunId, RunOverview]:
        """How far each run is; runs without node runs are left out."""
        ...

    def get_changes(self, run_id: RunId, after: int = 0) -> RunChanges:
        """The run, and the node runs that events with a ``seq`` above `after` have changed or made, all of one instant.

        With 0 all node runs, in document order; else in no particular order, and at the cost of those that changed,
        however long the run's history is. Raises `RunNotFound`.
        """
        ...

    def count_failed_checks(self, run_ids: Collection[RunId]) -> Mapping[RunId, Mapping[CheckSeverity, int]]:
        """How many checks of each run failed, by severity; runs of which none did are left out."""
        ...

    def get_audit(self, run_id: RunId | None = None, after: int = 0) -> Sequence[AuditRecord]:
        """Actions with a ``seq`` above `after`, in order; of one run, or of all."""
        ...

    def get_run(self, run_id: RunId) -> RunRecord:
        """One run. Raises `RunNotFound`."""
        ...

    def find_run(self, name: str, notebook: str | None = None, *, environment: str | None = None) -> RunRecord:
        """The run meant by an id, a unique prefix of one, or ``last`` (of `notebook` and `environment`, where given).

        Raises `RunNotFound`; where several match, its message lists them.
        """
        ...

    def get_runs(
        self,
        notebook: str | None = None,
        limit: int = 50,
        *,
        environment: str | None = None,
        deployments: Collection[str] = (),
        version: int | None = None,
    ) -> Sequence[RunRecord]:
        """The latest runs, newest first; where given, only those started in `environment`, only those of `version`.

        With `notebook`, `deployments` or both: of that notebook, or of a version of one of these.
        """
        ...

    def get_node_runs(self, run_id: RunId, names: Collection[NodeName] | None = None) -> Sequence[NodeRunRecord]:
        """A run's node runs with their outputs, in document order: children, and checks, directly below their node.

        With `names` only those of them that the run has, in no particular order, at the cost of these alone.
        """
        ...

    def get_attempts(self, run_id: RunId, node: NodeName | None = None) -> Sequence[AttemptRecord]:
        """Attempts, by node's document order, then number."""
        ...

    def get_snapshot(self, digest: Digest) -> str:
        """The notebook's text that a run pinned."""
        ...

    def get_events(self, run_id: RunId, after: int = 0, kinds: Collection[str] = ()) -> Sequence[EventRecord]:
        """Events with a ``seq`` above `after`, in order; where `kinds` are named, only of these."""
        ...

    def get_happenings(self, after: int, limit: int = 1_000) -> Sequence[Happening]:
        """What happened to any run, with a ``seq`` above `after`, in order: no more than `limit`, so ask again.

        Costs what has happened since, however much is stored.
        """
        ...

    def get_last_seq(self) -> int:
        """The ``seq`` of the newest event of all runs; 0 before the first."""
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
        each: frozenset[str] = frozenset(),
        abroad: frozenset[str] = frozenset(),
    ) -> Mapping[str, OutputRecord]:
        """Store `values` by name; names that share a mutable object are stored together.

        Of the names in `each` the elements are also stored one by one, see `OutputRecord.items`. Those in `abroad` are
        for another notebook, so that they must not rely on what this one defines.

        `namespace` is the node's global namespace: its functions are stored without their globals.
        `by_reference` names what setup binds: functions and classes among them are stored by name, since every kernel
        has them. `loaded` are the node's inputs, for `OutputRecord.shares`.

        Raises
        ------
        UnstorableValue
            Naming the variable, its type, where inside it the reason lies, and the cure: also of one in `each` that
            cannot be iterated over, and of one in `abroad` that would not be the same there. Earlier contents stay.
        ArtifactError
            A value is larger than the store's limit for one artifact.
        EnvironmentRefused
            The disk is full or the store is not writable.
        """
        ...

    def collect(self, name: str, outputs: Sequence[OutputRecord]) -> OutputRecord:
        """What stands for the list of the values in `outputs`, in that order: `get` loads it as a list.

        Nothing is loaded or copied for it, so the caller need not trust, or be able to load, the values.
        """
        ...

    def holds(self, artifact: ArtifactRecord) -> bool:
        """Whether its content is there, and for one made by `collect` all that it refers to. Nothing is loaded.

        Costs a look at the folder; that the bytes are the right ones is verified when they are read.
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


class NodeJob(Discreet, frozen=True):
    """All that an executor needs for one attempt."""

    hidden: ClassVar = frozenset({"secrets"})

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
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name to value, of what must not be found in anything that the attempt leaves."""
    is_check: bool = False
    """Its last cell displays a verdict; without one it fails."""


class AttemptSucceeded(Struct, frozen=True):
    """The attempt ended well."""

    job: NodeJob
    outputs: Mapping[str, OutputRecord]
    usage: Usage | None = None
    parameters: Mapping[str, Any] | None = None
    """For a ``notebook:`` node: what its own cells have bound to the names of that notebook's parameters."""


class AttemptFailed(Struct, frozen=True):
    """The attempt ended badly, was stopped or could not start."""

    job: NodeJob
    failure: Failure
    usage: Usage | None = None


class CellFinished(Struct, frozen=True):
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
