"""The options of a node or check, from the tags of all its cells and the pipeline's defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Cell, NodeOptions, Problem, RetryPolicy
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.tags import GRAMMAR, BadTag, Keep, Row, Tag, format_tag, parse_tag
from jupyter_dataops.states import CheckSeverity

CHECK_OPTIONS: Final = frozenset({"severity", "timeout"})
"""Options that a check has."""

_RETRY: Final = "retry."


class PlacedTag(Struct, frozen=True):
    """A tag, and the cell it stands on."""

    tag: Tag
    cell: Cell


def read_options(
    node: NodeName, placed: Sequence[PlacedTag], foreign: Sequence[str], defaults: Sequence[Tag]
) -> tuple[NodeOptions, tuple[Problem, ...]]:
    """A node's options, and a ``DO004`` for each option given two values; the first value given counts.

    `defaults` count for the keys that none of the node's own tags has.
    """
    given = [one for one in placed if GRAMMAR[one.tag.key].field]
    own = {one.tag.key for one in given}
    fields: dict[str, Any] = {}
    for tag in (*(one.tag for one in given), *(tag for tag in defaults if tag.key not in own)):
        _keep(fields, GRAMMAR[tag.key], tag.value)
    retry = {name.removeprefix(_RETRY): fields.pop(name) for name in list(fields) if name.startswith(_RETRY)}
    options = NodeOptions(
        retry=RetryPolicy(**retry), retry_said=frozenset(retry), foreign=tuple(dict.fromkeys(foreign)), **fields
    )
    return options, _contradictions(f"node '{node}'", node, given)


def with_retry_defaults(options: NodeOptions, defaults: Mapping[str, str | Sequence[str]]) -> RetryPolicy:
    """The node's retry policy, in which `defaults` stand where the notebook says nothing.

    Parameters
    ----------
    defaults
        Tag to its value as text; texts, where the tag may be repeated.

    Examples
    --------
    >>> options, _ = read_options(NodeName("a"), [], [], [Tag("retries", 3)])
    >>> policy = with_retry_defaults(options, {"retries": "1", "retry_delay": "10s"})
    >>> policy.retries, policy.retry_delay_s
    (3, 10.0)
    """
    if not defaults:
        return options.retry
    fields: dict[str, Any] = {}
    for key, texts in defaults.items():
        for text in [texts] if isinstance(texts, str) else texts:
            tag = parse_tag(f"{key}:{text}")
            if isinstance(tag, Tag):
                _keep(fields, GRAMMAR[key], tag.value)
    given = {name.removeprefix(_RETRY): value for name, value in fields.items()}
    return replace(options.retry, **{name: value for name, value in given.items() if name not in options.retry_said})


def read_check_options(
    name: NodeName, node: NodeName, placed: Sequence[PlacedTag], defaults: Sequence[Tag]
) -> tuple[CheckSeverity, float | None, tuple[Problem, ...]]:
    """Severity and timeout of the check `name`, and a ``DO004`` for each that is given two values."""
    given = [one for one in placed if one.tag.key in CHECK_OPTIONS]
    values: dict[str, Any] = {}
    for tag in (*(one.tag for one in given), *defaults):
        values.setdefault(tag.key, tag.value)
    problems = _contradictions(f"'{name}'", node, given)
    return values.get("severity", CheckSeverity.ERROR), values.get("timeout"), problems


def _keep(fields: dict[str, Any], row: Row, value: Any) -> None:
    if row.keep is Keep.ONE:
        fields.setdefault(row.field, value)
    elif row.keep is Keep.NAMED:
        name, amount = value
        fields.setdefault(row.field, {}).setdefault(name, amount)
    else:
        is_path = row.path_field and not value.isidentifier()
        field = row.path_field if is_path else row.field
        kept = fields.get(field, ())
        fields[field] = kept if value in kept else (*kept, value)


def _contradictions(who: str, node: NodeName, given: Sequence[PlacedTag]) -> tuple[Problem, ...]:
    first: dict[tuple[str, str], PlacedTag] = {}
    problems = []
    for one in given:
        keep = GRAMMAR[one.tag.key].keep
        if keep is Keep.MANY:
            continue
        earlier = first.setdefault((one.tag.key, one.tag.value[0] if keep is Keep.NAMED else ""), one)
        if earlier.tag != one.tag:
            problems.append(_given_twice(who, node, earlier, one))
    return tuple(problems)


def _given_twice(who: str, node: NodeName, earlier: PlacedTag, later: PlacedTag) -> Problem:
    one, other = format_tag(earlier.tag), format_tag(later.tag)
    if earlier.cell == later.cell:
        where = f"both on cell {later.cell.index + 1} ({later.cell.id})"
    else:
        where = (
            f"on cell {earlier.cell.index + 1} ({earlier.cell.id}) and on cell {later.cell.index + 1} ({later.cell.id})"
        )
    return Problem(
        "DO004",
        f"{who} is given '{one}' and '{other}', {where}",
        "keep one of the two tags",
        later.cell.id,
        later.cell.index,
        node,
        tag=other,
    )


def read_defaults(metadata: Mapping[str, Any]) -> tuple[tuple[Tag, ...], tuple[Problem, ...]]:
    """The defaults that ``metadata.dataops`` gives every node, and what is wrong with it.

    Keys and values are those of the tags; a tag that may be repeated takes a list.
    """
    tags: list[Tag] = []
    problems: list[Problem] = []
    for key, value in metadata.items():
        if key == "name":
            if not isinstance(value, str) or not value.strip():
                problems.append(_bad_setting(key, value, "name takes a text", "correct or remove it"))
        elif key not in GRAMMAR or not GRAMMAR[key].is_default:
            problems.append(_unknown_setting(key))
        else:
            is_list = isinstance(value, list) and GRAMMAR[key].keep is Keep.MANY
            for one in value if is_list else [value]:
                parsed = parse_tag(f"{key}:{one}")
                if isinstance(parsed, Tag):
                    tags.append(parsed)
                elif isinstance(parsed, BadTag):
                    expected = parsed.message.rpartition("': ")[2]
                    problems.append(_bad_setting(key, one, expected, f"correct or remove metadata.dataops.{key}"))
    return tuple(tags), tuple(problems)


def _bad_setting(key: str, value: object, expected: str, hint: str) -> Problem:
    return Problem("DO003", f"bad value {value!r} in the notebook's metadata.dataops.{key}: {expected}", hint)


def _unknown_setting(key: str) -> Problem:
    if key in GRAMMAR:
        hint = f"'{key}' is for single nodes: tag a cell of the node instead"
    else:
        known = ["name", *(row.key for row in GRAMMAR.values() if row.is_default)]
        hint = suggestion(key, known) or f"the settings are: {', '.join(known)}"
    return Problem("DO010", f"metadata.dataops.{key} is not a setting for all nodes and has no effect", hint)
