"""Watching a run: a table that moves on a terminal, a line for each event elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jupyter_dataops.cli.output import cut, duration_text, make_table, one_line, state_text
from jupyter_dataops.cli.progress import (
    Progress,
    count_states,
    elapsed_s,
    event_detail,
    most_telling,
    node_detail,
    progress_after,
)
from jupyter_dataops.engine.models import Observer
from jupyter_dataops.events import Event, RunCancelRequested, RunFinished, RunStarted
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.states import LOOKS, NodeState, RunState

REFRESH_PER_S: Final = 8
FINAL_ROWS: Final = 100
_FRAME = 4
"""Lines of the terminal that are not rows: heading, counts, one to spare above and below."""

Now = Callable[[], datetime]


@contextmanager
def watching(progress: Progress, console: Console, now: Now) -> Iterator[Observer]:
    """An observer that shows what it is told on `console` for as long as the context lasts."""
    if console.is_terminal and not console.is_dumb_terminal:
        with _watching_table(progress, console, now) as observer:
            yield observer
    else:
        yield _Lines(progress, console)


@contextmanager
def _watching_table(progress: Progress, console: Console, now: Now) -> Iterator[Observer]:
    ended = False

    def draw() -> Group:
        table = most_telling_view(progress, now(), FINAL_ROWS if ended else console.height - _FRAME)
        return table if ended else Group(table, status_line(progress, now()))

    def observe(event: Event | CellFinished) -> None:
        nonlocal progress  # one assignment of a frozen value: the drawing thread sees the old or the new one
        progress = progress_after(progress, event)

    with Live(get_renderable=draw, console=console, refresh_per_second=REFRESH_PER_S):
        yield observe
        ended = True  # the last picture is the table alone: a summary follows


class _Lines:
    """Prints a line for each event."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._width = max((len(node) for node in progress.nodes), default=0)
        self._first: datetime | None = None

    def __call__(self, event: Event | CellFinished) -> None:
        self._progress = progress_after(self._progress, event)
        if isinstance(event, CellFinished):
            return
        self._first = self._first or event.at
        self._console.print(Text(event_line(event, self._progress, self._first, self._width)))


def event_line(event: Event, progress: Progress, first: datetime, width: int) -> str:
    """One event as a line: seconds since `first`, node, state, detail."""
    state: RunState | NodeState
    if isinstance(event, RunStarted | RunCancelRequested | RunFinished):
        who, state = "", progress.run.state
    else:
        who, state = event.node, progress.nodes[event.node].state
    seconds = (event.at - first).total_seconds()
    shown = f"{LOOKS[state].symbol} {state.value}"
    return f"{seconds:8.2f}s  {who:<{width}}  {shown:<17}  {one_line(event_detail(event))}".rstrip()


def most_telling_view(progress: Progress, now: datetime, limit: int) -> Group:
    """At most `limit` nodes as a table, and how many more there are."""
    nodes = list(progress.nodes.values())
    shown = most_telling(nodes, limit)
    more = [Text(f"… and {len(nodes) - len(shown)} more nodes", style="dim")] if len(shown) < len(nodes) else []
    return Group(node_table(shown, progress, now), *more)


def status_line(progress: Progress, now: datetime) -> Text:
    """The run's state, how many nodes are in each state, and the time it took so far."""
    counts = [
        Text(f"{LOOKS[state].symbol} {count} {state.value}", style=LOOKS[state].colour)
        for state, count in count_states(progress.nodes.values()).items()
    ]
    elapsed = duration_text(elapsed_s(progress.run.started_at, progress.run.finished_at, now))
    whole = [state_text(progress.run.state), Text(f"run {progress.run.run_id}")]
    return Text("  ").join([*whole, *counts, Text(elapsed)])


def node_table(nodes: Sequence[NodeRunRecord], progress: Progress, now: datetime) -> Table:
    """A row for each of `nodes`."""
    numbers = ("attempt", "cells", "time")
    table = make_table("node", "state", *numbers, "reason", right=numbers, wide="reason")
    for node_run in nodes:
        done = progress.cells.get(node_run.node)
        table.add_row(
            node_run.node,
            state_text(node_run.state),
            str(node_run.attempt or ""),
            f"{done[0]}/{done[1]}" if done else "",
            duration_text(elapsed_s(node_run.started_at, node_run.finished_at, now)),
            cut(one_line(node_detail(node_run)), "red" if node_run.state is NodeState.FAILED else "dim"),
        )
    return table
