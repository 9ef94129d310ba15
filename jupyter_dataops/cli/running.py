"""Driving a queued run to its end in front of the user; shared by ``run`` and ``retry``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.face import Face
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.live import watching
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.cli.startup import import_papermill
from jupyter_dataops.cli.summary import exit_code, print_summary
from jupyter_dataops.plan.models import Action
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.suggestions import suggestion

if TYPE_CHECKING:
    from jupyter_dataops.api.forking import StartingKernels
    from jupyter_dataops.api.pipeline import Pipeline
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.lint.models import Diagnostic
    from jupyter_dataops.records import AssetRecord

MOST_WARNINGS: Final = 5
RUN_SHAPE: Final = (
    '{"run_id", "state", "notebook", "parent_run_id", "environment", "parameters", '
    '"deployment": {"name", "version", "environment"}, "schedule": {"name", "fire_time", "kind", "reason"}, '
    '"started_at", "finished_at", '
    '"nodes": [{"node", "key", "state", "attempt", "reason", "started_at", "finished_at", "duration_s", "cause", '
    '"error": {"ename", "evalue"}, "outputs": {...}}], '
    '"checks": [{"check", "node", "key", "name", "severity": "error|warn", "state", "attempt", "reason", "started_at", '
    '"finished_at", "duration_s", "cause", "error": {"ename", "evalue"}, '
    '"facts": {"failing_rows": {"columns", "rows", "count"}, "values"}}]}'
)


def print_warnings(diagnostics: Sequence[Diagnostic], notebook: str) -> None:
    """What `check` would warn of, on stderr: a run that starts all the same must not hide it."""
    warnings = [found for found in diagnostics if found.severity is Severity.WARNING]
    for found in warnings[:MOST_WARNINGS]:
        hint = f" -> {found.hint}" if found.hint else ""
        click.echo(f"warning {found.code} {found.place}: {found.message}{hint}", err=True)
    if len(warnings) > MOST_WARNINGS:
        click.echo(f"and {len(warnings) - MOST_WARNINGS} more: {command_line('check', notebook)}", err=True)


def warn_of_parameters(pipeline: Pipeline) -> None:
    """Configured values that the notebook's parameters were probably meant to get, on stderr.

    Others are for other notebooks, and not spoken of.
    """
    declared = [parameter.name for parameter in pipeline.parameters]
    for name in pipeline.settings.parameters:
        hint = suggestion(name, declared) if name not in declared else ""
        if hint:
            click.echo(f"warning: the configured parameter '{name}' is none of {pipeline.path.name}: {hint}", err=True)


def warn_of_assets(others: Iterable[AssetRecord]) -> None:
    """Assets whose newest version another notebook has published, on stderr: one name might mean two things."""
    for asset in others:
        told = f"asset '{asset.name}' is also published by {asset.notebook} ({asset.label}, run {asset.run_id})"
        hint = "the newest is that of whichever publishes last; give one of them another name: 'asset:NAME=VARIABLE'"
        click.echo(f"warning: {told} -> {hint}", err=True)


def _kernels_of(run: Run) -> StartingKernels:
    from jupyter_dataops.api.forking import kernels_of  # noqa: PLC0415 - 30 ms that a run of nothing need not pay

    return kernels_of(run)


def execute_shown(run: Run, face: Face, console: Console, kernels: StartingKernels | None = None) -> None:
    """Execute `run`, shown on `console` as it goes."""
    print_warnings(run.snapshot.diagnostics, run.notebook.name)
    progress = Progress(run.record, {name: node_run.record for name, node_run in run.nodes.items()})
    with ExitStack() as stack:
        if Action.RUN in run.record.options["actions"].values():
            kernels = kernels or stack.enter_context(_kernels_of(run))
            import_papermill()
        observer = stack.enter_context(watching(progress, console, face.now))
        run.execute(observer=observer, progress=False, kernels=kernels)


def execute_watched(
    run: Run, face: Face, *, output: Path | None, as_json: bool, kernels: StartingKernels | None = None
) -> int:
    """Execute `run`, shown as it goes; its summary, or its JSON, afterwards. Returns the exit code.

    Parameters
    ----------
    kernels
        What of its kernels is on the way already.
    """
    console = make_console(stderr=as_json)
    execute_shown(run, face, console, kernels)
    # What came of the run is told first: a notebook that cannot be written must not hide it.
    if as_json:
        print_json(run.to_json())
    else:
        # By its id: `last` may soon be another run.
        print_summary(run, console, run.run_id)
    if output is not None:
        console.print(Text(f"  notebook with all outputs: {run.write_notebook(output)}"))
    return exit_code(run.state)
