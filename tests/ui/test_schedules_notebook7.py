"""Schedules and deployments in Notebook 7."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.support.front_ends import Notebook7
from tests.support.notebooks import cell


def test_notebook_7_schedules_and_deploys_the_notebook_it_shows(notebook7: Notebook7) -> None:
    page = notebook7.page
    notebook7.open_notebook(
        notebook7.write(
            cell("limit: int = 3", "parameters"),
            cell("rows = list(range(limit))", "node:load"),
            cell("total = sum(rows)", "node:clean"),
            name="nightly.ipynb",
        ),
        kernel=False,
    )
    page.locator("[data-command='dataops:schedule-notebook']").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Runs", exact=True).select_option("weekday")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    expect(dialog.get_by_role("status")).to_have_text("At 06:00 on Monday through Friday, Europe/Berlin time.")
    notebook7.screenshot("dialog")
    dialog.get_by_role("button", name="Schedule", exact=True).click()
    message = page.locator(".Toastify__toast", has_text="nightly is scheduled")
    message.get_by_role("button", name="Show").click()

    store = page.locator("#jp-dataops-runs")
    expect(store.get_by_role("heading", name="nightly")).to_be_visible()
    store.get_by_role("button", name="Run now").click()
    fire = store.get_by_role("list", name="Fires", exact=True).get_by_role("listitem").first
    expect(fire).to_contain_text("succeeded")
    notebook7.screenshot("fires")
    store.get_by_role("button", name="Edit nightly").click()
    dialog.get_by_label("Time of day").fill("07:30")
    expect(dialog.get_by_role("status")).to_contain_text("At 07:30 on Monday")
    dialog.get_by_role("button", name="Save").click()
    expect(store.get_by_text("At 07:30 on Monday through Friday, Europe/Berlin time.")).to_be_visible()
    fire.get_by_role("button", name=re.compile("^Show the run")).click()
    expect(page.locator("#jp-dataops-pipeline .jp-dataops-picker-button")).to_contain_text("succeeded")

    (notebook7.folder / "dataops.toml").write_text("[env.prod]\n")
    notebook7.execute("dataops:deploy-notebook")
    dialog.get_by_label("Environment").fill("prod")
    notebook7.screenshot("deploy")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    page.locator(".Toastify__toast", has_text="nightly@1").get_by_role("button", name="Show").click()
    expect(store.locator("[data-environment='prod']")).to_contain_text("prod@1")
    notebook7.screenshot("deployment")
    assert notebook7.accessibility_problems("#jp-dataops-runs") == []
