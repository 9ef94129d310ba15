"""How a run ended, judged from all of its nodes. Pure.

A run succeeds if every node succeeded, was reused or skipped, or failed and was *handled*: a direct downstream node
succeeded under a trigger rule that asks for failures, or for a success beside them. Rules that hold however things end
(``all_done``, ``always``, ...) handle nothing: a clean-up does not turn the run green. What could not run
(``upstream_failed``) must be handled in the same way, by a node directly below it. So no leaf hides a failure further
up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState, RunState

_FINE = (NodeState.SUCCEEDED, NodeState.REUSED, NodeState.SKIPPED)
_HANDLERS = frozenset({TriggerRule.ALL_FAILED, TriggerRule.ONE_FAILED, TriggerRule.ONE_SUCCESS})
_HANDLEABLE = frozenset({NodeState.FAILED, NodeState.UPSTREAM_FAILED})


def judge(
    states: Mapping[NodeName, NodeState],
    upstream: Mapping[NodeName, Sequence[NodeName]],
    rules: Mapping[NodeName, TriggerRule],
) -> tuple[RunState, str]:
    """The terminal state of a run that ended by itself, and why, once all nodes are done.

    Examples
    --------
    >>> load, tell = NodeName("load"), NodeName("tell")
    >>> states = {load: NodeState.FAILED, tell: NodeState.SUCCEEDED}
    >>> rules = {load: TriggerRule.ALL_SUCCESS, tell: TriggerRule.ONE_FAILED}
    >>> judge(states, {load: (), tell: (load,)}, rules)
    (<RunState.SUCCEEDED: 'succeeded'>, '1 node succeeded; `load` failed, which a node below handled')
    """
    handled = {
        source
        for node, sources in upstream.items()
        if states[node] is NodeState.SUCCEEDED and rules[node] in _HANDLERS
        for source in sources
        if states[source] in _HANDLEABLE
    }
    at_fault = [node for node, state in states.items() if state not in _FINE and node not in handled]
    if not at_fault:
        return RunState.SUCCEEDED, _tale(states, handled)
    failed = [node for node in at_fault if states[node] is NodeState.FAILED]
    never_ran = [node for node in at_fault if states[node] is not NodeState.FAILED]
    return RunState.FAILED, _joined(_listed(failed, "failed"), _listed(never_ran, "did not run to the end"))


def _tale(states: Mapping[NodeName, NodeState], handled: Collection[NodeName]) -> str:
    counts = [(sum(other is state for other in states.values()), state) for state in _FINE]
    told = ", ".join(f"{count} {'node' if count == 1 else 'nodes'} {state}" for count, state in counts if count)
    in_order = [node for node in states if node in handled]
    return _joined(told, _listed(in_order, "failed, which a node below handled")) or "there was nothing to run"


def _listed(nodes: Sequence[NodeName], what: str) -> str:
    if not nodes:
        return ""
    shown = ", ".join(f"`{node}`" for node in nodes[:3])
    return f"{shown}{f' and {len(nodes) - 3} more' if len(nodes) > 3 else ''} {what}"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
