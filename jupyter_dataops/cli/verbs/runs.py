"""``runs``: the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, notebook_argument
from jupyter_dataops.cli.output import cut, duration_text, make_console, make_table, print_json, print_table, state_text
from jupyter_dataops.cli.progress import elapsed_s

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


@verb(
    json_shape='{"runs": [{"run_id", "state", "notebook", "parent_run_id", "parameters", "created_at", "started_at", '
    '"finished_at", "reason"}]}'
)
@notebook_argument(required=False)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many runs at most.")
@click.option("-q", "--quiet", is_flag=True, help="Print run ids only.")
@json_option()
def command(face: Face, /, notebook: Path | None, limit: int, *, quiet: bool, as_json: bool) -> None:
    """List the latest runs, newest first.

    With NOTEBOOK, only its runs.
    """
    runs = face.list_runs(notebook, limit)
    if as_json:
        print_json({"runs": [_describe(run) for run in runs]})
    elif quiet:
        for run in runs:
            click.echo(run.run_id)
    elif runs:
        _print_table(runs, face)
    else:
        click.echo("no runs yet", err=True)


def _print_table(runs: list[Run], face: Face) -> None:
    table = make_table("run", "state", "notebook", "started", "time", "retry of", right=("time",), wide="notebook")
    for run in runs:
        started = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if run.started_at else ""
        took = elapsed_s(run.started_at, run.finished_at, face.now())
        table.add_row(
            run.run_id,
            state_text(run.state),
            cut(run.notebook.name),
            started,
            duration_text(took),
            run.parent_run_id or "",
        )
    print_table(table, make_console())


def _describe(run: Run) -> dict[str, Any]:
    record = run.record
    return {
        "run_id": record.run_id,
        "state": record.state.value,
        "notebook": record.notebook,
        "parent_run_id": record.parent_run_id,
        "parameters": dict(record.parameters),
        "created_at": record.created_at.isoformat(),
        "started_at": record.started_at.isoformat() if record.started_at else None,
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "reason": record.reason,
    }
