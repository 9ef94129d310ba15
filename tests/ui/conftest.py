"""JupyterLab in a browser. These tests run on their own: the browser's event loop stays in the process to its end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.lab import PATIENCE_S, Lab, Server, running_server

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser(home: Path) -> Iterator[Browser]:
    """The browser of the machine."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert program, "no Chromium on the PATH: `make test` installs it, or says how to"
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One JupyterLab for all tests of a process: each has a folder, a workspace and a window of its own."""
    with running_server(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(lab_server: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A window of JupyterLab that is not open yet; at its end there is no kernel, and no complaint in the console."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")
    folder = lab_server.root / name
    folder.mkdir()
    pictures: Path | None = request.config.getoption("--screenshots")
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    lab = Lab(lab_server, page, folder, pictures)
    try:
        yield lab
    finally:
        lab.close()
    assert lab.unexpected_errors() == []
