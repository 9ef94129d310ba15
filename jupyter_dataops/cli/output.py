"""Where and how verbs print: documented JSON and results on stdout, everything about the way there on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jupyter_dataops.states import LOOKS, NodeState, RunState

_UNBOUNDED = 10_000


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read our output has seen enough: go on silently. rich's own way ends the process, and the run."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def make_console(*, stderr: bool = False) -> Console:
    """A console that neither wraps, cuts nor colours what is piped, and honours ``NO_COLOR``."""
    stream = sys.stderr if stderr else sys.stdout
    # Many build servers set FORCE_COLOR, which rich takes for a terminal.
    terminal = None if stream.isatty() else False
    console = _Console(
        force_terminal=terminal, stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True
    )
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console


def print_json(value: Any) -> None:
    """The one JSON value of a ``--json`` call, on stdout."""
    click.echo(json_text(value))


def json_text(value: Any) -> str:
    """`value` as JSON; what JSON lacks (NaN, dates) becomes text."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, default=str, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def make_table(*columns: str, right: tuple[str, ...] = (), wide: str | None = None) -> Table:
    """An empty table without lines.

    Parameters
    ----------
    columns
        Headings.
    right
        Headings of columns of numbers.
    wide
        The one column that gives way where the terminal is too narrow: its texts wrap, unless made by `cut`.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        # rich narrows columns that may wrap before those that may not
        table.add_column(column, justify="right" if column in right else "left", no_wrap=column != wide)
    return table


def cut(text: str, style: str = "") -> Text:
    """A cell of one line, cut where there is no room."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def print_table(table: Table, console: Console) -> None:
    """Print `table`; what is piped has no blanks at the ends of its lines."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    console.print(Text("\n".join(line.rstrip() for line in captured.get().splitlines())))


def state_text(state: RunState | NodeState) -> Text:
    """A state as symbol and word, in its colour."""
    look = LOOKS[state]
    return Text(f"{look.symbol} {state.value}", style=look.colour)


def duration_text(seconds: float | None) -> str:
    """A duration as people say it.

    Examples
    --------
    >>> [duration_text(seconds) for seconds in (None, 0.042, 9.96, 75, 3725)]
    ['', '0.0s', '10.0s', '1m15s', '1h02m']
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m"


def size_text(size_bytes: int) -> str:
    """A size as people say it.

    Examples
    --------
    >>> [size_text(size) for size in (0, 1023, 1024, 3_500_000)]
    ['0 B', '1023 B', '1.0 KiB', '3.3 MiB']
    """
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def one_line(text: str) -> str:
    """The first line of `text` that says something; a mark where there is more."""
    lines = text.strip().splitlines()
    if not lines:
        return ""
    return lines[0].rstrip() + (" …" if len(lines) > 1 else "")
