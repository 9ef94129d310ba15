"""``schedule resume``: it goes on after a pause."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.schedule_names import name_argument
from jupyter_dataops.cli.schedule_view import warn_of_description, warn_without_service
from jupyter_dataops.records.schedules import PAUSED_BY_FILE, PAUSED_BY_VERSION


@verb(reads_store=True)
@name_argument
def command(face: Face, /, name: str) -> None:
    """Fire again from now on.

    What was due meanwhile is skipped, unless the schedule catches up on all.
    """
    from jupyter_dataops.scheduling.views import shown_time  # noqa: PLC0415 - as in `Face`

    with face.open_schedules() as schedules:
        before, view = schedules.show(name, 0).record, schedules.resume(name)
        click.echo(f"{view.name} goes on" + (f": next {shown_time(view.next_at, view.zone)}" if view.next_at else ""))
        if before.paused_because in (PAUSED_BY_VERSION, PAUSED_BY_FILE):
            warn_of_description(before)
        warn_without_service(schedules)
