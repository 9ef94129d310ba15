"""The end of a run: what came of it, where it lies, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.errors_view import failure_view
from jupyter_dataops.cli.output import duration_text, state_text
from jupyter_dataops.cli.progress import count_states
from jupyter_dataops.states import NodeState, RunState

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

EXIT_CODES = {RunState.SUCCEEDED: 0, RunState.FAILED: 1, RunState.CRASHED: 3, RunState.CANCELLED: 130}


def exit_code(state: RunState) -> int:
    """The exit code for a run that came to `state`; 0 for one that goes on."""
    return EXIT_CODES.get(state, 0)


def print_summary(run: Run, console: Console, run_name: str) -> None:
    """Failures, then the run in one line, then where it lies and what to do next."""
    print_failures(run, console, run_name)
    records = [node_run.record for node_run in run.nodes.values()]
    counts = ", ".join(f"{count} {state.value}" for state, count in count_states(records).items())
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


def print_failures(run: Run, console: Console, run_name: str) -> None:
    """Each failed node with its cell and error."""
    for node_run in run.nodes.values():
        if node_run.state is NodeState.FAILED:
            console.print(failure_view(node_run.record, run.snapshot.spec.cells, run_name))


def _next_commands(run: Run, run_name: str) -> list[tuple[str, str]]:
    failed = any(node_run.state is NodeState.FAILED for node_run in run.nodes.values())
    if run.state is RunState.SUCCEEDED:
        return [(f"jupyter dataops open {run_name}", "the notebook with all outputs")]
    if failed:
        return []  # said with the failures
    return [
        (f"jupyter dataops why {run_name}", "what became of each node"),
        (f"jupyter dataops retry {run_name}", "run what is missing; what succeeded is reused"),
    ]
