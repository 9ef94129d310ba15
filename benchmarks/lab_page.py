"""JupyterLabs with and without the extension, and their pages, which say what they cost."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import IN_PAGE, PATIENCE_S, Measured
from benchmarks.measuring import NoFigureError
from tests.support.notebooks import cell, notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.lab import Lab, Server

OURS = "jupyter-dataops"
WITH, WITHOUT = "with", "without"
_IN_LAB = Path(__file__).with_name("browser_lab.js")
_EXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"


@dataclass(frozen=True, slots=True)
class LabPage:
    """A window of JupyterLab. What is evaluated knows `app`, `panel`, the notebook in front, and `measuringLab`."""

    lab: Lab
    measured: Measured

    def open(self) -> None:
        """Start it anew, in a workspace with nothing in it."""
        self.lab.page.goto(f"{self.lab.server.url}lab/workspaces/bench?token={self.lab.server.token}&reset")
        self.measured.wait_for("window.measuringLab?.found.restoredAt > 0")

    def figure(self, script: str) -> float:
        """A number, of an expression."""
        return float(self.lab.evaluate(f"return {script}"))

    def until_ms(self, act: str, is_there: str) -> float:
        """From a statement until an expression is true, and to be seen."""
        return self.figure(f"await measuringLab.until(() => {{ {act} }}, () => {is_there})")

    def wait_for_cells(self) -> None:
        """JupyterLab has made all cells of a long notebook, as it does while it has nothing else to do."""
        self.lab.wait_for("panel.content.widgets.every(one => !one.isPlaceholder())")

    def take(self, kind: str) -> list[Any]:
        """What `measuringLab` has found of it since the last call."""
        found: list[Any] = self.lab.page.evaluate(f"measuringLab.take('{kind}')")
        return found

    def computing_ms(self, path: str) -> float:
        """While it starts anew: how long scripts whose address has `path` in it, and what they call, compute."""
        session = self.lab.page.context.new_cdp_session(self.lab.page)
        for order in ("Profiler.enable", "Profiler.start"):
            session.send(order)
        self.open()
        profile = session.send("Profiler.stop")["profile"]
        session.detach()
        is_below = dict[int, bool]()
        for node in profile["nodes"]:  # the caller before those it calls
            is_below[node["id"]] = is_below.get(node["id"], False) or path in node["callFrame"]["url"]
            is_below.update(dict.fromkeys(node.get("children", ()), is_below[node["id"]]))
        taken = zip(profile["samples"], profile["timeDeltas"], strict=True)
        return sum(float(delta_us) for node, delta_us in taken if is_below[node]) / 1000

    def heap_mb(self) -> float:
        """What scripts keep, after a collection."""
        session = self.lab.page.context.new_cdp_session(self.lab.page)
        session.send("HeapProfiler.collectGarbage")
        found = session.send("Runtime.getHeapUsage")
        session.detach()
        return float(found["usedSize"]) / 1e6

    def type(self, text: str, pause_ms: float) -> list[float]:
        """Milliseconds from each key until it is on the screen; the cursor is where it is."""
        self.lab.page.evaluate("measuringLab.take('keys')")
        self.lab.page.keyboard.type(text, delay=pause_ms)
        return self.take("keys")

    def edit(self, index: int) -> None:
        """The cursor stands at the end of that cell."""
        self.lab.evaluate("await panel.content.scrollToItem(arg); panel.content.activeCellIndex = arg", index)
        # As a hand does: what was opened before may have the focus, or take it late.
        self.lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active .cm-content").click()
        self.lab.wait_for("panel.content.activeCell.editor?.hasFocus()")
        self.lab.page.keyboard.press("ControlOrMeta+End")


@contextmanager
def lab_servers(folder: Path) -> Iterator[dict[str, Server]]:
    """Two that differ in the extension of the browser alone. Raises `NoFigureError` where there is none."""
    from tests.support.lab import running_server

    if not (_EXTENSIONS / OURS / "package.json").exists():
        raise NoFigureError("the front end is not built: `make build` does it")
    with ExitStack() as stack:
        found = {}
        for name, left_out in ((WITH, ""), (WITHOUT, OURS)):
            place = folder / name
            extensions = place / "extensions"
            extensions.mkdir(parents=True)
            for extension in _EXTENSIONS.iterdir():
                if extension.name != left_out:
                    (extensions / extension.name).symlink_to(extension.resolve())
            found[name] = stack.enter_context(running_server(place, f"--LabApp.labextensions_path={extensions}"))
        yield found


@contextmanager
def lab_page(chromium: Browser, server: Server, name: str) -> Iterator[LabPage]:
    """A window with a folder, and a cache, of its own, which is not open yet."""
    from tests.support.browsers import new_page
    from tests.support.lab import Lab

    folder = server.root / name
    folder.mkdir()
    page = new_page(chromium, PATIENCE_S, width=1440, height=900)
    for script in (IN_PAGE, _IN_LAB):
        page.add_init_script(path=script)
    lab = Lab(server, page, folder)
    try:
        yield LabPage(lab, Measured(page))
    finally:
        lab.close()


def cpu_ms(chromium: Browser) -> dict[int, float]:
    """What each process that shows pages has computed: unlike time, it hardly depends on what else the machine does."""
    session = chromium.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return {one["id"]: one["cpuTime"] * 1000 for one in found if one["type"] == "renderer"}


def write_pipeline(folder: Path, nodes: int) -> str:
    """A notebook whose nodes each take what two earlier ones made; the path under which the server knows it."""
    cells = (
        cell(f"v{index} = {' + '.join(f'v{one}' for one in _upstream(index)) or '1'}", f"node:{name_of(index)}")
        for index in range(nodes)
    )
    (folder / "etl.ipynb").write_text(json.dumps(notebook(*cells)))
    return f"{folder.name}/etl.ipynb"


def name_of(index: int) -> str:
    """A node of `write_pipeline`."""
    return f"n{index}"


def _upstream(index: int) -> list[int]:
    # Levels of some thirty nodes, as in a wide pipeline; every second node joins two.
    near = [index - 30, index - 37 if index % 2 else -1]
    return [one for one in near if one >= 0]
