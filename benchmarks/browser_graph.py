"""The live graph in a browser: until it is there, until a new state is on the screen, and how smoothly it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.browser import Measured, browser, build_pages, chromium_version, front_page
from benchmarks.measuring import machine
from benchmarks.tables import at_most, p95, table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIRST_PICTURE_S = 2.0
REACTION_MS = 150.0
FRAME_MS = 1000 / 60
TARGET_NODES = 1000

_AREA = "document.querySelector('.jp-dataops-graph-area')"
# `count` nodes get another state and another duration, which is what happens in a run.
_CHANGE = """(count => place => {
    const { view, model, looks } = graphPage;
    const next = new Map(looks);
    for (let each = 0; each < count; each++) {
        const { id } = model.nodes[(place * 37 + each * 13) % model.nodes.length];
        const state = ['succeeded', 'failed', 'queued', 'reused'][(place + each) % 4];
        next.set(id, { state, duration: `${place + each}.5 s` });
    }
    graphPage.looks = next;
    view.setStates(next);
})"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one size. Times of a picture are those between two pictures, so 17 ms is as fast as the screen."""

    nodes: int
    fallback: bool
    first_s: Sequence[float]
    one_ms: Sequence[float]
    many_ms: Sequence[float]
    dragging_ms: Sequence[float]
    zooming_ms: Sequence[float]
    busy_ms: Sequence[float]
    """Long tasks in a second in which 200 nodes changed, 20 at a time."""


def main(repeats: int = 3, *sizes: int) -> None:
    """Print the table: for each size, so many times."""
    build_pages()
    with browser() as chromium:
        print(f"{machine('jupyter-dataops')}, {chromium_version(chromium)}\n")
        found = [_measured(chromium, nodes, repeats) for nodes in sizes or (50, 500, TARGET_NODES, 2000)]
    header = (
        "nodes",
        "first picture s, median (max)",
        "one node changes ms, median / p95",
        "200 nodes change ms, median / p95",
        "drag: ms a picture, median / p95",
        "zoom: ms a picture, median / p95",
        "long tasks while 200 change in 1 s",
    )
    print(table(header, [_row(one) for one in found]))
    for one in found:
        if one.nodes == TARGET_NODES:
            print("\n" + "\n".join(_targets(one)))


def _measured(chromium: Browser, nodes: int, repeats: int) -> Figures:
    runs = [_run(chromium, nodes) for _ in range(repeats)]
    return Figures(
        nodes,
        any(run.fallback for run in runs),
        *(
            [figure for run in runs for figure in getattr(run, name)]
            for name in ("first_s", "one_ms", "many_ms", "dragging_ms", "zooming_ms", "busy_ms")
        ),
    )


def _run(chromium: Browser, nodes: int) -> Figures:
    """In a page of its own, from its beginning: the worker starts anew."""
    with front_page(chromium, f"dev/graph.html?graph=pipeline&nodes={nodes}") as measured:
        measured.wait_for("window.graphPage?.drawnAt !== null && window.graphPage?.drawnAt !== undefined")
        first_s = measured.figure("graphPage.drawnAt - graphPage.startedAt") / 1000
        measured.page.evaluate("graphPage.view.zoomTo(0.7)")
        measured.page.evaluate("measuring.settled(400)")
        one_ms = measured.times_ms(f"measuring.reactions({_CHANGE}(1), 20)")
        many_ms = measured.times_ms(f"measuring.reactions({_CHANGE}(200), 20)")
        return Figures(
            nodes,
            bool(measured.page.evaluate("graphPage.fallback !== null")),
            [first_s],
            one_ms,
            many_ms,
            measured.times_ms(f"measuring.dragging({_AREA}, 120)"),
            measured.times_ms(f"measuring.zooming({_AREA}, 120)"),
            _busy(measured),
        )


def _busy(measured: Measured) -> list[float]:
    measured.long_tasks_ms()
    measured.page.evaluate(
        f"(async () => {{ const change = {_CHANGE}(20);"
        " for (let place = 0; place < 10; place++) { change(place); await measuring.settled(100); } })()"
    )
    return measured.long_tasks_ms()


def _row(one: Figures) -> Sequence[object]:
    def both(values: Sequence[float]) -> str:
        return f"{median(values):.0f} / {p95(values):.0f}"

    nodes = f"{one.nodes:,} (plain rows)" if one.fallback else f"{one.nodes:,}"
    busy = f"{len(one.busy_ms)}, up to {max(one.busy_ms):.0f} ms" if one.busy_ms else "0"
    first = f"{median(one.first_s):.2f} ({max(one.first_s):.2f})"
    return nodes, first, both(one.one_ms), both(one.many_ms), both(one.dragging_ms), both(one.zooming_ms), busy


def _targets(one: Figures) -> Sequence[str]:
    what = f"{one.nodes:,} nodes:"
    return [
        at_most(f"{what} the first picture", median(one.first_s), FIRST_PICTURE_S, "s"),
        at_most(f"{what} a new state on the screen, p95", p95(one.one_ms), REACTION_MS, "ms"),
        at_most(f"{what} pictures while dragging, median", round(median(one.dragging_ms), 1), round(FRAME_MS, 1), "ms"),
    ]
