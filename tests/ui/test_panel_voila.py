"""The panel as a page of its own, served by Voila to people who do not code."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from tests.support.front_ends import Voila
from tests.support.notebooks import cell
from tests.support.panels import SHOW, PanelInPage, go, wait_for_node, write_pipeline
from tests.support.source_tree import REPOSITORY


def test_somebody_fills_in_the_form_runs_the_pipeline_and_reads_what_it_printed(voila: Voila) -> None:
    write_pipeline(voila)
    page = voila.open_page(voila.write(cell(SHOW), name="page.ipynb"))
    panel = PanelInPage(page)
    panel.expect_shown()
    expect(page.get_by_text("from jupyter_dataops")).to_have_count(0)

    panel.frame.get_by_role("button", name="Parameters").click()
    panel.frame.get_by_label("size").fill("12")
    voila.screenshot("form")
    panel.run()
    wait_for_node(voila.folder)
    panel.expect_run("running")
    go(voila.folder)
    panel.expect_run("succeeded")

    expect(panel.open_log("load").get_by_text("made 12 rows")).to_be_visible()
    voila.screenshot("log")
    assert voila.accessibility_problems(".jp-dataops-widget") == []


def test_who_may_only_look_sees_the_run_and_no_button_that_starts_one(voila: Voila) -> None:
    write_pipeline(voila)
    go(voila.folder)
    show = "from jupyter_dataops import Pipeline\npipeline = Pipeline('etl.ipynb')\n"
    show += "pipeline.run(progress=False)\npipeline.panel(read_only=True)"
    page = voila.open_page(voila.write(cell(show), name="page.ipynb"))
    panel = PanelInPage(page)

    panel.expect_run("succeeded")

    run = panel.frame.get_by_role("button", name="Run", exact=True)
    assert run.count() == 0 or run.is_disabled()


def test_a_run_goes_on_when_the_page_is_closed_and_is_there_when_it_is_opened_again(voila: Voila) -> None:
    write_pipeline(voila)
    path = voila.write(cell(SHOW), name="page.ipynb")
    panel = PanelInPage(voila.open_page(path))
    panel.expect_shown()
    panel.run()
    wait_for_node(voila.folder)

    voila.page.goto("about:blank")
    voila.server.end_kernels()
    panel = PanelInPage(voila.open_page(path))

    panel.expect_run("running")
    go(voila.folder)
    panel.expect_run("succeeded")


def test_the_report_of_a_run_is_a_page_of_its_own(voila: Voila) -> None:
    write_pipeline(voila)
    go(voila.folder)
    page = voila.open_page(voila.write(cell(SHOW), name="page.ipynb"))
    panel = PanelInPage(page)
    panel.expect_shown()
    panel.run()
    panel.expect_run("succeeded")

    with page.expect_popup() as opened:
        panel.frame.get_by_role("button", name="Open the report of this run").click()

    report = opened.value.frame_locator("iframe")
    expect(report.get_by_text("made 3 rows").first).to_be_attached()


@pytest.mark.slow
def test_the_dashboard_of_the_flights_is_filled_in_run_and_watched(voila: Voila) -> None:
    for name in ("dashboard.ipynb", "flights.ipynb"):
        shutil.copy(REPOSITORY / "example_notebooks" / name, voila.folder)
    page = voila.open_page(f"{voila.folder.name}/dashboard.ipynb")
    expect(page.get_by_role("heading", name="Flights: run it yourself")).to_be_visible()
    panel = PanelInPage(page)
    expect(panel.frame.get_by_role("heading", name="flights")).to_be_visible()

    panel.frame.get_by_role("button", name="Parameters").click()
    panel.frame.get_by_label("sample_size").fill("2000")
    panel.run()

    panel.expect_run("running")
    voila.screenshot("running")
    panel.expect_run("succeeded", timeout_s=100)
    voila.screenshot("light")
