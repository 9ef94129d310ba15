"""A node run that failed, in plain lines: the user's own cell, the line, the error, what a check found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.report.facts import failing_rows, found_values, rows_text
from jupyter_dataops.report.looks import WARNED, shown
from jupyter_dataops.spec.models import Cell
from jupyter_dataops.states import CAUSE_MEANINGS, FailureCause

CONTEXT: Final = 5
"""Lines shown above and below the one that failed."""
MOST_ROWS: Final = 5
WARNS: Final = "; it only warns, so nothing was held up"


def trouble_text(node_run: NodeRunRecord, cells: Sequence[Cell]) -> str:
    """Everything there is to say about a node run that failed, for whoever has no terminal with colours.

    The first line says the most: node, place and error.

    Parameters
    ----------
    cells
        Of the notebook that it is a node of, as it was run.
    """
    failure = node_run.failure
    if failure is None:
        return f"{shown(node_run).symbol} {node_run.node}: {node_run.reason}"
    cell = cell_at_fault(failure, cells)
    place = place_of(node_run, failure, cell)
    lines = [f"{shown(node_run).symbol} {node_run.node}  {place + ': ' if place else ''}{failure.headline}"]
    lines += [line for line, _ in source_lines(cell.source, failure.line)] if cell else []
    lines += [f"  {line}" for line in failure.error.splitlines()[1:]]
    lines += [f"  {meaning}" for meaning in meanings_of(node_run, failure)]
    lines += (f"  {line}" for line in found_lines(failure))
    return "\n".join(lines)


def cell_at_fault(failure: Failure, cells: Sequence[Cell]) -> Cell | None:
    """The user's cell that failed."""
    return next((cell for cell in cells if cell.id == failure.cell_id), None)


def place_of(node_run: NodeRunRecord, failure: Failure, cell: Cell | None) -> str:
    """Which attempt, cell and line, as a reader counts; empty where nothing is known."""
    words = [f"attempt {node_run.attempt}"] if node_run.attempt > 1 else []
    if cell is not None:
        words.append(f"cell {cell.index + 1}")
        if failure.line is not None:
            words.append(f"line {failure.line}")
    return ", ".join(words)


def meanings_of(node_run: NodeRunRecord, failure: Failure) -> list[str]:
    """What the cause means, where the exception does not say it."""
    if failure.cause is FailureCause.EXCEPTION:
        return []
    return [f"{CAUSE_MEANINGS[failure.cause]}{WARNS if shown(node_run) is WARNED else ''}"]


def source_lines(source: str, line: int | None) -> list[tuple[str, bool]]:
    r"""The source's lines with their numbers, and whether each failed, cut to what surrounds `line`.

    Examples
    --------
    >>> source_lines("x = 1\nx / 0", 2)
    [('    1  x = 1', False), ('  > 2  x / 0', True)]
    """
    lines = source.splitlines()
    around = line or 1
    first, last = max(1, around - CONTEXT), min(len(lines), around + CONTEXT)
    width = len(str(last))
    return [
        (f"  {'>' if number == line else ' '} {number:>{width}}  {lines[number - 1]}".rstrip(), number == line)
        for number in range(first, last + 1)
    ]


def found_lines(failure: Failure) -> list[str]:
    """The values that a check compared, and the first rows for which it does not hold."""
    lines = [f"{name} = {value}" for name, value in found_values(failure).items()]
    found = failing_rows(failure)
    if found is not None:
        lines.append(f"{replace(found, rows=found.rows[:MOST_ROWS]).title}:")
        lines += (f"  {line}" for line in rows_text(found, MOST_ROWS))
    return lines
