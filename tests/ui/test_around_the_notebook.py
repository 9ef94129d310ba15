"""What JupyterLab has of pipelines beside the notebook: commands, launcher, settings, reports, the failed node."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.front_ends import Notebook7
from tests.support.lab import PATIENCE_S, Lab
from tests.support.notebooks import cell
from tests.support.waiting import until

_COMMANDS = """
const ids = app.commands.listCommands().filter(id => id.startsWith('dataops:'));
return Promise.all(ids.map(async id => ({
    id,
    label: app.commands.label(id),
    caption: app.commands.caption(id),
    hasIcon: app.commands.icon(id) !== undefined,
    isEnabled: app.commands.isEnabled(id),
    args: (await app.commands.describedBy(id)).args?.properties,
})));
"""

# Those around the notebook; edits of cells are in their menus and have tests of their own.
_AROUND = {
    f"dataops:{name}"
    for name in (
        "run-pipeline", "run-changed", "run-node", "run-from-node", "retry-failed", "resume-run", "cancel-run",
        "open-failed-node", "open-report", "go-to-node", "check-notebook", "new-pipeline", "show-panel", "show-runs",
    )
}  # fmt: skip


def _failing(lab: Lab) -> str:
    return lab.write(
        cell("rows = [3, 2, 1]", "node:load"),
        cell("first = rows[0]\nsecond = 1 / (first - 3)", "node:clean"),
        name="flights.ipynb",
    )


def _message(page: Page, text: str) -> Locator:
    return page.locator(".Toastify__toast", has_text=text)


def _run(lab: Lab, outcome: str) -> Locator:
    """The message that the run of the notebook in front has ended so."""
    lab.wait_for("app.commands.isEnabled('dataops:run-pipeline')")
    lab.execute("dataops:run-pipeline")
    message = _message(lab.page, outcome)
    expect(message).to_be_visible()
    return message


def test_every_command_says_what_it_does_and_why_it_cannot(lab: Lab) -> None:
    page = lab.open()

    commands: list[dict[str, Any]] = lab.evaluate(_COMMANDS)

    assert {command["id"] for command in commands} >= _AROUND
    for command in commands:
        assert all((command["label"], command["caption"])), command
        assert command["args"] is not None, command
        assert all(row["description"] for row in command["args"].values()), command
    for command in commands:
        if command["id"] in _AROUND:
            assert command["hasIcon"], command
            assert command["isEnabled"] or "\n" in command["caption"], f"no reason: {command}"
    run = next(command for command in commands if command["id"] == "dataops:run-pipeline")
    assert not run["isEnabled"]
    assert {"path", "parameters", "select"} == run["args"].keys()

    # Its launcher takes the focus late, and what loses the focus is closed.
    lab.wait_for("panel?.node.contains(document.activeElement)")
    lab.execute("apputils:activate-command-palette")
    page.locator(".lm-CommandPalette-input").fill("pipeline")
    expect(page.locator(".lm-CommandPalette-item[data-command='dataops:new-pipeline']")).to_be_visible()
    lab.screenshot("palette")


def test_a_new_pipeline_comes_from_the_launcher_and_can_be_run(lab: Lab) -> None:
    page = lab.open()
    lab.execute("launcher:create")
    lab.screenshot("launcher")

    page.locator(".jp-LauncherCard", has_text="Data pipeline").click()

    lab.wait_for("panel?.context?.path?.startsWith('Untitled')")
    expect(page.locator(".jp-dataops-status-button")).to_have_text("Untitled: ready")
    path: str = lab.evaluate("return panel.context.path")
    made = json.loads((lab.server.root / path).read_text())
    assert [c["metadata"].get("tags") for c in made["cells"]] == [
        None, ["parameters"], ["setup"], ["node:load"], ["node:summarise"],
    ]  # fmt: skip


def test_settings_are_documented_and_take_effect_at_once(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(lab.write(cell("a = 1", "node:a")), kernel=False)
    expect(page.locator(".jp-dataops-status-button")).to_be_visible()
    sides = "[...app.shell.widgets(arg)].some(widget => widget.id === 'jp-dataops-pipeline')"
    lab.wait_for(sides, "right")

    lab.execute("settingeditor:open", query="Data Pipelines")
    page.get_by_label("Progress in the status bar").uncheck()
    lab.screenshot("settings")
    expect(page.locator(".jp-dataops-status-button")).to_be_hidden()
    # The editor of settings gives its lists no label.
    page.locator("select[id$='plugin_panelSide']").select_option(label="Left")
    lab.wait_for(sides, "left")

    user = lab.server.settings / "jupyter-dataops" / "plugin.jupyterlab-settings"
    until(lambda: user.exists() and "left" in user.read_text(), "saved settings", PATIENCE_S)
    lab.reload()
    lab.wait_for(sides, "left")


def test_a_failed_node_is_opened_with_its_inputs_in_the_kernel(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(_failing(lab))
    failed = _run(lab, "flights failed: clean")

    failed.get_by_role("button", name="Open failed node").click()

    expect(_message(lab.page, "The kernel has what clean had when it failed: rows")).to_be_visible()
    where = lab.evaluate("return [panel.content.activeCellIndex, panel.content.activeCell.editor.getCursorPosition()]")
    assert where == [1, {"line": 1, "column": 0}]
    lab.evaluate("panel.content.widgets[1].model.sharedModel.setSource('print(rows)')")
    assert lab.run_cell(1)[0]["text"] == "[3, 2, 1]\n"
    lab.screenshot("failed-node")


def test_a_report_opens_without_scripts_and_is_there_after_a_reload(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(_failing(lab), kernel=False)
    failed = _run(lab, "flights failed: clean")

    failed.get_by_role("button", name="Report").click()

    frame = page.locator(".jp-dataops-report iframe")
    expect(frame.content_frame.get_by_role("heading", name="flights")).to_be_visible()
    assert "allow-scripts" not in (frame.get_attribute("sandbox") or "")
    assert "allow-same-origin" not in (frame.get_attribute("sandbox") or "")
    lab.screenshot("report")

    expect(failed.get_by_role("button", name="Retry")).to_be_visible()
    until(lambda: "jupyter-dataops-report" in lab.saved_layout(), "a saved workspace with the report", PATIENCE_S)
    lab.reload()
    expect(
        page.locator(".jp-dataops-report iframe").content_frame.get_by_text("ZeroDivisionError").first
    ).to_be_visible()


def test_notebook_7_has_the_buttons_the_panel_and_the_report(notebook7: Notebook7) -> None:
    page = notebook7.page
    notebook7.open_notebook(_failing(notebook7), kernel=False)
    page.locator("[data-command='dataops:run-pipeline']").click()

    failed = _message(page, "flights failed: clean")
    expect(failed.get_by_role("button", name="Retry")).to_be_visible()
    expect(page.locator("#jp-dataops-pipeline")).to_contain_text(re.compile("failed"))
    failed.get_by_role("button", name="Report").click()
    expect(page.locator(".jp-dataops-report iframe")).to_be_visible()
