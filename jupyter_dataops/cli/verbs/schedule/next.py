"""``schedule next``: when it fires."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.schedule_names import name_argument
from jupyter_dataops.cli.schedule_view import print_previews


@verb(reads_store=True, json_shape='{"name", "zone", "fires": [{"at", "local", "note"}]}')
@name_argument
@click.option("-n", "count", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@json_option()
def command(face: Face, /, name: str, count: int, *, as_json: bool) -> None:
    """List the next times at which a schedule fires, with a note where clocks are changed."""
    from jupyter_dataops.scheduling.views import preview_to_json  # noqa: PLC0415 - as in `Face`

    with face.open_schedules() as schedules:
        zone, previews = schedules.show(name, 0).zone, schedules.next(name, count)
    if as_json:
        print_json({"name": name, "zone": zone, "fires": [preview_to_json(one) for one in previews]})
    elif previews:
        print_previews(previews)
    else:
        click.echo("it does not fire by time alone, or not any more", err=True)
