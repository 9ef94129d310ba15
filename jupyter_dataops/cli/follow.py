"""The logs of a run's nodes as one stream, also while it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from jupyter_dataops.logs import LogLine, read_log

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


class Entry(Struct, frozen=True):
    """One piece of output, and whose it is."""

    node: str
    attempt: int
    line: LogLine


def read_entries(run: Run, node: str | None, attempt: int | None) -> Iterator[Entry]:
    """What the attempts of `node`, or of all nodes, have printed, in order of time; with `attempt`, only that one.

    What `node` has expanded to counts as part of it.
    """
    yield from _Tails(node, attempt).read(run)


def follow_entries(run: Run, node: str | None, attempt: int | None, wait: Callable[[], None]) -> Iterator[Entry]:
    """The same, and what they print from now on, until the node or the run has ended; `wait` is called in between."""
    tails = _Tails(node, attempt)
    while True:
        run.refresh()
        # Asked before reading, so that what was written just before the end is read.
        ended = run.state.is_terminal or (node is not None and run[node].state.is_done)
        yield from tails.read(run)
        if ended:
            return
        wait()


def members(run: Run, node: str | None) -> frozenset[str]:
    """`node`, and what it has expanded to, and what these have; `None` stands for all nodes of the run."""
    if node is None:
        return frozenset(run.nodes)
    found = {node}
    for name, node_run in run.nodes.items():  # those above come first
        if node_run.record.parent in found:
            found.add(name)
    return frozenset(found)


class _Tails:
    """How far each log has been read."""

    def __init__(self, node: str | None, attempt: int | None) -> None:
        self._node = node
        self._attempt = attempt
        self._offsets: dict[Path, int] = {}

    def read(self, run: Run) -> Iterator[Entry]:
        """What is new."""
        wanted = members(run, self._node)
        found: list[Entry] = []
        for name, attempts in run.get_attempts().items():
            if name not in wanted:
                continue
            for attempt in attempts:
                if self._attempt in (None, attempt.attempt):
                    found += [Entry(name, attempt.attempt, line) for line in self._new_lines(Path(attempt.log))]
        yield from sorted(found, key=lambda entry: entry.line.at)

    def _new_lines(self, path: Path) -> Iterator[LogLine]:
        for line, offset in read_log(path, self._offsets.get(path, 0)):
            self._offsets[path] = offset
            yield line


def texts_of(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Each piece as (node, text): what the node printed as it was, anything else on lines of its own.

    Every line that this package says itself (stream ``system``) is marked with ``--``.
    """
    amid_line: dict[str, bool] = {}
    for entry in entries:
        text = entry.line.text
        if entry.line.stream not in ("stdout", "stderr"):
            mark = "-- " if entry.line.stream == "system" else ""
            lines = "".join(f"{mark}{line}\n" for line in text.rstrip("\n").split("\n"))
            text = "\n" * amid_line.get(entry.node, False) + lines
        if text:
            amid_line[entry.node] = not text.endswith("\n")
            yield entry.node, text


class Prefixer:
    """Turns pieces of output into whole lines that begin with their node's name."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rests: dict[str, str] = {}

    def feed(self, node: str, text: str) -> Iterator[str]:
        """The lines of `node` that `text` completes."""
        *lines, rest = (self._rests.pop(node, "") + text).split("\n")
        if rest:
            self._rests[node] = rest
        for line in lines:
            yield self._prefixed(node, line)

    def rest(self) -> Iterator[str]:
        """What was begun and never ended with a newline."""
        for node, rest in self._rests.items():
            yield self._prefixed(node, rest)
        self._rests = {}

    def _prefixed(self, node: str, line: str) -> str:
        return f"{node:<{self._width}} | {line}".rstrip()
