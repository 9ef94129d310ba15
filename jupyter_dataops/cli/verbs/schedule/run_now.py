"""``schedule run-now``: one run, at once."""

from __future__ import annotations

from typing import Any

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_names import FIRE_SHAPE, name_argument
from jupyter_dataops.states import RunState


@verb(reads_store=True, json_shape=FIRE_SHAPE)
@name_argument
@parameter_options
@json_option()
def command(face: Face, /, name: str, *, as_json: bool, **given: Any) -> int:
    """Start a run of a schedule now, whatever else runs; this needs no service."""
    from jupyter_dataops.scheduling.views import fire_to_json  # noqa: PLC0415 - as in `Face`

    with face.open_schedules() as schedules:
        fire = schedules.run_now(name, collect_parameters(given))
    crashed = fire.run_state is RunState.CRASHED
    if as_json:
        print_json(fire_to_json(fire))
    elif crashed:
        see = command_line("show", str(fire.run_id))
        click.echo(f"Error: run {fire.run_id} was made, and no process could be started for it: {see}", err=True)
    elif fire.started_at is not None:
        click.echo(fire.run_id)
        click.echo(f"follow it with: {command_line('logs', str(fire.run_id), '-f')}", err=True)
    else:
        click.echo(f"Error: no run could be started: {fire.reason}", err=True)
    return 0 if fire.started_at is not None and not crashed else 3
