"""``audit``: who did what."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, run_argument
from jupyter_dataops.cli.output import cut, make_console, make_table, print_table
from jupyter_dataops.cli.times import read_moment

if TYPE_CHECKING:
    from jupyter_dataops.records import AuditRecord


@verb(
    reads_store=True,
    json_shape='one object a line: {"seq", "at", "by", "action", "run_id", "node", "notebook", "snapshot", "schedule", '
    '"environment", "deployment", "details"}; "action" is run, retry, resume, cancel or retry_node, what was done to a '
    'schedule, or add_version, deploy, promote or rollback; "snapshot" is the digest of the text, or of the '
    'version; "deployment" is the version that was made, moved or started, NAME@NUMBER; "details" what was asked for',
)
@run_argument(required=False)
@click.option(
    "--since",
    metavar="TIME",
    callback=read_moment,
    help="Only what was asked for from then on: 2026-01-31, 2026-01-31T08:00 or, for how long ago, 2h.",
)
@json_option()
def command(face: Face, /, run: str | None, since: datetime | None, *, as_json: bool) -> None:
    """List who asked for what, when, and for which version of a notebook.

    Oldest first; with RUN, only what concerns that run. Nothing is ever removed from this list, nor changed in it: the
    database refuses both. --json prints JSON lines, to be kept elsewhere.
    """
    actions = face.list_audit(run, since)
    if as_json:
        from jupyter_dataops.api.audit import describe_action  # noqa: PLC0415 - as in `Face`

        for action in actions:
            click.echo(json.dumps(describe_action(action), ensure_ascii=False, default=str))
    elif actions:
        _print_table(actions)
    else:
        click.echo("nothing was asked for yet" if since is None else "nothing was asked for since then", err=True)


def _print_table(actions: list[AuditRecord]) -> None:
    from jupyter_dataops.api.audit import environment_of, version_of  # noqa: PLC0415 - as in `Face`

    optional = {
        "env": [environment_of(action) or "" for action in actions],
        "deployment": [version_of(action) or "" for action in actions],
        "schedule": [action.schedule or "" for action in actions],
    }
    shown = {title: values for title, values in optional.items() if any(values)}
    table = make_table("at", "by", "action", "run", "node", *shown, "notebook", "version", wide="notebook")
    for position, action in enumerate(actions):
        table.add_row(
            action.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            action.by,
            action.action,
            action.run_id or "",
            action.node or "",
            *(values[position] for values in shown.values()),
            cut(Path(action.notebook).name),
            (action.snapshot or "").rpartition(":")[2][:12],
        )
    print_table(table, make_console())
