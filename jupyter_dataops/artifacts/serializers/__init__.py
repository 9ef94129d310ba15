"""How each family of values is stored: one file per family, chosen by type through an entry-point group.

A further family is one class like those here and one row in the group ``jupyter_dataops.serializers``.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from msgspec import Struct

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.errors import ArtifactError

GROUP = "jupyter_dataops.serializers"
PREVIEW_CHARACTERS = 2_000


class NotExact(Exception):
    """A value would not come back exactly as it is; the next serializer gets it."""


class Sink(Protocol):
    """Takes the buffers of one value, one after the other. Has as much of a file as other libraries write to."""

    needs: set[str]
    """To be filled with the global names that functions inside the value read."""
    references: set[str]
    """To be filled with the names of setup's functions and classes that are stored by name alone."""

    def write(self, piece: Any) -> int:
        """Append bytes, or anything with a contiguous buffer, to the present buffer; nothing is kept back."""
        ...

    def end_buffer(self) -> None:
        """The next piece begins a new buffer. Buffers begin at multiples of 64 bytes."""
        ...


class Description(Struct, frozen=True):
    """What is shown of a value without loading it."""

    type: str
    preview: str
    shape: tuple[int, ...] | None = None
    columns: Mapping[str, str] | None = None


class Serializer(Protocol):
    """Stores one family of values.

    For each value the store asks the serializers in the order of `priority`, highest first; the first that `handles`
    it describes it, and the first whose `dump` does not raise stores it. One instance serves a process.
    """

    name: str
    """Recorded with each artifact: never reuse one for another format."""
    priority: int
    signed: bool
    """Loading may run code: the store signs what it writes and loads nothing unsigned."""

    def handles(self, value: Any) -> bool:
        """Whether `value` is of this family. Cheap, and imports nothing: look at ``type(value)``."""
        ...

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:
        """Write `value`. Raises `NotExact`, or anything else; what was written until then is forgotten."""
        ...

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:
        """The value that `dump` wrote; the buffers are writable and its own, so it may lie in them."""
        ...

    def describe(self, value: Any) -> Description:
        """What to show of `value`."""
        ...


class Serializers:
    """The serializers that are installed, in the order in which they are asked."""

    def __init__(self, serializers: Iterable[Serializer]) -> None:
        self._ordered = tuple(sorted(serializers, key=lambda serializer: (-serializer.priority, serializer.name)))
        self._by_name = {serializer.name: serializer for serializer in self._ordered}

    def handling(self, value: Any) -> tuple[Serializer, ...]:
        """Those that handle `value`, best first."""
        return tuple(serializer for serializer in self._ordered if serializer.handles(value))

    def named(self, name: str) -> Serializer:
        """The one that wrote an artifact.

        Raises
        ------
        ArtifactError
            It is not installed here.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ArtifactError(
                f"no serializer named {name!r} is installed here",
                hint="install the package that provided it when the artifact was written",
                serializer=name,
            ) from None


@cache
def installed_serializers() -> Serializers:
    """Every serializer of the entry-point group; read once per process, since scanning packages takes milliseconds."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 30 ms that a store of given serializers saves

    return serializers_of(entry_points(group=GROUP))


def serializers_of(rows: Iterable[Any]) -> Serializers:
    """The serializers that entry points name.

    Raises
    ------
    ArtifactError
        One cannot be imported.
    """
    made = []
    for row in rows:
        try:
            made.append(row.load()())
        except Exception as error:
            raise ArtifactError(
                f"the serializer {row.name!r} ({row.value}) cannot be loaded: {error}",
                hint="mend or uninstall the package that provides it",
            ) from error
    return Serializers(made)


def with_article(kind: str) -> str:
    """A type's name as part of a sentence.

    Examples
    --------
    >>> with_article("int"), with_article("pandas.DataFrame")
    ('an int', 'a pandas.DataFrame')
    """
    return f"{'an' if kind[:1].lower() in 'aeio' else 'a'} {kind}"


def type_name(kind: type) -> str:
    """The name under which people import a type: the shortest module that has it.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> type_name(OrderedDict), type_name(int)
    ('collections.OrderedDict', 'int')
    """
    name = kind.__qualname__
    parts = str(kind.__module__).split(".")
    if parts in (["builtins"], ["__main__"]):
        return name
    for end in range(1, len(parts)):
        module = ".".join(parts[:end])
        if getattr(sys.modules.get(module), name, None) is kind:
            return f"{module}.{name}"
    return f"{kind.__module__}.{name}"


def is_of(value: Any, library: str, *names: str) -> bool:
    """Whether the exact type of `value` is one of these public names of a library, which is not imported for it."""
    kind = type(value)
    if kind.__name__ not in names or kind.__module__.partition(".")[0] != library:
        return False
    return getattr(sys.modules.get(library), kind.__name__, None) is kind


def shorten(text: str) -> str:
    """`text`, with its end left out where it is too long for a preview."""
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"


_short = reprlib.Repr()
_short.maxlist = _short.maxtuple = _short.maxset = _short.maxfrozenset = _short.maxdict = _short.maxdeque = 20
_short.maxstring = _short.maxother = _short.maxlong = PREVIEW_CHARACTERS


def describe_any(value: Any) -> Description:
    """The type, and the beginning of the `repr`, of any value."""
    name = type_name(type(value))
    try:
        preview = shorten(_short.repr(value))
    except Exception:  # noqa: BLE001 - a broken __repr__ of the user's must not lose the value
        preview = f"<{name}>"
    return Description(name, preview)
