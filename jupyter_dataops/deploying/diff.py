"""What differs between two versions: cells, modules and files, packages, settings, schedules. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher, unified_diff
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.spec.notebook import read_pipeline

_CONTEXT: Final = 2


class Change(StrEnum):
    """How one thing differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class CellChange(Struct, frozen=True):
    """One cell of one notebook."""

    notebook: str
    change: Change
    index: int
    """0-based, in the newer version; of one that was removed, in the older."""
    node: str | None
    """The node that it is a cell of; `None`: setup, parameters, text."""
    kind: str
    """``code``, ``markdown`` or ``raw``."""
    before: str = ""
    after: str = ""
    tags_before: tuple[str, ...] = ()
    tags_after: tuple[str, ...] = ()


class FileChange(Struct, frozen=True):
    """One file beside the notebooks."""

    path: str
    change: Change
    before: str | None = None
    """Its text; `None`: there is none, or it is no text."""
    after: str | None = None


class ValueChange(Struct, frozen=True):
    """A version of a package, a setting, a schedule; `None`: it is not there."""

    name: str
    before: Any
    after: Any


class VersionDiff(Struct, frozen=True):
    """Everything that differs."""

    cells: tuple[CellChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    packages: tuple[ValueChange, ...] = ()
    settings: tuple[ValueChange, ...] = ()
    schedules: tuple[ValueChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cells or self.files or self.packages or self.settings or self.schedules)


def compare(before: Contents, after: Contents) -> VersionDiff:
    """What differs from `before` to `after`.

    Examples
    --------
    >>> one, other = Contents("a.ipynb", {"m.py": b"x"}), Contents("a.ipynb", {"m.py": b"y"}, {"numpy": "2.0"})
    >>> found = compare(one, other)
    >>> [(file.path, file.change.value) for file in found.files], found.packages
    ([('m.py', 'changed')], (ValueChange(name='numpy', before=None, after='2.0'),))
    """
    notebooks = sorted(path for path in {*before.files, *after.files} if path.endswith(".ipynb"))
    cells = [change for path in notebooks for change in _cells(path, before.files.get(path), after.files.get(path))]
    others = sorted({*before.files, *after.files} - set(notebooks))
    files = [
        _file(path, before.files.get(path), after.files.get(path))
        for path in others
        if before.files.get(path) != after.files.get(path)
    ]
    return VersionDiff(
        tuple(cells),
        tuple(files),
        tuple(_values(_with_python(before), _with_python(after))),
        tuple(_values(_flat(before.settings), _flat(after.settings))),
        tuple(_values(before.schedules, after.schedules)),
    )


def _with_python(contents: Contents) -> dict[str, Any]:
    return {**({"python": contents.python} if contents.python else {}), **contents.packages}


class _Cell(Struct, frozen=True):
    kind: str
    source: str
    tags: tuple[str, ...]
    node: str | None


def _read(data: bytes | None) -> list[_Cell]:
    if data is None:
        return []
    notebook = json.loads(data)
    spec = read_pipeline(notebook, "")
    return [
        _Cell(raw["cell_type"], cell.source, tuple(raw["metadata"].get("tags", ())), cell.node)
        for raw, cell in zip(notebook["cells"], spec.cells, strict=True)
    ]


def _cells(path: str, before: bytes | None, after: bytes | None) -> Iterator[CellChange]:
    old, new = _read(before), _read(after)
    matcher = SequenceMatcher(a=[(c.kind, c.source, c.tags) for c in old], b=[(c.kind, c.source, c.tags) for c in new])
    for _what, i, j, k, n in (code for code in matcher.get_opcodes() if code[0] != "equal"):
        for left, right in _paired(old[i:j], new[k:n]):
            if right is None and left is not None:
                gone = old[i:j][left]
                yield CellChange(path, Change.REMOVED, i + left, gone.node, gone.kind, gone.source, "", gone.tags)
            elif right is not None and left is None:
                come = new[k:n][right]
                yield CellChange(path, Change.ADDED, k + right, come.node, come.kind, "", come.source, (), come.tags)
            elif right is not None and left is not None:
                was, now = old[i:j][left], new[k:n][right]
                index = k + right
                yield CellChange(
                    path, Change.CHANGED, index, now.node, now.kind, was.source, now.source, was.tags, now.tags
                )


def _paired(old: Sequence[_Cell], new: Sequence[_Cell]) -> Iterator[tuple[int | None, int | None]]:
    """Places of cells that are most likely the same one, edited; in order."""
    left = list(range(len(old)))
    for right, cell in enumerate(new):
        alike = [(_likeness(old[place], cell), -place) for place in left]
        likeness, place = max(alike, default=(0.0, 0))
        if likeness < 0.5:
            yield None, right
            continue
        left.remove(-place)
        yield -place, right
    yield from ((place, None) for place in left)


def _likeness(one: _Cell, other: _Cell) -> float:
    if one.kind != other.kind:
        return 0.0
    if one.tags and one.tags == other.tags:
        return 1.0
    return SequenceMatcher(a=one.source, b=other.source).ratio()


def _file(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.CHANGED
    return FileChange(path, change, _text(before), _text(after))


def _text(data: bytes | None) -> str | None:
    try:
        return None if data is None or b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ValueChange]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield ValueChange(name, before.get(name), after.get(name))


def _flat(tables: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Values by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in tables.items():
        name = f"{above}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


def line_changes(before: str, after: str) -> list[str]:
    r"""Lines that differ, with a little around them: each begins with ``-``, ``+``, a blank, or ``@@``.

    Examples
    --------
    >>> line_changes("a\nb", "a\nc")
    [' a', '-b', '+c']
    """
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=_CONTEXT)
    found = list(lines)[2:]
    return found[1:] if sum(line.startswith("@@") for line in found) == 1 else found
