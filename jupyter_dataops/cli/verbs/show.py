"""``show``: one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from jupyter_dataops.api.description import describe_notice
from jupyter_dataops.cli.assets_view import (
    LOADED_SHAPE,
    PUBLISHED_SHAPE,
    describe_assets,
    loaded_lines,
    published_lines,
)
from jupyter_dataops.cli.deployment_view import deployed_of
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.live import node_table
from jupyter_dataops.cli.notices_view import NOTICE_SHAPE, notice_line
from jupyter_dataops.cli.options import json_option, run_argument
from jupyter_dataops.cli.output import make_console, print_json, print_table
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.cli.running import RUN_SHAPE
from jupyter_dataops.cli.summary import print_summary, schedule_line
from jupyter_dataops.report.tree import rows_of

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


_ASSETS: Final = f'"assets": {{"published": [{PUBLISHED_SHAPE}], "loaded": [{LOADED_SHAPE}]}}'
_SHAPE: Final = f'{RUN_SHAPE.removesuffix("}")}, "notifications": [{NOTICE_SHAPE}], {_ASSETS}}}'


@verb(reads_store=True, json_shape=_SHAPE)
@run_argument()
@json_option()
def command(face: Face, /, run: str, *, as_json: bool) -> None:
    """Show one run with its nodes.

    States, times, reasons, errors, outputs, what its checks found, and which assets it published and loaded. RUN is an
    id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    if as_json:
        notices = [describe_notice(one) for one in face.list_notices(found)]
        print_json({**found.to_json(), "notifications": notices, "assets": describe_assets(found)})
        return
    console = make_console()
    records = {name: node_run.record for name, node_run in found.nodes.items()}
    print_table(node_table(rows_of(records.values()), Progress(found.record, records), face.now()), console)
    console.print()
    _print_outputs(found, console)
    for line in (*published_lines(found, records), *loaded_lines(found, records)):
        console.print(Text(line))
    if version := deployed_of(found):
        console.print(Text(f"version: {version.label}"))
    elif found.environment:
        console.print(Text(f"environment: {found.environment}"))
    if found.parameters:
        given = ", ".join(f"{name}={value!r}" for name, value in found.parameters.items())
        console.print(Text(f"parameters: {given}"))
    if scheduled := schedule_line(found):
        console.print(Text(scheduled))
    if found.parent_run_id:
        console.print(Text(f"retry of: {found.parent_run_id}"))
    for notice in face.list_notices(found):
        console.print(Text(f"notification: {notice_line(notice)}"))
    print_summary(found, console, found.run_id)


def _print_outputs(run: Run, console: Console) -> None:
    for name, node_run in run.nodes.items():
        if node_run.outputs and node_run.record.parent is None:
            console.print(Text(f"{name} handed on {', '.join(node_run.outputs)}"))
