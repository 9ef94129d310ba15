"""JupyterLab with the extension in it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.notebooks import cell


def test_lab_has_a_panel_for_the_pipeline(lab: Lab) -> None:
    page = lab.open()

    lab.evaluate("app.shell.activateById('jp-dataops-pipeline')")

    expect(page.locator("#jp-dataops-pipeline")).to_be_visible()
    expect(page.get_by_role("region", name="Pipeline", exact=True)).to_be_attached()
    lab.screenshot("panel")


def test_lab_runs_a_cell_and_changes_its_theme(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("print(6 * 7)", "node:answer")))

    outputs = lab.run_cell(0)
    lab.change_theme("JupyterLab Dark")

    assert [output["text"] for output in outputs] == ["42\n"]
    assert lab.accessibility_problems("#jp-dataops-pipeline") == []
    lab.screenshot("dark")


def test_complaints_of_the_page_are_noted(lab: Lab) -> None:
    page = lab.open()
    lab.expect_error("a complaint")

    with page.expect_event("pageerror"):
        page.evaluate("console.error('a complaint'); setTimeout(() => { throw new Error('a complaint') }); 0")

    assert ["a complaint" in error for error in lab.errors] == [True, True]
    assert lab.unexpected_errors() == []
