"""The components without Jupyter and Python: the page of `labextension/dev`, with a fake of everything behind it."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.lab import AXE
from tests.support.source_tree import REPOSITORY

LABEXTENSION: Final = REPOSITORY / "labextension"

SCENES: Final = {
    "graph": "scene=failed",
    "error": "scene=failed&node=evaluate",
    "list-log": "scene=failed&view=list&node=evaluate&tab=log",
    "timeline-data": "scene=failed&view=timeline&node=join&tab=data",
    "history-attempts": "scene=failed&view=history&node=evaluate&tab=attempts",
    "problems-checks": "scene=errors&view=problems&node=join&tab=checks",
    "running-why": "scene=running&view=list&node=split&tab=why",
    "crashed": "scene=crashed&view=timeline",
    "read-only-lost": "scene=failed&view=list&readonly=1&connection=lost",
    "no-runs": "scene=norun&view=list&node=join",
    "no-notebook": "scene=nothing",
    "untagged": "scene=untagged",
    "unreachable": "scene=unreachable",
    "all-runs": "scene=runs",
}
"""What the page shows, by the words in its address."""


_NOT_IN_DRAWINGS: Final = "label-content-name-mismatch at g[data-node="


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called there
        """Nothing: the tests say what is wrong."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served, as it is delivered."""
    folder = tmp_path_factory.mktemp("components")
    own = Path(sys.executable).parent  # has a Node.js where the machine has none
    node = shutil.which("node", path=f"{own}{os.pathsep}{os.environ['PATH']}")
    assert node, "no Node.js: `make build` installs one"
    subprocess.run([node, "dev/serve.mjs", "build", str(folder)], cwd=LABEXTENSION, check=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """A page as narrow as a side panel, in which nothing goes wrong unseen."""
    page = profile.new_page()
    page.set_viewport_size({"width": 340, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    page.close()
    assert complaints == []


def _open(page: Page, address: str, scene: str, theme: str = "light") -> None:
    page.goto(f"{address}?{scene}&theme={theme}")
    expect(page.locator(".jp-dataops-view").first).to_be_visible()
    expect(page.get_by_text("Loading…")).to_have_count(0)
    if page.locator(".jp-dataops-graph-place").count():
        expect(page.locator("g[data-node]").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_that_is_shown_is_out_of_reach_for_anybody(page: Page, address: str, scene: str, theme: str) -> None:
    _open(page, address, SCENES[scene], theme)
    page.evaluate(AXE.read_text(encoding="utf-8"))

    found = page.evaluate(
        """async () => (await axe.run('#frame')).violations.flatMap(({ id, nodes }) =>
             nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`))"""
    )

    # Pieces of text in a drawing have no blank between them, so that axe reads "joinsucceeded" where the name has both.
    assert [problem for problem in found if not problem.startswith(_NOT_IN_DRAWINGS)] == []


def test_everything_is_done_by_keyboard(page: Page, address: str) -> None:
    _open(page, address, "scene=failed&view=list")

    page.get_by_role("tree", name="Nodes").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("treeitem", name="clean_flights")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("complementary", name="Node clean_flights")).to_be_visible()
    page.get_by_role("tab", name="Outputs").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Data")).to_be_focused()
    page.get_by_role("separator", name="Size of the details").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("separator")).to_have_attribute("aria-valuenow", "55")


def test_a_run_is_started_and_followed_to_its_end(page: Page, address: str) -> None:
    _open(page, address, "scene=norun&view=list")

    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_role("button", name="Shown run: running")).to_be_visible()
    expect(page.get_by_role("treeitem", name="succeeded load_flights")).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("button", name="Shown run: cancelled")).to_be_visible()


def test_a_hundred_thousand_lines_are_opened_searched_and_scrolled(page: Page, address: str) -> None:
    _open(page, address, "scene=failed&view=list&node=join&tab=log")
    log = page.get_by_role("log")
    expect(log.get_by_text("chunk 99999 of 100000")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="Load earlier lines").click()
        expect(page.get_by_role("button", name="Loading…")).to_have_count(0)

    expect(page.get_by_role("button", name="Load earlier lines")).to_have_count(0)
    page.get_by_role("searchbox", name="Search the log").fill("chunk 50000 of")

    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    expect(log.locator("mark[data-current]")).to_have_text("chunk 50000 of")
    assert log.locator(".jp-dataops-log-line").count() < 200


def test_two_hundred_changes_of_a_thousand_nodes_are_on_screen_at_once(page: Page, address: str) -> None:
    _open(page, address, "scene=big&view=list")
    first = page.get_by_role("treeitem", name="node_0000")
    expect(first).to_contain_text("succeeded")

    page.evaluate(
        """() => {
             const { run } = session.state;
             const nodes = run.order.slice(0, 200).map(name => ({ ...run.nodes.get(name), state: 'failed' }));
             client.tell('watch_run', { kind: 'run_changed', run: run.run, nodes, edited: [], seq: run.seq + 1 });
           }"""
    )

    expect(first).to_contain_text("failed")
