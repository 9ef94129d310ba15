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

from jupyter_dataops.report.looks import Shown, shown_state
from jupyter_dataops.states import NodeState, RunState

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
    return shown_text(shown_state(state))


def shown_text(look: Shown) -> Text:
    """A state, or a check's verdict, as symbol and word, in its colour."""
    return Text(str(look), style=look.colour)


def one_line(text: str) -> str:
    """The first line of `text` that says something; a mark where there is more."""
    lines = text.strip().splitlines()
    if not lines:
        return ""
    return lines[0].rstrip() + (" …" if len(lines) > 1 else "")
