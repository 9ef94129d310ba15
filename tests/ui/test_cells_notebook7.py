"""Chips, problems and the form of tags in Notebook 7."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.front_ends import Notebook7
from tests.support.lab_cells import cell_at, chip_of, problems_of, select, wait_for_tags
from tests.support.notebooks import cell


def test_notebook_7_shows_nodes_cures_problems_and_edits_tags(notebook7: Notebook7) -> None:
    notebook7.open_notebook(
        notebook7.write(cell("x = 1", "node:load"), cell("y = x", "node:clean", "after:laod")), kernel=False
    )

    expect(chip_of(notebook7, 0)).to_have_accessible_name("Node load, not run. Show details")
    notebook7.screenshot("light")
    problems_of(notebook7, 1).get_by_role("button", name="Change to after:load").click()
    wait_for_tags(notebook7, ["node:load"], ["node:clean", "after:load"])

    select(notebook7, 0)
    cell_at(notebook7, 0).get_by_role("button", name="Edit what this cell is to the data pipeline").click()
    form = notebook7.page.get_by_role("dialog")
    form.get_by_label("Name").fill("fetch")
    form.get_by_role("button", name="Apply").click()

    wait_for_tags(notebook7, ["node:fetch"], ["node:clean", "after:load"])
    chip_of(notebook7, 0).click()
    expect(notebook7.page.locator("#jp-dataops-pipeline")).to_be_visible()
