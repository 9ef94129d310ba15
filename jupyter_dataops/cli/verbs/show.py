"""``show``: one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.deployment_view import version_label
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.live import node_table
from jupyter_dataops.cli.options import json_option, run_argument
from jupyter_dataops.cli.output import make_console, print_json, print_table
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.cli.running import RUN_SHAPE
from jupyter_dataops.cli.summary import print_summary
from jupyter_dataops.report.facts import schedule_of
from jupyter_dataops.report.tree import rows_of

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


@verb(json_shape=RUN_SHAPE)
@run_argument()
@json_option()
def command(face: Face, /, run: str, *, as_json: bool) -> None:
    """Show one run with its nodes.

    States, times, reasons, errors, outputs, and what its checks found. RUN is an id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    if as_json:
        print_json(found.to_json())
        return
    console = make_console()
    records = {name: node_run.record for name, node_run in found.nodes.items()}
    print_table(node_table(rows_of(records.values()), Progress(found.record, records), face.now()), console)
    console.print()
    _print_outputs(found, console)
    if version := version_label(found):
        console.print(Text(f"version: {version}"))
    elif found.environment:
        console.print(Text(f"environment: {found.environment}"))
    if found.parameters:
        given = ", ".join(f"{name}={value!r}" for name, value in found.parameters.items())
        console.print(Text(f"parameters: {given}"))
    scheduled = schedule_of(found.record)
    if scheduled is not None:
        console.print(Text(f"schedule: {scheduled['name']}, {scheduled['kind']}, for {scheduled['fire_time']}"))
    if found.parent_run_id:
        console.print(Text(f"retry of: {found.parent_run_id}"))
    print_summary(found, console, found.run_id)


def _print_outputs(run: Run, console: Console) -> None:
    for name, node_run in run.nodes.items():
        if node_run.outputs and node_run.record.parent is None:
            console.print(Text(f"{name} handed on {', '.join(node_run.outputs)}"))
