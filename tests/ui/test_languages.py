"""JupyterLab in German: what is ours is German too, in the browser as in what the server translates."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.lab_cells import chip_of
from tests.support.notebooks import cell
from tests.support.sidebar import Sidebar
from tests.support.source_tree import REPOSITORY

COMMANDS = "app.commands.listCommands().filter(id => id.startsWith('dataops:')).map(id => app.commands.label(id))"

CATALOGUE = REPOSITORY / "jupyter_dataops" / "locale" / "de_DE" / "LC_MESSAGES" / "jupyter_dataops.json"


def _english() -> set[str]:
    """Texts that are others in German."""
    texts = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {key for key, forms in texts.items() if key and [key] != forms}


def test_a_german_lab_is_german_throughout(lab: Lab) -> None:
    lab.server.set("@jupyterlab/translation-extension/plugin", locale="de_DE")
    page = lab.open()
    lab.open_notebook(
        lab.write(
            cell("rows = [1, 2, 0]", "node:load"),
            cell("shares = [1 / row for row in rows]", "node:clean"),
            cell("assert shares", "check:clean"),
            name="flights.ipynb",
        ),
        kernel=False,
    )
    sidebar = Sidebar(lab).open()
    expect(page.locator(".jp-dataops-status-button")).to_have_text("flights: bereit")

    sidebar.button("Ausführen").click()

    failed = page.locator(".Toastify__toast", has_text="flights fehlgeschlagen: clean")
    expect(failed.get_by_role("button", name="Knoten öffnen")).to_be_visible()
    sidebar.expect_run("fehlgeschlagen")
    run = page.locator(".jp-NotebookPanel-toolbar [data-command='dataops:run-pipeline']")
    expect(run).to_have_attribute("aria-label", re.compile("^Pipeline ausführen"))
    expect(chip_of(lab, 1)).to_contain_text("fehlgeschlagen")
    sidebar.node("clean").click()
    details = page.get_by_role("complementary", name="Knoten clean", exact=True)
    expect(details.get_by_role("tab", name="Fehler")).to_be_visible()
    expect(details.get_by_role("button", name="Zur Zelle").first).to_be_visible()
    lab.screenshot("panel")
    assert set(lab.evaluate(f"return {COMMANDS}")) & _english() == set()

    page.locator(".jp-NotebookPanel-toolbar [data-command='dataops:schedule-notebook']").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Zeitzone").fill("Europe/Berlin")
    expect(dialog.get_by_role("status")).to_have_text("Jeden Tag um 06:00, Ortszeit Europe/Berlin.")
    dialog.get_by_role("button", name=re.compile("^Grenzen")).click()
    dialog.get_by_label("Nicht vor").fill("2190-03-01T06:00")
    lab.screenshot("schedule")
    dialog.get_by_role("button", name="Einplanen", exact=True).click()
    message = page.locator(".Toastify__toast", has_text="Jeden Tag um 06:00, Ortszeit Europe/Berlin")
    message.get_by_role("button", name="Zeigen").click()
    store = page.locator("#jp-dataops-runs")
    expect(store.get_by_text("Jeden Tag um 06:00, Ortszeit Europe/Berlin.")).to_be_visible()
    expect(store.get_by_text("Es läuft kein Scheduler")).to_be_visible()
    lab.screenshot("schedules")

    lab.execute("settingeditor:open", query="Datenpipelines")

    expect(page.get_by_label("Fortschritt in der Statusleiste")).to_be_visible()
    expect(page.locator("select[id$='plugin_panelSide']")).to_contain_text("Links")
    expect(page.locator(".jp-FormGroup-description", has_text="Ob vor dem Abbrechen eines Laufs")).to_be_visible()
    page.get_by_label("Fortschritt in der Statusleiste").uncheck()
    expect(page.locator(".jp-dataops-status-button")).to_be_hidden()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    lab.screenshot("settings")
