"""``schedule edit``: when, what and how, from now on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_names import SCHEDULE_SHAPE, name_argument
from jupyter_dataops.cli.schedule_options import policy_of, policy_options, trigger_of, trigger_options
from jupyter_dataops.cli.schedule_view import print_remarks, print_schedule, warn_of_description


@verb(reads_store=True, json_shape=SCHEDULE_SHAPE)
@name_argument
@click.option("--rename", metavar="NAME", help="Its new name.")
@click.option("--notebook", type=click.Path(path_type=Path), help="The notebook that it runs.")
@trigger_options
@parameter_options
@policy_options
@json_option()
def command(
    face: Face, /, name: str, rename: str | None, notebook: Path | None, *, as_json: bool, **given: Any
) -> None:
    """Change a schedule; it counts from now, and fires for no time before.

    What is not said stays as it is; something has to be said. Parameters are added to those that it has. Where a
    deployed version or a file describes the schedule, the change holds until the next deployment, or `schedule sync`.
    """
    changes: dict[str, Any] = {}
    with face.open_schedules() as schedules:
        before = schedules.show(name)
        _require_change(name, {"rename": rename, "notebook": notebook, **given})
        trigger = trigger_of(given, before.trigger)
        policy = policy_of(given, before.policy)
        parameters = collect_parameters(given)
        if parameters:
            changes["parameters"] = {**before.record.parameters, **parameters}
        if rename is not None:
            changes["name"] = rename
        if notebook is not None:
            changes["notebook"] = notebook
        edited = schedules.edit(name, trigger=trigger, policy=policy if policy != before.policy else None, **changes)
        if as_json:
            print_json(edited.to_json())
        else:
            print_schedule(edited)
        if trigger is not None or notebook is not None:
            print_remarks(schedules, edited.record)
        warn_of_description(before.record)


def _require_change(name: str, options: Mapping[str, Any]) -> None:
    """Return if something is to be changed. Raises `click.UsageError`, which says what can be."""
    if any(value not in (None, ()) for value in options.values()):
        return
    ctx = click.get_current_context()
    spelled = [option.opts[-1] for option in ctx.command.params if option.name in options]
    raise click.UsageError(
        f"nothing is said that would change schedule '{name}': give one of {', '.join(spelled)}; "
        f"`{command_line('schedule', 'show', name)}` says how it is",
        ctx,
    )
