"""Queued nodes that found the slots of their pools taken. Pure.

Those that want the same stand in one line, first come, first served, and only the first of a line asks again: so ten
thousand nodes that share two slots cost ten thousand questions, not their square.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import SlotHolder

_SHOWN = 3
_CLAIM = "result "  # No pool that a tag names has a space in it.

_Wanted = frozenset[tuple[str, int]]


class _Line(Struct):
    nodes: list[tuple[int, NodeName]] = field(default_factory=list)
    """A heap by number of arrival."""
    reason: str | None = None
    """Why the first one waits; `None`: it may ask."""
    ask_at: datetime | None = None


class PoolLines:
    """Who waits for which slots."""

    def __init__(self) -> None:
        self._lines: dict[_Wanted, _Line] = {}
        self._arrivals: dict[NodeName, int] = {}
        self._numbers = itertools.count()

    @property
    def next_due(self) -> datetime | None:
        """When slots may fall back by themselves, because their holder is dead."""
        return min((line.ask_at for line in self._lines.values() if line.ask_at is not None), default=None)

    def get_reason_to_wait(self, wanted: Mapping[str, int]) -> str | None:
        """Why asking for these slots is in vain; `None`: ask."""
        line = self._lines.get(frozenset(wanted.items()))
        return line.reason if line is not None else None

    def block(self, wanted: Mapping[str, int], reason: str, ask_at: datetime | None) -> None:
        """Nobody who wants these slots need ask before `release`, which is due at `ask_at`."""
        line = self._lines.setdefault(frozenset(wanted.items()), _Line())
        line.reason, line.ask_at = reason, ask_at

    def join(self, node: NodeName, wanted: Mapping[str, int]) -> None:
        """`node` waits; at its old place, if it has waited before."""
        number = self._arrivals.setdefault(node, next(self._numbers))
        heapq.heappush(self._lines[frozenset(wanted.items())].nodes, (number, node))

    def take_next(self, wanted: Mapping[str, int]) -> NodeName | None:
        """The first who waits for these slots, of which some may be left."""
        line = self._lines.get(frozenset(wanted.items()))
        return heapq.heappop(line.nodes)[1] if line is not None and line.nodes else None

    def release(self) -> list[NodeName]:
        """Slots may have become free: the first of every line is to ask again."""
        first = []
        for line in self._lines.values():
            line.reason = line.ask_at = None
            if line.nodes:
                first.append(heapq.heappop(line.nodes)[1])
        return first


def claim_of(key: str) -> str:
    """The pool whose only slot is for whoever computes the result with that key."""
    return f"{_CLAIM}{key}"


def reason_to_wait(holders: Sequence[SlotHolder], sizes: Mapping[str, int], run_id: RunId) -> str:
    """Why a node waits, given who has slots of the pools that are short.

    Examples
    --------
    >>> from datetime import UTC
    >>> until = datetime(2026, 1, 1, tzinfo=UTC)
    >>> here = SlotHolder("gpu", RunId("r1"), NodeName("train"), 1, until)
    >>> there = SlotHolder("gpu", RunId("r2"), NodeName("fit"), 1, until)
    >>> reason_to_wait([here, there], {"gpu": 2}, RunId("r1"))
    'waits for the pool `gpu` of 2 slots: `train` has 1, `fit` of run r2 has 1'
    """
    return "; ".join(
        _said_of_claim(holders, pool)
        if pool.startswith(_CLAIM)
        else _said([holder for holder in holders if holder.pool == pool], sizes.get(pool, 1), run_id)
        for pool in dict.fromkeys(holder.pool for holder in holders)
    )


def _said_of_claim(holders: Sequence[SlotHolder], claim: str) -> str:
    holder = next(one for one in holders if one.pool == claim)
    return f"waits for run {holder.run_id}, which computes the same: its result will be used"


def _said(holders: Sequence[SlotHolder], size: int, run_id: RunId) -> str:
    shown = [
        f"`{holder.node}`{'' if holder.run_id == run_id else f' of run {holder.run_id}'} has {holder.slots}"
        for holder in holders[:_SHOWN]
    ]
    more = f" and {len(holders) - _SHOWN} more" if len(holders) > _SHOWN else ""
    of = "1 slot" if size == 1 else f"{size} slots"
    return f"waits for the pool `{holders[0].pool}` of {of}: {', '.join(shown)}{more}"
