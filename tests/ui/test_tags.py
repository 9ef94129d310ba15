"""Tags of cells: the form in a dialog and in the property inspector, and edits of one click."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.support.lab import Lab
from tests.support.lab_cells import cell_at, chip_of, select, tags_of, wait_for_tags
from tests.support.notebooks import cell, text


def open_form(lab: Lab, index: int) -> Locator:
    """The form for a cell, opened from the toolbar of the cell."""
    select(lab, index)
    cell_at(lab, index).get_by_role("button", name="Edit what this cell is to the data pipeline").click()
    form = lab.page.get_by_role("dialog")
    expect(form.get_by_label("This cell is")).to_be_visible()
    return form


def test_a_cell_becomes_a_node_by_clicking(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1"), cell("y = x")), kernel=False)
    form = open_form(lab, 0)

    form.get_by_label("This cell is").select_option("Part of a node")
    form.get_by_label("Name").fill("load")
    form.get_by_role("button", name="Retry", exact=True).click()
    form.get_by_label("Retries").fill("3")
    form.get_by_label("Jitter").select_option("full")
    expect(form.get_by_role("button", name="Apply")).to_be_enabled()
    assert lab.accessibility_problems(".jp-dataops-tagDialog") == []
    lab.screenshot("light")
    lab.change_theme("JupyterLab Dark")
    assert lab.accessibility_problems(".jp-dataops-tagDialog") == []
    lab.screenshot("dark")
    form.get_by_role("button", name="Apply").click()

    wait_for_tags(lab, ["node:load", "retries:3", "retry_jitter:full"], [])
    expect(chip_of(lab, 0)).to_have_text("load")


def test_a_bad_value_is_told_at_its_field_and_not_written(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:load", "timeout:10m")), kernel=False)
    form = open_form(lab, 0)

    form.get_by_label("Time limit").fill("soon")

    expect(form.get_by_label("Time limit")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("[data-key=timeout]")).to_contain_text("takes a duration")
    expect(form.get_by_role("button", name="Apply")).to_be_disabled()
    form.get_by_label("Time limit").press("Enter")
    expect(form).to_be_visible()
    form.get_by_label("Time limit").fill("90s")
    form.get_by_role("button", name="Apply").click()
    wait_for_tags(lab, ["node:load", "timeout:90s"])


def test_tags_of_others_and_those_that_say_nothing_stay(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "hide-input", "retrys:3", "node:load")), kernel=False)
    form = open_form(lab, 0)

    expect(form.get_by_text("hide-input")).to_be_visible()
    expect(form.get_by_text("retrys:3", exact=True)).to_be_visible()
    form.get_by_label("Name").fill("fetch")
    form.get_by_role("button", name="Apply").click()
    wait_for_tags(lab, ["node:fetch", "hide-input", "retrys:3"])

    form = open_form(lab, 0)
    form.get_by_role("button", name="Remove retrys:3").click()
    form.get_by_role("button", name="Apply").click()
    wait_for_tags(lab, ["node:fetch", "hide-input"])


def test_every_tag_of_the_language_has_a_field_in_a_group(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "check:load/ok", "node:load")), kernel=False)
    form = open_form(lab, 0)
    rows = lab.server.request("dataops/v1/grammar")["rows"]

    fields = form.locator("[data-key]").evaluate_all("found => found.map(one => one.dataset.key)")

    expected = {row["key"] for row in rows if row["role"] is None} | {"check"}
    assert set(fields) == expected
    expect(form.get_by_role("button", name="Other options")).to_have_count(0)


def test_the_inspector_follows_the_active_cell_and_writes_when_a_field_is_left(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:load"), cell("y = x", "node:clean"), text("# Text")), kernel=False)
    expect(chip_of(lab, 1)).to_be_visible()
    select(lab, 0)
    lab.execute("property-inspector:show-panel")
    inspector = lab.page.locator(".jp-NotebookTools")
    inspector.get_by_text("Data Pipeline").click()
    name = inspector.get_by_label("Name", exact=True)
    expect(name).to_have_value("load")
    lab.screenshot("light")

    select(lab, 1)
    expect(name).to_have_value("clean")
    name.fill("tidy")
    assert tags_of(lab)[1] == ["node:clean"]
    name.press("Tab")
    wait_for_tags(lab, ["node:load"], ["node:tidy"], [])
    inspector.get_by_label("This cell is").select_option("Setup")
    wait_for_tags(lab, ["node:load"], ["setup"], [])

    select(lab, 1)
    lab.page.keyboard.press("z")
    wait_for_tags(lab, ["node:load"], ["node:tidy"], [])
    expect(name).to_have_value("tidy")
    select(lab, 2)
    expect(inspector.get_by_text("Only code cells are part of a pipeline.")).to_be_visible()


def test_a_node_is_started_with_two_keys_and_its_name(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1"), cell("y = x", "setup"), cell("z = y")), kernel=False)
    select(lab, 0, 1)

    lab.page.keyboard.press("n")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    lab.page.keyboard.type("1st")
    expect(dialog.get_by_text("For example '_1st'.")).to_be_visible()
    lab.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Name").fill("first")
    expect(dialog.get_by_role("button", name="Start node")).to_be_enabled()
    lab.page.keyboard.press("Enter")

    wait_for_tags(lab, ["node:first"], [], [])
    expect(cell_at(lab, 2).locator(".jp-dataops-cellGutter")).to_have_attribute("data-place", "last")


def test_edits_of_one_click_act_on_all_selected_cells_and_keep_other_tags(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("import os", "keep-me"), cell("import re"), cell("x = 1")), kernel=False)
    select(lab, 0, 1)

    lab.execute("dataops:make-setup")
    wait_for_tags(lab, ["setup", "keep-me"], ["setup"], [])
    lab.execute("dataops:skip-cells")
    wait_for_tags(lab, ["skip", "keep-me"], ["skip"], [])
    lab.execute("dataops:clear-tags")
    wait_for_tags(lab, ["keep-me"], [], [])
    lab.execute("dataops:make-parameters")
    wait_for_tags(lab, ["parameters", "keep-me"], [], [])


def test_an_edit_of_several_cells_is_one_step_of_undo(lab: Lab) -> None:
    lab.open()
    # What Lab notes of the kernel is a step of undo, too: it comes first.
    lab.open_notebook(lab.write(cell("import os", "keep-me"), cell("import re")))
    lab.wait_for("panel.content.model.getMetadata('language_info')?.version !== undefined")
    select(lab, 0, 1)

    lab.execute("dataops:make-setup")
    wait_for_tags(lab, ["setup", "keep-me"], ["setup"])
    lab.execute("notebook:undo-cell-action")
    wait_for_tags(lab, ["keep-me"], [])
    lab.execute("notebook:redo-cell-action")
    wait_for_tags(lab, ["setup", "keep-me"], ["setup"])


def test_a_check_is_added_below_its_node_from_the_menu_of_the_cell(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:load"), cell("y = 2", "node:other")), kernel=False)
    expect(chip_of(lab, 1)).to_be_visible()
    select(lab, 1)

    cell_at(lab, 0).locator(".jp-InputArea-editor").click(button="right")
    lab.page.locator(".lm-Menu-itemLabel", has_text="Data Pipeline").hover()
    lab.page.locator(".lm-Menu-itemLabel", has_text="Add Check for “load”").click()

    wait_for_tags(lab, ["node:load"], ["check:load"], ["node:other"])
    lab.wait_for("panel.content.activeCellIndex === 1 && panel.content.mode === 'edit'")
