"""Watching a run: a table that moves on a terminal, a line for each event elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jupyter_dataops.cli.output import cut, make_table, one_line, shown_text, state_text
from jupyter_dataops.cli.progress import Progress, elapsed_s, event_detail, most_telling, row_detail
from jupyter_dataops.engine.models import Observer
from jupyter_dataops.events import Event, NodeExpanded, RunEvent
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.report.looks import WARNED, count_checks, count_states, is_at_fault, shown, shown_state
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.report.tree import Row, rows_of
from jupyter_dataops.states import LOOKS

REFRESH_PER_S: Final = 8
FINAL_ROWS: Final = 100
_FRAME = 4
"""Lines of the terminal that are not rows: heading, counts, one to spare above and below."""

_WIDEST: Final = 40
"""A longer name of a child does not widen the column of names."""

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
    lock = Lock()  # drawing has a thread of its own

    def draw() -> Group:
        with lock:
            table = most_telling_view(progress, now(), FINAL_ROWS if ended else console.height - _FRAME)
            return table if ended else Group(table, status_line(progress, now()))

    def observe(event: Event | CellFinished) -> None:
        with lock:
            progress.apply(event)

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
        self._progress.apply(event)
        if isinstance(event, CellFinished):
            return
        self._first = self._first or event.at
        if isinstance(event, NodeExpanded):
            self._width = max(self._width, *(min(_WIDEST, len(child.node)) for child in event.children), 0)
        self._console.print(Text(event_line(event, self._progress, self._first, self._width)))


def event_line(event: Event, progress: Progress, first: datetime, width: int) -> str:
    """One event as a line: seconds since `first`, node, state, detail."""
    if isinstance(event, RunEvent):
        who, look = "", shown_state(progress.run.state)
    else:
        who, look = event.node, shown(progress.nodes[event.node])
    seconds = (event.at - first).total_seconds()
    return f"{seconds:8.2f}s  {who:<{width}}  {look!s:<17}  {one_line(event_detail(event))}".rstrip()


def most_telling_view(progress: Progress, now: datetime, limit: int) -> Group:
    """At most `limit` nodes as a table, and how many more there are."""
    rows = rows_of(progress.nodes.values())
    telling = most_telling(rows, limit)
    more = [Text(f"… and {len(rows) - len(telling)} more nodes", style="dim")] if len(telling) < len(rows) else []
    return Group(node_table(telling, progress, now), *more)


def status_line(progress: Progress, now: datetime) -> Text:
    """The run's state, how many nodes are in each state, what the checks say, and the time it took so far."""
    nodes = progress.nodes.values()
    counts = [
        Text(f"{LOOKS[state].symbol} {count} {state.value}", style=LOOKS[state].colour)
        for state, count in count_states(nodes).items()
    ]
    checks = count_checks(nodes)
    if checks:
        said = "  ".join(f"{look.symbol} {count} {look.word}" for look, count in checks.items())
        counts.append(Text(f"checks: {said}"))
    elapsed = duration_text(elapsed_s(progress.run.started_at, progress.run.finished_at, now))
    whole = [state_text(progress.run.state), Text(f"run {progress.run.run_id}")]
    return Text("  ").join([*whole, *counts, Text(elapsed)])


def node_table(rows: Sequence[Row], progress: Progress, now: datetime) -> Table:
    """A line for each of `rows`; ``done`` counts the cells of an attempt, or the children of a group."""
    numbers = ("attempt", "done", "time")
    table = make_table("node", "state", *numbers, "reason", right=numbers, wide="reason")
    for row in rows:
        node_run = row.node_run
        cells = progress.cells.get(node_run.node)
        table.add_row(
            Text(f"{'  ' * row.depth}{node_run.node}"),
            shown_text(shown(node_run, progress.run.state)),
            str(node_run.attempt or ""),
            row.progress_text or (f"{cells[0]}/{cells[1]}" if cells else ""),
            duration_text(elapsed_s(node_run.started_at, node_run.finished_at, now)),
            cut(one_line(row_detail(row)), _detail_style(node_run)),
        )
    return table


def _detail_style(node_run: NodeRunRecord) -> str:
    if is_at_fault(node_run):
        return "red"
    return "yellow" if shown(node_run) is WARNED else "dim"
