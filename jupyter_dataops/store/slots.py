"""Who gets slots of a pool: the one rule that every store follows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from jupyter_dataops.errors import ConfigError
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import RunRecord, SlotHolder
from jupyter_dataops.store.moves import AT_WORK

UNCONFIGURED: Final = 1
"""Slots of a pool that nobody has given a size."""


class Taken(Struct, frozen=True):
    """Slots of one pool that a node has, as a store keeps them."""

    pool: str
    run_id: RunId
    node: NodeName
    slots: int
    token: Token
    """Of the runner that took them."""


class Request(Struct, frozen=True):
    """What a runner asks for; see `RunStore.take_slots`."""

    run_id: RunId
    token: Token
    node: NodeName
    wanted: Mapping[str, int]
    sizes: Mapping[str, int]
    at: datetime


class Answer(Struct, frozen=True):
    """What a store has to do about a request, in one transaction."""

    remove: tuple[Taken, ...] = ()
    add: tuple[Taken, ...] = ()
    holders: tuple[SlotHolder, ...] = ()
    """Who has slots of the pools that are short; empty: the request is granted."""


def answer(request: Request, kept: Iterable[Taken], runs: Mapping[RunId, RunRecord]) -> Answer:
    """Who gets what, given all that is kept of the pools asked for, and the runs which took it.

    Slots whose runner is dead are removed, so that they do not count again should it come back: a runner that slept
    and goes on never makes a pool larger than it is.

    Raises
    ------
    ConfigError
        More is wanted than the pool has, ever.
    """
    require_slots(request.wanted, request.sizes, f"node {request.node}, run {request.run_id}")
    leases = {taken: _lease(taken, runs[taken.run_id], request) for taken in kept}
    held = {taken: lease for taken, lease in leases.items() if lease is not None}
    dead = tuple(taken for taken in leases if taken not in held)
    mine = tuple(taken for taken in held if (taken.run_id, taken.node) == (request.run_id, request.node))
    if {taken.pool: taken.slots for taken in mine} == dict(request.wanted):
        return Answer(remove=dead)
    used = Counter[str]()
    for taken in held.keys() - set(mine):
        used[taken.pool] += taken.slots
    short = {pool for pool, slots in request.wanted.items() if used[pool] + slots > _size(request, pool)}
    if short:
        others = ((taken, lease) for taken, lease in held.items() if taken.pool in short and taken not in mine)
        return Answer(dead, holders=tuple(_holder(taken, lease) for taken, lease in others))
    return Answer((*dead, *mine), tuple(_taken(request, pool, slots) for pool, slots in request.wanted.items()))


def _lease(taken: Taken, run: RunRecord, request: Request) -> datetime | None:
    """Until when the runner that took them holds them; `None` where it is dead, or has lost the run.

    The runner that asks is alive, whatever its lease says.
    """
    if run.state not in AT_WORK or run.token != taken.token or run.lease_until is None:
        return None
    return run.lease_until if run.lease_until > request.at or run.run_id == request.run_id else None


def require_slots(wanted: Mapping[str, int], sizes: Mapping[str, int], where: str) -> None:
    """Return if the pools can ever have so many slots free. Raises `ConfigError`."""
    for pool, slots in wanted.items():
        size = sizes.get(pool, UNCONFIGURED)
        if slots > size:
            raise ConfigError(
                f"{slots} slots of the pool {pool!r} are wanted, and it has {size}",
                where=where,
                hint=f"ask for fewer, or set `{pool} = {slots}` under [pools] in dataops.toml",
                pool=pool,
            )


def _size(request: Request, pool: str) -> int:
    return request.sizes.get(pool, UNCONFIGURED)


def _taken(request: Request, pool: str, slots: int) -> Taken:
    return Taken(pool, request.run_id, request.node, slots, request.token)


def _holder(taken: Taken, lease_until: datetime) -> SlotHolder:
    return SlotHolder(taken.pool, taken.run_id, taken.node, taken.slots, lease_until)
