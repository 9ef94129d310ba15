"""``schedule add``: a notebook runs by itself from now on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import jobs_option, json_option, notebook_argument
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_names import SCHEDULE_SHAPE
from jupyter_dataops.cli.schedule_options import policy_of, policy_options, trigger_of, trigger_options
from jupyter_dataops.cli.schedule_view import print_remarks, print_schedule, warn_without_service
from jupyter_dataops.schedules.policies import Policy


@verb(json_shape=SCHEDULE_SHAPE)
@notebook_argument()
@click.option("--name", help="What it is called; else as the notebook is.")
@trigger_options
@parameter_options
@policy_options
@click.option("--deployed", is_flag=True, help="Run the live deployed version instead of the working copy.")
@click.option("--paused", is_flag=True, help="Fire nothing before `schedule resume`.")
@click.option("--select", metavar="EXPR", help="Run only these nodes, as in `run`.")
@click.option("--changed", is_flag=True, help="Reuse what would compute the same again, as in `run`.")
@click.option("--fail-fast", is_flag=True, help="Stop a run at its first failure.")
@jobs_option()
@json_option()
def command(face: Face, /, notebook: Path, name: str | None, *, as_json: bool, **given: Any) -> None:
    """Make a schedule for NOTEBOOK.

    Values of parameters may hold {{ fire_time }}, {{ previous_success }} and {{ run_id }}, and a format, too:
    -p day "{{ fire_time: %Y-%m-%d }}". Several triggers are joined by "or".
    """
    trigger = trigger_of(given)
    if trigger is None:
        raise click.UsageError("say when: --cron, --every, --at, --file, --asset, --condition or --trigger")
    policy, options = (
        policy_of(given, Policy()),
        {key: given.pop(key) for key in ("jobs", "fail_fast", "select", "changed")},
    )
    place = {key: given.pop(key) for key in ("deployed", "paused")}
    with face.open_schedules(notebook.absolute().parent) as schedules:
        added = schedules.add(
            name or notebook.stem,
            notebook,
            trigger,
            policy=policy,
            parameters=collect_parameters(given),
            options=options,
            environment=face.environment,
            **place,
        )
        if as_json:
            print_json(added.to_json())
        else:
            print_schedule(added)
        print_remarks(schedules, added.record)
        warn_without_service(schedules)
