"""The browser of the machine, as tests and pictures drive it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, Playwright

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The browser, as long as the block lasts."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert program, "no Chromium on the PATH: `make test` installs it, or says how to"
    browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
    yield browser
    browser.close()
