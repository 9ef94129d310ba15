"""Where the value of a secret is, as written in a configuration. Pure: `jupyter_dataops.api` goes there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class SourceKind(StrEnum):
    """What holds the value."""

    ENV = "env"
    """An environment variable of the process that makes or executes a run."""
    FILE = "file"
    """A file: all of it, or one name in it."""
    KEYRING = "keyring"
    """The system's keyring."""


class SecretSource(Struct, frozen=True):
    """Where one secret's value is.

    Examples
    --------
    >>> source = parse_source("file:secrets.env#TOKEN", Path("/project"))
    >>> str(source), source.name
    ('file:/project/secrets.env#TOKEN', 'TOKEN')
    >>> parse_source("keyring:github/ada", Path("/")).place
    'github'
    """

    kind: SourceKind
    place: str
    """Variable, absolute path, or service."""
    name: str = ""
    """In a file: the name whose value counts, empty for all of the file. In a keyring: the user's name."""

    def __str__(self) -> str:
        joint = {SourceKind.ENV: "", SourceKind.FILE: "#" if self.name else "", SourceKind.KEYRING: "/"}[self.kind]
        return f"{self.kind}:{self.place}{joint}{self.name}"


def parse_source(text: object, base: Path) -> SecretSource:
    """What `text` says; a path is relative to `base`. Raises `ValueError`, whose message completes "the secret ..."."""
    if not isinstance(text, str) or text.partition(":")[0] not in [*SourceKind]:
        # Not the text itself: it may be the secret.
        raise ValueError(
            'must say where the value is, not what it is: "env:NAME", "file:PATH" or "keyring:SERVICE/NAME"'
        )
    kind, _, place = text.partition(":")
    read = {SourceKind.ENV: _variable, SourceKind.FILE: _file, SourceKind.KEYRING: _entry}[SourceKind(kind)]
    return read(place.strip(), base)


def _variable(place: str, _base: Path) -> SecretSource:
    if not place.isidentifier() or not place.isascii():
        raise ValueError('must name an environment variable, as in "env:API_TOKEN"')
    return SecretSource(SourceKind.ENV, place)


def _file(place: str, base: Path) -> SecretSource:
    path, mark, name = place.rpartition("#")
    if not mark or not name.isidentifier():
        path, name = place, ""
    if not path:
        raise ValueError('must name a file, as in "file:/run/secrets/token" or "file:.env#API_TOKEN"')
    return SecretSource(SourceKind.FILE, str((base / Path(path).expanduser()).absolute()), name)


def _entry(place: str, _base: Path) -> SecretSource:
    service, slash, name = place.rpartition("/")
    if not slash or not service or not name:
        raise ValueError('must name a service and a name in the keyring, as in "keyring:github/ada"')
    return SecretSource(SourceKind.KEYRING, service, name)
