"""How two stored values differ, as far as their descriptions tell, and more where both could be opened. Pure.

What is opened are tables (as Arrow tables) and JSON; see `jupyter_dataops.api.contents`. pyarrow is imported when a
table is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from jupyter_dataops.records import ArtifactRecord, OutputRecord

if TYPE_CHECKING:
    import pyarrow

SHOWN_COLUMNS: Final = 8
"""So many columns, the most changed first, are told of in words."""
_SHOWN_NAMES: Final = 8
_SHOWN_TEXT: Final = 60


class ColumnChange(Struct, frozen=True):
    """How the values of one column differ."""

    name: str
    changed: int | None
    """Rows with another value; `None` where rows or values cannot be compared one by one."""
    nulls: tuple[int, int]
    """Then and now."""
    least: tuple[Any, Any]
    """The smallest value then and now, as text; `None` where there is none, or no order."""
    greatest: tuple[Any, Any]

    def words(self) -> str:
        """One line.

        Examples
        --------
        >>> ColumnChange("price", 2, (0, 1), ("1.0", "-3.0"), ("9.5", "9.5")).words()
        '`price`: 2 values changed, nulls 0 -> 1, min 1.0 -> -3.0'
        """
        told = [] if not self.changed else [f"{_counted(self.changed, 'value')} changed"]
        for what, (then, now) in (("nulls", self.nulls), ("min", self.least), ("max", self.greatest)):
            if then != now:
                told.append(f"{what} {_short(then)} -> {_short(now)}")
        return f"`{self.name}`: {', '.join(told) or 'other values'}"


class ContentChange(Struct, frozen=True):
    """How one value differs from another under the same name."""

    sentence: str
    lines: tuple[str, ...] = ()
    """More of it, most telling first."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same as JSON."""
    names: frozenset[str] = frozenset()
    """Columns and keys it is about."""
    is_known: bool = True
    """It says what differs, not only that something does."""


def compare_outputs(
    old: OutputRecord, new: OutputRecord, opened: tuple[Any, Any] | None = None
) -> ContentChange | None:
    """How the value stored as `new` differs from `old`; `None` if it does not.

    Parameters
    ----------
    opened
        Both values, where they could be read safely: Arrow tables, or JSON.
    """
    then, now = old.artifact, new.artifact
    if then.digest == now.digest:
        return None
    found = [*_by_description(then, now)]
    if opened is not None:
        inside = compare_tables(*opened) if _are_tables(*opened) else compare_json(*opened)
        if not found and not inside:
            # Stored together with something else that differs, or written in another way.
            return None
        found += inside
    if not found:
        grown = f"{_bytes(then.size_bytes)} -> {_bytes(now.size_bytes)}"
        size = "" if then.size_bytes == now.size_bytes else f", {grown}"
        return ContentChange(
            f"`{new.name}` has another content ({now.type}{size}), which cannot be looked into",
            facts={"size_bytes": [then.size_bytes, now.size_bytes]},
            is_known=False,
        )
    facts: dict[str, Any] = {}
    for change in found:
        facts |= change.facts
    first, *rest = found
    return ContentChange(
        f"`{new.name}` {first.sentence}",
        (*first.lines, *(line for change in rest for line in (change.sentence, *change.lines) if line)),
        facts,
        frozenset().union(*(change.names for change in found)),
    )


def _by_description(old: ArtifactRecord, new: ArtifactRecord) -> Sequence[ContentChange]:
    found = []
    if old.type != new.type:
        facts = {"type": [old.type, new.type]}
        found.append(ContentChange(f"is a {new.type} and was a {old.type}", facts=facts))
    then, now = dict(old.columns or {}), dict(new.columns or {})
    if then and now:
        if gone := [name for name in then if name not in now]:
            told = f"has lost the {_columns(gone)}"
            found.append(ContentChange(told, facts={"columns_removed": gone}, names=frozenset(gone)))
        retyped = {name: [then[name], now[name]] for name in then if name in now and then[name] != now[name]}
        if retyped:
            told = "; ".join(f"`{name}` is {b} and was {a}" for name, (a, b) in list(retyped.items())[:_SHOWN_NAMES])
            found.append(ContentChange(f"has other types: {told}", facts={"dtypes": retyped}, names=frozenset(retyped)))
    if old.shape is not None and new.shape is not None:
        found += _by_shape(old.shape, new.shape, is_table=bool(then))
    if then and now and (added := [name for name in now if name not in then]):
        told = f"has gained the {_columns(added)}"
        found.append(ContentChange(told, facts={"columns_added": added}, names=frozenset(added)))
    return found


def _by_shape(old: tuple[int, ...], new: tuple[int, ...], *, is_table: bool) -> Sequence[ContentChange]:
    if is_table and old and new:
        if old[0] == new[0]:
            return ()
        facts = {"rows": [old[0], new[0]]}
        return (ContentChange(f"has {_counted(new[0], 'row')} and had {old[0]:,}", facts=facts),)
    if old == new:
        return ()
    return (ContentChange(f"has the shape {new} and had {old}", facts={"shape": [list(old), list(new)]}),)


def _are_tables(*values: Any) -> bool:
    return all(hasattr(value, "column_names") for value in values)


def compare_tables(old: pyarrow.Table, new: pyarrow.Table) -> Sequence[ContentChange]:
    """What differs in the values of the columns that both have.

    Notes
    -----
    One pass over each column; rows are compared by place, so only where there are equally many.
    """
    changes = []
    for name in dict.fromkeys(new.column_names):
        if name in old.column_names and old.column_names.count(name) == new.column_names.count(name) == 1:
            change = _compare_columns(str(name), old.column(name), new.column(name))
            if change is not None:
                changes.append(change)
    if not changes:
        return ()
    changes.sort(key=_weight)
    lines = [change.words() for change in changes[:SHOWN_COLUMNS]]
    if len(changes) > SHOWN_COLUMNS:
        lines.append(f"and {_counted(len(changes) - SHOWN_COLUMNS, 'more column')} changed")
    facts = {
        change.name: {
            "changed": change.changed,
            "nulls": list(change.nulls),
            "min": list(change.least),
            "max": list(change.greatest),
        }
        for change in changes
    }
    names = frozenset(change.name for change in changes)
    return (ContentChange(f"has other values in the {_columns(list(facts))}", tuple(lines), {"columns": facts}, names),)


def _weight(change: ColumnChange) -> tuple[bool, bool, int]:
    """Most telling first: new nulls, then another range, then many changed values."""
    widened = change.least[0] != change.least[1] or change.greatest[0] != change.greatest[1]
    return change.nulls[1] <= change.nulls[0], not widened, -(change.changed or 0)


def _compare_columns(name: str, old: Any, new: Any) -> ColumnChange | None:
    if old.equals(new):
        return None
    same_rows = len(old) == len(new) and old.type == new.type
    changed = _count_changed(old, new) if same_rows else None
    (least_then, greatest_then), (least_now, greatest_now) = _range(old), _range(new)
    change = ColumnChange(
        name, changed, (_nulls(old), _nulls(new)), (least_then, least_now), (greatest_then, greatest_now)
    )
    same_summary = change.nulls[0] == change.nulls[1] and least_then == least_now and greatest_then == greatest_now
    return None if changed == 0 or (len(old) != len(new) and same_summary) else change


def _nulls(column: Any) -> int:
    import pyarrow.compute as pc  # noqa: PLC0415 - 50 ms that only the comparison of tables needs

    return int(pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0)


def _count_changed(old: Any, new: Any) -> int | None:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    try:
        differs = pc.fill_null(pc.not_equal(old, new), fill_value=False)
        one_null = pc.xor(pc.is_null(old, nan_is_null=True), pc.is_null(new, nan_is_null=True))
        both_null = pc.and_(pc.is_null(old, nan_is_null=True), pc.is_null(new, nan_is_null=True))
        return int(pc.sum(pc.and_not(pc.or_(differs, one_null), both_null)).as_py() or 0)
    except pa.ArrowNotImplementedError:  # nested types have no equality
        return None


def _range(column: Any) -> tuple[str | None, str | None]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    try:
        found = pc.min_max(column.drop_null()).as_py()
    except (pa.ArrowNotImplementedError, ValueError):
        return None, None
    return tuple(None if value is None else str(value) for value in (found["min"], found["max"]))  # type: ignore[return-value]


def compare_json(old: Any, new: Any) -> Sequence[ContentChange]:
    """What differs between two JSON values: keys, lengths, and the first values that are not equal."""
    if _same(old, new):
        return ()
    if isinstance(old, dict) and isinstance(new, dict):
        return _compare_dicts(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _compare_lists(old, new)
    facts = {"value": [old, new]}
    return (ContentChange(f"is {_short(new)!s} and was {_short(old)!s}", facts=facts),)


def _compare_dicts(old: dict[str, Any], new: dict[str, Any]) -> Sequence[ContentChange]:
    gone, added = [key for key in old if key not in new], [key for key in new if key not in old]
    other = [key for key in new if key in old and not _same(old[key], new[key])]
    told = [
        f"has {word} {', '.join(f'`{key}`' for key in keys[:_SHOWN_NAMES])}"
        for word, keys in (("lost", gone), ("gained", added), ("other values at", other))
        if keys
    ]
    lines = (f"`{key}` is {_short(new[key])} and was {_short(old[key])}" for key in other[:SHOWN_COLUMNS])
    facts = {"keys_removed": gone, "keys_added": added, "keys_changed": other}
    return (ContentChange("; ".join(told), tuple(lines), facts, frozenset((*gone, *added, *other))),)


def _compare_lists(old: list[Any], new: list[Any]) -> Sequence[ContentChange]:
    differing = [index for index, (a, b) in enumerate(zip(old, new, strict=False)) if not _same(a, b)]
    facts = {"length": [len(old), len(new)], "changed": len(differing)}
    lines = tuple(f"[{index}] is {_short(new[index])} and was {_short(old[index])}" for index in differing[:3])
    if len(old) != len(new):
        return (ContentChange(f"has {_counted(len(new), 'element')} and had {len(old):,}", lines, facts),)
    return (ContentChange(f"has {_counted(len(differing), 'other element')}", lines, facts),)


def _same(old: Any, new: Any) -> bool:
    return type(old) is type(new) and (old == new or (old != old and new != new))  # noqa: PLR0124 - NaN


def _columns(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN_NAMES])
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"column{'' if len(names) == 1 else 's'} {shown}{more}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 1] + "…"


def _bytes(size: int) -> str:
    return f"{size:,} B"
