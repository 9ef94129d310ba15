"""What a failed check found, as a small table and a list. The facts come from a kernel: nothing is taken for sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from jupyter_dataops.records import Failure, RunRecord


class FailingRows(Struct, frozen=True):
    """Some of the rows for which a check does not hold."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    """Of all of them."""

    @property
    def title(self) -> str:
        """How many there are, and how many of these are here.

        Examples
        --------
        >>> FailingRows(("x",), (("1",), ("2",)), 31).title
        '31 failing rows, the first 2'
        """
        whole = "1 failing row" if self.count == 1 else f"{self.count} failing rows"
        return whole if self.count <= len(self.rows) else f"{whole}, the first {len(self.rows)}"


def failing_rows(failure: Failure | None) -> FailingRows | None:
    """The rows that the check found; `None` where it tells of none."""
    found = failure.facts.get("failing_rows") if failure else None
    if not isinstance(found, Mapping) or not isinstance(found.get("rows"), Sequence):
        return None
    columns = tuple(map(str, found.get("columns") or ()))
    rows = tuple(tuple(map(_text, row if isinstance(row, list | tuple) else [row])) for row in found["rows"])
    count = found.get("count")
    return FailingRows(columns, rows, count if isinstance(count, int) else len(rows)) if rows else None


def found_values(failure: Failure | None) -> Mapping[str, str]:
    """What the expressions that the check compares were."""
    found = failure.facts.get("values") if failure else None
    return {_text(name): _text(value) for name, value in found.items()} if isinstance(found, Mapping) else {}


def rows_text(found: FailingRows, limit: int, widest: int = 24) -> list[str]:
    r"""The first `limit` rows as aligned lines, below their columns; long values are cut.

    Examples
    --------
    >>> print("\n".join(rows_text(FailingRows(("", "x"), (("3", "-1"), ("17", "-2")), 2), 5)))
        x
    3   -1
    17  -2
    """
    lines = [found.columns] * bool(found.columns) + list(found.rows[:limit])
    cut = [[_cut(text, widest) for text in line] for line in lines]
    widths = [max(map(len, column)) for column in zip_longest(*cut, fillvalue="")]
    padded = ("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=False)) for line in cut)
    return [line.rstrip() for line in padded]


def _cut(text: str, widest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= widest else f"{line[: widest - 1]}…"


def _text(value: Any) -> str:
    return "null" if value is None else str(value)


def schedule_of(run: RunRecord) -> dict[str, Any] | None:
    """The schedule that the run was made for, for which time, and what made it fire.

    ``name``, ``fire_time``, ``kind``, ``reason``.
    """
    found = run.options.get("schedule")
    return {name: found.get(name, "") for name in ("name", "fire_time", "kind", "reason")} if found else None
