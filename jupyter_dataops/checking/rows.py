"""The rows that a check found wanting: of pandas and polars tables, numpy arrays and lists. None is imported here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict

_MOST_ROWS: Final = 20
_MOST_COLUMNS: Final = 50
_MOST_TEXT: Final = 100


class FailingRows(TypedDict):
    """A table, JSON-able."""

    columns: list[str]
    rows: list[list[Any]]
    """The first of them."""
    count: int
    """How many there are."""


def where(mask: Any, wrong: bool, candidates: Sequence[Any]) -> FailingRows | None:
    """The rows for which `mask` is `wrong`, of the first table among `candidates` that it is about.

    `None` where `mask` does not say something of each row, is about no candidate, or nothing is `wrong`.
    """
    failing = _failing(mask, wrong)
    if failing is None or (count := int(failing.sum())) == 0:
        return None
    about = [one for one in candidates if _is_about(failing, one)]
    if not about:
        return _of_filtered(failing, count, candidates)
    table = next((one for one in about if _dimensions(one) == 2), about[0])
    if table is mask and hasattr(table, "rename") and _dimensions(table) == 1:
        table = table.rename("value")  # it has the name of the column that it was made from
    return _shown(_picked(table, failing), count)


def _of_filtered(failing: Any, count: int, candidates: Sequence[Any]) -> FailingRows | None:
    """The rows of the pandas table that some were taken from, found by their labels, before `failing` was made."""
    labels = getattr(failing, "index", None)
    if labels is None or callable(labels) or _is_numbered_anew(labels):
        return None
    about = [one for one in candidates if hasattr(one, "loc") and _has_labels(one.index, labels)]
    table = next((one for one in about if _dimensions(one) == 2), about[0] if about else None)
    return None if table is None else _shown(table.loc[labels[failing.to_numpy()]], count)


def _is_numbered_anew(labels: Any) -> bool:
    # As `reset_index` leaves them: they may be those of other rows.
    return getattr(labels, "start", None) == 0 and getattr(labels, "step", None) == 1


def _has_labels(index: Any, labels: Any) -> bool:
    # Groups, too, may be labelled by numbers, but then under the name of what they are grouped by.
    return bool(index.is_unique and list(index.names) == list(labels.names) and labels.isin(index).all())


def of_cases(cases: Any) -> FailingRows:
    """A validator's own list of what is wrong."""
    if hasattr(cases, "columns"):
        return _shown(cases, len(cases), with_index=False)
    return {"columns": ["failure_case"], "rows": [[_jsonable(cases)]], "count": 1}


def of_elements(elements: Iterable[Any], names: Sequence[str]) -> FailingRows | None:
    """`elements` as rows: mappings and named tuples by their own names, others below `names`.

    Examples
    --------
    >>> of_elements([{"id": 1, "price": float("nan")}], ["row"])
    {'columns': ['id', 'price'], 'rows': [[1, None]], 'count': 1}
    """
    first: list[Any] = []
    count = 0
    for element in elements:
        count += 1
        if count <= _MOST_ROWS:
            first.append(element)
    if not first:
        return None
    columns, rows = _columns_and_rows(first, list(names))
    return {"columns": columns, "rows": rows, "count": count}


def _columns_and_rows(elements: Sequence[Any], names: list[str]) -> tuple[list[str], list[list[Any]]]:
    if all(isinstance(element, Mapping) for element in elements):
        keys = list(dict.fromkeys(key for element in elements for key in element))[:_MOST_COLUMNS]
        return [str(key) for key in keys], [[_jsonable(element.get(key)) for key in keys] for element in elements]
    fields = getattr(elements[0], "_fields", None)
    if fields is not None:
        names = list(fields)[:_MOST_COLUMNS]
    if fields is not None or len(names) > 1:
        return names, [[_jsonable(part) for part in element[: len(names)]] for element in elements]
    return names, [[_jsonable(element)] for element in elements]


def _failing(mask: Any, wrong: bool) -> Any:
    """Of each row, whether it is at fault; `None` where `mask` is no array of what is true or false."""
    if isinstance(mask, list | tuple) and mask and all(isinstance(one, bool) for one in mask):
        return _Flags([one is wrong for one in mask])
    if not hasattr(mask, "dtype") and not hasattr(mask, "dtypes"):
        return None
    failing = mask == wrong
    if hasattr(failing, "fill_null"):  # polars
        failing = failing.fill_null(value=False)
    elif hasattr(failing, "fillna"):
        failing = failing.fillna(value=False).astype(bool)
    return _by_row(failing) if _dimensions(failing) == 2 else failing


def _by_row(failing: Any) -> Any:
    """A row is at fault where any of its values is."""
    if hasattr(failing, "max_horizontal"):  # polars
        return failing.max_horizontal()
    return failing.any(axis=1)


class _Flags(list[bool]):
    """A list that counts as an array does."""

    def sum(self) -> int:
        return sum(self)


def _is_about(failing: Any, table: Any) -> bool:
    """Whether each row of `table` has its place in `failing`."""
    if isinstance(table, str | bytes | Mapping) or not hasattr(table, "__len__") or _dimensions(table) not in (1, 2):
        return False
    index = getattr(failing, "index", None)
    if index is not None and not callable(index):
        return hasattr(table, "loc") and bool(index.equals(table.index))
    return len(table) == len(failing)


def _dimensions(value: Any) -> int:
    return len(getattr(value, "shape", (0,)))


def _picked(table: Any, failing: Any) -> Any:
    if hasattr(table, "filter") and hasattr(table, "to_arrow"):  # polars
        return table.filter(failing)
    if hasattr(table, "shape") and not isinstance(failing, _Flags):
        return table[failing]
    return [row for row, is_failing in zip(table, failing, strict=True) if is_failing]


def _shown(table: Any, count: int, *, with_index: bool = True) -> FailingRows:
    """The first rows of a table, a column or a list."""
    head = table[:_MOST_ROWS]
    if hasattr(head, "to_frame") and not hasattr(head, "columns"):
        head = head.to_frame(head.name or "value")
    if hasattr(head, "rows"):  # polars
        columns, cells = list(head.columns), head.rows()
    elif hasattr(head, "itertuples"):
        named = [name if name is not None else "index" for name in head.index.names] if with_index else []
        columns = [*(" / ".join(map(str, named)) for _ in named[:1]), *head.columns]
        cells = list(head.itertuples(index=with_index, name=None))
    elif _dimensions(head) == 2:
        columns, cells = list(range(head.shape[1])), head.tolist()
    else:
        columns, cells = _columns_and_rows(list(head), ["value"])
    return {
        "columns": [str(column)[:_MOST_TEXT] for column in columns[:_MOST_COLUMNS]],
        "rows": [[_jsonable(value) for value in row[:_MOST_COLUMNS]] for row in cells],
        "count": count,
    }


def _jsonable(value: Any) -> Any:
    """The value as JSON has it; anything else as text. What is missing is `None`."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else (None if math.isnan(value) else str(value))
    text = str(value)
    if text in ("NaT", "<NA>") and not isinstance(value, str):
        return None
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"
