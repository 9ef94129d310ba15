"""What came of an attempt, as its kernel tells it: what it handed on, what it ran on, and why it failed.

A module of its own, because every kernel imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.ids import Digest, RunId
from jupyter_dataops.states import FailureCause


class ArtifactRecord(Struct, frozen=True):
    """A stored value, described so that it can be shown without loading it."""

    digest: Digest
    serializer: str
    """Name of the serializer that wrote it, and that reads it back."""
    type: str
    """Qualified type name, e.g. ``pandas.DataFrame``."""
    size_bytes: int
    shape: tuple[int, ...] | None = None
    columns: Mapping[str, str] | None = None
    """Column name to dtype, for tables."""
    preview: str = ""
    """A few lines of text, at most 2,000 characters."""
    members: tuple[str, ...] = ()
    """Names stored together in this artifact, because they share an object; empty for a single value."""


class OutputRecord(Struct, frozen=True):
    """A name that a node run handed on."""

    name: str
    artifact: ArtifactRecord
    truthy: bool | None = None
    """``bool(value)``, for ``when:`` and ``unless:``; `None` where that is undefined (a table)."""
    needs: tuple[str, ...] = ()
    """Global names that functions inside the value read when they are called."""
    shares: tuple[str, ...] = ()
    """Inputs of the node with which the value shares a mutable object."""
    items: tuple[ItemRecord, ...] | None = None
    """The elements, stored apart, where an ``each:`` below runs once for each; `None` elsewhere."""


class ItemRecord(Struct, frozen=True):
    """One element of a value over which an ``each:`` node runs."""

    key: str
    """Names it among its siblings, the same however the others change: letters, digits and ``_ .,:+@=#-``, at most 60.
    """
    output: OutputRecord
    """Stored under the value's name."""


class Failure(Struct, frozen=True):
    """Why an attempt did not succeed."""

    cause: FailureCause
    ename: str
    """Name of the exception class."""
    evalue: str
    """Its message."""
    traceback: str = ""
    """The user's own traceback, with ANSI colours."""
    cell_id: str | None = None
    """The cell of the user's notebook that failed."""
    line: int | None = None
    """1-based line in that cell."""
    mro: tuple[str, ...] = ()
    """Names of the exception's classes, most derived first, for ``retry_on:``."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a failed check found, JSON-able: ``failing_rows`` (``columns``, ``rows``, ``count``), ``values``."""

    @property
    def error(self) -> str:
        """Exception and message; the exception alone where it has none.

        Examples
        --------
        >>> Failure(FailureCause.CHECK_FAILED, "AssertionError", "").error
        'AssertionError'
        """
        return ": ".join(filter(None, (self.ename, self.evalue.strip())))

    @property
    def headline(self) -> str:
        r"""The first line of `error`.

        Examples
        --------
        >>> Failure(FailureCause.EXCEPTION, "ValueError", "no rows\nin the table").headline
        'ValueError: no rows'
        """
        return self.error.partition("\n")[0]


class LoadedAsset(Struct, frozen=True):
    """A version of an asset that an attempt has loaded."""

    name: str
    version: int
    run_id: RunId
    """The run that published it."""
    notebook: str
    """Absolute path of that run's notebook."""
    store: str = ""
    """Folder of the store that it is from; empty: the run's own."""

    @property
    def label(self) -> str:
        """Name and number.

        Examples
        --------
        >>> LoadedAsset("sales", 3, RunId("bcd2345678"), "/etl.ipynb").label
        'sales@3'
        """
        return f"{self.name}@{self.version}"


class Usage(Struct, frozen=True):
    """What an attempt ran on, and what it took."""

    python: str = ""
    """Version of the kernel's Python."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Distribution to version, of those whose modules the node had imported."""
    peak_memory_bytes: int | None = None
    """Largest resident size of the kernel; `None`: the system does not tell."""
    kernel: str = ""
    """How the kernel came to be: forked or started by itself, and why; empty: not known."""
    loaded: tuple[LoadedAsset, ...] = ()
    """Versions of assets, in the order in which each was first loaded."""
