"""JupyterLab in a browser. These tests run on their own: the browser's event loop stays in the process to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from tests.support.browsers import launched_profile
from tests.support.front_ends import Notebook7, Voila
from tests.support.lab import PATIENCE_S, Lab, Server, Window, running_server, window


@pytest.hookimpl(tryfirst=True)  # before -m is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is marked `kernel`: what leaves out kernels needs no browser and no built front end either."""
    here = Path(__file__).parent
    for item in items:  # those of other folders, too
        if item.path.is_relative_to(here):
            item.add_marker("kernel")


@pytest.fixture(scope="session")
def kept_profile(home: Path) -> Iterator[BrowserContext]:
    """The browser of the machine, for all tests of a process."""
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright, launched_profile(playwright, home / "browser") as profile:
        profile.set_default_timeout(PATIENCE_S * 1000)
        yield profile


@pytest.fixture
def profile(kept_profile: BrowserContext) -> Iterator[BrowserContext]:
    """The browser without a window and without anything that a page has left there, apart from its cache."""
    blank, *_ = kept_profile.pages
    yield kept_profile
    for page in kept_profile.pages:
        if page != blank:
            page.close()
    kept_profile.clear_cookies()
    kept_profile.clear_permissions()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One JupyterLab for all tests of a process: each has a folder, a workspace and a window of its own."""
    with running_server(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def notebook_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Notebook 7, likewise."""
    folder = tmp_path_factory.mktemp("notebook")
    with running_server(folder, "--JupyterNotebookApp.expose_app_in_browser=True", app="notebook") as server:
        yield server


@pytest.fixture
def lab(lab_server: Server, profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A window of JupyterLab that is not open yet; at its end there is no kernel, and no complaint in the console."""
    yield from _window(Lab, lab_server, profile, request)


@pytest.fixture
def notebook7(notebook_server: Server, profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Notebook7]:
    """A window of Notebook 7, likewise."""
    yield from _window(Notebook7, notebook_server, profile, request)


@pytest.fixture
def voila(lab_server: Server, profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Voila]:
    """A window for pages of Voila, which serves them from JupyterLab's server; likewise."""
    yield from _window(Voila, lab_server, profile, request)


def _window(
    kind: type[Window], server: Server, profile: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Window]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")
    folder = server.root / name
    pictures: Path | None = request.config.getoption("--screenshots")
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    with window(kind, server, profile, folder, pictures) as made:
        yield made
