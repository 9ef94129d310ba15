"""How a run, or a group that runs a notebook, ended: judged from all of its nodes. Pure.

A run succeeds if every node succeeded, was reused or skipped, or failed and was *handled*: a direct downstream node
succeeded under a trigger rule that asks for failures, or for a success beside them. Rules that hold however things end
(``all_done``, ``always``, ...) handle nothing: a clean-up does not turn the run green. What could not run
(``upstream_failed``) must be handled in the same way, by a node directly below it. So no leaf hides a failure further
up.

A blocking check that failed counts like a failure of its node, and is handled in the same way. A failed ``warn`` check
is told, and fails nothing. Children count through their group alone; their
checks, and those whose failure it tolerated, are told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import CheckSeverity, NodeState, RunState

if TYPE_CHECKING:
    from jupyter_dataops.engine.models import NodeWork

_FINE = (NodeState.SUCCEEDED, NodeState.REUSED, NodeState.SKIPPED)
_HANDLERS = frozenset({TriggerRule.ALL_FAILED, TriggerRule.ONE_FAILED, TriggerRule.ONE_SUCCESS})
_HANDLEABLE = frozenset({NodeState.FAILED, NodeState.UPSTREAM_FAILED})
_SHOWN = 3

StateOf = Callable[[NodeName], NodeState]


class Judgement(Struct, frozen=True):
    """The terminal state, why, and the nodes and checks that are to blame, in document order."""

    state: RunState
    reason: str
    at_fault: tuple[NodeName, ...] = ()


class Inner(Struct, frozen=True):
    """What is told of the members of groups, besides how their groups ended."""

    checks: Sequence[NodeWork] = ()
    tolerated: int = 0
    """How many children failed within the tolerance of their ``each:`` node."""


_NOTHING: Final = Inner()


def judge(work: Sequence[NodeWork], state_of: StateOf, standing_of: StateOf, inner: Inner = _NOTHING) -> Judgement:
    """How these nodes and checks, which are all done, end the run or group that they are.

    Parameters
    ----------
    standing_of
        What the nodes below take a node for, its checks considered.
    inner
        What is told of those that are inside groups among these.

    Examples
    --------
    >>> from jupyter_dataops.engine.models import NodeWork
    >>> from jupyter_dataops.plan.models import Action, Decision
    >>> from jupyter_dataops.spec.models import RetryPolicy
    >>> load, tell = Decision("load", Action.RUN, ""), Decision("tell", Action.RUN, "")
    >>> states = {"load": NodeState.FAILED, "tell": NodeState.SUCCEEDED}.__getitem__
    >>> work = [
    ...     NodeWork(load, (), TriggerRule.ALL_SUCCESS, RetryPolicy(), None),
    ...     NodeWork(tell, ("load",), TriggerRule.ONE_FAILED, RetryPolicy(), None),
    ... ]
    >>> judge(work, states, states).reason
    '1 node succeeded; `load` failed, which a node below handled'
    """
    handled = {
        source
        for item in work
        if item.severity is None and item.trigger in _HANDLERS and state_of(item.node) is NodeState.SUCCEEDED
        for source in item.upstream
        if standing_of(source) in _HANDLEABLE
    }
    failed_nodes = [item.node for item in work if item.severity is None and state_of(item.node) is NodeState.FAILED]
    # A check that could not run because its node failed adds nothing to that.
    unreached = [
        item.node for item in work if item.severity is None and state_of(item.node) is NodeState.UPSTREAM_FAILED
    ]
    stopped = [item.node for item in work if state_of(item.node) is NodeState.CANCELLED]
    failed_checks = [item for item in work if item.blocks and state_of(item.node) is NodeState.FAILED]
    checks = [item for item in (*work, *inner.checks) if item.severity is not None]
    warned = sum(item.severity is CheckSeverity.WARN and state_of(item.node) is NodeState.FAILED for item in checks)

    blamed = {node for node in (*failed_nodes, *unreached, *stopped) if node not in handled}
    blamed |= {check.node for check in failed_checks if check.upstream[0] not in handled}
    asides = (f"{_counted(warned, 'check')} warned" if warned else "", tolerance_sentence(inner.tolerated))
    if blamed:
        told = _joined(
            _listed([node for node in failed_nodes if node in blamed], "failed"),
            _listed([check.node for check in failed_checks if check.node in blamed], "did not pass"),
            _listed([node for node in unreached if node in blamed], "was not run", "were not run"),
            _listed([node for node in stopped if node in blamed], "did not run to the end"),
            *asides,
        )
        return Judgement(RunState.FAILED, told, tuple(item.node for item in work if item.node in blamed))
    told = _joined(
        _tale(work, checks, state_of),
        *asides,
        _listed([*failed_nodes, *unreached, *stopped], "failed, which a node below handled"),
        _listed([check.node for check in failed_checks], "did not pass, which a node below handled"),
    )
    return Judgement(RunState.SUCCEEDED, told or "there was nothing to run")


def tolerance_sentence(count: int) -> str:
    """That so many children of ``each:`` nodes failed all the same; empty where none did.

    Examples
    --------
    >>> tolerance_sentence(1), tolerance_sentence(2)
    ('1 element failed and was tolerated', '2 elements failed and were tolerated')
    """
    return f"{_counted(count, 'element')} failed and {'was' if count == 1 else 'were'} tolerated" if count else ""


def _tale(work: Sequence[NodeWork], checks: Sequence[NodeWork], state_of: StateOf) -> str:
    nodes = [state_of(item.node) for item in work if item.severity is None]
    told = ", ".join(f"{_counted(nodes.count(state), 'node')} {state}" for state in _FINE if state in nodes)
    passed = sum(state_of(item.node).has_outputs for item in checks)
    return _joined(told, f"{_counted(passed, 'check')} passed" if passed else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _listed(nodes: Sequence[NodeName], what: str, of_several: str = "") -> str:
    if not nodes:
        return ""
    said = of_several if of_several and len(nodes) > 1 else what
    shown = ", ".join(f"`{node}`" for node in nodes[:_SHOWN])
    return f"{shown}{f' and {len(nodes) - _SHOWN} more' if len(nodes) > _SHOWN else ''} {said}"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
