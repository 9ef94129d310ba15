"""A pipeline in JupyterLab's side panel, and a run of it that is played into the store: graph, states, a log."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lab_page import LabPage, lab_page, name_of, write_pipeline
from benchmarks.tables import Figure, p95

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.lab import Server
    from tests.support.played_run import PlayedRun

FIRST_PICTURE_S = 2.0
REACTION_MS = 150.0
LONGEST_TASK_MS = 200.0
LOG_S = 0.5
CHANGES = 40
BURST = 200
BURST_S = 1.0
WINDOWS = 2
REPEATS = 5
FRAMES = 120
WORDS = ("learns", "model", "prints", "while", "loss")
_PANEL = "document.querySelector('#jp-dataops-pipeline')"
_AREA = f"{_PANEL}.querySelector('.jp-dataops-graph-area')"
_LINES = f"{_PANEL}.querySelectorAll('.jp-dataops-log-line')"
_SCROLLER = f"{_PANEL}.querySelector('.jp-dataops-log-lines')"


def run_figures(chromium: Browser, server: Server, nodes: int, lines: int) -> Iterator[Figure]:
    """With so many nodes, one of which prints so many lines."""
    pictures = []
    for place in range(WINDOWS - 1):
        with lab_page(chromium, server, f"picture{place}") as page:
            pictures.append(_first_picture_s(page, nodes))
    with lab_page(chromium, server, "run") as page:
        pictures.append(_first_picture_s(page, nodes))
        what = f"{nodes:,} nodes in the panel"
        yield Figure(f"{what}, from a click until the graph is there", pictures, "s", FIRST_PICTURE_S)
        for name in ("dragging", "zooming"):
            yield Figure(f"{what}, time of a picture while {name}", _frames_ms(page, name), "ms")
        run = _begin(server, page)
        try:
            yield from _changes(page, run, what)
            yield from _burst(page, run, min(BURST, nodes - CHANGES // 2 - 1))
            yield from _log(page, run, lines, name_of(nodes - 1))
        finally:
            run.close()


def _first_picture_s(page: LabPage, nodes: int) -> float:
    """The notebook is open, has been looked through, and JupyterLab has made all its cells."""
    path = write_pipeline(page.lab.folder, nodes)
    page.open()
    page.lab.open_notebook(path, kernel=False)
    page.measured.wait_for("document.querySelector('.jp-dataops-status-button')?.textContent.endsWith('ready')")
    page.wait_for_cells()
    act = "void app.commands.execute('dataops:show-panel')"
    return page.until_ms(act, f"{_PANEL}.querySelectorAll('[data-node]').length === {nodes}") / 1000


def _frames_ms(page: LabPage, name: str) -> list[float]:
    return page.measured.times_ms(f"measuring.{name}({_AREA}, {FRAMES})")


def _begin(server: Server, page: LabPage) -> PlayedRun:
    """A run that goes on, on the screen."""
    from jupyter_dataops.config import Settings
    from tests.support.played_run import PlayedRun

    store = server.settings.parent / "store"
    run = PlayedRun(Settings(store=str(store), jobs=2), page.lab.folder)
    run.begin()
    run.take()
    page.measured.wait_for(f"{_PANEL}.querySelector('[data-state=pending]')")
    page.lab.page.evaluate(f"measuringLab.watchStates({_PANEL}); measuringLab.watchKeys()")
    return run


def _changes(page: LabPage, run: PlayedRun, what: str) -> Iterator[Figure]:
    """One after the other, at times that have nothing to do with those at which the server looks."""
    seldom = random.Random(7)
    begun: dict[tuple[str, str], float] = {}
    for index in range(CHANGES // 2):
        for state, change in (("running", run.start), ("succeeded", run.succeed)):
            time.sleep(0.2 + seldom.random() / 5)
            begun[name_of(index), state] = time.time_ns() / 1e6
            change(name_of(index))
            page.measured.wait_for(f"{_PANEL}.querySelector('[data-node={name_of(index)}][data-state={state}]')")
    shown = {(one["node"], one["state"]): one["at"] for one in reversed(page.take("states"))}
    found = [shown[key] - at for key, at in begun.items()]
    yield Figure(f"{what}, from a change in the store until it is on the screen", found, "ms", REACTION_MS, p95)


def _burst(page: LabPage, run: PlayedRun, count: int) -> Iterator[Figure]:
    """So many nodes end within a second, while somebody types."""
    names = [name_of(CHANGES // 2 + index) for index in range(count)]
    for name in names:
        run.start(name)
    page.measured.wait_for(f"{_PANEL}.querySelectorAll('[data-node][data-state=running]').length === {count}")
    page.edit(0)
    time.sleep(2)
    page.measured.long_tasks_ms()
    quiet = page.type("# not much", 100)
    time.sleep(2)
    quiet_tasks = page.measured.long_tasks_ms()

    player = threading.Thread(target=_end_all, args=(run, names))
    player.start()
    keys = page.type("# and more", 100)
    player.join()
    page.measured.wait_for(
        f"{_PANEL}.querySelectorAll('[data-node][data-state=succeeded]').length === {CHANGES // 2 + count}"
    )
    time.sleep(1)
    tasks = page.measured.long_tasks_ms()
    what = f"{count} nodes end within {BURST_S:.0f} s"
    yield Figure("a key while nothing ends, until it is on the screen", quiet, "ms")
    yield Figure(f"{what}: a key until it is on the screen", keys, "ms")
    yield Figure("longest task of the page while nothing ends", [max(quiet_tasks, default=0)], "ms")
    yield Figure(f"{what}: longest task of the page", [max(tasks, default=0)], "ms", LONGEST_TASK_MS)


def _end_all(run: PlayedRun, names: list[str]) -> None:
    begun = time.monotonic()
    for place, name in enumerate(names):
        time.sleep(max(0.0, begun + BURST_S * place / len(names) - time.monotonic()))
        run.succeed(name)


def _log(page: LabPage, run: PlayedRun, lines: int, node: str) -> Iterator[Figure]:
    """Of a node that runs."""
    _print_lines(run.log, lines)
    run.start(node)
    before_mb = page.heap_mb()
    page.lab.execute("dataops:show-panel", node=node)
    why, log = (f"{_PANEL}.querySelector('.jp-dataops-details [role=tab][id$=-{tab}]')" for tab in ("why", "log"))
    page.measured.wait_for(f"{why} && {log}")
    opened, to_top = [], []
    for _ in range(REPEATS):
        page.until_ms(f"{why}.click()", f"!{_SCROLLER}")
        there = f"[...{_LINES}].at(-1)?.textContent.includes('line {lines - 1} ')"
        opened.append(page.until_ms(f"{log}.click()", there) / 1000)
        page.measured.wait_for(f"!{_PANEL}.querySelector('.jp-dataops-log-earlier[aria-disabled=true]')")
        first = f"measuringLab.first = {_LINES}[0].textContent"
        at_top = f"{_LINES}[0].textContent !== measuringLab.first"
        to_top.append(page.until_ms(f"{first}; {_SCROLLER}.scrollTop = 0", at_top))
    what = f"a log of {lines:,} lines"
    yield Figure(f"{what}, from a click on the tab until its end is there", opened, "s", LOG_S)
    yield Figure(f"{what}, scrolled to its top", to_top, "ms")
    yield Figure(f"{what}, elements in the page", [page.figure(f"{_SCROLLER}.querySelectorAll('*').length")], "")
    yield Figure(f"{what}, a word is looked for", [_search_ms(page, word) for word in WORDS], "ms")
    yield Figure(f"{what}, memory of the page's scripts", [page.heap_mb() - before_mb], "MB")


def _search_ms(page: LabPage, words: str) -> float:
    page.lab.page.evaluate(
        f"measuringLab.search = words => {{ const box = {_PANEL}.querySelector('.jp-dataops-logSearch input');"
        " Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, words);"
        " box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    count = f"{_PANEL}.querySelector('.jp-dataops-logSearch-count')"
    page.until_ms("measuringLab.search('')", f"!{count}")
    return page.until_ms(f"measuringLab.search('{words}')", f"/ of /.test({count}?.textContent)")


def _print_lines(path: Path, count: int) -> None:
    from jupyter_dataops.logs import LogLine, write_log_line

    with path.open("w", encoding="utf-8") as file:
        for index in range(count):
            text = f"line {index} of what a model prints while it learns, loss={index * 0.37:.4f}\n"
            write_log_line(file, LogLine(datetime.now(UTC), "stdout", text))
