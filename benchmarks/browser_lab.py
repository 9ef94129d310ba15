"""JupyterLab in a browser: what the extension adds to its start, and how fast panel, log, cells and widgets are."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser import browser, chromium_version
from benchmarks.lab_page import OURS, WITH, WITHOUT, LabPage, cpu_ms, lab_page, lab_servers, name_of, write_pipeline
from benchmarks.lab_run import run_figures
from benchmarks.measuring import machine
from benchmarks.tables import Figure, figures_table, p95

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.lab import Server

START_MS = 150.0
PANELS = 10
PANELS_S = 2.0
TYPING_MS = 50.0
KEYS = 40
_SCRIPTS = f"/extensions/{OURS}/"
_TYPED = "abcdefghij"
_PREPARE = f"from jupyter_dataops import Pipeline\nmade = [Pipeline('etl.ipynb').panel() for _ in range({PANELS})]"
_SHOW = "for one in made:\n    display(one)\nprint(len(made))"


def main(pairs: int = 5, nodes: int = 1000, lines: int = 100_000, cells: int = 500) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium, lab_servers(Path(folder)) as servers:
        versions = f"{machine(OURS, 'jupyterlab')}, {chromium_version(chromium)}"
        print(f"{versions}; load {os.getloadavg()[0]:.1f} at the beginning\n")
        found = [
            *_start(chromium, servers, pairs),
            *run_figures(chromium, servers[WITH], nodes, lines),
            *_typing(chromium, servers, cells),
            *_widgets(chromium, servers[WITH]),
        ]
    print(figures_table(found))


def _start(chromium: Browser, servers: Mapping[str, Server], pairs: int) -> Iterator[Figure]:
    """From the beginning of the navigation until the layout is restored, with what browsers keep, by turns."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    cpu: dict[str, list[float]] = {name: [] for name in servers}
    with lab_page(chromium, servers[WITH], "start") as ours, lab_page(chromium, servers[WITHOUT], "start") as theirs:
        pages = {WITH: ours, WITHOUT: theirs}
        for page in pages.values():
            page.open()
        for _ in range(pairs):
            for name, page in pages.items():
                before = cpu_ms(chromium)
                page.open()
                found[name].append(page.figure("measuringLab.found.restoredAt"))
                cpu[name].append(sum(now - before.get(process, 0) for process, now in cpu_ms(chromium).items()))
        computing = [ours.computing_ms(_SCRIPTS) for _ in range(min(pairs, 3))]
        sizes = dict(ours.lab.page.evaluate(f"measuringLab.scripts('{_SCRIPTS}')"))
    yield Figure("start of JupyterLab, without the extension", found[WITHOUT], "ms")
    yield Figure("start of JupyterLab, with it", found[WITH], "ms")
    yield Figure("start of JupyterLab, growth, pair by pair", _growth(found), "ms", START_MS)
    yield Figure("start of JupyterLab, growth of the page's CPU time, pair by pair", _growth(cpu), "ms", START_MS)
    yield Figure("start of JupyterLab, scripts of the extension compute", computing, "ms")
    what = f"scripts that are loaded at the start ({len(sizes)} files), unpacked"
    yield Figure(what, [sum(sizes.values()) / 1e3], "kB")


def _growth(found: Mapping[str, list[float]]) -> list[float]:
    return [ours - theirs for ours, theirs in zip(found[WITH], found[WITHOUT], strict=True)]


def _typing(chromium: Browser, servers: Mapping[str, Server], cells: int) -> Iterator[Figure]:
    """In a cell amid a notebook of which each cell is a node, by turns."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    with lab_page(chromium, servers[WITH], "typing") as ours, lab_page(chromium, servers[WITHOUT], "typing") as theirs:
        pages = {WITH: ours, WITHOUT: theirs}
        for name, page in pages.items():
            _open_to_type(page, cells, has_chips=name == WITH)
        for _ in range(KEYS // len(_TYPED)):
            for name, page in pages.items():
                page.lab.page.bring_to_front()
                found[name] += page.type(_TYPED, 100)
    what = f"a key in a notebook of {cells} nodes until it is on the screen"
    yield Figure(f"{what}, without the extension", found[WITHOUT], "ms")
    yield Figure(f"{what}, with chips", found[WITH], "ms")
    growth = p95(found[WITH]) - p95(found[WITHOUT])
    yield Figure(f"{what}, growth of the p95", [growth], "ms", TYPING_MS)


def _open_to_type(page: LabPage, cells: int, *, has_chips: bool) -> None:
    path = write_pipeline(page.lab.folder, cells)
    page.open()
    page.lab.open_notebook(path, kernel=False)
    if has_chips:
        page.measured.wait_for("document.querySelector('.jp-dataops-cellChip')")
    page.wait_for_cells()
    page.edit(cells // 2)
    if has_chips:
        page.measured.wait_for("document.activeElement.closest('.jp-Cell').querySelector('.jp-dataops-cellChip')")
    page.lab.page.evaluate("measuringLab.watchKeys()")
    page.type("# ", 100)


def _widgets(chromium: Browser, server: Server) -> Iterator[Figure]:
    """Panels in the output of a cell."""
    from jupyter_dataops.panel.static_files import static_file
    from tests.support.notebooks import cell

    script = static_file("widget.js").read_bytes()
    yield Figure("widget.js", [len(script) / 1e3], "kB")
    yield Figure("widget.js, packed", [len(gzip.compress(script)) / 1e3], "kB")
    with lab_page(chromium, server, "widgets") as page:
        write_pipeline(page.lab.folder, 5)
        path = page.lab.write(cell(_PREPARE), *[cell(_SHOW)] * 3, name="page.ipynb")
        page.open()
        page.lab.open_notebook(path)
        page.lab.run_cell(0)
        found = [_panels_s(page, index) for index in (1, 2, 3)]
    yield Figure(f"{PANELS} panels shown by a cell", found, "s", PANELS_S)


def _panels_s(page: LabPage, index: int) -> float:
    page.lab.evaluate("panel.content.activeCellIndex = arg", index)
    shown = f"panel.content.activeCell.node.querySelectorAll('.jp-dataops-widget [data-node={name_of(0)}]').length"
    return page.until_ms("void app.commands.execute('notebook:run-cell')", f"{shown} === {PANELS}") / 1000
