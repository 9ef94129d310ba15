"""Schedules as arguments, and the shapes in which they are printed as JSON."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import CompletionItem

from jupyter_dataops.cli.face import current_face

SCHEDULE_SHAPE: Final = (
    '{"name", "schedule_id", "notebook", "environment", "deployed", "trigger": {"kind", "text", "description", ...}, '
    '"policy", "parameters", "options", "paused", "paused_because", "over", "origin", "deployment", "created_at", '
    '"created_by", "version", "next_at", "last_fire", "previous_success", "active_runs", "waiting", '
    '"fires": [FIRE], "watches"}'
)
FIRE_SHAPE: Final = (
    '{"fire_time", "kind": "scheduled|manual|backfill", "fate": "claimed|started|buffered|skipped|missed|'
    'failed_to_start", "reason", "run_id", "run_state", "decided_at", "started_at", "ended_at", "count", "first_time", '
    '"at_least", "resumed", "batch", "asked_by"}'
)


def _complete(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        with current_face(ctx).open_schedules() as schedules:
            views = schedules.list()
    except Exception:  # noqa: BLE001 - no completion is better than a traceback in the user's prompt
        return []
    return [CompletionItem(one.name, help=one.written) for one in views if one.name.startswith(incomplete)]


name_argument = click.argument("name", shell_complete=_complete)
"""Of a verb that is about one schedule."""
