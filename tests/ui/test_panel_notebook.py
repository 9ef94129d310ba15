"""The panel in Notebook 7."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.front_ends import Notebook7
from tests.support.notebooks import cell
from tests.support.panels import SHOW, PanelInPage, go, wait_for_node, write_pipeline


def test_a_panel_runs_a_pipeline_in_notebook_7_also_while_a_cell_runs(notebook7: Notebook7) -> None:
    write_pipeline(notebook7)
    busy = "import os\nwhile not os.path.exists('let'):\n    sum(range(1000))"
    notebook7.open_notebook(notebook7.write(cell(SHOW), cell(busy), name="page.ipynb"))
    notebook7.run_cell(0)
    panel = PanelInPage(notebook7.page)
    panel.expect_shown()

    notebook7.run_cell(1, wait=False)
    notebook7.wait_for("panel.content.widgets[1].model.executionState === 'running'")
    panel.run()
    wait_for_node(notebook7.folder)
    panel.expect_run("running")
    go(notebook7.folder)
    panel.expect_run("succeeded")

    panel.expect_connection("")
    (notebook7.folder / "let").touch()
    notebook7.wait_for("panel.content.widgets[1].model.executionState === 'idle'")
    notebook7.screenshot("light")
    assert notebook7.accessibility_problems(".jp-dataops-widget") == []


def test_a_run_is_shown_in_the_panel_of_its_pipeline(notebook7: Notebook7) -> None:
    write_pipeline(notebook7)
    go(notebook7.folder)
    show = "from jupyter_dataops import Pipeline\nfirst = Pipeline('etl.ipynb').run(size=7, progress=False)\n"
    show += "second = Pipeline('etl.ipynb').run(progress=False)\nfirst.panel()"
    notebook7.open_notebook(notebook7.write(cell(show), name="page.ipynb"))
    notebook7.run_cell(0)
    panel = PanelInPage(notebook7.page)

    panel.expect_run("succeeded")

    expect(panel.open_log("load").get_by_text("made 7 rows")).to_be_visible()
    notebook7.screenshot("log")
