"""Which nodes can go next: the ready queue, as a pure structure that the coordinator asks and tells.

It knows the graph, the trigger rules, the number of slots and the present state of every node; not why a node ends,
what runs it, or what time it is. Counting done upstream per node instead of looking at it again makes a whole run
cost O(nodes + edges), plus a logarithm for keeping document order among those that wait for a slot.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from graphlib import TopologicalSorter
from types import MappingProxyType

from jupyter_dataops.engine.trigger_rules import Tally, Verdict, verdict_of
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState


class Ready:
    """Every node's state, and what follows from it. Not safe for use from several threads.

    Parameters
    ----------
    upstream
        Every node's direct upstream, in document order of the nodes.
    rules
        Every node's trigger rule.
    slots
        How many nodes may run at once.

    Raises
    ------
    ValueError
        There is a cycle or an unknown upstream node, or no slot: some node would wait for ever.
    """

    def __init__(
        self, upstream: Mapping[NodeName, Sequence[NodeName]], rules: Mapping[NodeName, TriggerRule], slots: int
    ) -> None:
        if slots < 1:
            raise ValueError(f"a run needs at least one slot, not {slots}")
        edges = dict(upstream)
        if unknown := {source for sources in edges.values() for source in sources} - edges.keys():
            raise ValueError(f"upstream nodes that do not exist: {', '.join(sorted(unknown))}")
        TopologicalSorter(edges).prepare()  # Raises on a cycle.

        self._rules = rules
        self._position = {node: index for index, node in enumerate(edges)}
        self._nodes = tuple(edges)
        self._downstream: dict[NodeName, list[NodeName]] = {node: [] for node in edges}
        for node, sources in edges.items():
            for source in sources:
                self._downstream[source].append(node)
        self._tallies = {node: Tally(len(sources)) for node, sources in edges.items()}
        self._states = dict.fromkeys(edges, NodeState.PENDING)
        self._undone = len(edges)
        self._free_slots = slots
        self._queued: list[int] = []
        self._deferred: list[tuple[datetime, int]] = []
        self._decided: deque[tuple[NodeName, Verdict]] = deque()
        self._ruled: set[NodeName] = set()
        for node in edges:
            self._rule_on(node)

    @property
    def states(self) -> Mapping[NodeName, NodeState]:
        """The present state of every node, in document order; a live view."""
        return MappingProxyType(self._states)

    @property
    def is_over(self) -> bool:
        """Every node is done."""
        return self._undone == 0

    @property
    def next_due(self) -> datetime | None:
        """When the first retry is due, of those that wait."""
        self._drop_withdrawn()
        return self._deferred[0][0] if self._deferred else None

    def take_decided(self) -> tuple[NodeName, Verdict] | None:
        """The next pending node whose trigger rule has decided; each comes up once. `None`: no other, so far."""
        while self._decided:
            node, decided = self._decided.popleft()
            if self._states[node] is NodeState.PENDING:
                return node, decided
        return None

    def queue(self, node: NodeName) -> None:
        """`node` waits for a slot; document order decides among those that do."""
        self._states[node] = NodeState.QUEUED
        heapq.heappush(self._queued, self._position[node])

    def take_next(self) -> NodeName | None:
        """The first queued node, which now holds a slot; `None` if no node is queued or no slot is free."""
        while self._free_slots and self._queued:
            node = self._nodes[heapq.heappop(self._queued)]
            if self._states[node] is NodeState.QUEUED:
                self._free_slots -= 1
                self._states[node] = NodeState.RUNNING
                return node
        return None

    def defer(self, node: NodeName, not_before: datetime) -> None:
        """The running `node` gives its slot back and waits for its next attempt."""
        self._leave_slot(node)
        self._states[node] = NodeState.RETRYING
        heapq.heappush(self._deferred, (not_before, self._position[node]))

    def take_due(self, now: datetime) -> NodeName | None:
        """A node whose wait for its next attempt is over, to be queued; `None`: no other."""
        self._drop_withdrawn()
        if self._deferred and self._deferred[0][0] <= now:
            return self._nodes[heapq.heappop(self._deferred)[1]]
        return None

    def finish(self, node: NodeName, state: NodeState) -> None:
        """`node` came to the done `state`; nodes below it may be decided by that."""
        self._leave_slot(node)
        self._states[node] = state
        self._undone -= 1
        for below in self._downstream[node]:
            self._tallies[below] = self._tallies[below].counting(state)
            self._rule_on(below)

    def get_waiting(self) -> list[NodeName]:
        """All nodes that are neither done nor running, in document order."""
        return [node for node, state in self._states.items() if not (state.is_done or state is NodeState.RUNNING)]

    def _rule_on(self, node: NodeName) -> None:
        if node in self._ruled:
            return
        decided = verdict_of(self._rules[node], self._tallies[node])
        if decided is not Verdict.WAIT:
            self._ruled.add(node)
            self._decided.append((node, decided))

    def _leave_slot(self, node: NodeName) -> None:
        if self._states[node] is NodeState.RUNNING:
            self._free_slots += 1

    def _drop_withdrawn(self) -> None:
        # A cancelled node stays in the heap until it comes up: taking it out at once would cost a scan.
        while self._deferred and self._states[self._nodes[self._deferred[0][1]]] is not NodeState.RETRYING:
            heapq.heappop(self._deferred)
