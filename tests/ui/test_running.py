"""Runs from JupyterLab: started, followed, told of, mended."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.lab import Lab
from tests.support.notebooks import cell
from tests.support.notices import open_sink

RUN = "dataops:run-pipeline"
RETRY = "dataops:retry-failed"


def _pipeline(lab: Lab, load: str = "rows = [1, 2, 3]", *, name: str = "flights.ipynb") -> str:
    """Two nodes; what `load` does is what a test is about."""
    return lab.write(
        cell(load, "node:load"),
        cell("total = sum(rows)\nprint(total)", "node:clean"),
        name=name,
    )


def _button(page: Page, command: str) -> Locator:
    return page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden) [data-command='{command}']")


def _status(page: Page) -> Locator:
    return page.locator(".jp-dataops-status-button")


def _message(page: Page, text: str) -> Locator:
    """The message that has popped up, with its buttons."""
    return page.locator(".Toastify__toast", has_text=text)


def _waits_for(gate: Path) -> str:
    """A cell that goes on once there is a file `gate`."""
    return (
        f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.05)\nrows = [1, 2, 3]"
    )


def _set_source(lab: Lab, index: int, source: str) -> None:
    lab.evaluate("panel.content.widgets[arg[0]].model.sharedModel.setSource(arg[1])", [index, source])


def test_a_run_from_the_toolbar_is_followed_to_its_end(lab: Lab) -> None:
    page = lab.open()
    gate = lab.folder / "gate"
    lab.open_notebook(_pipeline(lab, _waits_for(gate)), kernel=False)
    expect(_status(page)).to_have_text("flights: ready")

    _button(page, RUN).click()

    expect(_status(page)).to_have_text(re.compile(r"flights: \d/2 (queued|running)"))
    expect(_message(page, "flights is running")).to_be_visible()
    expect(page.locator("#jp-dataops-pipeline")).to_be_visible()
    lab.screenshot("running")
    gate.touch()
    expect(_message(page, "flights succeeded in").get_by_role("button", name="Report")).to_be_visible()
    expect(_status(page)).to_have_text("flights: succeeded")
    expect(page.locator(".Toastify__toast")).to_have_count(1)
    expect(_button(page, RETRY)).to_have_attribute("aria-disabled", "true")


def test_what_failed_is_mended_and_retried_from_the_notification(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(_pipeline(lab, "rows = [1, 2, 'x']"), kernel=False)
    _button(page, RUN).click()
    failed = _message(page, "flights failed: clean")
    for name in ("Retry", "Open failed node", "Report"):
        expect(failed.get_by_role("button", name=name)).to_be_visible()
    lab.screenshot("failed")

    _set_source(lab, 0, "rows = [1, 2, 3]")
    failed.get_by_role("button", name="Retry").click()

    expect(_message(page, "flights succeeded")).to_be_visible()
    expect(failed).to_have_count(0)
    assert lab.evaluate("return panel.context.model.dirty") is False


def test_a_run_that_goes_on_over_a_reload_is_told_of_once(lab: Lab) -> None:
    page = lab.open()
    gate = lab.folder / "gate"
    lab.open_notebook(_pipeline(lab, _waits_for(gate)), kernel=False)
    _button(page, RUN).click()
    expect(_message(page, "flights is running")).to_be_visible()

    lab.reload()

    expect(_message(page, "flights is running")).to_have_count(1)
    gate.touch()
    expect(_message(page, "flights succeeded")).to_have_count(1)
    expect(page.locator(".jp-Notification-Status")).to_contain_text("1")

    lab.reload()

    expect(_status(page)).to_have_text("flights: succeeded")
    expect(page.locator(".Toastify__toast")).to_have_count(0)


def test_below_a_run_stands_whom_it_has_told(lab: Lab) -> None:
    page = lab.open()
    with open_sink() as team, open_sink() as ops:
        ops.status = 503
        (lab.folder / "dataops.toml").write_text(f'[notifications.team]\nurls = ["{team.url}", "{ops.url}"]\n')
        lab.open_notebook(_pipeline(lab, "rows = [1, 2, 'x']"), kernel=False)
        _button(page, RUN).click()
        expect(_message(page, "flights failed: clean")).to_be_visible()
        panel = page.locator("#jp-dataops-pipeline")

        panel.get_by_role("button", name="1 notification sent · 1 waits").click()

        sent, waiting = panel.get_by_role("list", name="Notifications of this run").get_by_role("listitem").all()
        expect(sent).to_contain_text(re.compile(r"^team/1failedsent \d"))
        expect(waiting).to_contain_text(re.compile("^team/2failednext try .*503"))
        lab.screenshot("told")
        assert lab.accessibility_problems("#jp-dataops-pipeline") == []
        lab.change_theme("JupyterLab Dark")
        lab.screenshot("told-dark")
        lab.change_theme("JupyterLab Light")


def test_a_run_is_cancelled_after_a_question(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(_pipeline(lab, "import time\ntime.sleep(600)\nrows = [1]"), kernel=False)
    _button(page, RUN).click()
    expect(_status(page)).to_have_text(re.compile("running"))

    lab.execute("dataops:cancel-run")
    lab.screenshot("question")
    page.get_by_role("dialog").get_by_role("button", name="Cancel Run").click()

    expect(_message(page, "flights was cancelled").get_by_role("button", name="Retry")).to_be_visible()
    expect(_status(page)).to_have_text("flights: cancelled")


def test_the_toolbar_of_each_notebook_is_about_that_notebook(lab: Lab) -> None:
    page = lab.open()
    spoilt = lab.write(cell("a = 1", "node:a", "after:nowhere"), name="spoilt.ipynb")
    lab.open_notebook(lab.write(cell("1 + 1"), name="plain.ipynb"), kernel=False)
    expect(_button(page, RUN)).to_be_hidden()
    expect(_status(page)).to_have_count(0)

    lab.open_notebook(spoilt, kernel=False)

    expect(_button(page, RUN)).to_have_attribute("aria-disabled", "true")
    expect(_button(page, RUN)).to_have_attribute("title", re.compile("Run Pipeline.*\n.*errors", re.DOTALL))
    expect(_status(page)).to_have_text("spoilt: 1 problem")

    lab.evaluate("panel.content.widgets[0].model.setMetadata('tags', ['node:a'])")

    expect(_button(page, RUN)).to_have_attribute("aria-disabled", "false")
    expect(_status(page)).to_have_text("spoilt: ready")
