"""``retry``: what failed, and what is below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import (
    dry_run_option,
    jobs_option,
    json_option,
    nodes_option,
    output_notebook_option,
    run_argument,
)
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.plan_view import JSON_SHAPE, print_plan
from jupyter_dataops.cli.running import RUN_SHAPE, execute_watched
from jupyter_dataops.states import RunState

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

_REOPENED_SHAPE: Final = '{"run_id", "reopened": [...], "edited": [...]}'


@verb(
    reads_store=True,
    json_shape=f"{RUN_SHAPE}; with --dry-run {JSON_SHAPE}; with --node of a run that goes on {_REOPENED_SHAPE}, where "
    '"edited" are those whose cells were edited since: the run keeps them as they were',
)
@run_argument()
@nodes_option(
    "Run again only this node and what is below it; also a check, or part of a node: 'score[berlin]', 'etl/clean'. "
    "Of a run that goes on: have its runner try the failed node again. Repeatable."
)
@click.option(
    "--select",
    metavar="EXPR",
    help="Run again only these nodes: 'clean' alone, 'clean+' and below, '+train' up to it, 'state:failed', 'a b'.",
)
@parameter_options
@jobs_option()
@click.option("--fail-fast/--no-fail-fast", default=None, help="Stop everything at the first failure, or not.")
@dry_run_option()
@output_notebook_option()
@json_option()
def command(
    face: Face,
    /,
    run: str,
    nodes: tuple[str, ...],
    *,
    select: str | None,
    jobs: int | None,
    fail_fast: bool | None,
    dry_run: bool,
    output: Path | None,
    as_json: bool,
    **parameters: Any,
) -> int:
    """Run again what failed, and everything below it; reuse the rest.

    This makes a new run. The notebook is read anew, so mend the failing cell first; if a node above was edited too,
    it also runs again. RUN is an id, a unique prefix of one, or `last`.
    """
    given = collect_parameters(parameters)
    earlier = face.open_run(run)
    if nodes and earlier.state is RunState.RUNNING:
        if given or select or output or jobs is not None or fail_fast is not None:
            raise click.UsageError(f"run {earlier.run_id} goes on: only --node and --dry-run make sense until it ends")
        return _reopen(earlier, nodes, dry_run=dry_run, as_json=as_json)
    if dry_run:
        print_plan(earlier.plan_retry(nodes, given, select=select), make_console(), as_json=as_json)
        return 0
    made = earlier.create_retry(nodes, given, select=select, jobs=jobs, fail_fast=fail_fast)
    return execute_watched(made, face, output=output, as_json=as_json)


def _reopen(run: Run, nodes: tuple[str, ...], *, dry_run: bool, as_json: bool) -> int:
    if dry_run:
        print_plan(run.plan_retry_node(*nodes), make_console(), as_json=as_json)
        return 0
    edited = [node for node in nodes if run.is_edited_since(node)]
    for node in nodes:
        run.retry_node(node)
    if as_json:
        print_json({"run_id": run.run_id, "reopened": list(nodes), "edited": edited})
        return 0
    for node in nodes:
        click.echo(f"run {run.run_id} tries `{node}` again")
    for node in edited:
        click.echo(f"its cells were edited since, but the run keeps `{node}` as it was: retry it when it has ended")
    return 0
