"""A plan, printed."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.output import make_table, print_json, print_table
from jupyter_dataops.plan.models import Action, Plan

JSON_SHAPE: Final = '{"mode", "nodes": [{"node", "action": "run|reuse|skip", "reason", "source_run_id"}]}'
_STYLES: Final = {Action.RUN: "blue", Action.REUSE: "green", Action.SKIP: "bright_black"}


def print_plan(plan: Plan, console: Console, *, as_json: bool) -> None:
    """Decision and reason for each node."""
    if as_json:
        print_json(plan_json(plan))
        return
    table = make_table("node", "action", "reason", wide="reason")
    for decision in plan.decisions:
        table.add_row(decision.node, Text(decision.action, style=_STYLES[decision.action]), decision.reason)
    print_table(table, console)


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as the documented object of ``--dry-run --json``."""
    return {
        "mode": plan.mode,
        "nodes": [
            {
                "node": decision.node,
                "action": decision.action.value,
                "reason": decision.reason,
                "source_run_id": decision.source_run_id,
            }
            for decision in plan.decisions
        ],
    }
