"""Schedules and deployments in JupyterLab: a notebook is scheduled, run, paused, filled in, deployed and rolled back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.support.lab import Lab
from tests.support.looks import Keyboard
from tests.support.notebooks import cell

SCHEDULE = "dataops:schedule-notebook"
DEPLOY = "dataops:deploy-notebook"


def _pipeline(lab: Lab, name: str) -> str:
    """Two nodes and a parameter."""
    return lab.write(
        cell("limit: int = 3  # rows to read", "parameters"),
        cell("rows = list(range(limit))", "node:load"),
        cell("total = sum(rows)\nprint(total)", "node:clean"),
        name=f"{name}.ipynb",
    )


def _opened(lab: Lab, name: str) -> Page:
    """The notebook in front, known as a pipeline."""
    page = lab.open()
    lab.open_notebook(_pipeline(lab, name), kernel=False)
    expect(page.locator(".jp-dataops-status-button")).to_have_text(f"{name}: ready")
    return page


def _dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def _store(page: Page) -> Locator:
    """The panel with what the whole store has."""
    return page.locator("#jp-dataops-runs")


def _sides(of: Locator) -> tuple[int, int]:
    """Where it begins and ends, from left to right."""
    box = of.bounding_box()
    assert box is not None
    return round(box["x"]), round(box["x"] + box["width"])


def _message(page: Page, text: str) -> Locator:
    return page.locator(".Toastify__toast", has_text=text)


def _schedule(lab: Lab, page: Page) -> Locator:
    """The dialog that schedules the notebook in front."""
    lab.execute(SCHEDULE)
    dialog = _dialog(page)
    expect(dialog.get_by_label("Name")).to_be_visible()
    return dialog


def _deploy(lab: Lab, page: Page, environment: str) -> Locator:
    """The dialog that deploys the notebook in front, once it has been sent."""
    lab.execute(DEPLOY)
    dialog = _dialog(page)
    dialog.get_by_label("Environment").fill(environment)
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    return dialog


def test_a_notebook_is_scheduled_and_run_by_clicks(lab: Lab) -> None:
    page = _opened(lab, "nightly")

    dialog = _schedule(lab, page)
    dialog.get_by_label("Runs", exact=True).select_option("custom")
    dialog.get_by_label("Trigger", exact=True).fill("0 6 * * * | asset orders")
    expect(dialog.get_by_text("No run has published an asset 'orders' yet")).to_be_visible()
    lab.screenshot("unpublished")
    assert lab.accessibility_problems(".jp-Dialog") == []
    dialog.get_by_label("Runs", exact=True).select_option("weekday")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    expect(dialog.get_by_role("status")).to_have_text("At 06:00 on Monday through Friday, Europe/Berlin time.")
    expect(dialog.get_by_role("list", name="Next fires").get_by_role("listitem")).to_have_count(5)
    dialog.get_by_role("button", name=re.compile("^Parameters")).click()
    dialog.get_by_label("limit").fill("4")
    lab.screenshot("dialog")
    assert lab.accessibility_problems(".jp-Dialog") == []
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("dialog-dark")
    lab.change_theme("JupyterLab Light")
    dialog.get_by_role("button", name="Schedule", exact=True).click()
    message = _message(page, "nightly is scheduled")
    expect(message).to_contain_text("Monday through Friday")
    message.get_by_role("button", name="Show").click()

    store = _store(page)
    expect(store.get_by_role("heading", name="nightly")).to_be_visible()
    expect(store.get_by_text("No scheduler is running")).to_be_visible()
    store.get_by_role("button", name="Run now").click()
    fire = store.get_by_role("list", name="Fires", exact=True).get_by_role("listitem").first
    expect(fire).to_contain_text("succeeded")
    lab.screenshot("fires")
    assert lab.accessibility_problems("#jp-dataops-runs") == []

    store.get_by_role("button", name="Pause", exact=True).click()
    expect(store.locator(".jp-dataops-schedule-next")).to_have_text("paused")
    store.get_by_role("button", name="Resume", exact=True).click()
    expect(store.locator(".jp-dataops-schedule-next")).to_have_text(re.compile("^in "))
    store.get_by_role("button", name="Edit nightly").click()
    expect(_dialog(page).get_by_role("textbox", name="limit")).to_have_value("4")
    _dialog(page).get_by_label("Time of day").fill("07:30")
    expect(_dialog(page).get_by_role("status")).to_contain_text("At 07:30 on Monday")
    _dialog(page).get_by_role("button", name="Save").click()
    expect(store.get_by_text("At 07:30 on Monday through Friday, Europe/Berlin time.")).to_be_visible()
    store.get_by_role("button", name="Backfill", exact=True).click()
    week = datetime.now(UTC) - timedelta(days=7)
    store.get_by_label("From").fill(f"{week:%Y-%m-%d}T00:00")
    expect(store.get_by_role("form").get_by_role("status").first).to_contain_text(
        re.compile(r"^\d runs, one at a time: ")
    )
    lab.screenshot("backfill")
    store.get_by_role("button", name=re.compile(r"^Start \d runs$")).click()
    expect(store.get_by_role("form")).to_have_count(0)
    expect(fire).to_contain_text("succeeded")
    expect(store.get_by_role("list", name="Fires", exact=True)).to_contain_text("waiting")
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("fires-dark")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    lab.change_theme("JupyterLab Light")

    fire.get_by_role("button", name=re.compile("^Show the run")).click()
    expect(page.locator("#jp-dataops-pipeline .jp-dataops-picker-button")).to_contain_text("succeeded")
    lab.execute("dataops:show-schedules")
    row = store.locator("[data-schedule='nightly']")
    expect(row).to_contain_text("nightly.ipynb")
    lab.screenshot("list")
    row.get_by_role("button", name=re.compile("^nightly")).click()
    store.get_by_role("button", name="Remove nightly").click()
    _dialog(page).get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(store.get_by_role("heading", name="nightly")).to_have_count(0)


def test_a_button_of_the_toolbar_schedules_its_notebook_and_can_be_left_out(lab: Lab) -> None:
    page = _opened(lab, "tools")
    button = page.locator(f".jp-NotebookPanel-toolbar [data-command='{SCHEDULE}']")
    expect(button).to_have_attribute("title", "Schedule This Notebook…")
    lab.screenshot("toolbar", page.locator(".jp-NotebookPanel-toolbar"))
    button.click()
    expect(_dialog(page).get_by_label("Name")).to_have_value("tools")
    expect(_dialog(page).get_by_label("Runs", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(_dialog(page)).to_have_count(0)

    lab.server.set("@jupyterlab/notebook-extension/panel", toolbar=[{"name": "dataops-schedule", "disabled": True}])
    lab.reload()
    lab.open_notebook(f"{lab.folder.name}/tools.ipynb", kernel=False)

    expect(page.locator(".jp-NotebookPanel-toolbar [data-command='dataops:run-pipeline']")).to_be_visible()
    expect(button).to_have_count(0)


def test_a_schedule_has_limits_and_jitter_and_keeps_them(lab: Lab) -> None:
    page = _opened(lab, "limited")
    dialog = _schedule(lab, page)
    dialog.get_by_label("Time zone").fill("Asia/Kathmandu")
    dialog.get_by_role("button", name=re.compile("^Limits")).click()
    begin, end, most = (dialog.get_by_label(label) for label in ("Not before", "Until", "At most"))
    begin.press_sequentially("12")
    begin.press("Tab")
    expect(begin).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("button", name="Schedule", exact=True)).to_be_disabled()
    begin.fill("2190-03-01T06:00")
    expect(
        dialog.get_by_text(re.compile(r"^Mon, Mar 1, 2190, 06:00 AM GMT\+5:45 · in .* days · your time"))
    ).to_be_visible()
    expect(dialog.get_by_role("list", name="Next fires").get_by_role("listitem").first).to_contain_text(
        "2190-03-01 06:00"
    )
    end.fill("2190-03-01T05:00")
    expect(end).to_have_attribute("aria-invalid", "true")
    lab.screenshot("limits-wrong")
    end.fill("2190-03-03T06:00")
    expect(dialog.get_by_role("list", name="Next fires").get_by_role("listitem")).to_have_count(2)
    most.fill("none")
    expect(most).to_have_attribute("aria-invalid", "true")
    most.fill("9")
    dialog.get_by_role("button", name=re.compile("^More")).click()
    jitter = dialog.get_by_label("Jitter")
    jitter.fill("30")
    expect(jitter).to_have_attribute("aria-invalid", "true")
    jitter.fill("30s")
    lab.screenshot("limits")
    assert lab.accessibility_problems(".jp-Dialog") == []
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("limits-dark")
    lab.change_theme("JupyterLab Light")
    dialog.get_by_role("button", name="Schedule", exact=True).click()
    _message(page, "limited is scheduled").get_by_role("button", name="Show").click()

    store = _store(page)
    about = store.locator(".jp-dataops-facts")
    for fact in ("Not beforeMon, Mar 1, 2190", "UntilWed, Mar 3, 2190", "At most9 runs", "Jitterup to 30s"):
        expect(about).to_contain_text(fact)
    lab.screenshot("limits-facts")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    store.get_by_role("button", name="Edit limited").click()
    for label, value in (("Not before", "2190-03-01T06:00"), ("Until", "2190-03-03T06:00"), ("At most", "9")):
        expect(_dialog(page).get_by_label(label)).to_have_value(value)
    expect(_dialog(page).get_by_label("Jitter")).to_have_value("30s")
    _dialog(page).get_by_label("At most").fill("")
    _dialog(page).get_by_role("button", name="Save").click()
    expect(about).not_to_contain_text("At most")
    expect(about).to_contain_text("Jitterup to 30s")
    expect(about).to_contain_text("Not beforeMon, Mar 1, 2190")


def test_what_is_wrong_is_told_at_its_field(lab: Lab) -> None:
    page = _opened(lab, "twice")
    dialog = _schedule(lab, page)
    keys = Keyboard(page)
    dialog.get_by_label("Runs", exact=True).select_option("custom")
    trigger = dialog.get_by_label("Trigger")

    trigger.fill("0 6 * * MOONDAY")
    expect(trigger).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator(".jp-dataops-field-fault")).to_contain_text("day of week")
    expect(dialog.get_by_role("button", name="Schedule", exact=True)).to_be_disabled()
    lab.screenshot("trigger")
    trigger.fill("every 15m")
    expect(dialog.get_by_role("status")).to_have_text("Every 15 minutes.")
    dialog.get_by_label("Runs", exact=True).select_option("day")
    zone = dialog.get_by_label("Time zone")
    zone.fill("Mars/Olympus")
    expect(zone).to_have_attribute("aria-invalid", "true")
    zone.fill("Asia/Kathmandu")
    expect(dialog.get_by_role("status")).to_have_text("At 06:00 every day, Asia/Kathmandu time.")
    keys.tab_to(dialog.get_by_role("button", name="Schedule", exact=True))
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)

    dialog = _schedule(lab, page)
    name = dialog.get_by_label("Name")
    expect(name).to_have_value("twice-2")
    name.fill("twice")
    expect(dialog.get_by_role("button", name="Schedule", exact=True)).to_be_enabled()
    page.keyboard.press("Enter")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator(".jp-dataops-field-fault")).to_contain_text("twice")
    lab.screenshot("name")
    page.keyboard.press("Escape")
    lab.expect_error("409|422|400")


def test_a_bad_version_goes_live_and_back_and_a_clone_takes_over_by_clicks(lab: Lab) -> None:
    (lab.folder / "dataops.toml").write_text("[env.prod]\n[env.stage]\n")
    page = _opened(lab, "sales")
    for source in ("total = sum(rows)\nprint(total)", "total = sum(rows) / 0\nprint(total)"):
        lab.evaluate("panel.content.widgets[2].model.sharedModel.setSource(arg)", source)
        lab.execute(DEPLOY)
        dialog = _dialog(page)
        dialog.get_by_label("Environment").fill("prod")
        lab.screenshot("deploy")
        assert lab.accessibility_problems(".jp-Dialog") == []
        dialog.get_by_role("button", name="Deploy", exact=True).click()
        expect(dialog).to_have_count(0)
    _message(page, "sales@2").get_by_role("button", name="Show").click()

    store = _store(page)
    live = store.locator("[data-environment='prod']")
    expect(live).to_contain_text("prod@2")
    store.get_by_role("button", name="What is new in version 2").click()
    changes = store.get_by_role("region", name="Changes")
    expect(changes.locator("[data-line='removed']")).to_contain_text("-total = sum(rows)")
    expect(changes.locator("[data-line='added']")).to_contain_text("+total = sum(rows) / 0")
    lab.screenshot("diff")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    (lab.folder / "dataops.toml").write_text('[env.prod]\npolicy = ["owner"]\n[env.stage]\n')
    live.get_by_role("button", name="Roll back", exact=True).click()
    live.get_by_role("button", name="Roll back…").click()
    dialog = _dialog(page)
    expect(dialog.get_by_role("status")).to_contain_text("Runs of sales@1 will be refused")
    lab.screenshot("roll-back")
    assert lab.accessibility_problems(".jp-Dialog") == []
    dialog.get_by_role("button", name="Roll back").click()
    expect(live).to_contain_text("prod@1")
    (lab.folder / "dataops.toml").write_text("[env.prod]\n[env.stage]\n")
    expect(store.get_by_role("list", name="History")).to_contain_text("prod rolled back from @2 to @1")
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("rolled-back-dark")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    lab.change_theme("JupyterLab Light")

    expect(_deploy(lab, page, "stage")).to_have_count(0)
    (lab.folder / "clone").mkdir()
    lab.open_notebook(lab.write(cell("total = 6", "node:clean"), name="clone/sales.ipynb"), kernel=False)
    dialog = _deploy(lab, page, "prod")
    expect(dialog.get_by_role("alert")).to_contain_text("sales@1 was made from")
    assert _sides(dialog.get_by_role("alert")) == _sides(dialog.locator(".jp-dataops-formRow").first)
    takeover = dialog.get_by_label("Take over the deployment")
    expect(takeover).not_to_be_checked()
    lab.screenshot("takeover")
    assert lab.accessibility_problems(".jp-Dialog") == []
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("takeover-dark")
    lab.change_theme("JupyterLab Light")
    Keyboard(page).tab_to(takeover)
    page.keyboard.press("Space")
    expect(takeover).to_be_checked()
    page.keyboard.press("Enter")
    _message(page, "Sales@3").get_by_role("button", name="Show").click()
    expect(live).to_contain_text("prod@3")
    live.get_by_role("button", name="Promote", exact=True).click()
    live.get_by_role("button", name="Promote…").click()
    dialog.get_by_role("button", name="Promote").click()
    expect(store.get_by_role("alert")).to_contain_text("sales@2 was made from")
    lab.screenshot("takeover-promoting")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    live.get_by_label("Take over the deployment").check()
    live.get_by_role("button", name="Promote…").click()
    dialog.get_by_role("button", name="Promote").click()
    expect(store.locator("[data-environment='stage']")).to_contain_text("stage@3")
    lab.expect_error("409")
