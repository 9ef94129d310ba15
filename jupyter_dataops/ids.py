"""Names of things, as types, so that a run id is never passed where a node name is meant."""

from __future__ import annotations

import re
import secrets
from typing import NewType

from msgspec import Struct

NodeName = NewType("NodeName", str)
"""Name of a node, unique in its pipeline: ``[A-Za-z_][A-Za-z0-9_-]*``.

In a run it also names what a node expands to, and checks: ``score[berlin]`` is the child of ``score`` with the key
``berlin``, ``etl/clean`` the node ``clean`` of the sub-pipeline ``etl``, ``check:clean/not_null`` a check of ``clean``
(``etl/check:clean/not_null`` in a sub-pipeline). See `child_name`, `member_name` and `check_name`."""

CellId = NewType("CellId", str)
"""nbformat's cell id; synthesised as ``cell-INDEX`` where the notebook has none."""

RunId = NewType("RunId", str)
"""Identifies one run in its store: 10 lower-case letters and digits."""

ScheduleId = NewType("ScheduleId", str)
"""Identifies one schedule in its store, as a run id does a run; its name may go to another one day."""

Digest = NewType("Digest", str)
"""Address of stored content: ``ALGORITHM:HEX``."""

Token = NewType("Token", str)
"""Proof of being the runner of a run, or the process of an attempt; never reused."""

# No vowels (no words), no 0/1/l (no misreading); a letter first, so that a shell or YAML never sees a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"

_BELONGING = re.compile(r"[\[/]")


def child_name(node: str, key: str) -> NodeName:
    """The child of an ``each:`` node.

    Examples
    --------
    >>> child_name("score", "berlin"), member_name("etl", "clean"), check_name("clean", "not_null")
    ('score[berlin]', 'etl/clean', 'check:clean/not_null')
    """
    return NodeName(f"{node}[{key}]")


def member_name(group: str, node: str) -> NodeName:
    """A node, or check, of the sub-pipeline that `group` runs."""
    return NodeName(f"{group}/{node}")


def check_name(node: str, check: str) -> NodeName:
    """A check of `node`, in the pipeline of `node`."""
    return NodeName(f"check:{node}/{check}")


def owner_of(name: str) -> NodeName:
    """The node of the notebook itself that `name` is, belongs to or checks.

    Examples
    --------
    >>> [owner_of(name) for name in ("clean", "check:clean/not_null", "score[a,b]", "etl/check:clean/not_null")]
    ['clean', 'clean', 'score', 'etl']
    """
    return NodeName(_BELONGING.split(name.removeprefix("check:"), maxsplit=1)[0])


def checked_by(check: str) -> NodeName:
    """The node that a check is of, by its name in the run.

    Examples
    --------
    >>> checked_by("check:clean/not_null"), checked_by("etl[de]/check:clean/not_null")
    ('clean', 'etl[de]/clean')
    """
    parts = parts_of(check)
    node = owner_of(parts.local)
    return node if parts.group is None else member_name(parts.group, node)


class NameParts(Struct, frozen=True):
    """What a name in a run says; see `parts_of`."""

    group: NodeName | None
    """The node run whose notebook it belongs to; `None`: the run's own notebook."""
    local: NodeName
    """The node, or check, in that notebook."""
    key: str | None
    """Of a child of an ``each:`` node."""


def parts_of(name: str) -> NameParts:
    """What `child_name`, `member_name` and `check_name` were given to make `name`.

    Examples
    --------
    >>> parts_of("score[berlin]")
    NameParts(group=None, local='score', key='berlin')
    >>> parts_of("etl[de]/check:clean/not_null")
    NameParts(group='etl[de]', local='check:clean/not_null', key=None)
    """
    base, key = name[:-1].rsplit("[", 1) if name.endswith("]") else (name, None)
    *groups, local = base.split("/")
    if groups and groups[-1].startswith("check:"):
        local = f"{groups.pop()}/{local}"
    return NameParts(NodeName("/".join(groups)) if groups else None, NodeName(local), key)


def new_run_id() -> RunId:
    """A fresh run id: 10 characters, about 48 random bits; a few of them usually identify it."""
    # Asked for once: each question costs the system more than all the rest, and a burst of fires wants a thousand ids.
    number = secrets.randbits(128)
    letters = []
    for choice in (_LETTERS, *([_ALPHABET] * 9)):
        number, place = divmod(number, len(choice))
        letters.append(choice[place])
    return RunId("".join(letters))


def new_schedule_id() -> ScheduleId:
    """A fresh id of a schedule."""
    return ScheduleId(new_run_id())


def new_token() -> Token:
    """A fresh token: 128 random bits."""
    return Token(secrets.token_hex(16))
