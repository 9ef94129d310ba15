"""The browser of the machine, as tests, pictures and benchmarks drive it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The browser, as long as the block lasts."""
    browser = playwright.chromium.launch(executable_path=_program(), args=_FLAGS)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def launched_profile(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """The browser as its user has it: it keeps scripts, so that each later JupyterLab starts with less work."""
    profile = playwright.chromium.launch_persistent_context(
        folder, executable_path=_program(), args=_FLAGS, viewport={"width": 1280, "height": 800}
    )
    try:
        yield profile
    finally:
        profile.close()


def find_browser() -> str | None:
    """The program, if the machine has one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def _program() -> str:
    program = find_browser()
    assert program, "no Chromium on the PATH: `make test` installs it, or says how to"
    return program


def new_page(browser: Browser, patience_s: float, *, width: int = 1280, height: int = 800) -> Page:
    """A window that shares nothing with others; whatever is waited for in it comes within `patience_s`."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(patience_s * 1000)
    return page
