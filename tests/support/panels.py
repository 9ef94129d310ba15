"""A panel in a page, as a user has it in front of them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.lab import PATIENCE_S, Lab
from tests.support.notebooks import cell
from tests.support.waiting import WAIT_FOR, until

SHOW = "from jupyter_dataops import Pipeline\npanel = Pipeline('etl.ipynb').panel()\npanel"
THREADS = "import threading; print(sum(t.name.startswith('dataops-panel') for t in threading.enumerate()))"


def write_pipeline(lab: Lab) -> None:
    """A pipeline whose second node waits for the file ``go``, and notes in ``come`` that it does."""
    lab.write(
        cell("size: int = 3  # how many rows", "parameters"),
        cell(WAIT_FOR, "setup"),
        cell("rows = list(range(size))\nprint('made', size, 'rows')", "node:load"),
        cell("note('come')\nwait_for('go')\nprint('sum', sum(rows))", "node:total"),
    )


def go(folder: Path) -> None:
    """The node that waits goes on, and so does every later one."""
    (folder / "go").touch()


class PanelInPage:
    """The panel in the page, or one of several."""

    def __init__(self, page: Page, number: int = 0) -> None:
        self.frame: Locator = page.locator(".jp-dataops-widget").nth(number)

    def run(self) -> None:
        """*Run* is clicked."""
        self.frame.get_by_role("button", name="Run", exact=True).click()

    def expect_run(self, state: str, timeout_s: float = PATIENCE_S) -> None:
        """The run that is shown is, or comes to be, in this state."""
        shown = self.frame.locator(".jp-dataops-picker-button")
        expect(shown).to_contain_text(state, timeout=timeout_s * 1000)

    def open_log(self, node: str) -> Locator:
        """The log of a node, which is clicked in the graph."""
        self.frame.get_by_role("button", name=f"Node {node},").click()
        self.frame.get_by_role("tab", name="Log").click()
        return self.frame.get_by_role("tabpanel", name="Log")

    def expect_connection(self, words: str) -> None:
        """What is said of the connection; nothing, where it is fine."""
        expect(self.frame.locator(".jp-dataops-connection")).to_have_text(words)

    def expect_shown(self) -> None:
        """The pipeline is there."""
        expect(self.frame.get_by_role("heading", name="etl")).to_be_visible()
        self.expect_connection("")


def wait_for_node(folder: Path) -> None:
    """The second node of the pipeline runs."""
    until((folder / "come").exists, "the node that waits")
