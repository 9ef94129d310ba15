"""``schedule``: notebooks that run by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from jupyter_dataops.cli.face import Face, current_face, verb
from jupyter_dataops.cli.group import VerbGroup
from jupyter_dataops.cli.options import jobs_option, json_option, notebook_argument
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_options import policy_of, policy_options, trigger_of, trigger_options
from jupyter_dataops.cli.schedule_view import (
    print_previews,
    print_schedule,
    print_schedules,
    warn_without_service,
)
from jupyter_dataops.schedules.policies import Policy

SCHEDULE_SHAPE = (
    '{"name", "schedule_id", "notebook", "environment", "deployed", "trigger": {"kind", "text", "description", ...}, '
    '"policy", "parameters", "options", "paused", "paused_because", "origin", "created_at", "created_by", "version", '
    '"next_at", "last_fire", "previous_success", "active_runs", "waiting", "fires": [FIRE], "watches"}'
)
FIRE_SHAPE = (
    '{"fire_time", "kind": "scheduled|manual|backfill", "fate": "claimed|started|buffered|skipped|missed|'
    'failed_to_start", "reason", "run_id", "run_state", "decided_at", "started_at", "ended_at", "count", "first_time", '
    '"at_least", "resumed", "batch", "asked_by"}'
)


@click.group(cls=VerbGroup)
def command() -> None:
    """Run notebooks by themselves, at times or when something happens.

    A schedule is kept in the run store. Services start what is due: `jupyter dataops scheduler`, or a Jupyter server.
    """


def _complete(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        with current_face(ctx).open_schedules() as schedules:
            views = schedules.list()
    except Exception:  # noqa: BLE001 - no completion is better than a traceback in the user's prompt
        return []
    return [CompletionItem(one.name, help=one.written) for one in views if one.name.startswith(incomplete)]


name_argument = click.argument("name", shell_complete=_complete)


def _options_of(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given.pop(name) for name in ("jobs", "fail_fast", "select", "changed")}


@verb(json_shape=SCHEDULE_SHAPE)
@notebook_argument()
@click.option("--name", help="What it is called; else as the notebook is.")
@trigger_options
@parameter_options
@policy_options
@click.option("--env", "environment", metavar="NAME", help="Environment of the configuration that its runs use.")
@click.option("--deployed", is_flag=True, help="Run the live deployed version instead of the working copy.")
@click.option("--paused", is_flag=True, help="Fire nothing before `schedule resume`.")
@click.option("--select", metavar="EXPR", help="Run only these nodes, as in `run`.")
@click.option("--changed", is_flag=True, help="Reuse what would compute the same again, as in `run`.")
@click.option("--fail-fast", is_flag=True, help="Stop a run at its first failure.")
@jobs_option()
@json_option()
def add(face: Face, /, notebook: Path, name: str | None, *, as_json: bool, **given: Any) -> None:
    """Make a schedule for NOTEBOOK.

    Values of parameters may hold {{ fire_time }}, {{ previous_success }} and {{ run_id }}, and a format, too:
    -p day "{{ fire_time: %Y-%m-%d }}". Several triggers are joined by "or".
    """
    trigger = trigger_of(given)
    if trigger is None:
        raise click.UsageError("say when: --cron, --every, --at, --file, --asset, --condition or --trigger")
    policy, options = policy_of(given, Policy()), _options_of(given)
    place = {key: given.pop(key) for key in ("environment", "deployed", "paused")}
    with face.open_schedules(notebook.absolute().parent) as schedules:
        added = schedules.add(
            name or notebook.stem,
            notebook,
            trigger,
            policy=policy,
            parameters=collect_parameters(given),
            options=options,
            **place,
        )
        if as_json:
            print_json(added.to_json())
        else:
            print_schedule(added)
        warn_without_service(schedules)


@verb(json_shape=SCHEDULE_SHAPE)
@name_argument
@click.option("--rename", metavar="NAME", help="Its new name.")
@click.option("--notebook", type=click.Path(path_type=Path), help="The notebook that it runs.")
@trigger_options
@parameter_options
@policy_options
@json_option()
def edit(face: Face, /, name: str, rename: str | None, notebook: Path | None, *, as_json: bool, **given: Any) -> None:
    """Change a schedule; it counts from now, and fires for no time before.

    What is not said stays as it is. Parameters are added to those that it has.
    """
    trigger = trigger_of(given)
    changes: dict[str, Any] = {}
    with face.open_schedules() as schedules:
        before = schedules.show(name)
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


@verb(json_shape=f'{{"schedules": [{SCHEDULE_SHAPE}], "services": [{{"host", "pid", "started_at"}}]}}')
@json_option()
def list_(face: Face, /, *, as_json: bool) -> None:
    """List all schedules."""
    with face.open_schedules() as schedules:
        views = schedules.list()
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
            click.echo("no schedules yet", err=True)


@verb(json_shape=f"{SCHEDULE_SHAPE}; FIRE is {FIRE_SHAPE}")
@name_argument
@click.option(
    "--fires", type=click.IntRange(min=0), default=10, show_default=True, help="How many of its latest fires."
)
@json_option()
def show(face: Face, /, name: str, fires: int, *, as_json: bool) -> None:
    """Show one schedule with its latest fires, and what came of each."""
    with face.open_schedules() as schedules:
        view = schedules.show(name, fires)
        if as_json:
            print_json(view.to_json())
        else:
            print_schedule(view)


@verb(json_shape='{"name", "zone", "fires": [{"at", "local", "note"}]}')
@name_argument
@click.option("-n", "count", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@json_option()
def next_(face: Face, /, name: str, count: int, *, as_json: bool) -> None:
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


@verb()
@name_argument
@click.option("--because", metavar="TEXT", help="Shown with it.")
def pause(face: Face, /, name: str, because: str | None) -> None:
    """Fire nothing until `schedule resume`; what runs goes on."""
    with face.open_schedules() as schedules:
        click.echo(f"{schedules.pause(name, because).name} is paused")


@verb()
@name_argument
def resume(face: Face, /, name: str) -> None:
    """Fire again from now on.

    What was due meanwhile is skipped, unless the schedule catches up on all.
    """
    with face.open_schedules() as schedules:
        view = schedules.resume(name)
        click.echo(f"{view.name} goes on" + (f": next {view.next_at:%Y-%m-%d %H:%M:%S} UTC" if view.next_at else ""))
        warn_without_service(schedules)


@verb()
@name_argument
def remove(face: Face, /, name: str) -> None:
    """Remove a schedule; its runs stay, and those under way go on."""
    with face.open_schedules() as schedules:
        schedules.remove(name)
    click.echo(f"{name} is removed")


@verb(json_shape=FIRE_SHAPE)
@name_argument
@parameter_options
@json_option()
def run_now(face: Face, /, name: str, *, as_json: bool, **given: Any) -> int:
    """Start a run of a schedule now, whatever else runs; this needs no service."""
    from jupyter_dataops.scheduling.views import fire_to_json  # noqa: PLC0415 - as in `Face`

    with face.open_schedules() as schedules:
        fire = schedules.run_now(name, collect_parameters(given))
    if as_json:
        print_json(fire_to_json(fire))
    elif fire.started_at is not None:
        click.echo(fire.run_id)
        click.echo(f"follow it with: jupyter dataops logs {fire.run_id} -f", err=True)
    else:
        click.echo(f"Error: no run could be started: {fire.reason}", err=True)
    return 0 if fire.started_at is not None else 3


for _name, _verb in (
    ("add", add),
    ("list", list_),
    ("show", show),
    ("next", next_),
    ("edit", edit),
    ("pause", pause),
    ("resume", resume),
    ("run-now", run_now),
    ("remove", remove),
):
    command.add_command(_verb, _name)
