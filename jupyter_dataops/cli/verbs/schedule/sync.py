"""``schedule sync``: the store has the schedules that a file describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.schedule_difference import print_added, print_changed, print_removed
from jupyter_dataops.cli.schedule_view import print_remarks
from jupyter_dataops.config import FILE_NAME
from jupyter_dataops.config.loading import require_notebooks
from jupyter_dataops.errors import ConfigError

if TYPE_CHECKING:
    from jupyter_dataops.scheduling.syncing import SyncPlan

_SHAPE: Final = (
    '{"file", "environment", "added": [...], "changed": {NAME: [{"key", "old", "new"}]}, "removed": [...], '
    '"same": [...], "elsewhere": {NAME: ENVIRONMENT}, "deployed": {NAME: WHOSE}, "applied", "pruned"}'
)


@verb(json_shape=_SHAPE)
@click.option("--dry-run", is_flag=True, help="Show the difference, and do nothing.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--prune", is_flag=True, help="Remove schedules that the file described earlier, and no longer does.")
@json_option()
def command(face: Face, /, *, dry_run: bool, yes: bool, prune: bool, as_json: bool) -> None:
    """Bring the schedules of the store in line with `[schedules.NAME]` in dataops.toml.

    Shows how they differ, asks, and applies it. What is changed holds from now on. With --env, only schedules of that
    environment, in its store. Schedules that were added by hand are left alone, unless the file has one of their name;
    those that a deployed version describes are left to `deploy`.
    """
    from jupyter_dataops.scheduling.schedules import Schedules  # noqa: PLC0415 - the store, 0.2 s
    from jupyter_dataops.scheduling.syncing import apply_sync, plan_sync  # noqa: PLC0415 - as above

    if as_json and not dry_run and not yes:
        raise click.UsageError("--json cannot ask: give --yes or --dry-run with it")
    found = face.configuration()
    if found.document is None:
        raise ConfigError(f"there is no {FILE_NAME} here or above", hint="write one with a table [schedules.NAME]")
    require_notebooks(found.document)
    with Schedules(found.settings) as schedules:
        existing, document = [view.record for view in schedules.list()], found.document
        plan = plan_sync(document, existing, found.settings, lambda name: face.store_of(name, document.path.parent))
        console = make_console(stderr=as_json)
        _print_difference(plan, console, prune=prune)
        is_applied = plan.is_needed(prune=prune) and not dry_run and (yes or click.confirm("Apply?", err=as_json))
        if is_applied:
            apply_sync(plan, schedules, prune=prune)
            console.print(Text("applied"))
            for name in (*plan.difference.added, *plan.difference.changed):
                print_remarks(schedules, schedules.show(name, fires=0).record)
    if as_json:
        print_json(_describe(plan, found.settings.environment, is_applied=is_applied, prune=prune))


def _print_difference(plan: SyncPlan, console: Console, *, prune: bool) -> None:
    found = plan.difference
    for name in found.added:
        wanted = plan.wanted[name]
        print_added(name, f"{wanted.facts['trigger']}, {wanted.notebook}", console)
    for name, changes in found.changed.items():
        print_changed(name, changes, console)
    for name in found.removed:
        if prune:
            print_removed(name, console)
        else:
            console.print(Text(f"? {name}: no longer in the file; --prune removes it"))
    for name, environment in plan.elsewhere.items():
        console.print(Text(f"  {name}: in another store; see it with --env {environment}"))
    for name, whose in plan.deployed.items():
        console.print(Text(f"  {name}: described by {whose}; `deploy` brings what is new in the file"))
    if not plan.is_needed(prune=prune):
        console.print(Text(f"nothing to do: {len(found.same)} as described"))


def _describe(plan: SyncPlan, environment: str, *, is_applied: bool, prune: bool) -> dict[str, Any]:
    found = plan.difference
    changed = {
        name: [{"key": one.key, "old": one.old, "new": one.new} for one in changes]
        for name, changes in found.changed.items()
    }
    return {
        "file": plan.origin,
        "environment": environment or None,
        "added": list(found.added),
        "changed": changed,
        "removed": list(found.removed),
        "same": list(found.same),
        "elsewhere": dict(plan.elsewhere),
        "deployed": dict(plan.deployed),
        "applied": is_applied,
        "pruned": is_applied and prune,
    }
