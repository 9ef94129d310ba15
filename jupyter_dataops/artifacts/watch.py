"""Watching one value, to tell later whether anybody has changed it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from jupyter_dataops.artifacts.mutation import content_digest


class Watch:
    """The content of a value as it was when this was made.

    A value that lies in a file which is mapped is not read for that, and not at the end, if nobody has written to it.
    If somebody has, or what the library holds together has moved, it is compared with what the store has.

    Parameters
    ----------
    namespace
        The notebook's globals.
    by_reference
        What of them setup has defined, see `content_digest`.
    load
        Gives the value as it is in the store, anew and into another namespace; `None`: it is not from there.

    Raises
    ------
    Exception
        Whatever pickling raises, for a value that cannot be compared.
    """

    def __init__(
        self,
        value: Any,
        namespace: dict[str, Any],
        by_reference: frozenset[str],
        load: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self._namespace = namespace
        self._load = load
        self._untouched: list[pickle.PickleBuffer] | None = None if load is None else []
        """Kept alive: what nobody has written to counts by its address."""
        self._digest = content_digest(value, namespace, by_reference, self._untouched)

    def is_changed(self, value: Any, by_reference: frozenset[str]) -> bool:
        """`value`, which has the name now, is not what it was. Raises what reading the store does."""
        if self._has(self._digest, value, by_reference, None if self._untouched is None else []):
            return False
        if self._load is None or not self._untouched:
            return True
        apart = dict(self._namespace)
        return not self._has(content_digest(self._load(apart), apart, by_reference), value, by_reference)

    def _has(
        self,
        digest: str,
        value: Any,
        by_reference: frozenset[str],
        untouched: list[pickle.PickleBuffer] | None = None,
    ) -> bool:
        try:
            return content_digest(value, self._namespace, by_reference, untouched) == digest
        except Exception:  # noqa: BLE001 - it holds what it did not hold and cannot be pickled
            return False
