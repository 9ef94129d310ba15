"""A notebook without tags becomes a pipeline: what is proposed is looked through, and set in one step."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.lab_cells import chip_of, wait_for_tags
from tests.support.notebooks import cell, text

UNTAGGED = (
    cell("import math"),
    cell("country = 'de'"),
    text("## Load the data"),
    cell("sales = [len(country)]", "hide-input"),
    text("## Add up"),
    cell("total = {country: sum(sales)}"),
)


def test_proposed_tags_are_chosen_and_set_in_one_step(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*UNTAGGED), kernel=False)

    lab.execute("dataops:tag-notebook")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox")).to_have_count(5)
    expect(dialog.get_by_text("It begins the section 'Load the data'.")).to_be_visible()
    assert lab.accessibility_problems(".jp-dataops-tagDialog") == []
    lab.screenshot("light")
    lab.change_theme("JupyterLab Dark")
    assert lab.accessibility_problems(".jp-dataops-tagDialog") == []
    lab.screenshot("dark")
    dialog.get_by_role("checkbox", name="Cell 2").uncheck()
    expect(dialog.get_by_text("3 of 4 chosen")).to_be_visible()
    dialog.get_by_role("button", name="Apply").click()

    wait_for_tags(lab, ["setup"], [], [], ["hide-input", "node:load_the_data"], [], ["node:add_up"])
    expect(chip_of(lab, 5)).to_have_text("add_up")
    lab.execute("notebook:undo-cell-action")
    wait_for_tags(lab, [], [], [], ["hide-input"], [], [])


def test_nothing_is_set_where_nothing_is_wanted(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*UNTAGGED), kernel=False)

    lab.execute("dataops:tag-notebook")
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_role("checkbox").first.uncheck()
    expect(dialog.get_by_role("button", name="Apply")).to_be_disabled()
    lab.page.keyboard.press("Escape")

    wait_for_tags(lab, [], [], [], ["hide-input"], [], [])


def test_a_notebook_with_tags_is_told_why_nothing_is_proposed(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:a"), cell("y = x")), kernel=False)
    expect(chip_of(lab, 0)).to_be_visible()

    lab.execute("dataops:tag-notebook")

    expect(lab.page.get_by_role("dialog")).to_contain_text("have tags of the pipeline already")
