"""A failed node as its user needs to see it: their own cell, the line, the error, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from rich.text import Text

from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.report.facts import failing_rows, found_values, rows_text
from jupyter_dataops.report.looks import shown
from jupyter_dataops.report.trouble import MOST_ROWS, cell_at_fault, meanings_of, place_of, source_lines
from jupyter_dataops.spec.models import Cell
from jupyter_dataops.states import CheckSeverity, RunState


def failure_view(
    node_run: NodeRunRecord, cells: Sequence[Cell], run_name: str, run: RunState, version: str = ""
) -> Text:
    """The failure of one node.

    Parameters
    ----------
    cells
        Of the notebook as it was run.
    run_name
        What the suggested commands call the run: its id or ``last``.
    run
        Its state.
    version
        What it runs, where that is no notebook but a version, which nobody can mend.
    """
    failure = node_run.failure
    if failure is None:
        return Text(f"{node_run.node}: {node_run.reason}\n")
    cell = cell_at_fault(failure, cells)
    view, look = Text(), shown(node_run)
    view.append(f"{look.symbol} {node_run.node}", style=f"bold {look.colour}")
    place = place_of(node_run, failure, cell)
    view.append(f"  {place}\n" if place else "\n")
    if cell is not None:
        view.append_text(marked_source(cell.source, failure.line))
    view.append(f"  {failure.ename}", style=f"bold {look.colour}")
    view.append(f"{failure.error.removeprefix(failure.ename)}\n")
    for meaning in meanings_of(node_run, failure):
        view.append(f"  {meaning}\n")
    view.append_text(found_by_check(failure))
    for command, purpose in next_commands(node_run, run_name, run, version):
        view.append(f"  -> {command}", style="cyan")
        view.append(f"   {purpose}\n", style="dim")
    return view


def found_by_check(failure: Failure) -> Text:
    """The values that a check compared, and the first rows for which it does not hold."""
    view = Text()
    for name, value in found_values(failure).items():
        view.append(f"  {name} = {value}\n")
    found = failing_rows(failure)
    if found is not None:
        view.append(f"  {replace(found, rows=found.rows[:MOST_ROWS]).title}:\n")
        for number, line in enumerate(rows_text(found, MOST_ROWS)):
            view.append(f"    {line}\n", style="bold" if number == 0 and found.columns else "")
    return view


def marked_source(source: str, line: int | None) -> Text:
    r"""The cell's source with line numbers, `line` marked, cut to what surrounds it.

    Examples
    --------
    >>> print(marked_source("x = 1\nx / 0", 2).plain, end="")
        1  x = 1
      > 2  x / 0
    """
    view = Text()
    for text, failed in source_lines(source, line):
        view.append(f"{text}\n", style="bold red" if failed else "")
    return view


def next_commands(
    node_run: NodeRunRecord, run_name: str, run: RunState, version: str = ""
) -> Sequence[tuple[str, str]]:
    """What somebody may want to do about a failed node, as (command, purpose)."""
    commands = [_again(node_run, run_name, run, version)]
    if node_run.attempt:
        commands[:0] = [
            (command_line("logs", run_name, node_run.node), "what it printed, and the whole traceback"),
            (command_line("open", run_name, node_run.node), "its executed notebook"),
        ]
    return commands


def _again(node_run: NodeRunRecord, run_name: str, run: RunState, version: str) -> tuple[str, str]:
    again = command_line("retry", run_name)
    this_one = command_line("retry", run_name, "--node", node_run.node)
    if not run.is_terminal:
        return this_one, "try it again while the run goes on"
    if node_run.severity is CheckSeverity.WARN:
        return this_one, "check again, and nothing else"
    if version:
        return again, f"run it again, and what is below, with {version}; what is mended has to be deployed"
    return again, "once the cell is mended: run it again, and what is below"
