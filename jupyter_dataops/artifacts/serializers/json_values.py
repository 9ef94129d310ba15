"""Plain values, as JSON that anybody can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, NotExact, Sink, describe_any

_MAX_ITEMS = 10_000
"""Checking and parsing take ten times as long as pickling, which nobody reads: beyond this, speed wins."""

_SCALARS = frozenset({int, float, bool, type(None)})


class JsonSerializer:
    """Constants, lists and string-keyed dicts of these, if JSON gives them back exactly."""

    name = "json"
    priority = 10
    signed = False

    def handles(self, value: Any) -> bool:
        """By exact type: a subclass would come back as its base."""
        return type(value) in _SCALARS or type(value) in (list, dict)

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write JSON. Raises `NotExact`."""
        if not is_exact(value):
            raise NotExact
        try:
            sink.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
        except ValueError as error:  # a lone surrogate, an integer of over 4,300 digits
            raise NotExact from error

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The value."""
        return json.loads(bytes(buffers[0]))

    def describe(self, value: Any) -> Description:
        """Type and `repr`."""
        return describe_any(value)


def is_exact(value: Any) -> bool:
    """JSON gives `value` back: exact types, no list or dict reached twice, and not too large.

    Examples
    --------
    >>> is_exact({"a": [1, 2.5, None, "x"]}), is_exact((1,)), is_exact({1: 2}), is_exact([row := [], row])
    (True, False, False, False)
    """
    seen: set[int] = set()
    waiting = [value]
    count = 0
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind is list or kind is dict:
            count += len(item)
            if id(item) in seen or count > _MAX_ITEMS:
                return False
            seen.add(id(item))
            if kind is dict and any(type(key) is not str for key in item):
                return False
            waiting.extend(item if kind is list else item.values())
        elif kind is not str and kind not in _SCALARS:
            return False
    return True
