"""One user, one afternoon: an ordinary notebook becomes a pipeline, fails, is mended where it failed, and goes on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.lab_cells import cell_at, chip_of, select, wait_for_tags
from tests.support.notebooks import cell, text
from tests.support.sidebar import Sidebar

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FAILING = "clean = [float(amount) for amount in orders]"
MENDED = "clean = [float(amount) for amount in orders if amount != 'n/a']"

UNTAGGED = (
    text("# Orders\nWhat was ordered, and for how much."),
    cell("import time\nfrom pathlib import Path"),
    cell("country = 'de'  # whose orders\nlarge: float = 20.0  # orders above are large"),
    text("## Load"),
    cell(
        "while not Path('go').exists():\n    time.sleep(0.05)\namounts = {'de': ['12.5', '30'], 'fr': ['9', 'n/a', '41']}\n"
        "orders = amounts[country]\nprint(len(orders), 'orders from', country)"
    ),
    text("## Clean"),
    cell(f"# Amounts are texts, as they come.\n{FAILING}"),
    text("## Count"),
    cell("# Above the limit.\ncount = sum(amount > large for amount in clean)\nprint(count, 'large orders')"),
)


def pictures(lab: Lab, name: str) -> None:
    """How it looks now, by day and by night."""
    if lab.pictures:
        lab.screenshot(f"{name}-light")
        lab.change_theme("JupyterLab Dark")
        lab.screenshot(f"{name}-dark")
        lab.change_theme("JupyterLab Light")


def edit_by_form(lab: Lab, index: int, role: str, name: str = "") -> None:
    """The button in the toolbar of a cell, the form, *Apply*."""
    select(lab, index)
    cell_at(lab, index).get_by_role("button", name="Edit what this cell is to the data pipeline").click()
    form = lab.page.get_by_role("dialog")
    form.get_by_label("This cell is").select_option(role)
    if name:
        form.get_by_label("Name", exact=True).fill(name)
    expect(form.get_by_role("button", name="Apply")).to_be_enabled()
    form.get_by_role("button", name="Apply").click()
    expect(form).to_have_count(0)


def edit_by_menu(lab: Lab, index: int, item: str) -> None:
    """The context menu of a cell."""
    select(lab, index)
    cell_at(lab, index).locator(".jp-InputArea-editor").click(button="right")
    lab.page.locator(".lm-Menu-itemLabel", has_text="Data Pipeline").hover()
    lab.page.locator(".lm-Menu-itemLabel", has_text=item).click()


def tag_by_clicking(lab: Lab) -> None:
    """The cells become setup, parameters and three nodes, each in another of the ways that there are."""
    edit_by_menu(lab, 1, "Make Setup")
    expect(chip_of(lab, 1)).to_have_text("Setup")
    edit_by_menu(lab, 2, "Make Parameters")
    edit_by_form(lab, 4, "Part of a node", "load")
    expect(chip_of(lab, 4)).to_have_text("load")
    edit_by_menu(lab, 6, "Start Node Here")
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("tidy")
    expect(dialog.get_by_role("button", name="Start node")).to_be_enabled()
    dialog.get_by_role("button", name="Start node").click()
    edit_by_form(lab, 8, "Part of a node", "count")
    # A better name, by the menu of the chip.
    chip_of(lab, 6).hover()
    cell_at(lab, 6).get_by_role("button", name="More for this cell").click()
    lab.page.locator(".lm-Menu-itemLabel", has_text="Edit Pipeline Tags").click()
    form = lab.page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("clean")
    expect(form.get_by_role("button", name="Apply")).to_be_enabled()
    form.get_by_role("button", name="Apply").click()
    wait_for_tags(lab, [], ["setup"], ["parameters"], [], ["node:load"], [], ["node:clean"], [], ["node:count"])


def value_in_kernel(lab: Lab, expression: str) -> str:
    """What the kernel of the notebook in front says to an expression."""
    said: str = lab.evaluate(
        "const { kernel } = panel.sessionContext.session;"
        "const request = { code: '', silent: true, user_expressions: { it: arg } };"
        "const reply = await within(kernel.requestExecute(request).done, 'an answer');"
        "return reply.content.user_expressions.it.data?.['text/plain'] ?? reply.content.user_expressions.it.evalue",
        expression,
    )
    return said


def test_from_an_untagged_notebook_to_a_run_that_failed_was_mended_and_went_on(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(lab.write(*UNTAGGED, name="orders.ipynb"))
    sidebar = Sidebar(lab).open()
    expect(sidebar.root.get_by_role("button", name="Tag this notebook")).to_be_visible()
    pictures(lab, "1-untagged")

    tag_by_clicking(lab)
    sidebar.expect_nodes(load="none", clean="none", count="none")
    pictures(lab, "2-tagged")

    sidebar.toggle_parameters()
    sidebar.root.get_by_label("country").fill("fr")
    pictures(lab, "3-parameters")
    sidebar.toggle_parameters()
    sidebar.button("Run").click()
    sidebar.expect_run("running")
    sidebar.expect_nodes(load="running", clean="pending", count="pending")
    expect(sidebar.button("Cancel")).to_be_visible()
    pictures(lab, "4-running")
    (lab.folder / "go").touch()
    sidebar.expect_nodes(load="succeeded", clean="failed", count="upstream_failed")
    sidebar.expect_run("failed")
    expect(page.locator(".Toastify__toast", has_text="orders failed: clean")).to_be_visible()
    pictures(lab, "5-failed")

    details = sidebar.details("clean")
    expect(details.get_by_role("tab", name="Error")).to_have_attribute("aria-selected", "true")
    expect(details).to_contain_text("could not convert string to float: 'n/a'")
    details.get_by_role("button", name="Open failed node").click()
    expect(page.locator(".Toastify__toast", has_text="The kernel has what clean had when it failed")).to_be_visible()
    assert lab.evaluate(
        "const { content } = panel; return [content.activeCellIndex, content.mode,"
        " content.activeCell.editor.getCursorPosition().line]"
    ) == [6, "edit", 1]
    assert value_in_kernel(lab, "orders") == "['9', 'n/a', '41']"
    assert value_in_kernel(lab, "country") == "'fr'"
    pictures(lab, "6-opened")

    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(MENDED)
    page.keyboard.press("ControlOrMeta+s")
    expect(chip_of(lab, 6)).to_contain_text("edited since")
    pictures(lab, "7-mended")
    details.get_by_role("button", name="Retry", exact=True).click()

    sidebar.expect_nodes(load="reused", clean="succeeded", count="succeeded")
    sidebar.expect_run("succeeded")
    expect(chip_of(lab, 4)).to_contain_text("reused")
    details = sidebar.details("count", "Log")
    expect(details.get_by_text("1 large orders")).to_be_visible()
    assert lab.evaluate("return panel.context.model.dirty") is False
    pictures(lab, "8-green")
