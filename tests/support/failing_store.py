"""A run store that fails as it is told to: refuses, is slow, or writes and then says that it did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.events import Event
from jupyter_dataops.interfaces import RunStore


class Fault(Enum):
    """What may befall a call."""

    REFUSED = auto()
    """Nothing is read or written, and the call fails."""
    UNREPORTED = auto()
    """It is read or written, and the call fails all the same."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The call waits first, then happens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the store."""

    number: int
    """From 1, counted over the whole store."""
    method: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]

    @property
    def events(self) -> Sequence[Event]:
        """What `RunStore.apply`, or `apply_all`, was to make durable."""
        if self.method == "apply":
            return (cast("Event", self.arguments[0]),)
        return cast("Sequence[Event]", self.arguments[0]) if self.method == "apply_all" else ()

    def tells(self, kind: type[Event]) -> bool:
        """An event of that kind is among them."""
        return any(isinstance(event, kind) for event in self.events)


Script = Callable[[Call], Fault | Slow | None]
"""Says what befalls a call; `None`: nothing. Called before it, from the thread that makes it."""


def failing(store: RunStore, script: Script, pause: Callable[[float], object] = lambda seconds: None) -> RunStore:
    """`store`, failing by `script`; a call that fails raises `StoreUnavailable`.

    Parameters
    ----------
    pause
        Given the seconds of each `Slow`; a fake clock's, say.

    Examples
    --------
    >>> from jupyter_dataops.store.memory import MemoryRunStore
    >>> def second_write_fails(call: Call) -> Fault | None:
    ...     return Fault.UNREPORTED if call.method == "apply" and call.number == 2 else None
    >>> store = failing(MemoryRunStore(), second_write_fails)
    >>> store.get_runs()
    []
    """
    return cast("RunStore", _FailingStore(store, script, pause))


class _FailingStore:
    def __init__(self, store: RunStore, script: Script, pause: Callable[[float], object]) -> None:
        self._store = store
        self._script = script
        self._pause = pause
        self._count = 0

    def close(self) -> None:
        """Never fails."""
        self._store.close()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        do = getattr(self._store, method)

        def call(*arguments: Any, **named: Any) -> Any:
            self._count += 1
            fault = self._script(Call(self._count, method, arguments, named))
            if isinstance(fault, Slow):
                self._pause(fault.seconds)
            if fault is Fault.REFUSED:
                raise StoreUnavailable(f"{method} was refused")
            result = do(*arguments, **named)
            if fault is Fault.UNREPORTED:
                raise StoreUnavailable(f"{method} was done, and the connection lost")
            return result

        return call
