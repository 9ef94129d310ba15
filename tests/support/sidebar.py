"""The side panel of JupyterLab with the pipeline of the active notebook, as a user has it in front of them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.support.lab import PATIENCE_S, Lab


class Sidebar:
    """What is in the panel."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.root = lab.page.locator("#jp-dataops-pipeline")

    def open(self) -> Sidebar:
        """It is in front at its side of the window."""
        self.lab.execute("dataops:show-panel")
        expect(self.root.locator(".jp-dataops-view")).to_be_visible()
        return self

    def node(self, name: str) -> Locator:
        """A node of the graph."""
        return self.root.locator(f"g.jp-dataops-graph-node[data-node='{name}']")

    def expect_nodes(self, timeout_s: float = PATIENCE_S, **states: str) -> None:
        """These nodes are in the graph and come to these states; there are no others."""
        for name, state in states.items():
            expect(self.node(name)).to_have_attribute("data-state", state, timeout=timeout_s * 1000)
        expect(self.root.locator("g.jp-dataops-graph-node")).to_have_count(len(states))

    def expect_run(self, state: str, timeout_s: float = PATIENCE_S) -> None:
        """The run that is shown comes to this state."""
        shown = self.root.locator(".jp-dataops-picker-button")
        expect(shown).to_contain_text(state, timeout=timeout_s * 1000)

    def expect_connection(self, words: str) -> None:
        """What is said of the connection; nothing, where it is fine."""
        expect(self.root.locator(".jp-dataops-connection")).to_have_text(words)

    def button(self, name: str) -> Locator:
        """One of the controls above the views."""
        return self.root.locator(".jp-dataops-controls").get_by_role("button", name=name, exact=True)

    def toggle_parameters(self) -> None:
        """The form with the parameters is opened, or closed."""
        self.root.get_by_role("button", name=re.compile("^Parameters")).click()

    def view(self, name: str) -> None:
        """The graph, the list, or another view of the pipeline is shown."""
        self.root.get_by_role("tablist", name="Views of the pipeline").get_by_role(
            "tab", name=re.compile(f"^{name}")
        ).click()

    def details(self, name: str, tab: str | None = None) -> Locator:
        """The details of a node, opened by a click in the graph."""
        self.node(name).click()
        details = self.root.get_by_role("complementary", name=f"Node {name}", exact=True)
        expect(details).to_be_visible()
        if tab is not None:
            details.get_by_role("tab", name=tab).click()
        return details
