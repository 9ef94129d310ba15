"""Nodes that wait for one of a run's slots, or for an instant. Pure.

Both are heaps by place. A node that is withdrawn stays in its heap until it comes up: taking it out at once would cost
a scan.
"""

from __future__ import annotations

import heapq
from datetime import datetime

from jupyter_dataops.ids import NodeName

Place = tuple[int, ...]
"""Where a node stands in the document: a child stands at the place of its group, behind its earlier siblings."""


class Line:
    """Who gets the next free slot: the first in the document, among those that wait for one.

    Raises
    ------
    ValueError
        There is no slot: some node would wait for ever.
    """

    def __init__(self, slots: int) -> None:
        if slots < 1:
            raise ValueError(f"a run needs at least one slot, not {slots}")
        self._free = slots
        self._heap: list[tuple[Place, NodeName]] = []
        self._waiting: set[NodeName] = set()

    def join(self, node: NodeName, place: Place) -> None:
        """`node` waits for a slot."""
        self._waiting.add(node)
        heapq.heappush(self._heap, (place, node))

    def take(self) -> NodeName | None:
        """The first node, which now has a slot; `None` if no node waits or no slot is free."""
        while self._free and self._heap:
            _, node = heapq.heappop(self._heap)
            if node in self._waiting:
                self._waiting.remove(node)
                self._free -= 1
                return node
        return None

    def give_back(self) -> None:
        """One slot is free again."""
        self._free += 1

    def withdraw(self, node: NodeName) -> None:
        """`node` waits no more."""
        self._waiting.discard(node)


class Timetable:
    """Nodes that wait for their next attempt, each until an instant."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, Place, NodeName]] = []
        self._waiting: dict[NodeName, datetime] = {}

    @property
    def next_due(self) -> datetime | None:
        """The first instant."""
        while self._heap and self._waiting.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def add(self, node: NodeName, place: Place, not_before: datetime) -> None:
        """`node` waits until then."""
        self._waiting[node] = not_before
        heapq.heappush(self._heap, (not_before, place, node))

    def take_due(self, now: datetime) -> NodeName | None:
        """A node whose wait is over; `None`: no other."""
        due = self.next_due
        if due is None or due > now:
            return None
        node = heapq.heappop(self._heap)[2]
        del self._waiting[node]
        return node

    def withdraw(self, node: NodeName) -> None:
        """`node` waits no more."""
        self._waiting.pop(node, None)
