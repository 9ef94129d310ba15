"""A page in Chromium, and what it costs to show it and to work with it. A browser with a graphics card draws faster."""

from __future__ import annotations

import mimetypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from benchmarks.measuring import NoFigureError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

FRONT = Path(__file__).parents[1] / "labextension"
PATIENCE_S = 120
IN_PAGE = Path(__file__).with_name("browser.js")


@dataclass(frozen=True, slots=True)
class Measured:
    """A page, and what it says of itself. Scripts are expressions; they see the page's globals, and `measuring`."""

    page: Page

    def figure(self, script: str) -> float:
        """One number."""
        return float(self.page.evaluate(script))

    def times_ms(self, script: str) -> list[float]:
        """Several."""
        return [float(one) for one in self.page.evaluate(script)]

    def wait_for(self, script: str) -> None:
        """It is true, before long."""
        self.page.wait_for_function(script, timeout=PATIENCE_S * 1000)

    def long_tasks_ms(self) -> list[float]:
        """Tasks over 50 ms since the last call: while one lasts, nothing reacts."""
        return self.times_ms("measuring.longTasks()")


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of the machine. Raises `NoFigureError` where there is none, or nothing to drive it with."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.support.browsers import find_browser, launched
    except ImportError as missing:
        raise NoFigureError("playwright is not installed") from missing
    if find_browser() is None:
        raise NoFigureError("there is no Chromium on the PATH")
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@contextmanager
def front_page(chromium: Browser, path: str) -> Iterator[Measured]:
    """A file of the front end as a page of its own, such as ``dev/graph.html?nodes=50``, as long as the block lasts."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.add_init_script(path=IN_PAGE)
        page.route("http://front.test/**", _answer)
        page.goto(f"http://front.test/{path}")
        yield Measured(page)
    finally:
        context.close()


def build_pages() -> None:
    """What the pages in `dev/` load is as the sources are. Raises `NoFigureError` where it cannot be built."""
    places = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    node = shutil.which("node", path=places)
    if node is None or not (FRONT / "node_modules").exists():
        raise NoFigureError("the front end is not installed: `make test` does it")
    built = subprocess.run(
        [node, "esbuild.mjs", "worker", "pages", "--minify"], cwd=FRONT, capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        raise NoFigureError(f"the front end cannot be built: {built.stderr.strip().splitlines()[-1]}")


def _answer(route: Route) -> None:
    file = FRONT / urlparse(route.request.url).path.lstrip("/")
    if file.is_file():
        kind, _ = mimetypes.guess_type(file.name)
        route.fulfill(body=file.read_bytes(), content_type=kind or "application/octet-stream")
    else:
        route.fulfill(status=404)


def chromium_version(chromium: Browser) -> str:
    """As in a table's first line."""
    version: Any = chromium.version
    return f"Chromium {version}, no graphics card"
