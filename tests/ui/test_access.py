"""JupyterLab with the keyboard alone, with a screen reader, with little sight, and with little room."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.lab import Lab
from tests.support.lab_cells import cell_at, chip_of, select, wait_for_tags
from tests.support.looks import Keyboard, contrast
from tests.support.notebooks import cell, text

THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
STATES = (
    "none", "pending", "queued", "running", "retrying", "cancelling", "succeeded", "passed", "warned", "failed",
    "crashed", "reused", "skipped", "upstream_failed", "cancelled",
)  # fmt: skip
SERIOUS = re.compile(r"^\S+ \((serious|critical)\)")
VIEWS = ("Graph", "List", "Timeline", "History", "Problems")
OUTCOME = (
    text("# Sales"),
    cell("size: int = 3  # how many rows", "parameters"),
    cell("import math", "setup"),
    cell("rows = list(range(size))\nprint('made', size, 'rows')\nrows", "node:load", "retrys:3"),
    cell("assert rows", "check:load/any"),
    cell("kept = 1 / (len(rows) - size)", "node:clean"),
    cell("total = kept", "node:total"),
)
"""A node that succeeds, with a problem; one that fails; one that can not begin."""


def panel_of(page: Page) -> Locator:
    """The panel with the pipeline."""
    return page.locator("#jp-dataops-pipeline")


def run_and_wait(lab: Lab, outcome: str) -> Locator:
    """The panel, in which the run of the notebook in front has ended so."""
    lab.wait_for("app.commands.isEnabled('dataops:run-pipeline')")
    lab.execute("dataops:run-pipeline")
    panel = panel_of(lab.page)
    expect(panel.get_by_role("button", name=f"Shown run: {outcome}")).to_be_visible()
    return panel


def open_node(panel: Locator, name: str) -> Locator:
    """The details of a node, opened from the list."""
    panel.get_by_role("tab", name="List").click()
    panel.get_by_role("treeitem", name=re.compile(rf"\b{name}\b")).first.click()
    details = panel.get_by_role("complementary", name=f"Node {name}")
    expect(details.get_by_role("tab", name="Why")).to_be_visible()
    return details


@pytest.mark.timeout(300)  # axe looks at some thirty pictures
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_that_is_shown_keeps_anybody_out(lab: Lab, theme: str) -> None:
    page = lab.open()
    lab.change_theme(theme)
    lab.open_notebook(lab.write(*OUTCOME), kernel=False)
    panel = run_and_wait(lab, "failed")
    expect(chip_of(lab, 5)).to_contain_text("failed")
    found: dict[str, list[str]] = {}

    def look(name: str, *selectors: str) -> None:
        lab.screenshot(name.replace(" ", "-"))
        for selector in selectors:
            if problems := [one for one in lab.accessibility_problems(selector) if SERIOUS.search(one)]:
                found[f"{name}: {selector}"] = problems

    look("cells", ".jp-dataops-cellHeader", ".jp-dataops-status", ".jp-dataops-toolbarButton", ".Toastify")
    for view in VIEWS:
        panel.get_by_role("tab", name=view).click()
        expect(panel.get_by_role("tabpanel", name=view)).not_to_contain_text("Loading")
        if view == "Graph":
            expect(panel.locator("g[data-node]")).to_have_count(3)
        look(view, "#jp-dataops-pipeline")
    panel.get_by_role("tab", name="Timeline").click()
    panel.get_by_role("button", name="Show as a table").click()
    look("table", "#jp-dataops-pipeline")
    for drawer in ("Parameters", "Options", "What would run?"):
        panel.get_by_role("button", name=drawer).click()
        look(drawer, "#jp-dataops-pipeline")
    panel.get_by_role("button", name="What would run?").click()
    for node in ("load", "clean", "total"):
        details = open_node(panel, node)
        for name in details.get_by_role("tab").all_inner_texts():
            details.get_by_role("tab", name=name.split("\n")[0]).click()
            expect(details).not_to_contain_text("Loading")
            look(f"{node} {name}", "#jp-dataops-pipeline .jp-dataops-details")

    lab.execute("dataops:show-runs")
    expect(page.get_by_role("region", name="Runs of all notebooks").get_by_role("button").first).to_be_visible()
    look("runs", "#jp-dataops-runs")
    lab.execute("property-inspector:show-panel")
    select(lab, 3)
    page.locator(".jp-NotebookTools").get_by_text("Data Pipeline").click()
    expect(page.locator(".jp-dataops-tagTool").get_by_label("Name", exact=True)).to_have_value("load")
    look("inspector", ".jp-dataops-tagTool")
    lab.execute("dataops:edit-tags")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("This cell is")).to_be_focused()
    for group in dialog.locator(".jp-dataops-tagGroup .jp-dataops-fold-title").all():
        group.click()
    look("tags", ".jp-Dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    lab.execute("dataops:open-report")
    expect(page.locator(".jp-dataops-report iframe").content_frame.get_by_role("heading", name="etl")).to_be_visible()
    look("report", ".jp-dataops-report")
    lab.open_notebook(lab.write(cell("import os"), text("## Load"), cell("a = 1"), name="plain.ipynb"), kernel=False)
    lab.execute("dataops:tag-notebook")
    expect(page.get_by_role("dialog").get_by_role("checkbox").first).to_be_visible()
    look("proposals", ".jp-Dialog")
    page.keyboard.press("Escape")

    assert found == {}


def test_a_cell_is_tagged_and_the_pipeline_run_cancelled_and_retried_by_keyboard(lab: Lab) -> None:
    page, gate = lab.open(), lab.folder / "gate"
    waiting = "import pathlib, time\nwhile not pathlib.Path({!r}).exists():\n    time.sleep(0.05)\nrows = [1]"
    lab.open_notebook(
        lab.write(cell(waiting.format(str(gate))), cell("kept = rows[1]", "node:clean")),
        kernel=False,
    )
    expect(chip_of(lab, 1)).to_be_visible()
    keys, press = Keyboard(page), page.keyboard.press
    select(lab, 0)

    press("t")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("This cell is")).to_be_focused()
    press("p")
    keys.tab_to(dialog.get_by_label("Name"))
    page.keyboard.type("load")
    expect(dialog.get_by_role("button", name="Apply")).to_be_enabled()
    press("Enter")
    wait_for_tags(lab, ["node:load"], ["node:clean"])
    lab.wait_for("panel.content.mode === 'command' && panel.content.node.contains(document.activeElement)")

    press("ControlOrMeta+Shift+Y")
    panel = panel_of(page)
    expect(panel).to_be_visible()
    lab.wait_for("document.activeElement.closest('#jp-dataops-pipeline') !== null")
    keys.tab_to(panel.get_by_role("button", name="Run", exact=True))
    press("Enter")
    expect(panel.get_by_role("button", name="Shown run: running")).to_be_visible()
    cancel = panel.get_by_role("button", name="Cancel", exact=True)
    keys.tab_to(cancel)
    press("Enter")
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    press("Escape")
    expect(question).to_have_count(0)
    expect(cancel).to_be_focused()
    press("Enter")
    expect(question.get_by_role("button", name="Cancel run")).to_be_focused()
    press("Enter")
    expect(panel.get_by_role("button", name="Shown run: cancelled")).to_be_visible()
    expect(cancel).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('#jp-dataops-pipeline') !== null"), "the keyboard is lost"

    gate.touch()
    keys.tab_to(panel.get_by_role("button", name="Retry failed"), backwards=True)
    press("Enter")
    expect(panel.get_by_role("button", name="Shown run: failed")).to_be_visible()

    message = page.locator(".Toastify__toast", has_text="etl failed: clean")
    keys.tab_to(message.get_by_title("Hide notification"))
    press("Enter")
    expect(message).to_have_count(0)
    assert keys.unseen == []


def test_a_run_is_looked_through_and_a_problem_cured_by_keyboard(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(lab.write(*OUTCOME), kernel=False)
    select(lab, 3)
    panel = run_and_wait(lab, "failed")
    keys, press = Keyboard(page), page.keyboard.press
    lab.wait_for("panel.content.node.contains(document.activeElement)")  # who runs from the notebook stays there
    press("ControlOrMeta+Shift+Y")

    load, clean = (panel.get_by_role("button", name=f"Node {name}") for name in ("load", "clean"))
    expect(clean).to_be_visible()
    keys.tab_to(load)
    press("ArrowDown")
    press("ArrowRight")
    expect(clean).to_be_focused()
    expect(panel.locator(".jp-dataops-graph-focus")).to_be_visible()
    press(" ")
    details = panel.get_by_role("complementary", name="Node clean")
    keys.tab_to(details.get_by_role("tab", selected=True))
    names = [name.split("\n")[0] for name in details.get_by_role("tab").all_inner_texts()]
    assert (names[0], names[-1]) == ("Error", "Why")
    for name in (*names[1:], names[0]):
        press("ArrowRight")
        expect(details.get_by_role("tab", name=name)).to_be_focused()
    press("ArrowRight")
    search = details.get_by_role("searchbox", name="Search the log")
    keys.tab_to(search)
    page.keyboard.type("ZeroDivision")
    press("Enter")
    expect(details.locator(".jp-dataops-logSearch-count")).to_contain_text("of")
    press("Escape")
    expect(search).to_have_value("")
    press("Escape")
    expect(details).to_have_count(0)
    expect(clean).to_be_focused()

    keys.tab_to(panel.get_by_role("tab", name="Graph"), backwards=True)
    press("ArrowRight")
    expect(panel.get_by_role("tree", name="Nodes")).to_be_visible()
    press("ArrowRight")
    keys.tab_to(panel.get_by_role("button", name="Show as a table"))
    press("Enter")
    expect(panel.get_by_role("region", name="Timeline as a table")).to_contain_text("attempt 1")
    keys.tab_to(panel.get_by_role("tab", name="Timeline"), backwards=True)
    press("ArrowRight")
    keys.tab_to(panel.get_by_role("list", name="Runs of this notebook").get_by_role("button"))
    keys.tab_to(panel.get_by_role("tab", name="History"), backwards=True)
    press("End")
    keys.tab_to(panel.get_by_role("button", name="retries:3"))
    press("Enter")
    lab.wait_for("panel.content.model.cells.get(3).getMetadata('tags').includes('retries:3')")
    expect(panel.get_by_text("No problems.")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('#jp-dataops-pipeline') !== null"), "the keyboard is lost"

    for backwards in (False, True):
        for _ in range(120):
            keys.tab(backwards=backwards)
            if page.evaluate("document.activeElement.closest('#jp-dataops-pipeline') === null"):
                break
        else:
            raise AssertionError("Tab does not lead out of the panel")
        press("ControlOrMeta+Shift+Y")
    assert keys.unseen == []


def test_states_stand_out_in_every_theme(lab: Lab) -> None:
    page = lab.open()
    lab.open_notebook(lab.write(*OUTCOME), kernel=False)
    panel = run_and_wait(lab, "failed")
    chip, header = chip_of(lab, 5), cell_at(lab, 5).locator(".jp-dataops-cellHeader")
    expect(chip).to_contain_text("failed")
    clean = panel.locator("[data-node=clean]")
    expect(clean).to_be_visible()
    drawn = panel.locator(".jp-dataops-graph-detail", has_text="clean")
    graph = [
        (clean.locator(".jp-dataops-graph-bar"), "fill", 3), (drawn.locator(".jp-dataops-graph-icon"), "stroke", 3),
        (drawn.locator(".jp-dataops-graph-name"), "fill", 4.5), (drawn.locator(".jp-dataops-graph-note"), "fill", 4.5),
    ]  # fmt: skip
    cells = [
        (header.locator(".jp-dataops-cellGutter"), "backgroundColor", 3), (chip.locator("path"), "stroke", 3),
        *((chip.locator(f".jp-dataops-cellChip-{part}"), "color", 4.5) for part in ("name", "word", "time")),
    ]  # fmt: skip
    header_ = panel.locator(".jp-dataops-picker-button .jp-dataops-state-word")
    status = [(page.locator(".jp-dataops-status-button svg"), "stroke", 3), (header_, "color", 4.5)]
    details = open_node(panel, "clean")
    row = panel.get_by_role("treeitem", name=re.compile("clean")).locator(".jp-dataops-stateIcon")
    spoken = details.locator(".jp-dataops-details-head .jp-dataops-chip")
    listed = [(row, "color", 3), (spoken.locator("path"), "stroke", 3), (spoken, "color", 4.5)]
    weak: list[str] = []

    def measure(view: str, theme: str, what: list[tuple[Locator, str, float]]) -> None:
        panel.get_by_role("tab", name=view).click()
        for part, property_, least in what:
            expect(part).to_have_count(1)
            for state in STATES:
                ratio = contrast(part, property_, state)
                if ratio < least:
                    weak.append(f"{theme}: {state}: {str(part).split('>>')[-1]}: {ratio:.2f}, and not {least}")

    for theme in THEMES:
        lab.change_theme(theme)
        measure("List", theme, listed)
        measure("Graph", theme, graph + cells + status)
        lab.screenshot(theme.replace(" ", "-"))
    assert not weak, "\n".join(weak)


def test_states_are_told_without_colours_and_nothing_moves_that_should_not(lab: Lab) -> None:
    lab.page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page, gate = lab.open(), lab.folder / "gate"
    source = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.05)\nrows = [1]"
    lab.open_notebook(lab.write(cell(source, "node:load"), cell("kept = rows[1]", "node:clean")), kernel=False)
    panel = run_and_wait(lab, "running")
    node = panel.get_by_role("button", name="Node load, running")
    expect(node).to_be_visible()
    expect(chip_of(lab, 0)).to_contain_text("running")

    moving = page.evaluate(
        """() => [...document.querySelectorAll('[class*=jp-dataops]'), ...document.querySelectorAll('[class*=jp-dataops] *')]
            .filter(one => getComputedStyle(one).animationName !== 'none'
                || parseFloat(getComputedStyle(one).transitionDuration) > 0)
            .map(one => one.outerHTML.slice(0, 100))"""
    )
    gate.touch()
    assert not moving, "\n".join(moving)

    expect(panel.get_by_role("button", name="Shown run: failed")).to_be_visible()
    expect(panel.get_by_role("button", name="Node clean, failed")).to_be_visible()
    lab.screenshot("graph")
    drawn = panel.locator(".jp-dataops-graph-detail[data-state=failed]")
    expect(drawn.locator(".jp-dataops-graph-note")).to_contain_text("failed")
    chip = chip_of(lab, 1)
    for part, property_, least in (
        (drawn.locator(".jp-dataops-graph-icon"), "stroke", 3.0),
        (drawn.locator(".jp-dataops-graph-note"), "fill", 4.5),
        (chip.locator("path"), "stroke", 3.0),
        (chip.locator(".jp-dataops-cellChip-word"), "color", 4.5),
        (panel.locator(".jp-dataops-picker-button .jp-dataops-stateIcon path"), "stroke", 3.0),
        (panel.locator(".jp-dataops-counts-bar > [data-state=failed]"), "backgroundColor", 3.0),
        (page.locator(".jp-dataops-status-button svg"), "stroke", 3.0),
    ):
        assert contrast(part, property_) >= least, part
    panel.get_by_role("tab", name="List").click()
    expect(panel.get_by_role("treeitem", name="failed clean")).to_be_visible()
    lab.screenshot("list")


def test_what_becomes_of_a_run_is_said_in_every_view(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(*OUTCOME), kernel=False)
    panel = panel_of(lab.page)
    lab.execute("dataops:show-panel")
    panel.get_by_role("tab", name="List").click()

    run_and_wait(lab, "failed")

    expect(panel.locator(".jp-dataops-announcements")).to_contain_text("run failed")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400)], ids=["narrow", "enlarged"])
def test_nothing_is_cut_off_where_there_is_little_room(lab: Lab, width: int, height: int) -> None:
    page = lab.page
    page.set_viewport_size({"width": width, "height": height})
    lab.open()
    lab.open_notebook(lab.write(*OUTCOME), kernel=False)
    panel = run_and_wait(lab, "failed")
    lab.evaluate(
        "const split = document.querySelector('#jp-main-split-panel').getBoundingClientRect().width;"
        "const share = 280 / split; app.shell._hsplitPanel.setRelativeSizes([0, 1 - share, share]);"
        "app.shell.collapseLeft()"
    )
    page.locator(".Toastify__toast").get_by_title("Hide notification").click()
    expect(page.locator(".Toastify__toast-container")).to_have_count(0)
    lab.wait_for("document.querySelector('#jp-dataops-pipeline').clientWidth < 360")  # it is never narrower than 340
    cut: dict[str, list[str]] = {}

    def look(name: str) -> None:
        lab.screenshot(name)
        if found := page.evaluate(_CUT_OFF):
            cut[name] = found

    for view in VIEWS:
        panel.get_by_role("tab", name=view).click()
        look(view)
    for drawer in ("Parameters", "What would run?"):
        panel.get_by_role("button", name=drawer).click()
        look(drawer)
    panel.get_by_role("button", name="What would run?").click()
    details = open_node(panel, "clean")
    for name in details.get_by_role("tab").all_inner_texts():
        details.get_by_role("tab", name=name.split("\n")[0]).click()
        look(f"details {name}")
    assert cut == {}


_CUT_OFF = """
() => {
    const panel = document.querySelector('#jp-dataops-pipeline');
    const frame = panel.getBoundingClientRect();
    const reachable = 'button, input, select, summary, [tabindex="0"], h2, h3, p';
    return [...panel.querySelectorAll(reachable)].filter(one => {
        if (one.closest('[hidden], .jp-dataops-hidden, .jp-dataops-graph-svg') || !one.checkVisibility()) {
            return false;
        }
        one.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        const box = one.getBoundingClientRect();
        const [x, y] = [Math.min(box.width, 20) / 2, Math.min(box.height, 16) / 2].map(Math.ceil);
        const seen = [[box.left + x, box.top + y], [Math.min(box.right, frame.right) - x, box.top + y]].every(([a, b]) => {
            const top = document.elementFromPoint(a, b);
            return top !== null && (one.contains(top) || top.contains(one));
        });
        return !seen || box.left < frame.left - 1 || box.right > frame.right + 1;
    }).map(one => one.outerHTML.slice(0, 140));
}
"""
