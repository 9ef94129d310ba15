"""``backfill``: a schedule, for times in the past."""

from __future__ import annotations

from typing import Any

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_names import FIRE_SHAPE, name_argument
from jupyter_dataops.cli.schedule_view import print_backfill, warn_without_service
from jupyter_dataops.cli.times import moment_in


@verb(
    reads_store=True, json_shape=f'{{"schedule", "batch", "fires": [FIRE], "left_out": [FIRE]}}; FIRE is {FIRE_SHAPE}'
)
@name_argument
@click.option("--from", "since", required=True, metavar="TIME", help="2026-01-31, in the schedule's zone, or 30d ago.")
@click.option("--to", "until", metavar="TIME", help="Before that time, read as --from is; else now.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--max-active", type=click.IntRange(min=1), default=1, show_default=True, help="So many at a time.")
@click.option("--reverse", is_flag=True, help="The latest first.")
@click.option("--dry-run", is_flag=True, help="Only say what would be run.")
@parameter_options
@json_option()
def command(  # noqa: PLR0917 - as click passes them
    face: Face,
    /,
    name: str,
    since: str,
    until: str | None,
    limit: int | None,
    max_active: int,
    *,
    reverse: bool,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Run a schedule for times in the past, none of them twice.

    The services start the runs. Times that have had a run, or will, are left out; what was missed, skipped or failed to
    start is run. A time without an offset is one of the schedule's zone, as `schedule next` shows it.
    """
    with face.open_schedules() as schedules:
        zone = schedules.show(name, 0).zone
        found = schedules.backfill(
            name,
            moment_in(zone, since, "--from"),
            moment_in(zone, until, "--to") if until is not None else None,
            parameters=collect_parameters(given),
            limit=limit,
            max_active=max_active,
            reverse=reverse,
            dry_run=dry_run,
        )
        if as_json:
            print_json(found.to_json())
        else:
            print_backfill(found, zone, dry_run=dry_run)
        if found.batch is not None:
            warn_without_service(schedules)
