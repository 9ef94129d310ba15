"""A failed node as its user needs to see it: their own cell, the line, the error, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.spec.models import Cell
from jupyter_dataops.states import CAUSE_MEANINGS, FailureCause

CONTEXT: Final = 5
"""Lines shown above and below the one that failed."""


def failure_view(node_run: NodeRunRecord, cells: Sequence[Cell], run_name: str) -> Text:
    """The failure of one node.

    Parameters
    ----------
    cells
        Of the notebook as it was run.
    run_name
        What the suggested commands call the run: its id or ``last``.
    """
    failure = node_run.failure
    if failure is None:
        return Text(f"{node_run.node}: {node_run.reason}\n")
    cell = next((cell for cell in cells if cell.id == failure.cell_id), None)
    view = Text()
    view.append(f"✘ {node_run.node}", style="bold red")
    view.append(f"  {_place(node_run, failure, cell)}\n")
    if cell is not None:
        view.append_text(marked_source(cell.source, failure.line))
    view.append(f"  {failure.ename}: ", style="bold red")
    view.append(f"{failure.evalue.strip()}\n")
    if failure.cause is not FailureCause.EXCEPTION:
        view.append(f"  {CAUSE_MEANINGS[failure.cause]}\n")
    for command, purpose in next_commands(node_run, run_name):
        view.append(f"  -> {command}", style="cyan")
        view.append(f"   {purpose}\n", style="dim")
    return view


def _place(node_run: NodeRunRecord, failure: Failure, cell: Cell | None) -> str:
    words = [f"attempt {node_run.attempt}"] if node_run.attempt > 1 else []
    if cell is not None:
        words.append(f"cell {cell.index + 1}")
        if failure.line is not None:
            words.append(f"line {failure.line}")
    return ", ".join(words)


def marked_source(source: str, line: int | None) -> Text:
    r"""The cell's source with line numbers, `line` marked, cut to what surrounds it.

    Examples
    --------
    >>> print(marked_source("x = 1\nx / 0", 2).plain, end="")
        1  x = 1
      > 2  x / 0
    """
    lines = source.splitlines()
    around = line or 1
    first, last = max(1, around - CONTEXT), min(len(lines), around + CONTEXT)
    width = len(str(last))
    view = Text()
    for number in range(first, last + 1):
        failed = number == line
        text = f"  {'>' if failed else ' '} {number:>{width}}  {lines[number - 1]}".rstrip()
        view.append(f"{text}\n", style="bold red" if failed else "")
    return view


def next_commands(node_run: NodeRunRecord, run_name: str) -> Sequence[tuple[str, str]]:
    """What somebody may want to do about a failed node, as (command, purpose)."""
    commands = [(f"jupyter dataops retry {run_name}", "once the cell is mended: run it again, and what is below")]
    if node_run.attempt:
        commands[:0] = [
            (f"jupyter dataops logs {run_name} {node_run.node}", "everything it printed, and the whole traceback"),
            (f"jupyter dataops open {run_name} {node_run.node}", "its executed notebook"),
        ]
    return commands
