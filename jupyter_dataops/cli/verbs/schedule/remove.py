"""``schedule remove``: it fires never again."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.schedule_names import name_argument
from jupyter_dataops.cli.schedule_view import warn_of_description


@verb(reads_store=True)
@name_argument
def command(face: Face, /, name: str) -> None:
    """Remove a schedule; its runs stay, and those under way go on."""
    with face.open_schedules() as schedules:
        before = schedules.show(name, 0)
        schedules.remove(name)
    click.echo(f"{name} is removed")
    warn_of_description(before.record)
