"""Takes the pictures of the documentation anew, of a real JupyterLab: ``make pictures``.

With names, such as ``python -m docs.pictures failed report``, takes those alone. All scenes are played nevertheless:
each begins with what the ones before it have left.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from tests.support.browsers import launched, new_page
from tests.support.lab import Lab, Server, running_server
from tests.support.lab_cells import cell_at, chip_of, select
from tests.support.notebooks import cell, text
from tests.support.sidebar import Sidebar
from tests.support.source_tree import REPOSITORY

IMAGES: Final = REPOSITORY / "docs" / "images"
EXAMPLES: Final = REPOSITORY / "example_notebooks"
WIDTH: Final = 1600
HEIGHT: Final = 1000
LARGEST_BYTES: Final = 150_000
LARGEST_FILM_BYTES: Final = 1_500_000
PATIENCE_S: Final = 240
"""How long a run may take on a machine with much else to do."""

ROWS: Final = "5000"
FLIGHTS: Final = "flights.ipynb"
NODES: Final = (
    "load_flights", "load_weather", "load_planes", "load_airlines", "clean", "congestion", "join", "features",
    "train_ridge", "train_boosting", "compare", "report",
)  # fmt: skip


def compressed(picture: bytes) -> bytes:
    """A PNG with as many colours as can be told apart in a page with few of them."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64):
        out = io.BytesIO()
        drawn = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        drawn.save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST_BYTES:
            break
    return out.getvalue()


@dataclass
class Film:
    """Pictures one after the other, each for as long as it takes to see what is new in it."""

    page: Page
    width: int
    frames: list[tuple[Image.Image, int]] = field(default_factory=list)

    def take(self, ms: int) -> None:
        """What is to be seen now, for so long."""
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        height = round(shot.height * self.width / shot.width)
        self.frames.append((shot.resize((self.width, height), Image.Resampling.LANCZOS), ms))

    def write(self, path: Path) -> None:
        """A GIF that goes round and round. All frames share their colours, so that what stands still costs nothing."""
        height = self.frames[0][0].height
        together = Image.new("RGB", (self.width, height * len(self.frames)))
        for at, (frame, _) in enumerate(self.frames):
            together.paste(frame, (0, at * height))
        # Greys that are everywhere, and colours of states that are a few points each.
        methods = (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE)
        halves = [together.quantize(128, method=method, dither=Image.Dither.NONE) for method in methods]
        palette = Image.new("P", (1, 1))
        palette.putpalette([level for half in halves for level in (half.getpalette() or [])[: 3 * 128]])
        drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame, _ in self.frames]
        durations = [ms for _, ms in self.frames]
        drawn[0].save(path, save_all=True, append_images=drawn[1:], duration=durations, loop=0, optimize=False)


class Studio:
    """One server, one window, and the scenes that are played in it."""

    def __init__(self, server: Server, browser: Browser, wanted: frozenset[str]) -> None:
        self.server = server
        self.browser = browser
        self.wanted = wanted
        self.lab = Lab(server, self.new_page(), server.root)
        self.sidebar = Sidebar(self.lab)
        self.taken: list[Path] = []

    def new_page(self) -> Page:
        """A window with nothing in it."""
        return new_page(self.browser, PATIENCE_S, width=WIDTH, height=HEIGHT)

    def take(self, name: str, page: Page | None = None) -> None:
        """A picture, where it is wanted."""
        if self.wanted and name not in self.wanted:
            return
        path = IMAGES / f"{name}.png"
        path.write_bytes(compressed((page or self.lab.page).screenshot(animations="disabled")))
        self.taken.append(path)
        print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} kB", flush=True)

    def expect_states(self, **states: str) -> None:
        """Nodes come to these states."""
        for name, state in states.items():
            expect(self.sidebar.node(name)).to_have_attribute("data-state", state, timeout=PATIENCE_S * 1000)

    def set_source(self, index: int, source: str) -> None:
        """The source of a cell."""
        self.lab.evaluate("panel.content.widgets[arg[0]].model.sharedModel.setSource(arg[1])", [index, source])

    def source(self, index: int) -> str:
        """The source of a cell."""
        said: str = self.lab.evaluate("return panel.content.widgets[arg].model.sharedModel.getSource()", index)
        return said

    def scroll_to(self, index: int, where: str = "center") -> None:
        """A cell is active and in sight."""
        select(self.lab, index)
        self.lab.evaluate("await within(panel.content.scrollToItem(arg[0], arg[1]), 'scrolling')", [index, where])

    def show_messages(self, *, after: str = "", are_shown: bool) -> None:
        """Messages are in sight or not, once there has been one that says `after`."""
        if after:
            expect(self.lab.page.locator(".Toastify__toast", has_text=after)).to_have_count(1)
        display = "" if are_shown else "none"
        self.lab.evaluate("for (const one of document.querySelectorAll('.Toastify')) one.style.display = arg", display)

    def close(self, path: str | None = None) -> None:
        """The document in front is closed, which is the one at `path`."""
        self.lab.evaluate("if (arg === null || panel.context.path === arg) panel.dispose()", path)

    def widen_sidebar(self, px: int) -> None:
        """The side panel is so wide."""
        box = self.sidebar.root.bounding_box()
        assert box is not None
        mouse, page = self.lab.page.mouse, self.lab.page
        mouse.move(box["x"] - 2, 500)
        mouse.down()
        mouse.move(box["x"] + box["width"] - px, 500, steps=5)
        mouse.up()
        page.mouse.move(700, 300)


def index_of(tag: str) -> int:
    """Where in the notebook of the flights a cell with this tag is."""
    cells = json.loads((EXAMPLES / FLIGHTS).read_text())["cells"]
    return next(at for at, made in enumerate(cells) if tag in made["metadata"].get("tags", []))


def begin(studio: Studio) -> None:
    """The flights are open, the pipeline beside them."""
    lab = studio.lab
    lab.open()
    lab.execute("application:toggle-left-area")
    lab.open_notebook(FLIGHTS)
    studio.sidebar.open()
    studio.widen_sidebar(460)
    studio.expect_states(**dict.fromkeys(NODES, "none"))
    studio.sidebar.toggle_parameters()
    studio.sidebar.root.get_by_label("sample_size").fill(ROWS)
    studio.sidebar.toggle_parameters()


def tagging(studio: Studio) -> None:
    """Tags: the form for one cell, and proposals for a whole notebook."""
    lab, page = studio.lab, studio.lab.page
    at = index_of("node:train_boosting")
    studio.scroll_to(at)
    cell_at(lab, at).hover()
    lab.execute("dataops:edit-tags")
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Retry", exact=True).click()
    form.get_by_label("Retries").fill("2")
    studio.take("tag-editor")
    page.keyboard.press("Escape")

    untagged = json.loads((EXAMPLES / FLIGHTS).read_text())
    for made in untagged["cells"]:
        made["metadata"].pop("tags", None)
    (lab.folder / "untagged.ipynb").write_text(json.dumps(untagged))
    lab.open_notebook("untagged.ipynb", kernel=False)
    studio.sidebar.root.get_by_role("button", name="Tag this notebook").click()
    page.get_by_role("dialog").get_by_role("checkbox").nth(1).focus()
    studio.take("tag-this-notebook")
    page.keyboard.press("Escape")
    studio.close("untagged.ipynb")
    lab.open_notebook(FLIGHTS)


def problems(studio: Studio) -> None:
    """What is wrong with the notebook, with cures."""
    lab = studio.lab
    at = index_of("node:train_ridge")
    tags = "panel.content.widgets[arg[0]].model.setMetadata('tags', arg[1])"
    lab.evaluate(tags, [at, ["node:train_ridge", "timeout:5m", "after:laod_planes", "retrys:2"]])
    studio.scroll_to(at)
    studio.sidebar.view("Problems")
    expect(studio.sidebar.root.locator(".jp-dataops-problem")).to_have_count(2)
    expect(cell_at(lab, at).locator(".jp-dataops-cellDiagnostic")).to_have_count(2)
    studio.take("diagnostics")
    lab.evaluate(tags, [at, ["node:train_ridge", "timeout:5m"]])
    studio.sidebar.view("Graph")


def running(studio: Studio) -> None:
    """A run, while it goes on, and when it has succeeded."""
    lab, sidebar = studio.lab, studio.sidebar
    studio.scroll_to(index_of("node:load_flights"), "start")
    sidebar.button("Run").click()
    studio.expect_states(load_planes="succeeded", load_flights="running")
    studio.take("running")
    sidebar.expect_run("succeeded", PATIENCE_S)
    expect(lab.page.locator(".Toastify__toast")).to_have_count(0)
    studio.take("overview-light")
    lab.change_theme("JupyterLab Dark")
    studio.take("overview-dark")
    lab.change_theme("JupyterLab Light")
    sidebar.details("clean", "Log")
    studio.take("log")
    sidebar.root.get_by_role("button", name="Close details").click()
    studio.widen_sidebar(760)
    sidebar.view("Timeline")
    studio.take("timeline")
    studio.widen_sidebar(460)
    sidebar.view("Graph")


def failing(studio: Studio) -> None:
    """A node that fails, and what is known of it."""
    lab, sidebar = studio.lab, studio.sidebar
    planes = index_of("node:load_planes")
    doubled = "\nplanes = pd.concat([planes, planes.head(100)])\n"
    studio.set_source(planes, studio.source(planes).replace("\n", doubled, 1))
    sidebar.button("Run changed").click()
    studio.expect_states(load_planes="succeeded", join="failed", report="upstream_failed", clean="reused")
    studio.show_messages(after="flights failed", are_shown=False)
    details = sidebar.details("join", "Error")
    expect(details.get_by_role("button", name="Open failed node")).to_be_visible()
    studio.scroll_to(index_of("node:join") + 2)
    studio.take("failed")
    sidebar.root.get_by_role("button", name="Open the report of this run").click()
    frame = lab.page.locator(".jp-dataops-report iframe").content_frame
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    studio.take("report")
    studio.close()
    lab.open_notebook(FLIGHTS)
    lab.execute("dataops:show-runs")
    runs = lab.page.locator("#jp-dataops-runs")
    runs.locator(".jp-dataops-run").first.click()
    expect(runs.get_by_role("button", name="Retry failed")).to_be_visible()
    studio.take("runs")
    sidebar.open()


def scheduling(studio: Studio) -> None:
    """The flights are scheduled, and deployed twice: the dialog, and what the panel says of both."""
    lab, page = studio.lab, studio.lab.page
    store, dialog = page.locator("#jp-dataops-runs"), page.get_by_role("dialog")
    for name, rhythm in (("flights", "weekday"), ("flights-monthly", "month")):
        lab.execute("dataops:schedule-notebook")
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Runs", exact=True).select_option(rhythm)
        dialog.get_by_label("Time zone").fill("Europe/Berlin")
        expect(dialog.get_by_role("status")).to_contain_text("Europe/Berlin time")
        expect(dialog.get_by_role("button", name="Schedule", exact=True)).to_be_enabled()
        if name == "flights":
            dialog.get_by_role("button", name="Parameters").click()
            dialog.get_by_label("sample_size").fill(ROWS)
            expect(dialog.get_by_role("button", name="Schedule", exact=True)).to_be_enabled()
            studio.take("schedule-notebook")
        dialog.get_by_role("button", name="Schedule", exact=True).click()
        expect(dialog).to_have_count(0)
    studio.show_messages(are_shown=False)
    lab.execute("dataops:show-schedules", schedule="flights")
    store.get_by_role("button", name="Run now").click()
    fire = store.get_by_role("list", name="Fires", exact=True).get_by_role("listitem").first
    expect(fire).to_contain_text("failed", timeout=PATIENCE_S * 1000)
    studio.take("schedule")
    lab.execute("dataops:show-schedules")
    studio.take("schedules")
    (lab.folder / "dataops.toml").write_text("[env.dev]\n[env.prod]\n")
    for environment in ("dev", "prod", "dev"):
        lab.execute("dataops:deploy-notebook", environment=environment)
        expect(dialog.get_by_label("Environment")).to_have_value(environment)
        dialog.get_by_role("button", name="Deploy", exact=True).click()
        expect(dialog).to_have_count(0)
        planes = index_of("node:load_planes")
        studio.set_source(planes, studio.source(planes).replace("planes.head(100)", "planes.head(50)"))
    lab.execute("dataops:show-deployments", deployment="flights")
    store.get_by_role("button", name="What is new in version 2").click()
    expect(store.locator("[data-line='added']").first).to_be_visible()
    studio.take("deployments")
    studio.sidebar.open()


def other_pages(studio: Studio) -> None:
    """The panel as a page for people who do not code, and in Notebook 7."""
    studio.lab.evaluate("await within(panel.context.revert(), 'reverted')")
    url, token = studio.server.url, studio.server.token
    page = studio.new_page()
    page.goto(f"{url}voila/render/dashboard.ipynb?token={token}&theme=light")
    panel = page.locator(".jp-dataops-widget")
    panel.get_by_role("button", name="Parameters").click()
    panel.get_by_label("sample_size").fill(ROWS)
    panel.get_by_role("button", name="Parameters").click()
    expect(panel.locator("g.jp-dataops-graph-node[data-node='report']")).to_be_visible()
    studio.take("dashboard", page)
    page.context.close()

    page = studio.new_page()
    page.goto(f"{url}notebooks/{FLIGHTS}?token={token}")
    page.locator("[data-command='dataops:run-pipeline']").wait_for()
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("void window.jupyterapp.commands.execute('dataops:show-panel')")
    expect(page.locator("#jp-dataops-pipeline g.jp-dataops-graph-node[data-node='report']")).to_be_visible()
    studio.take("notebook-7", page)
    page.context.close()


ORDERS: Final = (
    text("# Orders\nWhat was ordered, and for how much."),
    cell("import time", "setup"),
    cell("country = 'fr'  # whose orders\nlarge: float = 20.0  # orders above are large", "parameters"),
    cell(
        "time.sleep(1.5)\namounts = {'de': ['12.5', '30'], 'fr': ['9', 'n/a', '41']}\norders = amounts[country]",
        "node:load",
    ),
    cell("clean = [float(amount) for amount in orders]\ntime.sleep(1)", "node:clean"),
    cell("time.sleep(1)\ncount = sum(amount > large for amount in clean)", "node:count"),
    cell("time.sleep(1)\nmean = sum(clean) / len(clean)", "node:average"),
    cell("print(f'{count} large orders, {mean:.2f} on average')", "node:report"),
)


def film(studio: Studio) -> None:
    """A run fails, is mended where it failed, and goes on."""
    if studio.wanted and "mended" not in studio.wanted:
        return
    lab, page, sidebar = studio.lab, studio.lab.page, studio.sidebar
    page.set_viewport_size({"width": 1200, "height": 750})
    lab.open_notebook(lab.write(*ORDERS, name="orders.ipynb"))
    studio.widen_sidebar(400)
    studio.expect_states(load="none", report="none")
    studio.show_messages(are_shown=True)
    film = Film(page, 960)
    film.take(1200)
    sidebar.button("Run").click()
    studio.expect_states(load="running")
    film.take(1000)
    studio.expect_states(clean="failed")
    sidebar.expect_run("failed")
    film.take(1400)
    details = sidebar.details("clean", "Error")
    film.take(1600)
    details.get_by_role("button", name="Open failed node").click()
    expect(page.locator(".Toastify__toast", has_text="The kernel has what clean had")).to_be_visible()
    film.take(1600)
    studio.show_messages(are_shown=False)
    lab.evaluate("panel.content.activeCellIndex = 4; panel.content.mode = 'edit'")
    cell_at(lab, 4).locator(".cm-content").click()
    lab.evaluate("panel.content.activeCell.editor.setCursorPosition({ line: 0, column: 43 })")
    for word in (" if", " amount", " !=", " 'n/a'"):
        page.keyboard.insert_text(word)
        film.take(350)
    page.keyboard.press("ControlOrMeta+s")
    expect(chip_of(lab, 4)).to_contain_text("edited since")
    film.take(1000)
    details.get_by_role("button", name="Retry", exact=True).click()
    for states in ({"clean": "running"}, {"count": "running"}, {"report": "succeeded", "load": "reused"}):
        studio.expect_states(**states)
        film.take(900)
    sidebar.expect_run("succeeded")
    sidebar.root.get_by_role("button", name="Close details").click()
    film.take(2500)
    path = IMAGES / "mended.gif"
    film.write(path)
    studio.taken.append(path)
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} kB", flush=True)


SALES: Final = (
    cell("last_price = 20.0", "parameters"),
    cell("import pandas as pd", "setup"),
    cell(
        "orders = pd.DataFrame({\n    'city': ['Bern', 'Basel', 'Zug'],\n    'price': [12.5, 140.0, last_price],\n})",
        "node:load",
        "asset:orders",
    ),
    cell("clean = orders[orders.price < 100]", "node:clean", "asset:sales=clean"),
)
SALES_REPORT: Final = (
    text("# Sales of the week\nFrom what `shop.ipynb` has published."),
    cell("from jupyter_dataops import load_asset", "setup"),
    cell("sales = load_asset('sales')\ntotal = sales.price.sum()", "node:total"),
    cell("print(f'sold: {total:.2f}')", "node:report"),
)


def publishing(studio: Studio) -> None:
    """A notebook has published an asset, and again; the one in front has loaded it."""
    if studio.wanted and "assets" not in studio.wanted:
        return
    lab, page = studio.lab, studio.lab.page
    page.set_viewport_size({"width": WIDTH, "height": 640})
    shop, report = lab.write(*SALES, name="shop.ipynb"), lab.write(*SALES_REPORT, name="weekly.ipynb")
    settings = Settings(store=str(studio.server.root.parent / "store"), jobs=1, actor="ada")
    for path, parameters in ((shop, {}), (report, {}), (shop, {"last_price": 30.0}), (report, {})):
        Pipeline(studio.server.root / path, settings=settings).run(**parameters, progress=False)
    lab.open_notebook(report)
    studio.widen_sidebar(460)
    studio.show_messages(are_shown=False)
    lab.execute("dataops:show-assets", asset="sales")
    versions = page.locator("#jp-dataops-runs").get_by_role("list", name="Versions of sales")
    expect(versions.get_by_role("listitem").first).to_be_visible()
    versions.get_by_role("button", name=re.compile("^@2")).click()
    expect(versions.get_by_role("table")).to_contain_text("Zug")
    studio.take("assets")


SCENES: Final[tuple[Callable[[Studio], None], ...]] = (
    begin, tagging, problems, running, failing, scheduling, other_pages, film, publishing,
)  # fmt: skip


@contextmanager
def studio(wanted: frozenset[str]) -> Iterator[Studio]:
    """A server with copies of the example notebooks, and a browser."""
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as made,
        sync_playwright() as playwright,
        running_server(Path(made), "--JupyterNotebookApp.expose_app_in_browser=True", DATAOPS_ACTOR="ada") as server,
        launched(playwright) as browser,
    ):
        for path in EXAMPLES.glob("*.ipynb"):
            shutil.copy(path, server.root)
        yield Studio(server, browser, wanted)


def main(names: list[str]) -> Any:
    """The pictures with these names, or all."""
    IMAGES.mkdir(exist_ok=True)
    expect.set_options(timeout=PATIENCE_S * 1000)
    with studio(frozenset(names)) as made:
        for scene in SCENES:
            scene(made)
        made.lab.page.context.close()
    large = [path.name for path in made.taken if path.stat().st_size > limit_of(path)]
    return f"larger than they may be: {', '.join(large)}" if large else None


def limit_of(path: Path) -> int:
    """How many bytes a picture may have."""
    return LARGEST_FILM_BYTES if path.suffix == ".gif" else LARGEST_BYTES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
