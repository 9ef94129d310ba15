"""What a notebook shows of its pipeline: bars and chips at the cells."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.lab_cells import cell_at, chip_of, select, type_into
from tests.support.notebooks import cell, text

PIPELINE = (
    text("# Sales\nReads, cleans and adds up."),
    cell("country = 'de'", "parameters"),
    cell("import math", "setup"),
    text("## Load"),
    cell("sales = [1.0, 2.5, 4.0]", "node:load"),
    cell("sales.append(8.0)"),
    text("## Clean"),
    cell("clean = [math.floor(one) for one in sales]", "node:clean", "retries:2"),
    cell("assert all(one > 0 for one in clean)", "check:clean/positive"),
    cell("print('a look')", "skip"),
    cell("total = sum(clean)", "node:total"),
)


def test_cells_show_what_they_are_to_the_pipeline(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*PIPELINE), kernel=False)

    expect(chip_of(lab, 1)).to_have_text("Parameters")
    expect(chip_of(lab, 2)).to_have_text("Setup")
    expect(chip_of(lab, 4)).to_have_accessible_name("Node load, not run. Show details")
    expect(chip_of(lab, 5)).to_have_count(0)
    expect(cell_at(lab, 5).locator(".jp-dataops-cellGutter")).to_have_attribute("data-place", "last")
    expect(chip_of(lab, 8)).to_have_accessible_name("Check positive, not run, checks clean. Show details")
    expect(chip_of(lab, 9)).to_have_text("Not in the pipeline")
    expect(cell_at(lab, 0).locator(".jp-dataops-cellHeader")).to_have_count(0)
    assert lab.accessibility_problems(".jp-dataops-cellHeader") == []
    lab.screenshot("light")
    lab.change_theme("JupyterLab Dark")
    assert lab.accessibility_problems(".jp-dataops-cellHeader") == []
    lab.screenshot("dark")


def test_a_notebook_without_tags_looks_as_ever(lab: Lab) -> None:
    lab.open()
    with lab.page.expect_response("**/dataops/v1/preview*"):
        lab.open_notebook(lab.write(cell("import os"), cell("x = nothing_known")), kernel=False)

    select(lab, 0)
    expect(lab.page.locator(".jp-dataops-cellHeader")).to_have_count(0)


def test_chips_show_how_the_run_goes_and_retry_what_failed(lab: Lab) -> None:
    lab.open()
    path = lab.write(cell("x = 1", "node:load"), cell("y = x / 0", "node:divide"), cell("z = y", "node:report"))
    lab.open_notebook(path, kernel=False)
    expect(chip_of(lab, 1)).to_be_visible()

    lab.execute("dataops:run-pipeline")

    expect(chip_of(lab, 0)).to_contain_text("succeeded")
    expect(chip_of(lab, 1)).to_contain_text("failed")
    expect(chip_of(lab, 2)).to_contain_text("upstream failed")
    expect(chip_of(lab, 1)).to_have_attribute("title", re.compile("ZeroDivisionError"))
    expect(cell_at(lab, 2).get_by_role("button", name="Retry report")).to_be_hidden()
    lab.screenshot("failed")

    select(lab, 1)
    lab.evaluate("panel.content.activeCell.model.sharedModel.setSource('y = x / 2')")
    lab.evaluate("await within(panel.context.save(), 'saved')")
    expect(chip_of(lab, 1)).to_contain_text("edited since")
    cell_at(lab, 1).get_by_role("button", name="Retry divide").click()

    expect(chip_of(lab, 1)).to_contain_text("succeeded")
    expect(chip_of(lab, 2)).to_contain_text("succeeded")
    expect(chip_of(lab, 0)).to_contain_text("reused")


def test_a_click_on_a_chip_shows_the_node_in_the_panel(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*PIPELINE), kernel=False)

    chip_of(lab, 7).click()

    expect(lab.page.locator("#jp-dataops-pipeline")).to_be_visible()
    lab.wait_for("panel.content.activeCellIndex === 7 && panel.content.mode === 'command'")


@pytest.mark.parametrize("mode", ["contentVisibility", "defer", "full", "none"])
def test_chips_stay_while_cells_come_and_go(lab: Lab, mode: str) -> None:
    # Not while a notebook is open: cells that JupyterLab has not drawn by then would never be.
    lab.server.set("@jupyterlab/notebook-extension/tracker", windowingMode=mode)
    lab.open()
    many = [cell(f"x{at} = {at}", f"node:n{at}") for at in range(120)]
    lab.open_notebook(lab.write(*many), kernel=False)
    lab.wait_for("panel.content.notebookConfig.windowingMode === arg", mode)

    for index in (119, 0):
        scroll_to_chip(lab, index)
        expect(lab.page.get_by_role("button", name=f"Node n{index}, not run. Show details")).to_have_count(1)


def scroll_to_chip(lab: Lab, index: int) -> None:
    """The chip of the node with that number is in sight: what is above may push it out again while it is still made."""
    lab.evaluate(
        """
        const isInSight = () => {
            const chip = document.querySelector(`.jp-dataops-cellChip[aria-label^='Node n${arg},']`);
            const found = chip?.getBoundingClientRect(), sight = panel.content.node.getBoundingClientRect();
            return found?.height > 0 && found.top >= sight.top && found.bottom <= sight.bottom;
        };
        const scroll = async () => {
            while (!isInSight()) {
                panel.content.scrollToItem(arg, 'center').catch(() => undefined);
                await new Promise(resolve => setTimeout(resolve, 300));
            }
        };
        await within(scroll(), 'the chip in sight')
        """,
        index,
    )


def test_chips_follow_cells_that_move_and_come_back(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("a = 1", "node:a"), cell("b = 2", "node:b")), kernel=False)
    expect(chip_of(lab, 0)).to_have_text("a")

    select(lab, 1)
    lab.execute("notebook:delete-cell")
    expect(chip_of(lab, 1)).to_have_count(0)
    lab.execute("notebook:undo-cell-action")
    expect(chip_of(lab, 1)).to_have_text("b")

    select(lab, 0)
    lab.execute("notebook:move-cell-down")
    expect(chip_of(lab, 0)).to_have_text("b")
    expect(chip_of(lab, 1)).to_have_text("a")
    lab.execute("notebook:hide-cell-code")
    expect(chip_of(lab, 1)).to_be_visible()


def test_cells_are_dragged_by_their_prompt_past_chips(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(
        lab.write(cell("a = 1", "node:a"), cell("b = 2", "node:b"), cell("c = 3", "node:c")), kernel=False
    )
    expect(chip_of(lab, 2)).to_be_visible()

    source, target = cell_at(lab, 0).locator(".jp-InputPrompt").bounding_box(), chip_of(lab, 2).bounding_box()
    assert source is not None
    assert target is not None
    mouse = lab.page.mouse
    mouse.move(source["x"] + 20, source["y"] + 10)
    mouse.down()
    mouse.move(target["x"], target["y"] - 30, steps=5)
    mouse.move(target["x"] + 40, target["y"] + 8, steps=5)
    mouse.up()

    expect(chip_of(lab, 1)).to_have_text("a")
    expect(chip_of(lab, 0)).to_have_text("b")


def test_only_chips_that_differ_are_touched_while_somebody_types(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*PIPELINE), kernel=False)
    expect(chip_of(lab, 10)).to_be_visible()
    lab.page.evaluate(
        "window.touched = new Set(); for (const header of document.querySelectorAll('.jp-dataops-cellHeader'))"
        "  new MutationObserver(() => window.touched.add(header.querySelector('.jp-dataops-cellChip-name')?.textContent))"
        "    .observe(header, { subtree: true, childList: true, attributes: true, characterData: true });"
    )

    with lab.page.expect_response("**/dataops/v1/preview*"):
        type_into(lab, 10, "\nmore = total * 2")
    assert lab.page.evaluate("[...window.touched]") == []

    lab.evaluate("panel.content.model.cells.get(10).setMetadata('tags', ['node:renamed'])")
    expect(chip_of(lab, 10)).to_have_text("renamed")
    assert lab.page.evaluate("[...window.touched]") == ["renamed"]


def test_chips_can_be_hidden_and_stay_so(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*PIPELINE), kernel=False)
    expect(chip_of(lab, 4)).to_be_visible()

    lab.execute("dataops:toggle-chips")
    expect(lab.page.locator(".jp-dataops-cellChip")).to_have_count(0)
    expect(lab.page.locator(".jp-dataops-cellGutter:visible")).to_have_count(0)
    lab.evaluate("await within(panel.context.save(), 'saved')")
    lab.reload()
    lab.wait_for("panel?.content?.widgets?.length > 0")
    lab.execute("dataops:toggle-chips")

    expect(chip_of(lab, 4)).to_be_visible()


def test_chips_are_reached_and_used_by_keyboard(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("a = 1", "node:a"), cell("b = 2", "node:b")), kernel=False)
    expect(chip_of(lab, 0)).to_be_visible()
    select(lab, 0)

    lab.page.keyboard.press("Tab")
    expect(chip_of(lab, 0)).to_be_focused()
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Enter")

    menu = lab.page.locator(".lm-Menu")
    expect(menu).to_be_visible()
    assert lab.evaluate("return panel.content.mode") == "command"
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    expect(lab.page.get_by_role("dialog")).to_be_visible()


def test_a_notebook_that_may_not_be_changed_offers_no_change(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*PIPELINE, cell("x = 1", "node:x", "retrys:3")), kernel=False)
    expect(chip_of(lab, 4)).to_be_visible()

    lab.evaluate("panel.context.model.readOnly = true")

    expect(lab.page.locator(".jp-dataops-cellChip-menu:not([hidden])")).to_have_count(0)
    expect(lab.page.locator(".jp-dataops-cellDiagnostic-fix")).to_have_count(0)
    expect(chip_of(lab, 1)).to_be_disabled()
    select(lab, 4)
    for command in ("edit-tags", "start-node", "add-check", "make-setup", "skip-cells", "clear-tags", "tag-notebook"):
        assert lab.evaluate("return app.commands.isEnabled(arg)", f"dataops:{command}") is False


def test_what_a_notebook_says_is_text(lab: Lab) -> None:
    lab.open()
    evil = "<img src=x onerror=document.title='evil'>"
    lab.open_notebook(
        lab.write(text(f"Reads {evil}"), cell("a = 1", "node:a", f"after:{evil}"), cell("b = a", f"check:a/{evil}")),
        kernel=False,
    )

    expect(lab.page.locator(".jp-dataops-cellDiagnostic").first).to_contain_text(evil)
    expect(lab.page.locator(".jp-dataops-cellHeader img")).to_have_count(0)
    assert "evil" not in lab.page.title()
