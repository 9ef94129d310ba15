"""Files that tags declare: who makes the file that a node reads, and who must not make it anew too early.

A stored value never changes; a file does. So whoever makes a file again waits for those above that made or read it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import NodeSpec, PipelineSpec, Problem, Severity

Pair = tuple[NodeName, NodeName]
"""Who goes first, and who waits."""

_READS, _MAKES = 0, 1  # In one cell, a node reads a file before it makes it.


class FileFlow(Struct):
    """What follows from the ``in:`` and ``out:`` tags that name files."""

    carried: dict[Pair, list[str]] = field(default_factory=dict)
    """Files that the first node makes and the second reads, normalised."""
    order: set[Pair] = field(default_factory=set)
    """The second node makes a file anew that the first one made or read."""
    problems: list[Problem] = field(default_factory=list)


class _File(Struct):
    """What has happened to one file so far, down the page."""

    maker: NodeName | None = None
    made_at: int = -1
    """Index of the maker's cell."""
    users: set[NodeName] = field(default_factory=set)
    """Who made it last, and who has read it since."""


def follow_files(spec: PipelineSpec) -> FileFlow:
    """Who waits for whom because of files, by document order: a node reads in its first cell, and makes in its last.

    What is in a folder that a node makes is made by that node.
    """
    found = FileFlow()
    files: dict[str, _File] = {}
    makers = _makers(spec)
    for index, kind, name, path in sorted(_events(spec)):
        known = [files[one] for one in _with_folders(path) if one in files]
        if kind == _MAKES:
            found.order |= {(user, name) for file in known for user in file.users if user != name}
            files[path] = _File(name, index, {name})
            continue
        file = max(known, key=lambda one: one.made_at, default=None) or files.setdefault(path, _File())
        file.users.add(name)
        if file.maker is not None and file.maker != name:
            found.carried.setdefault((file.maker, name), []).append(path)
        elif file.maker is None:
            found.problems += _made_below(spec, spec.nodes[name], path, makers)
    return found


def _events(spec: PipelineSpec) -> Iterator[tuple[int, int, NodeName, str]]:
    for name, node in spec.nodes.items():
        for path in node.options.input_files:
            yield node.cells[0].index, _READS, name, normal_path(path)
        for path in node.options.output_files:
            yield node.cells[-1].index, _MAKES, name, normal_path(path)


def _makers(spec: PipelineSpec) -> dict[str, list[NodeName]]:
    makers: dict[str, list[NodeName]] = {}
    for name, node in spec.nodes.items():
        for path in node.options.output_files:
            makers.setdefault(normal_path(path), []).append(name)
    return makers


def normal_path(path: str) -> str:
    """One spelling for one file or folder; the two slashes of a URL stay.

    Examples
    --------
    >>> [normal_path(path) for path in ("./data//x.csv", "data/", "s3://bucket/rows/")]
    ['data/x.csv', 'data', 's3://bucket/rows']
    """
    return path.rstrip("/") if "://" in path else posixpath.normpath(path)


def _with_folders(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _made_below(
    spec: PipelineSpec, reader: NodeSpec, path: str, makers: Mapping[str, list[NodeName]]
) -> Iterator[Problem]:
    below = next((other for other in makers.get(path, ()) if other != reader.name), None)
    if below is None:
        return
    cell, makes = reader.cells[0], spec.nodes[below].cells[-1]
    yield Problem(
        "DO006",
        f"cell {cell.index + 1} (node {reader.name!r}) reads the file '{path}', which is made only further down, by"
        f" cell {makes.index + 1} (node {below!r})",
        "move the cell that makes it above",
        cell.id,
        cell.index,
        reader.name,
        Severity.WARNING,
    )
