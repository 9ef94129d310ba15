"""``retry``: what failed, and what is below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from jupyter_dataops.cli.output import make_console
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.plan_view import JSON_SHAPE, print_plan
from jupyter_dataops.cli.running import RUN_SHAPE, execute_watched


@verb(json_shape=f"{RUN_SHAPE}; with --dry-run {JSON_SHAPE}")
@run_argument()
@nodes_option("Run again only this node and what is below it. Repeatable.")
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
    jobs: int | None,
    fail_fast: bool | None,
    *,
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
    if dry_run:
        print_plan(earlier.plan_retry(nodes, given), make_console(), as_json=as_json)
        return 0
    made = earlier.create_retry(nodes, given, jobs=jobs, fail_fast=fail_fast)
    return execute_watched(made, face, output=output, as_json=as_json)
