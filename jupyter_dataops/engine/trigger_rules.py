"""When a node may run, decided from the states of its direct upstream. Pure.

A rule is *total* (decided at the latest when all upstream is done), *deterministic* (the order in which upstream nodes
end does not matter) and *monotone* (what is decided stays decided), so a node is never left without a verdict. All
three follow from the shape of the table below: a kind of upstream that decides *at once* decides alike at the end.

Upstream nodes count as succeeded (``succeeded``, ``reused``), failed (``failed``, ``upstream_failed``, and
``cancelled``: it has no result, and nobody chose to leave it out) or skipped. Without any upstream, rules about *all*
and *none* hold, and rules that ask for *one* never can: the node is skipped, and ``DO014`` says so beforehand.

As in Airflow, ``one_done`` is not satisfied by a skipped node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState


class Verdict(StrEnum):
    """What a trigger rule says about a node."""

    WAIT = "wait"
    RUN = "run"
    SKIP = "skip"
    FAIL = "fail"
    """``upstream_failed``."""


class Tally(Struct, frozen=True):
    """How many direct upstream nodes there are, and how those that are done ended."""

    total: int
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def is_complete(self) -> bool:
        """All upstream is done."""
        return self.succeeded + self.failed + self.skipped == self.total

    def counting(self, state: NodeState) -> Tally:
        """The tally with one more upstream node in `state`; unchanged where that is not a done state."""
        return self._with(state, 1)

    def discounting(self, state: NodeState) -> Tally:
        """The tally before a node in `state` was counted.

        Examples
        --------
        >>> Tally(2).counting(NodeState.FAILED).discounting(NodeState.FAILED) == Tally(2)
        True
        """
        return self._with(state, -1)

    def _with(self, state: NodeState, more: int) -> Tally:
        match state:
            case NodeState.SUCCEEDED | NodeState.REUSED:
                return replace(self, succeeded=self.succeeded + more)
            case NodeState.FAILED | NodeState.UPSTREAM_FAILED | NodeState.CANCELLED:
                return replace(self, failed=self.failed + more)
            case NodeState.SKIPPED:
                return replace(self, skipped=self.skipped + more)
            case _:
                return self


def tally(upstream: Iterable[NodeState]) -> Tally:
    """The tally of the given states.

    Examples
    --------
    >>> tally([NodeState.REUSED, NodeState.CANCELLED, NodeState.RUNNING])
    Tally(total=3, succeeded=1, failed=1, skipped=0)
    """
    states = list(upstream)
    counted = Tally(len(states))
    for state in states:
        counted = counted.counting(state)
    return counted


class _Rule(Struct, frozen=True):
    """`at_once` decides as soon as one upstream node is of that kind; the rest when all are done."""

    otherwise: Verdict
    at_once: Mapping[str, Verdict] = field(default_factory=dict)
    at_end: Mapping[str, Verdict] = field(default_factory=dict)


_RULES: Final[Mapping[TriggerRule, _Rule]] = MappingProxyType(
    {
        TriggerRule.ALL_SUCCESS: _Rule(Verdict.RUN, {"failed": Verdict.FAIL}, {"skipped": Verdict.SKIP}),
        TriggerRule.ALL_FAILED: _Rule(Verdict.RUN, {"succeeded": Verdict.SKIP, "skipped": Verdict.SKIP}),
        TriggerRule.ALL_DONE: _Rule(Verdict.RUN),
        TriggerRule.ALL_SKIPPED: _Rule(Verdict.RUN, {"succeeded": Verdict.SKIP, "failed": Verdict.SKIP}),
        TriggerRule.ONE_SUCCESS: _Rule(Verdict.SKIP, {"succeeded": Verdict.RUN}, {"failed": Verdict.FAIL}),
        TriggerRule.ONE_FAILED: _Rule(Verdict.SKIP, {"failed": Verdict.RUN}),
        TriggerRule.ONE_DONE: _Rule(Verdict.SKIP, {"succeeded": Verdict.RUN, "failed": Verdict.RUN}),
        TriggerRule.NONE_FAILED: _Rule(Verdict.RUN, {"failed": Verdict.FAIL}),
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: _Rule(
            Verdict.SKIP, {"failed": Verdict.FAIL}, {"succeeded": Verdict.RUN}
        ),
        TriggerRule.NONE_SKIPPED: _Rule(Verdict.RUN, {"skipped": Verdict.SKIP}),
    }
)
"""Every rule but ``always``, which looks at nothing."""


def verdict_of(rule: TriggerRule, upstream: Tally) -> Verdict:
    """What `rule` says now. Once it is not `Verdict.WAIT`, it never changes. Constant cost."""
    if rule is TriggerRule.ALWAYS:
        return Verdict.RUN
    table = _RULES[rule]
    for kind, decided in table.at_once.items():
        if getattr(upstream, kind):
            return decided
    if not upstream.is_complete:
        return Verdict.WAIT
    for kind, decided in table.at_end.items():
        if getattr(upstream, kind):
            return decided
    return table.otherwise


def verdict(rule: TriggerRule, upstream: Iterable[NodeState]) -> Verdict:
    """What `rule` says about a node whose direct upstream is in the given states.

    Examples
    --------
    >>> verdict(TriggerRule.ALL_SUCCESS, [NodeState.FAILED, NodeState.RUNNING])
    <Verdict.FAIL: 'fail'>
    >>> verdict(TriggerRule.ALL_SUCCESS, [NodeState.SKIPPED, NodeState.RUNNING])
    <Verdict.WAIT: 'wait'>
    """
    return verdict_of(rule, tally(upstream))


def reason_for(
    rule: TriggerRule,
    decided: Verdict,
    upstream: Mapping[NodeName, NodeState],
    said: Mapping[NodeName, str] = MappingProxyType({}),
) -> str:
    """Why `rule` decided so, as part of a sentence about the node; call it once, when it has decided.

    Parameters
    ----------
    said
        What to say of an upstream node in place of its state, where that does not tell why it counts so.

    Examples
    --------
    >>> states = {NodeName("load"): NodeState.FAILED, NodeName("clean"): NodeState.SUCCEEDED}
    >>> reason_for(TriggerRule.ALL_SUCCESS, Verdict.FAIL, states)
    'it needs `load`, which failed'
    >>> reason_for(TriggerRule.ONE_FAILED, Verdict.RUN, states)
    'trigger:one_failed holds: `load` failed, `clean` succeeded'
    """
    if not upstream:
        return "it has no upstream" if decided is Verdict.RUN else f"trigger:{rule} can never hold without upstream"
    if rule is TriggerRule.ALL_SUCCESS:
        if decided is Verdict.RUN:
            return "all its upstream nodes succeeded"
        culprits = {
            node: state
            for node, state in upstream.items()
            if (state is NodeState.SKIPPED) == (decided is Verdict.SKIP) and state.is_done and not state.has_outputs
        }
        return "it needs " + _listed(culprits, said, "{node}, which {state}")
    held = "holds" if decided is Verdict.RUN else "does not hold"
    return f"trigger:{rule} {held}: " + _listed(upstream, said, "{node} {state}")


_SAID: Final[Mapping[NodeState, str]] = MappingProxyType(
    {
        NodeState.PENDING: "is still waiting",
        NodeState.QUEUED: "is still waiting",
        NodeState.RUNNING: "is still running",
        NodeState.RETRYING: "waits for another attempt",
        NodeState.SUCCEEDED: "succeeded",
        NodeState.FAILED: "failed",
        NodeState.REUSED: "was reused",
        NodeState.SKIPPED: "was skipped",
        NodeState.UPSTREAM_FAILED: "could not run",
        NodeState.CANCELLED: "was cancelled",
    }
)
_SHOWN: Final = 3


def _listed(upstream: Mapping[NodeName, NodeState], said: Mapping[NodeName, str], wording: str) -> str:
    # Failures first: with hundreds of upstream nodes, they are what a reader looks for.
    ranked = sorted(upstream.items(), key=lambda item: (item[1].has_outputs, not item[1].is_done))
    shown = [wording.format(node=f"`{node}`", state=said.get(node, _SAID[state])) for node, state in ranked[:_SHOWN]]
    more = len(ranked) - _SHOWN
    between = "; " if len(shown) > 1 and any(", " in one for one in shown) else ", "
    return between.join(shown) + (f" and {more} more" if more > 0 else "")
