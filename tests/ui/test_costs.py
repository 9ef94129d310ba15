"""What the extension costs a page, counted: seconds would say more about the machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from jupyter_dataops.config import Settings
from jupyter_dataops.logs import LogLine, write_log_line
from tests.support.lab import Lab
from tests.support.played_run import PlayedRun

NODES = 300
LINES = 100_000
MOST_AT_START_KB = 220
"""Of scripts, unpacked. What a panel shows, and the graph's layout, which is four times as large, come later."""
MOST_LINES_IN_PAGE = 200
MOST_ELEMENTS_CHANGED = 40

_SCRIPTS_KB = (
    "performance.getEntriesByType('resource').filter(one => one.name.includes('/extensions/jupyter-dataops/')"
    " && new URL(one.name).pathname.endsWith('.js')).reduce((sum, one) => sum + one.decodedBodySize, 0) / 1000"
)
_PANEL = "document.querySelector('#jp-dataops-pipeline')"


@pytest.fixture
def run(lab: Lab) -> Iterator[PlayedRun]:
    """A run that goes on, in the panel of its notebook."""
    run = PlayedRun(Settings(store=str(lab.server.root.parent / "store"), jobs=2), lab.folder)
    run.create(*(f"n{index}" for index in range(NODES)))
    run.take()
    lab.open()
    lab.open_notebook(f"{lab.folder.name}/etl.ipynb", kernel=False)
    lab.execute("dataops:show-panel")
    lab.wait_for(f"{_PANEL}.querySelectorAll('[data-node][data-state=pending]').length === arg", NODES)
    yield run
    run.close()


def test_the_start_of_lab_loads_little(lab: Lab) -> None:
    page = lab.open()
    at_start = page.evaluate(_SCRIPTS_KB)

    lab.execute("dataops:show-panel")

    expect(page.get_by_role("region", name="Pipeline", exact=True)).to_be_attached()
    assert at_start <= MOST_AT_START_KB
    assert page.evaluate(_SCRIPTS_KB) > 3 * at_start


def test_a_node_that_changes_leaves_the_others_in_the_graph_alone(lab: Lab, run: PlayedRun) -> None:
    lab.evaluate(
        "window.changed = new Set();"
        "window.observer = new MutationObserver(records => records.forEach(({ target }) => window.changed.add(target)));"
        f"window.observer.observe({_PANEL}.querySelector('.jp-dataops-graph-area'),"
        " { subtree: true, childList: true, attributes: true, characterData: true })"
    )

    run.start("n7")

    lab.wait_for(f"{_PANEL}.querySelector('[data-node=n7][data-state=running]')")
    nodes = lab.evaluate("return [...window.changed].map(({ dataset }) => dataset?.node).filter(one => one)")
    assert nodes == ["n7"]
    assert lab.evaluate("return window.changed.size") <= MOST_ELEMENTS_CHANGED


def test_a_long_log_is_in_the_page_as_far_as_it_is_in_sight(lab: Lab, run: PlayedRun) -> None:
    with run.log.open("w", encoding="utf-8") as file:
        for index in range(LINES):
            write_log_line(file, LogLine(datetime.now(UTC), "stdout", f"line {index}\n"))
    run.start("n7")

    lab.execute("dataops:show-panel", node="n7")

    lines = lab.page.locator("#jp-dataops-pipeline .jp-dataops-log-line")
    expect(lines.last).to_have_text(f"line {LINES - 1}")
    assert lines.count() <= MOST_LINES_IN_PAGE
    lab.evaluate(f"{_PANEL}.querySelector('.jp-dataops-log-lines').scrollTop = 0")
    expect(lines.last).not_to_have_text(f"line {LINES - 1}")
    assert lines.count() <= MOST_LINES_IN_PAGE
