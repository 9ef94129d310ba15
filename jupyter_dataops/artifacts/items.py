"""The elements of a value over which an ``each:`` node runs: which they are, and what each is called."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jupyter_dataops.artifacts.mutation import is_immutable
from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import type_name, with_article
from jupyter_dataops.artifacts.sharing import mutable_ids
from jupyter_dataops.errors import UnstorableValue
from jupyter_dataops.ids import Digest

_MAX_ITEMS: Final = 100_000
"""More children than any run can hold: what goes on longer probably never ends."""
_MAX_CHARACTERS: Final = 50
"""Of a key, which leaves room for the number of one that repeats."""
_PUNCTUATION: Final = frozenset("_ .,:+@=-")
_NAMING: Final = ("name", "id", "key")
"""What a dictionary may be called by, the first that is there and says it."""
_PLAIN: Final = (str, int, float, bool, type(None))


def items_of(name: str, value: Any) -> list[Any]:
    """What ``for item in value`` goes through.

    Raises
    ------
    UnstorableValue
        It cannot be iterated over, or does not come to an end.
    """
    kind = type_name(type(value))
    found: list[Any] = []
    try:
        for item in value:
            found.append(item)
            if len(found) > _MAX_ITEMS:
                break
    except Exception as error:
        raise UnstorableValue(
            f"{name!r} has no elements for 'each:' to run over: it is {with_article(kind)} ({error})",
            where=f"variable {name}",
            hint=f"make it a list: {name} = [...]",
            variable=name,
            type=kind,
            path=name,
        ) from error
    if len(found) > _MAX_ITEMS:
        raise UnstorableValue(
            f"{name!r} has more than {_MAX_ITEMS:,} elements, and a node run for each would be too many",
            where=f"variable {name}",
            hint="let each element be a batch",
            variable=name,
            type=kind,
            path=name,
        )
    return found


def key_of(item: Any, digest: Digest) -> str:
    """Names an element: itself, where that is short and plain, or what its dictionary says it is; else by its content.

    Examples
    --------
    >>> digest = Digest("blake3:12345678ab")
    >>> [key_of(item, digest) for item in ("berlin", 3, ("de", 2026), "a/b", [1])]
    ['berlin', '3', 'de,2026', '12345678', '12345678']
    >>> [key_of(item, digest) for item in ({"name": "berlin"}, {"name": [1], "id": 7}, {"size": 2})]
    ['berlin', '7', '12345678']
    """
    names = [item[field] for field in _NAMING if item.get(field) is not None] if type(item) is dict else [item]
    keys = filter(None, map(_plain_key, names))
    return next(keys, digest.partition(":")[2][:8])


def _plain_key(item: Any) -> str | None:
    said = _said(item)
    fits = said and len(said) <= _MAX_CHARACTERS and said == said.strip() and all(map(_fits, said))
    return said if fits else None


def numbered(keys: Iterable[str]) -> list[str]:
    """The keys, in their order; one that has been there gets a number.

    Examples
    --------
    >>> numbered(["a", "b", "a", "a"])
    ['a', 'b', 'a#2', 'a#3']
    """
    counts: Counter[str] = Counter()
    made = []
    for key in keys:
        counts[key] += 1
        # A key that was given has no "#", so none that is made here can meet it.
        made.append(key if counts[key] == 1 else f"{key}#{counts[key]}")
    return made


def entwined(items: Sequence[Any], scope: Scope) -> frozenset[int]:
    """Places of the items that share a mutable object with another one: a change of one would change the other."""
    owners: dict[int, int] = {}
    found: set[int] = set()
    alive = []  # An id means one object only for as long as that lives.
    for place, item in enumerate(items):
        if is_immutable(item):
            continue
        ids, parts = mutable_ids(item, scope)
        alive.append(parts)
        for one in ids:
            owner = owners.setdefault(one, place)
            if owner != place:
                found |= {owner, place}
    return frozenset(found)


def _said(item: Any) -> str | None:
    if type(item) is tuple:
        parts = [_said(part) for part in item if type(part) is not tuple]
        return ",".join(map(str, parts)) if len(parts) == len(item) and None not in parts else None
    if any(base.__name__ == "generic" and base.__module__ == "numpy" for base in type(item).__mro__):
        item = item.item()
    if isinstance(item, datetime.date):
        return item.isoformat()
    return str(item) if type(item) in _PLAIN else None


def _fits(character: str) -> bool:
    return character.isalnum() or character in _PUNCTUATION
