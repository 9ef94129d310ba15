"""``schedule list``: all there are."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.schedule_names import SCHEDULE_SHAPE
from jupyter_dataops.cli.schedule_view import print_schedules, warn_without_service


@verb(
    reads_store=True, json_shape=f'{{"schedules": [{SCHEDULE_SHAPE}], "services": [{{"host", "pid", "started_at"}}]}}'
)
@json_option()
def command(face: Face, /, *, as_json: bool) -> None:
    """List all schedules; with --env, those of that environment."""
    environment = face.settings().environment
    with face.open_schedules() as schedules:
        views = [one for one in schedules.list() if environment in ("", one.record.environment)]
        if as_json:
            services = [
                {
                    "host": one.runner.host.partition("/")[0],
                    "pid": one.runner.pid,
                    "started_at": one.started_at.isoformat(),
                }
                for one in schedules.services()
            ]
            print_json({"schedules": [view.to_json() for view in views], "services": services})
        elif views:
            print_schedules(views)
            warn_without_service(schedules)
        else:
            click.echo(f"no schedules in {environment} yet" if environment else "no schedules yet", err=True)
