"""What can be watched, each as one object that knows what was told last and tells what is new.

A watch is polled often and nearly always in vain, so it looks at next to nothing then: whether anybody has written to
the store, and how large a file is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from jupyter_dataops.api.attempts import attempt_at, has_ended, node_run
from jupyter_dataops.ids import RunId
from jupyter_dataops.service.desk import Desk, Version
from jupyter_dataops.service.log_windows import log_chunk, read_window
from jupyter_dataops.service.wire.runs import NodeRunView, RunSummary
from jupyter_dataops.service.wire.watching import (
    LogGrown,
    RunChanged,
    RunsChanged,
    RunShown,
    Told,
    WatchLog,
    WatchRun,
    WatchRuns,
)

MOST_NODES: Final = 2_000
"""Node runs in one message."""
MOST_RUNS: Final = 50
"""Runs that are told of, the newest."""
CHUNK_BYTES: Final = 262_144
CHUNKS_AT_ONCE: Final = 4
"""So many pieces of one log in one poll: others want to be told, too."""


class Watch(Protocol):
    """One thing that somebody watches. What it yields has been told once the next is asked for."""

    is_over: bool
    """There is nothing more to tell."""

    def news(self, version: Version) -> Iterator[Told]:
        """What is new at a version of the store. Raises `DataOpsError` where it cannot be told any more."""
        ...


class RunWatch:
    """One run: whole at first, then the nodes that changed. Raises `RunNotFound`."""

    is_over = False

    def __init__(self, desk: Desk, request: WatchRun) -> None:
        self._id = request.id
        self._desk = desk
        self._picture = desk.picture(desk.find_run(request.run_id).run_id)
        self._seq = request.after
        self._edited: Sequence[str] | None = None
        self._version: Version | None = None

    def news(self, version: Version) -> Iterator[Told]:
        """See `Watch`."""
        if version.opening != self._picture.opening:
            self._picture = self._desk.picture(self._picture.run_id)
            if self._picture.seq < self._seq:  # in a store that was put back to how it had been
                self._edited = None
        if self._edited is None:
            yield from self._first()
        self._picture.look_at_notebook()
        if version == self._version and self._edited == self._picture.edited:
            return
        self._picture.refresh(version.data)
        if self._picture.seq != self._seq or self._edited != self._picture.edited:
            yield from self._changed()
        self._version = version

    def _first(self) -> Iterator[Told]:
        if 0 < self._seq <= self._picture.seq:
            yield from self._changed()
            return
        view = self._picture.whole()
        yield RunShown(id=self._id, view=view)
        self._seq, self._edited = view.seq, tuple(view.edited)

    def _changed(self) -> Iterator[Told]:
        found = self._picture.changed(self._seq)
        *before, last = _portions(found.nodes)
        for nodes in before:  # who is cut off in between goes on from where all of them were not told yet
            yield self._message(found.run, nodes, found.edited, self._seq)
        yield self._message(found.run, last, found.edited, found.seq)
        self._seq, self._edited = found.seq, found.edited

    def _message(self, run: RunSummary, nodes: Sequence[NodeRunView], edited: Sequence[str], seq: int) -> RunChanged:
        return RunChanged(id=self._id, run=run, nodes=list(nodes), edited=list(edited), seq=seq)


def _portions(nodes: Sequence[NodeRunView]) -> list[Sequence[NodeRunView]]:
    return [nodes[start : start + MOST_NODES] for start in range(0, max(len(nodes), 1), MOST_NODES)]


class RunsWatch:
    """The latest runs, of one notebook or of all: all of them at first, then those that changed.

    Of a notebook, the latest one of its own is among them, however many its deployed versions have had since.
    """

    is_over = False

    def __init__(self, desk: Desk, request: WatchRuns) -> None:
        self._id = request.id
        self._desk = desk
        self._notebook = None if request.path is None else desk.places.absolute(request.path)
        self._told: dict[str, RunSummary] | None = None
        self._version: Version | None = None

    def news(self, version: Version) -> Iterator[Told]:
        """See `Watch`."""
        if version == self._version:
            return
        found = self._desk.summaries(self._notebook, MOST_RUNS)
        if self._notebook is not None and all(run.deployment is not None for run in found):
            found += self._desk.summaries(self._notebook, 1, deployed=False)
        known = self._told or {}
        new = [run for run in found if known.get(run.run_id) != run]
        if new or self._told is None:
            yield RunsChanged(id=self._id, runs=new)
        self._told = {run.run_id: run for run in found}
        self._version = version


class LogWatch:
    """What one attempt prints, from a byte on, until it has ended. Raises as `attempt_at` does."""

    def __init__(self, desk: Desk, request: WatchLog) -> None:
        self.is_over = False
        self._id = request.id
        self._desk = desk
        self._run_id: RunId = desk.find_run(request.run_id).run_id
        self._node, self._attempt = request.node, request.attempt
        self._path = Path(self._read_attempt()[0])
        self._next = request.start
        self._size = -1
        self._has_ended = False
        self._version: Version | None = None

    def news(self, version: Version) -> Iterator[Told]:
        """See `Watch`."""
        if version != self._version and not self._has_ended:
            # Asked before reading, so that what was written just before the end is read.
            _, self._has_ended = self._read_attempt()
        self._version = version
        size = _size(self._path)
        if size == self._size and not self._has_ended:
            return
        for _ in range(CHUNKS_AT_ONCE):
            window = read_window(self._path, self._next, CHUNK_BYTES)
            is_last = (self._has_ended and window.next >= window.size) or (self._has_ended and not window.pieces)
            if window.pieces or is_last:
                # A line that nobody ended was never written: there is nothing more to read.
                told = replace(window, next=window.size) if is_last else window
                yield LogGrown(id=self._id, chunk=log_chunk(told, self._attempt, is_complete=is_last))
            self._next = window.next
            self.is_over = is_last
            if is_last or not window.pieces:
                self._size = size
                return

    def _read_attempt(self) -> tuple[str, bool]:
        """Where its log is, and whether it has ended."""
        store = self._desk.store
        attempt = attempt_at(store, node_run(store, self._run_id, self._node), self._attempt)
        return attempt.log, has_ended(store, attempt)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - half of what `Path.stat` takes, at every poll
    except OSError:
        return 0
