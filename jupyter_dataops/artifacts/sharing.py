"""Which names share a mutable object, so that they must be stored together.

A table is shared only as the same object (pandas copies on write), an array through the memory that it is a view of; a
class keeps its identity across artifacts without being stored together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType, MethodType
from typing import Any

from msgspec import Struct

from jupyter_dataops.artifacts.mutation import is_immutable
from jupyter_dataops.artifacts.parts import all_parts
from jupyter_dataops.artifacts.pickling import Scope, Views, memory_owner


def mutable_ids(value: Any, scope: Scope) -> tuple[set[int], list[Any]]:
    """Identities of the mutable objects in `value`, and the objects, which must be kept for as long as the ids."""
    parts = all_parts(value, scope)
    return {id(memory_owner(part)) if _is_array(part) else id(part) for part in parts if _counts(part)}, parts


def _is_array(value: Any) -> bool:
    kind = type(value)
    return kind.__name__ == "ndarray" and kind.__module__ == "numpy"


def _counts(value: Any) -> bool:
    """Whether a change of this very object would be seen through every name that reaches it."""
    kind = type(value)
    if kind is list or kind is dict:
        return True
    if kind is FunctionType:
        return bool(vars(value))  # what it closes over counts by itself
    return kind not in (tuple, frozenset, MethodType) and not is_immutable(value)


def views_within(value: Any, scope: Scope) -> Views:
    """The arrays in `value`, outside tables, that have memory in common with another one there."""
    arrays: dict[int, list[Any]] = {}
    for part in all_parts(value, scope):
        if _is_array(part) and not part.dtype.hasobject:
            arrays.setdefault(id(memory_owner(part)), []).append(part)
    return {
        id(array): (array, memory_owner(array))
        for together in arrays.values()
        if len(together) > 1
        for array in together
        if memory_owner(array) is not array
    }


class Shared(Struct, frozen=True):
    """How the values that leave a node hang together."""

    groups: tuple[tuple[str, ...], ...]
    """Every name once, sorted; names in one group share a mutable object, directly or through others."""
    inputs: Mapping[str, tuple[str, ...]]
    """Name to the inputs with which it shares a mutable object."""


def find_shared(values: Mapping[str, Any], loaded: Mapping[str, Any], scope: Scope) -> Shared:
    """Which of `values` must be stored together, and which hang on to an input.

    Costs a walk over the mutable ones among them; nothing where at most one value, inputs included, is mutable.
    """
    outputs = [name for name, value in values.items() if not is_immutable(value)]
    inputs = [name for name, value in loaded.items() if not is_immutable(value)]
    if len(outputs) + len(inputs) < 2 or not outputs:
        return Shared(tuple((name,) for name in sorted(values)), {})
    found = {name: mutable_ids(values[name], scope) for name in outputs}
    ids = {name: found[name][0] if name in found else set() for name in values}
    given = {name: mutable_ids(loaded[name], scope) for name in inputs}
    shares = {name: tuple(sorted(source for source in inputs if ids[name] & given[source][0])) for name in outputs}
    return Shared(_group(ids), shares)


def _group(ids: Mapping[str, set[int]]) -> tuple[tuple[str, ...], ...]:
    groups: list[tuple[set[str], set[int]]] = []
    for name, own in ids.items():
        names, tokens, apart = {name}, set(own), []
        for group in groups:
            if group[1] & tokens:
                names |= group[0]
                tokens |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (names, tokens)]
    return tuple(sorted(tuple(sorted(names)) for names, _ in groups))
