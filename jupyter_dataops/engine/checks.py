"""What a checked node counts as for the nodes below it. Pure.

A node's success is withheld from the nodes below until all its blocking checks are done, and is a failure for them
unless each of these passed. A check that did not run because its node did not says nothing of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState

_PASSED: Final = frozenset({NodeState.SUCCEEDED, NodeState.REUSED, NodeState.SKIPPED})


def has_failed(check: NodeState) -> bool:
    """Whether a blocking check in this state keeps the nodes below from going on.

    One that was skipped does not: only the plan skips a check, since nobody asked for it.
    """
    return check.is_done and check not in _PASSED


def standing(node: NodeState, *, undone: int, failed: int) -> NodeState | None:
    """What the nodes below take a node for, given its state and how many blocking checks are not done, or have failed.

    `None`: it is not certain yet.

    Examples
    --------
    >>> standing(NodeState.SUCCEEDED, undone=1, failed=1)
    >>> standing(NodeState.REUSED, undone=0, failed=1)
    <NodeState.FAILED: 'failed'>
    >>> standing(NodeState.SKIPPED, undone=1, failed=0)
    <NodeState.SKIPPED: 'skipped'>
    """
    if not node.is_done or (node.has_outputs and undone):
        return None
    return NodeState.FAILED if node.has_outputs and failed else node


def said_of(checks: Iterable[NodeName]) -> str:
    """What is said of a node that succeeded, and these of its checks did not pass.

    Examples
    --------
    >>> said_of([NodeName("check:clean/not_null")]), said_of([NodeName("check:a/x"), NodeName("check:a/y")])
    ('succeeded, but its check `not_null` did not pass', 'succeeded, but its checks `x`, `y` did not pass')
    """
    named = [f"`{check.rpartition('/')[2]}`" for check in checks]
    return f"succeeded, but its {'check' if len(named) == 1 else 'checks'} {', '.join(named)} did not pass"
