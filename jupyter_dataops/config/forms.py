"""How the value of a setting is written, in a file and in an environment variable. Pure.

Readers take what TOML gives, or the text of a variable, and the folder that relative paths are relative to. They raise
`ValueError` with a message that completes "setting 'x' ...".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.config.policy_forms import is_own, parse_rule

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_EXECUTORS: Final = ("local",)


def _itself(value: Any) -> Any:
    return value


class Form(Struct, frozen=True):
    """How a single value is written."""

    read: Callable[[Any, Path], Any]
    write: Callable[[Any], str] = str
    """The text of a variable that `read` makes the same value of."""
    show: Callable[[Any], Any] = _itself
    """JSON-able, without anything secret."""


class TableForm(Struct, frozen=True):
    """How a table is written whose entries are settings by themselves: later sources add to it."""

    takes: str
    """Completes "must be a table of ..."."""
    read: Callable[[str, Any, Path], Any]
    """The value of an entry, by its name. A message completes "setting 'x' ..." and names the entry."""
    write: Callable[[Any], Any] = _itself
    """JSON-able; `read` makes the same value of it."""
    show: Callable[[Any], Any] = _itself
    """JSON-able, without anything secret."""
    read_text: Callable[[str], Mapping[str, Any]] | None = None
    """Entries in a variable that is not a JSON object."""
    write_text: Callable[[Mapping[str, Any]], str] | None = None
    """What `read_text` reads, of a table that is not empty."""

    def entries(self, value: Any) -> Mapping[str, Any]:
        """Name to entry, not yet read."""
        found = self._parsed(value) if isinstance(value, str) else value
        if not isinstance(found, Mapping):
            raise ValueError(f"must be a table of {self.takes}")  # noqa: TRY004 - as all here
        return found

    def _parsed(self, text: str) -> Any:
        if self.read_text is not None and not text.lstrip().startswith("{"):
            return self.read_text(text)
        try:
            return json.loads(text)
        except ValueError:
            return None

    def text(self, values: Mapping[str, Any]) -> str:
        """The text of a variable that gives exactly `values`, and takes nothing from a file."""
        if values and self.write_text is not None:
            return self.write_text(values)
        return json.dumps({name: self.write(value) for name, value in values.items()})


def store(value: Any, base: Path) -> str:
    """A folder."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be the path of a folder")
    if "://" in value:
        raise ValueError("must be the path of a folder; the URL of a database goes into the file database.url in there")
    return str((base / Path(value).expanduser()).absolute())


def artifacts(value: Any, base: Path) -> str:
    """A folder, or a URL that fsspec understands and other processes, too."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError('must be a folder, or a URL such as "s3://bucket/folder"')
    scheme, mark, place = value.partition("://")
    if not mark:
        return str((base / Path(value).expanduser()).absolute())
    if scheme == "memory":
        raise ValueError("must be where other processes find it: nodes run in processes of their own")
    if not scheme or not place.strip("/"):
        raise ValueError('must name a place in its scheme, as "s3://bucket/folder" does')
    if "@" in place.partition("/")[0]:
        raise ValueError("must have no user or password in it, because it is stored with each run")
    return value


def executor(value: Any, _base: Path) -> str:
    """The name of an executor."""
    if value not in _EXECUTORS:
        raise ValueError('must be "local": there is no other executor in this version')
    return str(value)


def count(value: Any, _base: Path) -> int:
    """How many of something, one at least."""
    try:
        found = int(str(value))
    except ValueError:
        raise ValueError("must be a whole number") from None
    if found < 1:
        raise ValueError("must be at least 1")
    return found


def seconds(value: Any, _base: Path) -> float:
    """A time above zero."""
    try:
        found = float(str(value))
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not 0 < found < math.inf:
        raise ValueError("must be a number of seconds above 0")
    return found


def switch(value: Any, _base: Path) -> bool:
    """On or off."""
    known = {True: True, False: False, "1": True, "0": False, "true": True, "false": False, "on": True, "off": False}
    try:
        return known[value if isinstance(value, bool) else str(value).strip().lower()]
    except KeyError:
        raise ValueError("must be on or off, or true or false") from None


def modules(value: Any, _base: Path) -> tuple[str, ...]:
    """Top-level modules."""
    names = _listed(value)
    if names is None or not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise ValueError('must be names of top-level modules, as in ["tensorflow"]')
    return tuple(names)


def policy(value: Any, _base: Path) -> tuple[str, ...]:
    """Names of rules, also with a value, or ``module:callable``."""
    names = _listed(value)
    if names is None or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError('must be rules, as in ["owner", "max_retries=2", "module:callable"]')
    for name in names:
        if not is_own(name):
            parse_rule(name)
    return tuple(names)


def _listed(value: Any) -> list[Any] | None:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value) if isinstance(value, list | tuple) else None


def actor(value: Any, _base: Path) -> str:
    """A name on one line."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a name")
    if not value.isprintable():
        raise ValueError("must be a name on one line")
    return value.strip()
