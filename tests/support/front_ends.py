"""Front ends other than JupyterLab, as a test drives them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.support.lab import Lab


class Notebook7(Lab):
    """One window of Notebook 7: a notebook fills it. What `Lab` does with a notebook works here, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        # What it complains of by itself, without any extension.
        self.expect_error("Cannot convert undefined or null to object|reading 'schema'")

    def open_notebook(self, path: str, *, kernel: bool = True) -> Locator:
        """The notebook, with a kernel that takes work."""
        self.page.goto(f"{self.server.url}notebooks/{path}?token={self.server.token}")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.wait_for("panel?.context?.path === arg && panel.content?.widgets?.length > 0", path)
        self.evaluate("await within(panel.context.ready, 'the document'); await within(panel.revealed, 'its cells')")
        if kernel:
            self.kernel_ready()
        return self.page.locator(".jp-NotebookPanel")


class Voila(Lab):
    """One window with a page of Voila: a notebook that was executed when the page was asked for, without its code."""

    def __post_init__(self) -> None:
        super().__post_init__()
        # Its pages load fonts and MathJax from elsewhere, and every extension of JupyterLab, most of which need JupyterLab.
        for noise in ("ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED", "/voila/labextensions/", r"^Event \("):
            self.expect_error(noise)

    def open_page(self, path: str, theme: str = "light") -> Page:
        """The page of a notebook, with all of its cells executed."""
        self.page.goto(f"{self.server.url}voila/render/{path}?token={self.server.token}&theme={theme}")
        return self.page
