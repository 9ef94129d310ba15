"""States, causes and the legal moves between states: tables, nothing else.

Every face (command line, notebook, Lab) draws its symbols, colours and sentences from here, so that a state looks and
reads the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct


class RunState(StrEnum):
    """State of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """The run has ended. Nothing leaves this state, but for a ``crashed`` run that is resumed."""
        return self in ENDED


class NodeState(StrEnum):
    """State of a node run."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REUSED = "reused"
    SKIPPED = "skipped"
    UPSTREAM_FAILED = "upstream_failed"
    CANCELLED = "cancelled"

    @property
    def is_done(self) -> bool:
        """The engine will not move it any further by itself."""
        return self in DONE

    @property
    def has_outputs(self) -> bool:
        """Its outputs can be read."""
        return self in (NodeState.SUCCEEDED, NodeState.REUSED)


class CheckSeverity(StrEnum):
    """What a failing check does."""

    ERROR = "error"
    """It blocks: nodes below the checked one take it for failed."""
    WARN = "warn"
    """It is recorded and counted, and stops nothing."""


class FailureCause(StrEnum):
    """Why a node run failed or was cancelled."""

    EXCEPTION = "exception"
    CHECK_FAILED = "check_failed"
    UNDECLARED_MUTATION = "undeclared_mutation"
    UNSTORABLE_OUTPUT = "unstorable_output"
    TIMEOUT = "timeout"
    KERNEL_DIED = "kernel_died"
    OUT_OF_MEMORY = "out_of_memory"
    LEASE_LOST = "lease_lost"
    UPSTREAM = "upstream"
    CANCELLED = "cancelled"
    CONFIG_INVALID = "config_invalid"

    @property
    def is_infrastructure(self) -> bool:
        """The machine failed, not the user's code: counts against ``infra_retries``."""
        return self in (FailureCause.KERNEL_DIED, FailureCause.OUT_OF_MEMORY, FailureCause.LEASE_LOST)


class MoveKind(StrEnum):
    """How a version came to be the live one of an environment."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ROLLBACK = "rollback"


class FireKind(StrEnum):
    """Why a schedule fires."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    BACKFILL = "backfill"


class FireFate(StrEnum):
    """What became of one fire of a schedule."""

    CLAIMED = "claimed"
    STARTED = "started"
    BUFFERED = "buffered"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED_TO_START = "failed_to_start"

    @property
    def is_final(self) -> bool:
        """Nothing follows it; a claimed fire is started or fails to, a buffered one is started or skipped later."""
        return self not in (FireFate.CLAIMED, FireFate.BUFFERED)

    @property
    def may_be_filled_in(self) -> bool:
        """Whether a backfill may run it: nothing has run for it, nor will."""
        return self in (FireFate.SKIPPED, FireFate.MISSED, FireFate.FAILED_TO_START)


FATE_MEANINGS: Final[Mapping[FireFate, str]] = MappingProxyType(
    {
        FireFate.CLAIMED: "a service is about to make its run",
        FireFate.STARTED: "a run was made for it",
        FireFate.BUFFERED: "it waits until an earlier run of the schedule has ended",
        FireFate.SKIPPED: "the schedule's own rules said not to run it; the reason says which",
        FireFate.MISSED: "nobody looked in time, and it is too late to run it",
        FireFate.FAILED_TO_START: "it was due, and its run could not be made",
    }
)

KIND_MEANINGS: Final[Mapping[FireKind, str]] = MappingProxyType(
    {
        FireKind.SCHEDULED: "its trigger said so",
        FireKind.MANUAL: "somebody asked for it now",
        FireKind.BACKFILL: "somebody asked for a time in the past",
    }
)


class Notified(StrEnum):
    """What somebody can be told of."""

    FAILED = "failed"
    CRASHED = "crashed"
    SUCCEEDED = "succeeded"
    RECOVERED = "recovered"
    MISSED = "missed"
    LATE = "late"


NOTIFIED_MEANINGS: Final[Mapping[Notified, str]] = MappingProxyType(
    {
        Notified.FAILED: "a run has failed",
        Notified.CRASHED: "a run's runner has died, or could not begin",
        Notified.SUCCEEDED: "a run has succeeded",
        Notified.RECOVERED: "a run has succeeded, and the one before it, of the same notebook and environment, had not",
        Notified.MISSED: "a schedule's fire is recorded as missed: nobody looked in time, and it is too late to run it",
        Notified.LATE: "a run has not ended `late_after` after it was due",
    }
)


class NoticeState(StrEnum):
    """What became of one message to one address."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


RUN_MOVES: Final[Mapping[RunState, frozenset[RunState]]] = MappingProxyType(
    {
        RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLING, RunState.CRASHED}),
        RunState.RUNNING: frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CRASHED, RunState.CANCELLING}),
        RunState.CANCELLING: frozenset({RunState.CANCELLED, RunState.CRASHED}),
        RunState.SUCCEEDED: frozenset(),
        RunState.FAILED: frozenset(),
        RunState.CRASHED: frozenset({RunState.RUNNING}),
        RunState.CANCELLED: frozenset(),
    }
)
"""To which states a run may go from each state."""

ENDED: Final = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CRASHED, RunState.CANCELLED})

_STOPS = frozenset({NodeState.CANCELLED})

NODE_MOVES: Final[Mapping[NodeState, frozenset[NodeState]]] = MappingProxyType(
    {
        NodeState.PENDING: frozenset({NodeState.QUEUED, NodeState.REUSED, NodeState.SKIPPED, NodeState.UPSTREAM_FAILED})
        | _STOPS,
        # Reused from here: while it waited, another run has computed the same.
        NodeState.QUEUED: frozenset({NodeState.RUNNING, NodeState.REUSED}) | _STOPS,
        NodeState.RUNNING: frozenset({NodeState.SUCCEEDED, NodeState.FAILED, NodeState.RETRYING}) | _STOPS,
        NodeState.RETRYING: frozenset({NodeState.QUEUED}) | _STOPS,
        NodeState.SUCCEEDED: frozenset(),
        NodeState.REUSED: frozenset(),
        NodeState.CANCELLED: frozenset(),
        # Only a user's retry, while the run is still running, opens these again.
        NodeState.FAILED: frozenset({NodeState.PENDING}),
        NodeState.UPSTREAM_FAILED: frozenset({NodeState.PENDING}),
        NodeState.SKIPPED: frozenset({NodeState.PENDING}),
    }
)
"""To which states a node run may go from each state."""

DONE: Final = frozenset(
    {
        NodeState.SUCCEEDED,
        NodeState.FAILED,
        NodeState.REUSED,
        NodeState.SKIPPED,
        NodeState.UPSTREAM_FAILED,
        NodeState.CANCELLED,
    }
)


def run_states_before(state: RunState) -> frozenset[RunState]:
    """States from which a run may come to `state`."""
    return frozenset(before for before, after in RUN_MOVES.items() if state in after)


def node_states_before(state: NodeState) -> frozenset[NodeState]:
    """States from which a node run may come to `state`."""
    return frozenset(before for before, after in NODE_MOVES.items() if state in after)


class Look(Struct, frozen=True):
    """How a state is shown: never by colour alone."""

    symbol: str
    colour: str
    """A terminal colour name, also the suffix of the Lab style class."""
    fill: str
    """Fill colour in drawings, ``#rrggbb``."""
    meaning: str


LOOKS: Final[Mapping[RunState | NodeState, Look]] = MappingProxyType(
    {
        RunState.QUEUED: Look("◌", "cyan", "#d9edf7", "created, no runner has taken it yet"),
        RunState.RUNNING: Look("▶", "blue", "#bbdefb", "a runner is executing its nodes"),
        RunState.CANCELLING: Look("◼", "yellow", "#fff3c4", "asked to stop; running nodes are being ended"),
        RunState.SUCCEEDED: Look("✔", "green", "#c8e6c9", "every node succeeded, was reused, skipped or handled"),
        RunState.FAILED: Look("✘", "red", "#ffcdd2", "the user's code or data failed and no rule handled it"),
        RunState.CRASHED: Look("☠", "magenta", "#e1bee7", "the runner died before the run ended"),
        RunState.CANCELLED: Look("⊘", "yellow", "#eeeeee", "stopped on request"),
        NodeState.PENDING: Look("·", "bright_black", "#f5f5f5", "waits for its upstream nodes"),
        NodeState.QUEUED: Look("◌", "cyan", "#d9edf7", "ready, waits for a free slot"),
        NodeState.RUNNING: Look("▶", "blue", "#bbdefb", "its kernel is executing"),
        NodeState.RETRYING: Look("↻", "yellow", "#fff3c4", "failed, waits for its next attempt"),
        NodeState.SUCCEEDED: Look("✔", "green", "#c8e6c9", "ran, and its outputs are stored"),
        NodeState.FAILED: Look("✘", "red", "#ffcdd2", "its last attempt failed"),
        NodeState.REUSED: Look("♻", "green", "#dcedc8", "not run: an earlier result still holds"),
        NodeState.SKIPPED: Look("⤼", "bright_black", "#eeeeee", "not run: a condition or trigger rule said no"),
        NodeState.UPSTREAM_FAILED: Look("⊗", "red", "#ffe0b2", "not run: a node it needs failed"),
        NodeState.CANCELLED: Look("⊘", "yellow", "#eeeeee", "stopped, or never started, because the run was cancelled"),
    }
)

CAUSE_MEANINGS: Final[Mapping[FailureCause, str]] = MappingProxyType(
    {
        FailureCause.EXCEPTION: "a cell raised an exception",
        FailureCause.CHECK_FAILED: "a check did not pass",
        FailureCause.UNDECLARED_MUTATION: "it changed in place an object that other nodes also read, undeclared",
        FailureCause.UNSTORABLE_OUTPUT: "a value that another node needs cannot be stored",
        FailureCause.TIMEOUT: "an attempt took longer than its timeout",
        FailureCause.KERNEL_DIED: "its kernel died or could not start",
        FailureCause.OUT_OF_MEMORY: "its kernel was killed for want of memory",
        FailureCause.LEASE_LOST: "its runner died, or lost the right to write",
        FailureCause.UPSTREAM: "a node it needs failed",
        FailureCause.CANCELLED: "the run was cancelled",
        FailureCause.CONFIG_INVALID: "it could not be started as configured",
    }
)
