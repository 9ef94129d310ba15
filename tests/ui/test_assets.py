"""Assets in JupyterLab: a notebook publishes one as it runs, another one loads it, and both are seen."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from tests.support.lab import Lab
from tests.support.looks import Keyboard
from tests.support.notebooks import cell

RUN = "dataops:run-pipeline"
SHOW = "dataops:show-assets"
TABLE = "import pandas as pd\nsales = pd.DataFrame({'city': ['Bern', 'Basel'], 'sold': [12.5, factor]})"


def _store(page: Page) -> Locator:
    """The panel with what the whole store has."""
    return page.locator("#jp-dataops-runs")


def _orders(lab: Lab, factor: float = 7.5) -> str:
    """A notebook that publishes a table."""
    return lab.write(
        cell(f"factor = {factor}", "parameters"), cell(TABLE, "node:clean", "asset:sales"), name="orders.ipynb"
    )


def _published_elsewhere(lab: Lab, path: str, **parameters: float) -> None:
    """The notebook runs as from a terminal: nobody in JupyterLab has asked for it."""
    settings = Settings(store=str(lab.server.root.parent / "store"), jobs=1)
    Pipeline(lab.server.root / path, settings=settings).run(**parameters, progress=False)


def test_what_a_run_publishes_appears_and_opens_to_its_versions(lab: Lab) -> None:
    page = lab.open()
    lab.execute(SHOW)
    store = _store(page)
    expect(store.get_by_text("Nothing is published yet.")).to_be_visible()
    lab.screenshot("empty")
    assert lab.accessibility_problems("#jp-dataops-runs") == []

    path = _orders(lab)
    lab.open_notebook(path, kernel=False)
    lab.execute(RUN)
    expect(page.locator(".jp-dataops-status-button")).to_have_text("orders: succeeded")
    lab.execute(SHOW)

    row = store.get_by_role("button", name=re.compile("^sales"))
    expect(row).to_have_text(re.compile(r"sales@1DataFrame 2 . 2.* by orders"))
    lab.screenshot("list")
    _published_elsewhere(lab, path, factor=20.0)
    expect(row).to_have_text(re.compile("sales@2"))

    Keyboard(page).tab_to(row)
    page.keyboard.press("Enter")
    versions = store.get_by_role("list", name="Versions of sales")
    expect(versions.get_by_role("listitem")).to_have_count(2)
    versions.get_by_role("button", name=re.compile("^@2")).click()
    expect(versions.get_by_role("table")).to_contain_text("Basel")
    lab.screenshot("open")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    lab.change_theme("JupyterLab Dark")
    lab.screenshot("open-dark")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    lab.change_theme("JupyterLab Light")
    page.emulate_media(forced_colors="active")
    lab.screenshot("open-forced-colors")
    page.emulate_media(forced_colors="none")

    versions.get_by_role("button", name="Show the run of orders.ipynb that published sales@1").click()
    panel = page.locator("#jp-dataops-pipeline")
    expect(panel).to_be_visible()
    panel.locator("[data-node=clean]").click()
    panel.get_by_role("tab", name="Data").click()
    expect(panel.get_by_role("region", name="Assets")).to_have_text(re.compile("sales@1.*published"))
    lab.screenshot("node")


def test_who_has_loaded_a_version_appears_and_leads_to_the_run(lab: Lab) -> None:
    stock = lab.write(cell(f"factor = 7.5\n{TABLE}", "node:clean", "asset:stock=sales"), name="stock.ipynb")
    load = cell("from jupyter_dataops import load_asset", "setup")
    report = lab.write(load, cell("print(load_asset('stock').sold.sum())", "node:report"), name="report.ipynb")
    _published_elsewhere(lab, stock)
    page = lab.open()
    lab.execute(SHOW, asset="stock")
    versions = _store(page).get_by_role("list", name="Versions of stock")
    expect(versions.get_by_role("listitem")).to_have_count(1)

    _published_elsewhere(lab, report)

    loader = versions.get_by_role("button", name="Show the run of report.ipynb that loaded stock@1")
    expect(loader).to_be_visible()
    lab.screenshot("loaded-by")
    assert lab.accessibility_problems("#jp-dataops-runs") == []
    loader.click()
    expect(page.locator("#jp-dataops-pipeline [data-node=report]")).to_be_visible()
