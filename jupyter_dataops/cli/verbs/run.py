"""``run``: a notebook, as a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jupyter_dataops.cli.deployment_name import METAVAR, deployment_meant
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import (
    dry_run_option,
    jobs_option,
    json_option,
    output_notebook_option,
)
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.plan_view import JSON_SHAPE, print_plan
from jupyter_dataops.cli.running import RUN_SHAPE, execute_watched, warn_of_assets, warn_of_parameters
from jupyter_dataops.errors import DeploymentNotFound

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.deploying.launch import Launchable


@verb(json_shape=f'{RUN_SHAPE}; with --dry-run {JSON_SHAPE}; with --detach {{"run_id", "output"}}')
@click.argument("notebook", metavar=METAVAR, type=click.Path(path_type=Path))
@parameter_options
@click.option(
    "--select",
    metavar="EXPR",
    help="Run only these nodes: 'clean', '+train', 'clean+', 'a b', 'state:failed' (in the last run).",
)
@click.option("--changed", is_flag=True, help="Reuse the result of every node that would compute the same again.")
@jobs_option()
@click.option("--fail-fast", is_flag=True, help="Stop everything at the first failure.")
@dry_run_option()
@click.option("--detach", is_flag=True, help="Start the run in a process of its own, print its id, and return.")
@output_notebook_option()
@json_option()
def command(
    face: Face,
    /,
    notebook: Path,
    select: str | None,
    jobs: int | None,
    *,
    changed: bool,
    fail_fast: bool,
    dry_run: bool,
    detach: bool,
    output: Path | None,
    as_json: bool,
    **parameters: Any,
) -> int:
    """Run a notebook as a pipeline.

    The notebook itself is never changed. Nodes run in parallel, each in a kernel of its own; what they print, their
    executed notebooks and their results are kept with the run.

    NAME runs the version of a deployment that is live in the environment that --env names, NAME@VERSION that one. What
    is the path of a file is a notebook.
    """
    if detach and output:
        raise click.UsageError("--detach cannot write -o: use `open RUN` when the run has ended")
    given = collect_parameters(parameters)
    version = None if deployment_meant(notebook) is None else _open_version(face, notebook)
    pipeline = face.open_pipeline(notebook) if version is None else version.pipeline
    warn_of_parameters(pipeline)
    warn_of_assets(face.assets_of_others(pipeline))
    if dry_run:
        print_plan(pipeline.plan(given, select=select, changed=changed), make_console(), as_json=as_json)
        return 0
    if version is not None:
        run = _run_of(version, given, jobs=jobs, fail_fast=fail_fast, select=select, changed=changed)
    elif not detach and not changed:
        with pipeline.start_kernels(jobs) as kernels:
            run = pipeline.create_run(given, jobs=jobs, fail_fast=fail_fast, select=select)
            return execute_watched(run, face, output=output, as_json=as_json, kernels=kernels)
    else:
        run = pipeline.create_run(given, jobs=jobs, fail_fast=fail_fast, select=select, changed=changed)
    if not detach:  # No kernel has been started: perhaps none is needed.
        return execute_watched(run, face, output=output, as_json=as_json)
    log = face.start_detached(run, pipeline.settings)
    if as_json:
        print_json({"run_id": run.run_id, "output": str(log)})
    else:
        click.echo(run.run_id)
        click.echo(f"follow it with: {command_line('logs', run.run_id, '-f')}", err=True)
    return 0


def _open_version(face: Face, wanted: Path) -> Launchable:
    try:
        return face.open_version(str(wanted))
    except DeploymentNotFound as error:
        file = wanted.with_suffix(".ipynb")
        if "@" in str(wanted) or not file.is_file():
            raise
        raise DeploymentNotFound(error.message, hint=f"the notebook is called {file}") from None


def _run_of(version: Launchable, parameters: dict[str, Any], **wishes: Any) -> Run:
    from jupyter_dataops.deploying.launch import Wishes, launch  # noqa: PLC0415 - as above

    return launch(version, Wishes(parameters, **wishes))
