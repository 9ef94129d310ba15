"""What a resumed run will do with each node, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.states import NodeState

_RUNS: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: "it had not started",
    NodeState.QUEUED: "it was about to start",
    NodeState.RUNNING: "it was running when the runner died: it is tried again",
    NodeState.RETRYING: "it was waiting for its next attempt",
}
_STAYS: Final[Mapping[NodeState, str]] = {
    NodeState.FAILED: "it has failed; `retry` makes a new run for that",
    NodeState.UPSTREAM_FAILED: "a node it needs has failed",
    NodeState.SKIPPED: "it was skipped",
    NodeState.CANCELLED: "it was cancelled",
}


def plan_resume(node_runs: Sequence[NodeRunRecord]) -> Plan:
    """What has ended stays as it is; the rest runs, with the notebook as it was.

    A node that has too often lost its runner, or whose tags say ``on_crash:hold``, fails instead of running again.
    """
    return Plan(tuple(map(_decide, node_runs)), "resume")


def _decide(record: NodeRunRecord) -> Decision:
    if record.state in _RUNS:
        return Decision(record.node, Action.RUN, _RUNS[record.state], record.fingerprint)
    if record.state.has_outputs:
        source = record.source_run_id or record.run_id
        reason = "its result is there"
        return Decision(record.node, Action.REUSE, reason, record.fingerprint, source, record.outputs)
    return Decision(record.node, Action.SKIP, _STAYS[record.state], record.fingerprint)
