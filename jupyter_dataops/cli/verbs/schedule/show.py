"""``schedule show``: one, with what came of its latest fires."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.schedule_names import FIRE_SHAPE, SCHEDULE_SHAPE, name_argument
from jupyter_dataops.cli.schedule_view import print_schedule


@verb(reads_store=True, json_shape=f"{SCHEDULE_SHAPE}; FIRE is {FIRE_SHAPE}")
@name_argument
@click.option(
    "--fires", type=click.IntRange(min=0), default=10, show_default=True, help="How many of its latest fires."
)
@json_option()
def command(face: Face, /, name: str, fires: int, *, as_json: bool) -> None:
    """Show one schedule with its latest fires, and what came of each."""
    with face.open_schedules() as schedules:
        view = schedules.show(name, fires)
        if as_json:
            print_json(view.to_json())
        else:
            print_schedule(view)
