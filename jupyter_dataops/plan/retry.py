"""What a retry of a run will do with each node and check, and why. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Container, Mapping

from msgspec import Struct, field

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.plan.neighbours import Neighbours, closure, in_order, neighbours, require_known
from jupyter_dataops.plan.reuse import (
    Fingerprints,
    ParameterChanges,
    computed_by,
    failed_elements,
    failed_inside,
    lack,
    lack_of_elements,
    reuse,
    staleness,
    surely_differs,
    verdict_against,
    without_verdict,
)
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import NodeState

_NO_CHANGES: ParameterChanges = {}


class Asked(Struct, frozen=True):
    """What a retry was asked to run; nothing named: all that has no valid result."""

    names: tuple[NodeName, ...] = ()
    """Nodes, checks, and what nodes have expanded to."""
    and_below: bool = True
    """With everything below the nodes among them."""

    @property
    def nodes(self) -> dict[NodeName, str]:
        """Nodes of the notebook that run for it, whole or in part, and checks, each with the reason."""
        reasons: dict[NodeName, str] = {}
        for name in self.names:
            if name.startswith("check:") or name == owner_of(name):
                reasons[name] = "its retry was asked for"
        for name in self.names:
            if not name.startswith("check:"):
                reasons.setdefault(owner_of(name), f"a retry of `{name}` was asked for")
        return reasons


ALL = Asked()


class Present(Struct, frozen=True):
    """The pipeline as it is now."""

    flow: Flow
    fingerprints: Fingerprints
    warns: frozenset[NodeName] = frozenset()
    """Checks that block nothing when they fail."""
    parameters: ParameterChanges = field(default_factory=dict)
    """Parameters that are not what they were in the run to retry."""


def plan_retry(
    present: Present, parent: RunRecord, previous: Mapping[NodeName, NodeRunRecord], asked: Asked = ALL
) -> Plan:
    """What has no valid result in `parent` runs, and everything below it; the rest is reused.

    No valid result: it did not succeed, a blocking check of it found something, its fingerprint changed since, the
    notebook did not have it yet, a node that runs now reads a variable that it did not store, or, where nothing is
    asked for by name, elements of it failed and were tolerated. A node that was skipped stays so while nothing above
    it runs. A check that was edited after it had failed runs first, alone.

    Parameters
    ----------
    previous
        The node runs of `parent`, checks and children included. Nodes that the notebook no longer has are ignored.
    asked
        Run just these, what is below them unless they are to run alone, and whatever above those has no valid result.

    Raises
    ------
    NodeNotFound
        `asked` names what neither the notebook nor the run has.
    """
    flow, wanted = present.flow, asked.nodes
    require_known(asked.names, _known(flow, previous))
    above, below = neighbours(flow)
    stale = _stale(present, parent, previous, wanted)
    chosen = _with_checks(closure(wanted, below) if asked.and_below else set(wanted), below) if wanted else set(above)
    scope = _with_checks(closure(chosen, above), below)
    # What a check that only warns says of a node that is merely needed, nobody waits for.
    left_alone = present.warns - chosen
    runs = wanted | {name: why for name, why in stale.items() if name in scope - left_alone and name not in wanted}

    def lacking(source: NodeName, target: NodeName) -> str | None:
        names = above[target][source]
        past = previous.get(source)
        why = lack(past, previous.get(target), names, present.fingerprints.get(target, {}))
        if why is None and source in flow.nodes:
            why = lack_of_elements(past, flow.nodes[source].itemised.intersection(names))
        return why and f"`{target}` {why}"

    _spread(runs, above, below, scope, lacking)
    outdated = closure(runs.keys() | stale.keys(), below)

    def decide(name: NodeName) -> Decision:
        if name in runs:
            return Decision(name, Action.RUN, runs[name], present.fingerprints.get(name, {}))
        if name in outdated:
            # Without a fingerprint, so that a later retry does not take this for a skip that still holds.
            return Decision(name, Action.SKIP, "it is not part of this retry, and has no result that holds")
        past = previous[name]
        if past.state is NodeState.SKIPPED:
            reason = f"it was skipped in run {past.run_id}, and nothing above it runs"
            return Decision(name, Action.SKIP, reason, present.fingerprints.get(name, {}))
        return reuse(past, f"its result of run {computed_by(past)} still holds")

    mode = "selection" if asked.names else "from_failure"
    return Plan(tuple(map(decide, in_order(flow))), mode, only=asked.names)


def _known(flow: Flow, previous: Mapping[NodeName, NodeRunRecord]) -> Collection[str]:
    """What can be asked for: also what the run has of nodes that the notebook still has."""
    inside = (name for name, record in previous.items() if record.parent is not None and owner_of(name) in flow.nodes)
    return dict.fromkeys((*flow.nodes, *flow.checks, *inside))


def _with_checks(nodes: set[NodeName], below: Neighbours) -> set[NodeName]:
    return nodes | {other for node in nodes for other in below[node] if owner_of(other) == node}


def _stale(
    present: Present, parent: RunRecord, previous: Mapping[NodeName, NodeRunRecord], wanted: Collection[NodeName]
) -> dict[NodeName, str]:
    """Nodes and checks without a valid result, each with the reason."""
    found: dict[NodeName, str] = {}
    failed = failed_inside(previous)
    for name, flow in {**present.flow.nodes, **present.flow.checks}.items():
        read = {one: change for one, change in present.parameters.items() if one in flow.from_setup}
        fingerprint = present.fingerprints.get(name, {})
        why = staleness(previous.get(name), fingerprint, parent.run_id, read or present.parameters)
        if why is None and not wanted:  # Where something is asked for, what was tolerated will do.
            why = failed_elements(name, failed)
        if why is not None:
            found[name] = why
    for check in present.flow.checks:
        past, node = previous.get(check), owner_of(check)
        if past is None or past.state is not NodeState.FAILED:
            continue
        if surely_differs(past, present.fingerprints.get(check, {})):
            found[check] = f"it failed in run {parent.run_id}, and what it tests by was edited since"
        elif how := without_verdict(past):
            found[check] = f"it came to no verdict in run {parent.run_id}: {how}"
        elif verdict_against(past) and check not in present.warns and check not in wanted:
            found.setdefault(node, f"its check `{check.partition('/')[2]}` failed in run {parent.run_id}")
    return found


def _spread(
    runs: dict[NodeName, str],
    above: Neighbours,
    below: Neighbours,
    scope: Container[NodeName],
    lacking: Callable[[NodeName, NodeName], str | None],
) -> None:
    """`runs`, node to reason, also holds all of `scope` below it, and what above it lacks something that it reads."""
    to_follow = deque(runs)
    while to_follow:
        node = to_follow.popleft()
        affected = {target: f"`{node}`, above it, runs again" for target in below[node] if target in scope}
        affected |= {source: why for source in above[node] if (why := lacking(source, node)) is not None}
        for other, reason in affected.items():
            if other not in runs:
                runs[other] = reason
                to_follow.append(other)


def plan_reopening(
    node_runs: Mapping[NodeName, NodeRunRecord], names: Collection[NodeName], below: Collection[NodeName]
) -> Plan:
    """What happens when `names` are tried again while their run goes on; `below` are those that may run then, too."""
    decisions = []
    for node, record in node_runs.items():
        if node in names:
            decisions.append(Decision(node, Action.RUN, f"it is {record.state.value}, and its retry was asked for"))
        elif node in below and record.state in (NodeState.UPSTREAM_FAILED, NodeState.SKIPPED):
            reason = f"it is {record.state.value}, which is decided anew once what is above it is done"
            decisions.append(Decision(node, Action.RUN, reason))
    return Plan(tuple(decisions), "selection", only=tuple(names))
