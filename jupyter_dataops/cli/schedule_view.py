"""Schedules and their fires, as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.output import cut, make_console, make_table, print_table
from jupyter_dataops.records.schedules import bringer_of

if TYPE_CHECKING:
    from jupyter_dataops.records import FireRecord, ScheduleRecord
    from jupyter_dataops.schedules.preview import Preview
    from jupyter_dataops.scheduling.schedules import Schedules
    from jupyter_dataops.scheduling.views import Backfill, ScheduleView

_FATES = {
    "claimed": ("◌", "cyan"),
    "buffered": ("◌", "cyan"),
    "started": ("▶", "blue"),
    "skipped": ("⤼", "bright_black"),
    "missed": ("⊗", "yellow"),
    "failed_to_start": ("✘", "red"),
}
_MOST_BACKFILLED = 20


def fate_text(fire: FireRecord) -> Text:
    """What came of a fire: its fate, or, where it was started, how its run ended."""
    if fire.run_state is not None:
        from jupyter_dataops.cli.output import state_text  # noqa: PLC0415 - few fires need it

        return state_text(fire.run_state)
    symbol, colour = _FATES[fire.fate.value]
    return Text(f"{symbol} {fire.fate.value.replace('_', ' ')}", style=colour)


def print_schedules(views: Sequence[ScheduleView]) -> None:
    """All schedules, a line each."""
    from jupyter_dataops.scheduling.views import shown_time  # noqa: PLC0415 - as in `Face`

    optional = {
        "env": [view.record.environment or "" for view in views],
        "deployed": [_deployed(view) for view in views],
    }
    shown = {title: values for title, values in optional.items() if any(values)}
    table = make_table("schedule", *shown, "when", "next", "last", "of", "notebook", wide="notebook")
    for position, view in enumerate(views):
        state = "paused" if view.record.is_paused else "over" if view.is_over else "-"
        table.add_row(
            view.name,
            *(values[position] for values in shown.values()),
            view.written,
            shown_time(view.next_at, view.zone) if view.next_at is not None else state,
            fate_text(view.last) if view.last is not None else "",
            shown_time(view.last.fire_time, view.zone) if view.last is not None else "",
            cut(view.record.notebook.rpartition("/")[2]),
        )
    print_table(table, make_console())


def _deployed(view: ScheduleView) -> str:
    """The deployment whose live version runs, as far as it is known; empty: the notebook as it is runs."""
    return (view.record.deployment or "live version") if view.record.deployed else ""


def print_schedule(view: ScheduleView) -> None:
    """One schedule, and its latest fires."""
    from jupyter_dataops.schedules.wording import policy_in_words  # noqa: PLC0415 - as in `Face`
    from jupyter_dataops.scheduling.views import shown_time, watch_in_words  # noqa: PLC0415 - as in `Face`

    console, record = make_console(), view.record
    console.print(Text(f"{view.name}: {view.told}"))
    console.print(Text(f"  notebook: {record.notebook}{' (its live version)' if record.deployed else ''}"))
    if record.environment is not None:
        console.print(Text(f"  environment: {record.environment}"))
    if record.origin is not None:
        console.print(Text(f"  described by: {record.origin}"))
    console.print(Text(f"  trigger: {view.written}"))
    console.print(Text(f"  policy: {policy_in_words(view.policy, view.trigger)}"))
    for title, values in (("parameters", record.parameters), ("options", record.options)):
        if values:
            console.print(Text(f"  {title}: " + ", ".join(f"{key}={value!r}" for key, value in values.items())))
    if record.is_paused:
        because = f": {record.paused_because}" if record.paused_because else ""
        console.print(Text(f"  paused{because}", style="yellow"))
    elif view.next_at is not None:
        console.print(Text(f"  next: {shown_time(view.next_at, view.zone)}"))
    elif view.is_over:
        console.print(Text("  over: it fires no more", style="yellow"))
    for poll in view.polls:
        console.print(Text(f"  {watch_in_words(poll)}"))
    if view.fires:
        console.print()
        print_fires(view.fires, view.zone, console)


def print_fires(fires: Sequence[FireRecord], zone: str, console: Console) -> None:
    """Fires, a line each."""
    from jupyter_dataops.scheduling.views import shown_time  # noqa: PLC0415 - as in `Face`

    table = make_table("fire time", "fate", "run", "kind", "reason", wide="reason")
    for fire in fires:
        many = f"{'at least ' if fire.at_least else ''}{fire.count} fires: " if fire.count > 1 else ""
        late = _lateness(fire)
        table.add_row(
            shown_time(fire.fire_time, zone),
            fate_text(fire),
            fire.run_id or "",
            fire.kind.value,
            cut(many + (fire.why or late)),
        )
    print_table(table, console)


def _lateness(fire: FireRecord) -> str:
    if fire.started_at is None or fire.kind.value != "scheduled":
        return ""
    late = fire.started_at - (fire.due_at or fire.fire_time)
    return f"started {max(0.0, late.total_seconds()):.1f} s after its time"


def print_previews(previews: Sequence[Preview]) -> None:
    """Fires to come, with what a change of clocks does to them."""
    from jupyter_dataops.schedules.wording import instant_in_words  # noqa: PLC0415 - as in `Face`

    table = make_table("local", "UTC", "note", wide="note")
    for one in previews:
        table.add_row(f"{one.local:%a} {instant_in_words(one.local)}", instant_in_words(one.at), one.note)
    print_table(table, make_console())


def print_backfill(found: Backfill, zone: str, *, dry_run: bool) -> None:
    """What a backfill does, or would do; times as in `zone`, and in UTC."""
    from jupyter_dataops.scheduling.views import shown_time  # noqa: PLC0415 - as in `Face`

    verb = "would run" if dry_run else "will run"
    for fire in found.wanted[:_MOST_BACKFILLED]:
        at = shown_time(fire.fire_time, zone)
        if zone != "UTC":
            at += f" ({shown_time(fire.fire_time, 'UTC')})"
        click.echo(f"{verb} {at}{f'  ({fire.reason})' if fire.reason else ''}")
    if len(found.wanted) > _MOST_BACKFILLED:
        click.echo(f"and {len(found.wanted) - _MOST_BACKFILLED} more")
    if not found.wanted:
        click.echo("nothing is left to run in that range", err=True)
    if found.left_out:
        click.echo(f"{len(found.left_out)} left out: they have had a run, or will", err=True)


def print_remarks(schedules: Schedules, record: ScheduleRecord) -> None:
    """Say, on stderr, what may keep it from starting, or start it without end."""
    for told in schedules.remarks(record):
        click.echo(f"warning: {told}", err=True)


def warn_of_description(record: ScheduleRecord) -> None:
    """Say on stderr, of a schedule that somebody has changed, what will change it back."""
    bringer = bringer_of(record.origin)
    if bringer is not None:
        deployment, environment = bringer
        whose, when = f"the live version of {deployment}", f"deploy, promote or rollback in {environment}"
    elif record.origin is not None:
        whose, when = record.origin, f"`{command_line('schedule', 'sync')}`"
    else:
        return
    click.echo(
        f"note: {record.name} is described by {whose}: the next {when} makes it as described there again;\n"
        "  to keep a change, make it in the file that describes it",
        err=True,
    )


def warn_without_service(schedules: Schedules) -> None:
    """Say on stderr that nothing will happen by itself, where that is so."""
    if not schedules.services():
        click.echo(f"no service is running that starts what is due: `{command_line('scheduler')}`", err=True)
