"""What tests look at in the cells of a notebook that is open in JupyterLab."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator

from tests.support.lab import Lab


def cell_at(lab: Lab, index: int) -> Locator:
    """The cell at that place of the document."""
    return lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-cell").nth(index)


def chip_of(lab: Lab, index: int) -> Locator:
    """The chip above the cell at that place."""
    return cell_at(lab, index).locator(".jp-dataops-cellChip")


def problems_of(lab: Lab, index: int) -> Locator:
    """The lines that say what is wrong with the cell at that place."""
    return cell_at(lab, index).locator(".jp-dataops-cellDiagnostic")


def tags_of(lab: Lab) -> list[list[str]]:
    """The tags of every cell, as they would be saved."""
    found: list[list[str]] = lab.evaluate(
        "return Array.from(panel.content.model.cells, c => c.getMetadata('tags') ?? [])"
    )
    return found


def wait_for_tags(lab: Lab, *tags: list[str]) -> None:
    """The tags of all cells have come to be these."""
    lab.wait_for(
        "JSON.stringify(Array.from(panel.content.model.cells, c => c.getMetadata('tags') ?? [])) === arg",
        _as_javascript(tags),
    )


def select(lab: Lab, first: int, last: int | None = None) -> None:
    """The cells from `first` to `last` are selected, in command mode, and keys go to them."""
    lab.evaluate(
        "panel.content.mode = 'command'; panel.content.deselectAll(); panel.content.activeCellIndex = arg[0];"
        "if (arg[1] !== null) panel.content.extendContiguousSelectionTo(arg[1]);"
        "panel.content.activeCell.node.focus()",
        [first, last],
    )


def type_into(lab: Lab, index: int, text: str) -> None:
    """`text` is typed at the end of the cell at that place, which has the cursor afterwards."""
    lab.evaluate("panel.content.activeCellIndex = arg; panel.content.mode = 'edit'", index)
    editor = cell_at(lab, index).locator(".cm-content")
    editor.click()
    lab.page.keyboard.press("ControlOrMeta+End")
    lab.page.keyboard.type(text)


def _as_javascript(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
