"""The end of a run: what came of it, where it lies, what to do next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.deployment_view import version_of
from jupyter_dataops.cli.errors_view import failure_view
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.output import state_text
from jupyter_dataops.cli.times import local_text
from jupyter_dataops.ids import NodeName
from jupyter_dataops.logs import read_log
from jupyter_dataops.report.facts import schedule_of
from jupyter_dataops.report.looks import counts_sentence, troubles_of
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.states import NodeState, RunState

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

MOST_FAILURES: Final = 10
_SHOWN: Final = ("stdout", "display")
"""Streams of a log that have what a node was made to show, and not a warning of some library."""
EXIT_CODES: Final = {RunState.SUCCEEDED: 0, RunState.FAILED: 1, RunState.CRASHED: 3, RunState.CANCELLED: 130}


def exit_code(state: RunState) -> int:
    """The exit code for a run that came to `state`; 0 for one that goes on."""
    return EXIT_CODES.get(state, 0)


def print_summary(run: Run, console: Console, run_name: str) -> None:
    """Failures, then the run in one line, then where it lies and what to do next."""
    print_failures(run, console, run_name)
    counts = counts_sentence(node_run.record for node_run in run.nodes.values())
    line = Text("  ").join([state_text(run.state), Text(f"run {run.run_id}"), Text(f"{run.notebook.name}: {counts}")])
    if run.started_at and run.finished_at:
        line.append(f"  {duration_text((run.finished_at - run.started_at).total_seconds())}")
    console.print(line)
    if run.state in (RunState.CRASHED, RunState.CANCELLED) and run.record.reason:
        console.print(Text(f"  {run.record.reason}"))
    if run.folder.is_dir():  # not where everything was reused
        console.print(Text(f"  executed notebooks and logs: {run.folder}"))
    for command, purpose in _next_commands(run, run_name):
        console.print(Text.assemble((f"  -> {command}", "cyan"), (f"   {purpose}", "dim")))


def schedule_line(run: Run) -> str | None:
    """The schedule that the run was made for, for which time, and what made it fire; `None`: for none."""
    scheduled = schedule_of(run.record)
    if scheduled is None:
        return None
    at = local_text(datetime.fromisoformat(scheduled["fire_time"]))
    because = f": {scheduled['reason']}" if scheduled["reason"] else ""
    return f"schedule: {scheduled['name']}, {scheduled['kind']}, for {at}{because}"


def print_failures(run: Run, console: Console, run_name: str) -> None:
    """What failed and warned, each with its cell and error; of many, the first few."""
    troubles = troubles_of([node_run.record for node_run in run.nodes.values()])
    for record in troubles[:MOST_FAILURES]:
        console.print(failure_view(record, run.nodes[record.node].cells, run_name, run.state, version_of(run)))
    if len(troubles) > MOST_FAILURES:
        more = len(troubles) - MOST_FAILURES
        console.print(Text.assemble(f"… and {more} more: ", (command_line("report", run_name), "cyan"), "\n"))


def _next_commands(run: Run, run_name: str) -> list[tuple[str, str]]:
    if not run.state.is_terminal:
        return [
            (command_line("why", run_name), "what became of each node so far"),
            (command_line("logs", run_name, "--follow"), "what its nodes print, until it ends"),
        ]
    failed = any(node_run.state is NodeState.FAILED for node_run in run.nodes.values())
    if run.state is RunState.SUCCEEDED:
        talker = _last_that_printed(run)
        logs = [(command_line("logs", run_name, talker), "what it printed")] if talker else []
        return [(command_line("open", run_name), "the notebook with all outputs"), *logs]
    if run.state is RunState.CRASHED:
        return [
            (command_line("resume", run_name), "go on where it stopped, with the notebook as it was"),
            (command_line("retry", run_name), "a new run, with the notebook as it is now"),
        ]
    if failed:  # how to see and mend each is said with the failures
        return [
            (command_line("explain", run_name), "what differs from when it last succeeded"),
            (command_line("report", run_name), "everything on one page"),
        ]
    return [
        (command_line("why", run_name), "what became of each node"),
        (command_line("retry", run_name), "run what is missing; what succeeded is reused"),
    ]


def _last_that_printed(run: Run) -> NodeName | None:
    """The node, of those furthest down the notebook, that put something out; `None`: none did."""
    attempts = run.get_attempts()
    ran = [name for name, node_run in run.nodes.items() if node_run.record.severity is None and attempts.get(name)]
    return next((name for name in reversed(ran) if _has_shown(Path(attempts[name][-1].log))), None)


def _has_shown(log: Path) -> bool:
    return any(line.stream in _SHOWN for line, _ in read_log(log))
