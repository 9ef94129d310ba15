"""``schedule pause``: no fires for now."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.schedule_names import name_argument


@verb(reads_store=True)
@name_argument
@click.option("--because", metavar="TEXT", help="Shown with it.")
def command(face: Face, /, name: str, because: str | None) -> None:
    """Fire nothing until `schedule resume`; what runs goes on.

    A schedule that a deployed version describes stays paused, whatever version is live next.
    """
    with face.open_schedules() as schedules:
        paused = schedules.pause(name, because)
    stays = ", and stays so when another version is live" if paused.record.deployment else ""
    click.echo(f"{paused.name} is paused{stays}")
