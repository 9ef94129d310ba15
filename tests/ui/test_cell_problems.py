"""What is wrong with a cell, and cures of one click, on the cell itself."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.lab import Lab
from tests.support.lab_cells import cell_at, problems_of, select, tags_of, type_into, wait_for_tags
from tests.support.notebooks import cell


def test_problems_are_told_on_the_cell_and_go_with_a_click_and_come_back_with_undo(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:load"), cell("y = x", "node:clean", "after:laod")), kernel=False)
    problem = problems_of(lab, 1)
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("'laod'")
    expect(problem.get_by_role("img", name="Error")).to_be_visible()
    assert lab.accessibility_problems(".jp-dataops-cellDiagnostics") == []
    lab.screenshot("light")
    lab.change_theme("JupyterLab Dark")
    assert lab.accessibility_problems(".jp-dataops-cellDiagnostics") == []

    problem.get_by_role("button", name="Change to after:load").click()

    wait_for_tags(lab, ["node:load"], ["node:clean", "after:load"])
    expect(problem).to_have_count(0)
    select(lab, 1)
    lab.page.keyboard.press("z")
    wait_for_tags(lab, ["node:load"], ["node:clean", "after:laod"])
    expect(problem).to_have_count(1)


def test_a_problem_can_be_cured_without_a_mouse(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:a", "retrys:3")), kernel=False)
    cure = problems_of(lab, 0).get_by_role("button", name="Change to retries:3")
    expect(cure).to_be_visible()
    select(lab, 0)

    for _ in range(3):  # chip, menu, cure
        lab.page.keyboard.press("Tab")
    expect(cure).to_be_focused()
    lab.page.keyboard.press("Enter")

    wait_for_tags(lab, ["node:a", "retries:3"])
    lab.wait_for("panel.content.mode === 'command' && panel.content.node.contains(document.activeElement)")


def test_a_problem_that_is_hidden_stays_hidden(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:a", "after:b"), cell("y = x", "node:c", "after:d")), kernel=False)
    expect(problems_of(lab, 0)).to_have_count(1)

    problems_of(lab, 0).get_by_role("button", name="Hide DO002").click()
    expect(problems_of(lab, 0)).to_have_count(0)
    with lab.page.expect_response("**/dataops/v1/preview*"):
        type_into(lab, 1, "\nz = 2")

    expect(problems_of(lab, 1)).to_have_count(1)
    expect(problems_of(lab, 0)).to_have_count(0)
    assert tags_of(lab) == [["node:a", "after:b"], ["node:c", "after:d"]]


def test_half_a_line_is_no_problem_until_it_is_left(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(lab.write(cell("x = 1", "node:a"), cell("y = x", "node:b")), kernel=False)
    expect(cell_at(lab, 0).locator(".jp-dataops-cellChip")).to_be_visible()
    lab.page.evaluate(
        "window.flickers = 0; new MutationObserver(found => { window.flickers += found.length; }).observe("
        "document.querySelectorAll('.jp-dataops-cellHeader')[0], { subtree: true, childList: true });"
    )

    # The server is asked in the middle of the line, and answers that it is no Python.
    with lab.page.expect_response("**/dataops/v1/preview*"):
        type_into(lab, 0, "\nmore = x +")
    with lab.page.expect_response("**/dataops/v1/preview*"):
        lab.page.keyboard.type(" 1")
    expect(problems_of(lab, 0)).to_have_count(0)
    assert lab.page.evaluate("window.flickers") == 0

    with lab.page.expect_response("**/dataops/v1/preview*"):
        lab.page.keyboard.type("\nless = x -")
    lab.page.keyboard.press("Escape")

    expect(problems_of(lab, 0)).to_have_count(1)
    expect(problems_of(lab, 0)).to_contain_text("DO005")


def test_many_problems_of_one_cell_are_folded(lab: Lab) -> None:
    lab.open()
    tags = [f"after:n{at}" for at in range(6)]
    lab.open_notebook(lab.write(cell("x = 1", "node:a", *tags)), kernel=False)

    expect(problems_of(lab, 0)).to_have_count(3)
    cell_at(lab, 0).get_by_role("button", name="3 more").click()
    expect(problems_of(lab, 0)).to_have_count(6)
