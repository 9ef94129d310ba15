"""Which nodes can go next: a pure structure that the coordinator asks and tells.

It knows the graph, the trigger rules, the number of slots and the present state of every node; not why a node ends,
what runs it, or what time it is. Nodes may join while the run goes on: what a group expands to.

Counting done upstream per node instead of looking at it again makes a whole run cost O(nodes + edges), plus a
logarithm for keeping document order among those that wait for a slot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from graphlib import TopologicalSorter

from msgspec import Struct, field

from jupyter_dataops.engine.checks import has_failed, standing
from jupyter_dataops.engine.line import Line, Place, Timetable
from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.engine.trigger_rules import Tally, Verdict, verdict_of
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.models import Action
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState

_NOT_RUN = frozenset({NodeState.UPSTREAM_FAILED, NodeState.SKIPPED})


class _Node(Struct, eq=False):
    name: NodeName
    place: Place
    rule: TriggerRule
    is_planned: bool
    """The plan wants it to run: if it does not, that is because of others."""
    parent: _Node | None
    blocks: _Node | None
    """The node that it is a blocking check of."""
    state: NodeState = NodeState.PENDING
    standing: NodeState | None = None
    """What the nodes below have counted it as."""
    tally: Tally = field(default_factory=lambda: Tally(0))
    verdict: Verdict = Verdict.WAIT
    is_listed: bool = False
    """It stands among the decided ones, to be taken."""
    has_slot: bool = False
    is_group: bool = False
    downstream: list[_Node] = field(default_factory=list)
    checks: list[_Node] = field(default_factory=list)
    undone_checks: int = 0
    """Of the blocking ones."""
    failed_checks: int = 0
    children: list[_Node] = field(default_factory=list)
    undone_children: int = 0
    failed_children: int = 0

    @property
    def has_lost_its_ground(self) -> bool:
        """It ended because of others, and would not if it were decided now."""
        if self.state is NodeState.FAILED:
            return self.undone_children > 0
        return self.state in _NOT_RUN and self.is_planned and verdict_of(self.rule, self.tally) is Verdict.WAIT


class Ready:
    """Every node's state, and what follows from it. Not safe for use from several threads.

    Parameters
    ----------
    slots
        How many nodes may run at once, at least 1.
    """

    def __init__(self, slots: int) -> None:
        self._line = Line(slots)
        self._timetable = Timetable()
        self._nodes: dict[NodeName, _Node] = {}
        self._top = 0
        self._undone = 0
        self._decided: deque[_Node] = deque()
        self._complete: deque[_Node] = deque()

    # -- asked

    @property
    def is_over(self) -> bool:
        """Every node is done."""
        return self._undone == 0

    @property
    def next_due(self) -> datetime | None:
        """When the first retry is due, of those that wait."""
        return self._timetable.next_due

    def get_state(self, node: NodeName) -> NodeState:
        """The present state of `node`."""
        return self._nodes[node].state

    def get_standing(self, node: NodeName) -> NodeState:
        """What the nodes below take `node` for: one whose checks are not done is still running."""
        known = self._nodes[node]
        if known.standing is not None:
            return known.standing
        return NodeState.RUNNING if known.state.is_done else known.state

    def get_failed_checks(self, node: NodeName) -> list[NodeName]:
        """The blocking checks of `node` that failed; costs the number of its checks."""
        known = self._nodes[node]
        return [check.name for check in known.checks if check.blocks and has_failed(check.state)]

    def get_confirmed(self, node: NodeName) -> NodeName | None:
        """The node whose success is certain once the undone `node` has ended well: itself, or the one that it checks.

        `None`: another blocking check of it is not done, or has failed.
        """
        known = self._nodes[node]
        if known.blocks is None:
            return None if known.undone_checks or known.failed_checks else node
        checked = known.blocks
        is_last = checked.state.has_outputs and checked.undone_checks == 1 and not checked.failed_checks
        return checked.name if is_last else None

    def get_children(self, node: NodeName) -> list[NodeName]:
        """What `node` has expanded to, in order; nothing where it has not."""
        return [child.name for child in self._nodes[node].children]

    def count_children(self, node: NodeName) -> int:
        """How many nodes, and checks, `node` has expanded to."""
        return len(self._nodes[node].children)

    def count_failed_children(self, node: NodeName) -> int:
        """How many children of `node` failed, or could not run."""
        return self._nodes[node].failed_children

    def get_waiting(self) -> list[NodeName]:
        """All nodes that are neither done nor running, in document order."""
        waiting = [node for node in self._nodes.values() if not (node.state.is_done or node.state is NodeState.RUNNING)]
        return [node.name for node in sorted(waiting, key=lambda node: node.place)]

    def has_lost_its_ground(self, node: NodeName) -> bool:
        """`node` ended because of others, which have been opened again."""
        return self._nodes[node].has_lost_its_ground

    # -- told

    def add(self, work: Iterable[NodeWork]) -> None:
        """Further nodes are there, pending: a group after its parent, siblings in document order.

        Raises
        ------
        ValueError
            There is a cycle or an unknown upstream node: some node would wait for ever.
        """
        items = list(work)
        edges = {item.node: item.upstream for item in items}
        if unknown := {source for sources in edges.values() for source in sources} - edges.keys() - self._nodes.keys():
            raise ValueError(f"upstream nodes that do not exist: {', '.join(sorted(unknown))}")
        TopologicalSorter(edges).prepare()  # Raises on a cycle.
        for item in items:
            self._place(item)
        for item in items:
            self._link(item)
        for item in items:
            self._rule_on(self._nodes[item.node])

    def take_decided(self) -> tuple[NodeName, Verdict] | None:
        """The next pending node whose trigger rule has decided; each comes up once. `None`: no other, so far."""
        while self._decided:
            node = self._decided.popleft()
            node.is_listed = False
            if node.state is NodeState.PENDING and node.verdict is not Verdict.WAIT:
                return node.name, node.verdict
        return None

    def take_complete(self) -> NodeName | None:
        """The next group whose children are all done, to be finished; `None`: no other, so far."""
        while self._complete:
            group = self._complete.popleft()
            if group.is_group and group.undone_children == 0:
                return group.name
        return None

    def queue(self, node: NodeName) -> None:
        """`node` waits for a slot; document order decides among those that do. It loses the one it may have."""
        known = self._nodes[node]
        self._leave(known)
        known.state = NodeState.QUEUED
        self._line.join(node, known.place)

    def hold(self, node: NodeName) -> None:
        """`node` stays queued, without a slot and out of the line, until it is queued again."""
        self._leave(self._nodes[node])
        self._nodes[node].state = NodeState.QUEUED

    def take_next(self) -> NodeName | None:
        """The first queued node, which now holds a slot; `None` if no node is queued or no slot is free."""
        node = self._line.take()
        if node is not None:
            self._nodes[node].state = NodeState.RUNNING
            self._nodes[node].has_slot = True
        return node

    def run_without_slot(self, node: NodeName) -> None:
        """`node` is found running, though nothing runs for it: its runner died."""
        self._nodes[node].state = NodeState.RUNNING

    def expand(self, node: NodeName) -> None:
        """`node` is a group: it runs until its children, which were added before, are done, and holds no slot."""
        group = self._nodes[node]
        self._leave(group)
        group.state = NodeState.RUNNING
        group.is_group = True
        self._complete_if_done(group)

    def defer(self, node: NodeName, not_before: datetime) -> None:
        """`node` gives its slot back and waits for its next attempt."""
        known = self._nodes[node]
        self._leave(known)
        known.state = NodeState.RETRYING
        self._timetable.add(node, known.place, not_before)

    def take_due(self, now: datetime) -> NodeName | None:
        """A node whose wait for its next attempt is over, to be queued; `None`: no other."""
        return self._timetable.take_due(now)

    def finish(self, node: NodeName, state: NodeState) -> None:
        """`node` came to the done `state`; nodes below it, and its group, may be decided by that."""
        known = self._nodes[node]
        self._leave(known)
        known.state = state
        self._undone -= 1
        for check in known.checks:
            check.tally = check.tally.counting(state)
            self._rule_on(check)
        self._settle(known)
        if known.blocks is not None:
            known.blocks.undone_checks -= 1
            known.blocks.failed_checks += has_failed(state)
            self._settle(known.blocks)
        if known.parent is not None:
            known.parent.undone_children -= 1
            known.parent.failed_children += _has_failed(state)
            self._complete_if_done(known.parent)

    def reopen(self, node: NodeName) -> list[NodeName]:
        """The done `node` is pending again; those whose end has lost its ground by that, to be opened in turn."""
        known = self._nodes[node]
        before, known.state, known.verdict = known.state, NodeState.PENDING, Verdict.WAIT
        self._undone += 1
        touched: list[_Node] = []
        if known.parent is not None:
            known.parent.undone_children += 1
            known.parent.failed_children -= _has_failed(before)
            touched.append(known.parent)
        touched += self._discount(known.checks, before)
        touched += self._unsettle(known)
        if known.blocks is not None:
            known.blocks.undone_checks += 1
            known.blocks.failed_checks -= has_failed(before)
            touched += self._unsettle(known.blocks)
        self._rule_on(known)
        return [other.name for other in touched if other.has_lost_its_ground]

    # -- what follows

    def _place(self, item: NodeWork) -> None:
        parent = self._nodes[item.parent] if item.parent is not None else None
        place = (self._top,) if parent is None else (*parent.place, len(parent.children))
        checked = self._nodes[item.upstream[0]] if item.blocks else None
        node = _Node(item.node, place, item.trigger, item.decision.action is Action.RUN, parent, checked)
        self._nodes[item.node] = node
        self._undone += 1
        if checked is not None:
            checked.undone_checks += 1
        if parent is None:
            self._top += 1
        else:
            parent.children.append(node)
            parent.undone_children += 1

    def _link(self, item: NodeWork) -> None:
        node = self._nodes[item.node]
        node.tally = Tally(len(item.upstream))
        for source in item.upstream:
            above = self._nodes[source]
            (above.downstream if item.severity is None else above.checks).append(node)

    def _rule_on(self, node: _Node) -> None:
        if node.verdict is Verdict.WAIT:
            node.verdict = verdict_of(node.rule, node.tally)
            if node.verdict is not Verdict.WAIT and not node.is_listed:
                node.is_listed = True
                self._decided.append(node)

    def _settle(self, node: _Node) -> None:
        """What `node` counts as is told to the nodes below, once it is certain."""
        if node.standing is not None:
            return
        node.standing = standing(node.state, undone=node.undone_checks, failed=node.failed_checks)
        if node.standing is None:
            return
        for below in node.downstream:
            below.tally = below.tally.counting(node.standing)
            self._rule_on(below)

    def _unsettle(self, node: _Node) -> Sequence[_Node]:
        """What `node` counts as is open again; the nodes below, which have counted it."""
        if node.standing is None:
            return ()
        counted, node.standing = node.standing, None
        return self._discount(node.downstream, counted)

    def _discount(self, nodes: Sequence[_Node], counted: NodeState) -> Sequence[_Node]:
        for node in nodes:
            node.tally = node.tally.discounting(counted)
            if node.state is NodeState.PENDING:
                node.verdict = verdict_of(node.rule, node.tally)
        return nodes

    def _complete_if_done(self, group: _Node) -> None:
        if group.is_group and group.undone_children == 0:
            self._complete.append(group)

    def _leave(self, node: _Node) -> None:
        """`node` leaves whatever it was in: a slot, the line, the timetable, being a group."""
        if node.has_slot:
            node.has_slot = False
            self._line.give_back()
        self._line.withdraw(node.name)
        self._timetable.withdraw(node.name)
        node.is_group = False


def _has_failed(state: NodeState) -> bool:
    return state in (NodeState.FAILED, NodeState.UPSTREAM_FAILED)
