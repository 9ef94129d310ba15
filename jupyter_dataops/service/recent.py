"""A few things that were asked for last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The `most` that were asked for last. Safe to use from several threads.

    Examples
    --------
    >>> kept = Recent(2)
    >>> for key in "aba":
    ...     _ = kept.put(key, key.upper())
    >>> _ = kept.put("c", "C")
    >>> kept.get("a"), kept.get("b")
    ('A', None)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        """What is kept under `key`; it stays the longer for it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: _Key, value: _Value) -> _Value:
        """What is kept under `key` from now on: what another thread was faster to keep, else `value`."""
        with self._lock:
            value = self._found.setdefault(key, value)
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return value

    def clear(self) -> None:
        """Nothing is kept."""
        with self._lock:
            self._found.clear()
