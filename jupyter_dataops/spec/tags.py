"""The tag language: one table, one parser, one writer.

A new tag is one row of `GRAMMAR`. Nothing else in the package, front end included, takes tags apart.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.spec import values
from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.values import Form


class Keep(StrEnum):
    """How often an option may be given, and so how `NodeOptions` keeps it."""

    ONE = "one"
    MANY = "many"
    NAMED = "named"
    """Once for each name: values are (name, value) pairs."""


class Row(Struct, frozen=True):
    """One tag of the language."""

    key: str
    meaning: str
    """One sentence without a final full stop."""
    form: Form | None = None
    """`None`: the tag is the bare key."""
    role: Role | None = None
    """The role the tag gives its cell; `None`: it is an option."""
    field: str = ""
    """Where `NodeOptions` keeps the option; ``retry.NAME`` is in its retry policy, empty: nowhere."""
    path_field: str = ""
    """Where it keeps values that are paths, if they are kept apart."""
    keep: Keep = Keep.ONE
    is_default: bool = False
    """``metadata.dataops`` may give it for every node."""


class Tag(Struct, frozen=True):
    """A tag of ours, understood."""

    key: str
    value: Any = None
    """What the row's form parses; `None` for a bare key."""


class BadTag(Struct, frozen=True):
    """A tag that is ours, or close to one of ours, and cannot be understood."""

    code: str
    """``DO003`` (bad value) or ``DO010`` (close to a known key)."""
    message: str
    hint: str
    text: str = ""
    """As written, in our words."""


_ROWS: Final = (
    Row("parameters", "declares the pipeline's parameters and their defaults", role=Role.PARAMETERS),
    Row("setup", "runs first in every node", role=Role.SETUP),
    Row("node", "belongs to the node of that name", values.NODE, role=Role.NODE),
    Row("check", "tests the outputs of a node", values.CHECK, role=Role.CHECK),
    Row("skip", "is never part of the pipeline", role=Role.SKIP),
    Row("after", "waits for that node", values.NODE, field="after", keep=Keep.MANY),
    Row("in", "reads that variable or file", values.DATA, field="inputs", path_field="input_files", keep=Keep.MANY),
    Row("out", "makes that variable or file", values.DATA, field="outputs", path_field="output_files", keep=Keep.MANY),
    Row("when", "runs only if that variable is true", values.condition(True), field="conditions", keep=Keep.MANY),
    Row("unless", "runs only if that variable is false", values.condition(False), field="conditions", keep=Keep.MANY),
    Row("each", "runs once for each element of a variable", values.EACH, field="each"),
    Row("tolerate", "succeeds although that many of its elements failed", values.TOLERANCE, field="tolerance"),
    Row("trigger", "runs by that rule over the states of its upstream nodes", values.TRIGGER, field="trigger"),
    Row("retries", "is tried again that many times", values.COUNT, field="retry.retries", is_default=True),
    Row("retry_delay", "waits before the first retry", values.DURATION, field="retry.retry_delay_s", is_default=True),
    Row(
        "retry_backoff", "waits that much longer each time", values.FACTOR, field="retry.retry_backoff", is_default=True
    ),
    Row("retry_max_delay", "never waits longer", values.DURATION, field="retry.retry_max_delay_s", is_default=True),
    Row(
        "retry_jitter",
        "spreads the waiting time",
        values.one_of("none", "full", "equal"),
        field="retry.retry_jitter",
        is_default=True,
    ),
    Row(
        "retry_on",
        "is retried only after such an exception",
        values.CLASS,
        field="retry.retry_on",
        keep=Keep.MANY,
        is_default=True,
    ),
    Row(
        "give_up_on",
        "is not retried after such an exception",
        values.CLASS,
        field="retry.give_up_on",
        keep=Keep.MANY,
        is_default=True,
    ),
    Row(
        "infra_retries",
        "is tried again that many times when its kernel or runner died",
        values.COUNT,
        field="retry.infra_retries",
        is_default=True,
    ),
    Row(
        "on_crash",
        "is tried again, or held, when its runner died",
        values.ON_CRASH,
        field="retry.hold_on_crash",
        is_default=True,
    ),
    Row("timeout", "may take that long for each attempt", values.TIMEOUT, field="timeout_s", is_default=True),
    Row("cache", "is always, never, or for that long reused", values.CACHE, field="cache", is_default=True),
    Row("env", "depends on that environment variable", values.VARIABLE, field="env", keep=Keep.MANY),
    Row(
        "secret",
        "uses that environment variable, whose value is never shown",
        values.VARIABLE,
        field="secrets",
        keep=Keep.MANY,
    ),
    Row("kernel", "runs in that kernel", values.TEXT, field="kernel", is_default=True),
    Row("pool", "takes slots of that pool", values.POOL, field="pools", keep=Keep.NAMED),
    Row("resource", "asks the executor for that resource", values.RESOURCE, field="resources", keep=Keep.NAMED),
    Row("notebook", "runs another notebook", values.TEXT, field="notebook"),
    Row("asset", "publishes that variable as a versioned asset", values.ASSET, field="assets", keep=Keep.NAMED),
    Row("description", "is described so", values.TEXT, field="description"),
    Row("owner", "belongs to that person or team", values.TEXT, field="owner", is_default=True),
    Row("severity", "lets a failing check pass with a warning", values.SEVERITY),
)

GRAMMAR: Final[Mapping[str, Row]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every tag, by its key."""


def parse_tag(text: str) -> Tag | BadTag | None:
    """What `text` says; `None` if it is somebody else's tag.

    Examples
    --------
    >>> parse_tag("timeout:10m")
    Tag(key='timeout', value=600.0)
    >>> parse_tag("hide-input") is None
    True
    >>> parse_tag("timeout:soon").message
    "bad value in tag 'timeout:soon': timeout takes a duration above zero, such as 30s, 10m or 1h"
    >>> parse_tag("retry:3").hint
    "did you mean 'retries:3'?"
    """
    key, colon, value = (part.strip() for part in text.partition(":"))
    row = GRAMMAR.get(key)
    if row is None:
        return _near_miss(text, key, value) if colon else None
    if row.form is None:
        return _bad_value(text, f"{key} takes no value", f"write the tag as '{key}'") if colon else Tag(key)
    if not colon:
        return None
    try:
        return Tag(key, row.form.parse(value))
    except ValueError as error:
        return _bad_value(text, f"{key} takes {row.form.takes}", str(error) or f"correct or remove '{text.strip()}'")


def format_tag(tag: Tag) -> str:
    """The normal spelling of `tag`; `parse_tag` gives it back.

    Examples
    --------
    >>> format_tag(Tag("timeout", 600.0)), format_tag(Tag("setup"))
    ('timeout:10m', 'setup')
    """
    form = GRAMMAR[tag.key].form
    return tag.key if form is None else f"{tag.key}:{form.write(tag.value)}"


def _bad_value(text: str, expected: str, hint: str) -> BadTag:
    return BadTag("DO003", f"bad value in tag '{text.strip()}': {expected}", hint, text)


def _near_miss(text: str, key: str, value: str) -> BadTag | None:
    spelled = key.lower().replace("-", "_").replace(" ", "_")
    # Short words are close to many others: `note:` or `code:` are no misspelt `node:`.
    close = difflib.get_close_matches(spelled, GRAMMAR, 5, cutoff=0.8 if len(spelled) < 5 else 0.65)
    if not close:
        return None
    readings = [f"{known}:{value}" if GRAMMAR[known].form else known for known in close]
    meant = next((reading for reading in readings if isinstance(parse_tag(reading), Tag)), readings[0])
    message = f"tag '{key}:{value}' is not known and has no effect"
    return BadTag("DO010", message, f"did you mean '{meant}'?", text)
