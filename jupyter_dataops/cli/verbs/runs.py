"""``runs``: the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from jupyter_dataops.cli.deployment_name import METAVAR, deployment_meant
from jupyter_dataops.cli.deployment_view import deployed_of, version_of
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import cut, make_console, make_table, print_json, print_table, state_text
from jupyter_dataops.cli.progress import elapsed_s
from jupyter_dataops.report.facts import schedule_of
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.states import CheckSeverity

Counts = Mapping[CheckSeverity, int]

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


@verb(
    reads_store=True,
    json_shape='{"runs": [{"run_id", "state", "notebook", "parent_run_id", "environment", "parameters", "deployment", '
    '"schedule", "created_at", "started_at", "finished_at", "reason", "checks": {"failed", "warned"}}]}',
)
@click.argument("notebook", metavar=f"[{METAVAR}]", required=False, type=click.Path(path_type=Path))
@click.option("--version", type=click.IntRange(min=1), help="Only runs of that version of the deployment.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many runs at most.")
@click.option("-q", "--quiet", is_flag=True, help="Print run ids only.")
@json_option()
def command(  # one for each argument and option
    face: Face, /, notebook: Path | None, version: int | None, limit: int, *, quiet: bool, as_json: bool
) -> None:
    """List the latest runs, newest first.

    With NOTEBOOK, only its runs, and those of its deployed versions; with NAME, only those of that deployment, with
    NAME@VERSION, or --version, only those of that version. With --env, or DATAOPS_ENV, only those of that environment.
    Checks that failed or warned are counted.
    """
    runs = _found(face, notebook, version, limit)
    if as_json:
        counts = face.count_failed_checks(runs)
        print_json({"runs": [_describe(run, counts.get(run.run_id, {})) for run in runs]})
    elif quiet:
        for run in runs:
            click.echo(run.run_id)
    elif runs:
        _print_table(runs, face)
    else:
        click.echo("no runs yet", err=True)


def _found(face: Face, wanted: Path | None, version: int | None, limit: int) -> list[Run]:
    if wanted is None:
        if version is not None:
            raise click.UsageError("--version is one of a deployment: name it, or its notebook")
        return face.list_runs(limit=limit)
    if (meant := deployment_meant(wanted)) is not None:
        name, said = meant
        number = face.require_deployment(name, said)
        if version is not None and number not in (None, version):
            raise click.UsageError(f"'{wanted}' names another version than --version {version}")
        return face.list_runs(limit=limit, deployment=name, version=version or number)
    runs = face.list_runs(wanted, limit, version=version)
    if not runs and not wanted.exists():
        face.open_pipeline(wanted)  # says that there is none, and what may be meant
    return runs


def _print_table(runs: list[Run], face: Face) -> None:
    counts = face.count_failed_checks(runs)
    environments = any(run.environment for run in runs)
    versions = any(map(version_of, runs))
    scheduled = any(schedule_of(run.record) for run in runs)
    columns = (
        *("run", "state", "notebook", *(["version"] if versions else []), *(["env"] if environments else [])),
        *("started", "time"),
        *(*(["checks"] if counts else []), *(["schedule"] if scheduled else []), "retry of"),
    )
    table = make_table(*columns, right=("time",), wide="notebook")
    for run in runs:
        started = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if run.started_at else ""
        took = elapsed_s(run.started_at, run.finished_at, face.now())
        table.add_row(
            run.run_id,
            state_text(run.state),
            cut(run.notebook.name),
            *([_version_text(run)] if versions else []),
            *([run.environment] if environments else []),
            started,
            duration_text(took),
            *([_checks_text(counts.get(run.run_id, {}))] if counts else []),
            *([_schedule_text(run)] if scheduled else []),
            run.parent_run_id or "",
        )
    print_table(table, make_console())


def _version_text(run: Run) -> str:
    said = deployed_of(run)
    return f"{version_of(run)} test" if said is not None and said.is_test else version_of(run)


def _schedule_text(run: Run) -> str:
    found = schedule_of(run.record)
    if found is None:
        return ""
    at = datetime.fromisoformat(found["fire_time"]).astimezone()
    return f"{found['name']} {at:%Y-%m-%d %H:%M}"


def _checks_text(counts: Counts) -> Text:
    words = {CheckSeverity.ERROR: ("✘", "failed", "red"), CheckSeverity.WARN: ("⚠", "warned", "yellow")}
    said = [
        Text(f"{symbol} {counts[severity]} {word}", style=style)
        for severity, (symbol, word, style) in words.items()
        if severity in counts
    ]
    return Text("  ").join(said)


def _describe(run: Run, counts: Counts) -> dict[str, Any]:
    from jupyter_dataops.api.description import describe_deployment  # noqa: PLC0415 - `--help` is fast

    record = run.record
    return {
        "run_id": record.run_id,
        "state": record.state.value,
        "notebook": record.notebook,
        "parent_run_id": record.parent_run_id,
        "environment": run.environment or None,
        "parameters": dict(record.parameters),
        "deployment": describe_deployment(record),
        "schedule": schedule_of(record),
        "created_at": record.created_at.isoformat(),
        "started_at": record.started_at.isoformat() if record.started_at else None,
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "reason": record.reason,
        "checks": {"failed": counts.get(CheckSeverity.ERROR, 0), "warned": counts.get(CheckSeverity.WARN, 0)},
    }
