"""The panel in an output cell of JupyterLab: it runs a pipeline, and keeps up whatever becomes of kernel and page."""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.looks import Keyboard
from tests.support.notebooks import cell
from tests.support.panels import SHOW, THREADS, PanelInPage, go, wait_for_node, write_pipeline
from tests.support.waiting import until

RESTART = "await within(panel.sessionContext.restartKernel(), 'a restart')"
WAITS = {
    "loop": "import os\nwhile not os.path.exists('let'):\n    sum(range(1000))",
    "sleep": "import os, time\nwhile not os.path.exists('let'):\n    time.sleep(0.05)",
    "process": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import os, time\\n"
    'while not os.path.exists("let"):\\n    time.sleep(0.05)\'])',
    "await": "import os, asyncio\nwhile not os.path.exists('let'):\n    await asyncio.sleep(0.05)",
}
"""Cells that keep the kernel until there is a file ``let``."""


def open_panel(lab: Lab, *more: str, count: int = 1) -> PanelInPage:
    """A notebook with a panel in each of its first cells, which have run."""
    write_pipeline(lab)
    lab.open()
    lab.open_notebook(lab.write(*[cell(SHOW)] * count, *map(cell, more), name="page.ipynb"))
    for index in range(count):
        lab.run_cell(index)
    shown = PanelInPage(lab.page)
    shown.expect_shown()
    return shown


def test_a_panel_runs_a_pipeline_and_shows_how_it_goes(lab: Lab) -> None:
    panel = open_panel(lab)

    panel.run()

    wait_for_node(lab.folder)
    panel.expect_run("running")
    lab.screenshot("running")
    go(lab.folder)
    panel.expect_run("succeeded")
    lab.screenshot("light")
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("dark")
    assert lab.accessibility_problems(".jp-dataops-widget") == []


def test_keys_that_are_pressed_in_a_panel_are_not_those_of_the_notebook(lab: Lab) -> None:
    panel = open_panel(lab)
    panel.frame.get_by_role("tab", name="List").click()
    node = panel.frame.get_by_role("treeitem", name="total")
    keys = Keyboard(lab.page)
    keys.tab_to(panel.frame.get_by_role("tree", name="Nodes"))

    # In command mode "d d" deletes the cell, and "a" adds another.
    for key in ("d", "d", "a", "End", "Enter"):
        lab.page.keyboard.press(key)

    expect(node).to_have_attribute("aria-selected", "true")
    expect(panel.frame.get_by_role("heading", name="total")).to_be_visible()
    assert lab.evaluate("return [panel.content.widgets.length, panel.content.mode]") == [1, "command"]


@pytest.mark.parametrize("how", WAITS)
def test_a_panel_is_live_and_takes_clicks_while_a_cell_runs(lab: Lab, how: str) -> None:
    panel = open_panel(lab, WAITS[how])
    panel.run()
    wait_for_node(lab.folder)
    lab.run_cell(1, wait=False)
    lab.wait_for("panel.content.widgets[1].model.executionState === 'running'")

    go(lab.folder)
    panel.expect_run("succeeded")
    panel.run()
    expect(panel.frame.get_by_role("tab", name="History")).to_contain_text("2")
    panel.expect_run("succeeded")

    panel.expect_connection("")
    lab.wait_for("panel.content.widgets[1].model.executionState === 'running'")
    (lab.folder / "let").touch()
    lab.wait_for("panel.content.widgets[1].model.executionState === 'idle'")


def test_without_subshells_a_click_waits_for_the_cell_and_says_so_while_updates_go_on(lab: Lab) -> None:
    lab.server.set("@jupyterlab/apputils-extension/kernels-settings", commsOverSubshells="disabled")
    panel = open_panel(lab, WAITS["sleep"])
    panel.run()
    wait_for_node(lab.folder)
    lab.run_cell(1, wait=False)
    lab.wait_for("panel.content.widgets[1].model.executionState === 'running'")

    panel.frame.get_by_role("button", name="What would run?").click()
    panel.expect_connection("kernel is busy: answers when the cell has ended")
    lab.screenshot("queued")
    go(lab.folder)
    panel.expect_run("succeeded")
    panel.expect_connection("kernel is busy: answers when the cell has ended")

    (lab.folder / "let").touch()
    panel.expect_connection("")


@pytest.mark.parametrize("end", ["restarted", "killed"])
def test_a_run_goes_on_without_its_kernel_and_is_shown_when_the_cell_is_run_again(lab: Lab, end: str) -> None:
    panel = open_panel(lab, "import os; os._exit(1)")
    panel.run()
    wait_for_node(lab.folder)

    if end == "restarted":
        lab.evaluate(RESTART)
    else:
        lab.run_cell(1, wait=False)
    panel.expect_connection("kernel has ended: run this cell again")
    expect(panel.frame.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    lab.screenshot("ended")
    lab.kernel_ready()
    lab.run_cell(0, wait=False)

    panel.expect_shown()
    panel.expect_run("running")
    go(lab.folder)
    panel.expect_run("succeeded")


def test_after_the_page_was_loaded_again_the_panel_is_there_with_what_happened_since(lab: Lab) -> None:
    panel = open_panel(lab, THREADS)
    panel.run()
    wait_for_node(lab.folder)
    lab.execute("docmanager:save")
    lab.wait_for("!panel.context.model.dirty")

    lab.reload()
    lab.wait_for("panel?.context?.path?.endsWith('page.ipynb')")
    lab.kernel_ready()

    panel.expect_run("running")
    go(lab.folder)
    panel.expect_run("succeeded")
    text = json.dumps(json.loads((lab.folder / "page.ipynb").read_text()))
    assert len(text) < 10_000, "the widget's module is saved with the notebook"


def test_ten_panels_share_threads_and_all_are_live(lab: Lab) -> None:
    begin = time.monotonic()
    open_panel(lab, THREADS, count=10)
    panels = [PanelInPage(lab.page, number) for number in range(10)]
    for panel in panels:
        panel.expect_shown()
    print(f"ten panels are shown after {time.monotonic() - begin:.1f} s")
    panels[0].run()
    wait_for_node(lab.folder)

    go(lab.folder)

    for panel in panels:
        panel.frame.scroll_into_view_if_needed()
        panel.expect_run("succeeded")
    assert int(lab.run_cell(10)[0]["text"]) <= 5


def test_outputs_that_are_cleared_and_panels_that_are_closed_leave_no_thread(lab: Lab) -> None:
    open_panel(lab, THREADS, "panel.close()", count=2)
    assert int(lab.run_cell(2)[0]["text"]) > 0

    lab.evaluate("panel.content.activeCellIndex = 0; void app.commands.execute('notebook:clear-cell-output')")
    expect(lab.page.locator(".jp-dataops-widget")).to_have_count(1)
    lab.run_cell(3)

    expect(lab.page.locator(".jp-dataops-widget")).to_have_count(0)
    until(lambda: int(lab.run_cell(2)[0]["text"]) == 0, "no thread is left", 10)


def test_a_panel_shows_the_notebook_as_soon_as_it_is_saved(lab: Lab) -> None:
    panel = open_panel(lab)

    lab.write(cell("x = 1", "node:first"), cell("y = x", "node:second_one"))

    expect(panel.frame.get_by_text("second_one").first).to_be_visible()


def test_from_a_panel_a_failed_node_is_opened_in_the_notebook_and_kernel_it_belongs_to(lab: Lab) -> None:
    lab.write(cell("rows = [1, 2]", "node:load"), cell("total = sum(rows)\ntotal / 0", "node:divide"))
    page = lab.open()
    lab.open_notebook(lab.write(cell(SHOW), name="page.ipynb"))
    lab.run_cell(0)
    panel = PanelInPage(page)
    panel.expect_shown()
    panel.run()
    panel.expect_run("failed")

    panel.frame.get_by_role("button", name="Node divide,").click()
    lab.screenshot("failed")
    panel.frame.get_by_role("button", name="Open failed node").click()

    lab.wait_for("panel?.context?.path?.endsWith('etl.ipynb') && panel.content.activeCellIndex === 1")
    expect(page.get_by_text("The kernel has what divide had when it failed")).to_be_visible()
    lab.evaluate(
        "panel.content.mode = 'command'; panel.content.activeCellIndex = 1;"
        "panel.content.activeCell.model.sharedModel.setSource('rows')"
    )
    assert lab.run_cell(1)[0]["data"]["text/plain"] == "[1, 2]"
