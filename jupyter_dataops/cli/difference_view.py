"""What differs from an earlier run, as people read it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from jupyter_dataops.plan.differences import Difference

MOST_DIFF_LINES: Final = 30
_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


def differences_view(differences: Sequence[Difference], node: str) -> Text:
    """One paragraph each: what changed, and of code the lines.

    Parameters
    ----------
    node
        The one that is spoken of; what is about another names it.
    """
    view = Text()
    for one in differences:
        view.append("  ◆ ", style="yellow")
        if one.node != node:
            view.append(f"`{one.node}`: ")
        view.append(one.sentence)
        view.append("   the error points here\n" if one.is_pointed_at else "\n", style="bold yellow")
        for line in one.lines:
            view.append(f"      {line}\n")
        view.append_text(diff_view(one.diff))
    return view


def diff_view(diff: str) -> Text:
    """A unified diff in colours, its signs kept; cut where it is long."""
    view = Text()
    lines = diff.splitlines()
    for line in lines[:MOST_DIFF_LINES]:
        style = "" if line.startswith(("---", "+++")) else _STYLES.get(line[:1], "")
        view.append(f"      {line}\n", style=style)
    if len(lines) > MOST_DIFF_LINES:
        view.append(f"      ... {len(lines) - MOST_DIFF_LINES} more lines: --json has them\n", style="dim")
    return view
