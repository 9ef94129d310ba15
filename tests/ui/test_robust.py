"""What must not shake JupyterLab: a server that goes away, other windows, moved files, huge and hostile output."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from tests.support.lab import PATIENCE_S, Lab, Server, running_server, window
from tests.support.notebooks import cell
from tests.support.sidebar import Sidebar
from tests.support.source_tree import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STREAM = re.compile(r"/dataops/v1/stream")
SETUP = (
    "import time\nfrom pathlib import Path\ndef wait_for(name):\n    while not Path(name).exists(): time.sleep(0.02)"
)
WHEN_OFFLINE = r"ERR_|WebSocket|NetworkError|Failed to fetch|Failed to load|50\d|404|Invalid response|Connection lost"
"""What JupyterLab complains of while its server is away."""


def write_waiting(lab: Lab) -> str:
    """Two nodes: the first prints a hundred lines, half of them once there is a file ``go``; the next waits for ``on``."""
    return lab.write(
        cell(SETUP, "setup"),
        cell(
            "for at in range(50):\n    print('line', at)\nwait_for('go')\n"
            "for at in range(50, 100):\n    print('line', at)\nrows = [1]",
            "node:load",
        ),
        cell("wait_for('on')\ntotal = sum(rows)", "node:total"),
    )


def touch(lab: Lab, *names: str) -> None:
    """Nodes that wait for these files go on."""
    for name in names:
        (lab.folder / name).touch()


def toast(page: Page, text: str) -> Locator:
    return page.locator(".Toastify__toast", has_text=text)


def copied_log(lab: Lab, details: Locator) -> list[str]:
    """What the node has printed in the log that is shown, as a user copies it."""
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    details.get_by_role("button", name="Copy the log").click()
    expect(details.get_by_role("button", name="Copied")).to_be_visible()
    text: str = lab.evaluate("return await within(navigator.clipboard.readText(), 'the clipboard')")
    return [line for line in text.splitlines() if line.startswith("line ")]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def test_a_restart_of_the_server_costs_a_run_nothing(
    profile: BrowserContext, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pictures: Path | None = request.config.getoption("--screenshots")
    same = {"port": free_port(), "JUPYTER_TOKEN": "the-same"}
    page = profile.new_page()
    folder = tmp_path / "root" / "restart"
    with running_server(tmp_path, leave_children=True, **same) as server:
        folder.mkdir()
        lab = Lab(server, page, folder, pictures)
        lab.expect_error(WHEN_OFFLINE)
        lab.open()
        lab.open_notebook(write_waiting(lab), kernel=False)
        sidebar = Sidebar(lab).open()
        sidebar.expect_nodes(load="none", total="none")
        sidebar.button("Run").click()
        details = sidebar.details("load", "Log")
        expect(details.get_by_text("line 49", exact=True)).to_be_visible()
        server.end_kernels()
    sidebar.expect_connection("reconnecting…")
    expect(sidebar.button("Run")).to_have_attribute("aria-disabled", "true")
    lab.screenshot("lost")
    touch(lab, "go")

    with running_server(tmp_path, **same) as server:
        sidebar.expect_connection("")
        sidebar.expect_nodes(load="succeeded", total="running")
        dismiss_dialogs(page)
        assert copied_log(lab, details) == [f"line {at}" for at in range(100)]
        touch(lab, "on")
        sidebar.expect_run("succeeded")
        sidebar.expect_nodes(load="succeeded", total="succeeded")
        sidebar.button("Run").click()
        expect(sidebar.root.get_by_role("tab", name="History")).to_contain_text("2")
        sidebar.expect_run("succeeded")
        lab.screenshot("back")
        lab.close()
    assert lab.unexpected_errors() == []


def dismiss_dialogs(page: Page) -> None:
    """JupyterLab's own words about its server."""
    for dialog in page.locator(".jp-Dialog").all():
        dialog.get_by_role("button").last.click()


def test_a_lost_connection_is_told_and_mended(lab: Lab) -> None:
    sockets: list[WebSocketRoute] = []
    is_down = False

    def carry(route: WebSocketRoute) -> None:
        if is_down:
            route.close(code=1011)
        else:
            route.connect_to_server()
            sockets.append(route)

    lab.expect_error("WebSocket")
    lab.page.route_web_socket(STREAM, carry)
    lab.open()
    lab.open_notebook(write_waiting(lab), kernel=False)
    sidebar = Sidebar(lab).open()
    sidebar.expect_nodes(load="none", total="none")
    sidebar.button("Run").click()
    details = sidebar.details("load", "Log")
    expect(details.get_by_text("line 49", exact=True)).to_be_visible()

    is_down = True
    for route in sockets:
        route.close(code=1011)
    sidebar.expect_connection("reconnecting…")
    expect(sidebar.button("Run")).to_have_attribute("aria-disabled", "true")
    touch(lab, "go", "on")
    is_down = False

    sidebar.expect_connection("")
    sidebar.expect_run("succeeded")
    sidebar.expect_nodes(load="succeeded", total="succeeded")
    expect(details.get_by_text("line 99", exact=True)).to_be_visible()
    assert copied_log(lab, details) == [f"line {at}" for at in range(100)]


def test_two_windows_show_the_same_run_and_either_cancels_it(lab: Lab, profile: BrowserContext) -> None:
    lab.open()
    path = write_waiting(lab)
    lab.open_notebook(path, kernel=False)
    first = Sidebar(lab).open()
    with window(Lab, lab.server, profile, lab.folder.with_name("other-window"), lab.pictures) as other:
        # JupyterLab's own, of two windows with one kernel.
        for one in (lab, other):
            one.expect_error("Comm not found")
        other.open()
        other.open_notebook(path, kernel=False)
        second = Sidebar(other).open()
        second.expect_nodes(load="none", total="none")

        first.button("Run").click()
        first.expect_nodes(load="running", total="pending")
        second.expect_nodes(load="running", total="pending")
        second.expect_run("running")
        second.button("Cancel").click()
        other.page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()

        for sidebar in (first, second):
            sidebar.expect_run("cancelled")
            sidebar.expect_nodes(load="cancelled", total="cancelled")
        expect(toast(lab.page, "etl was cancelled")).to_be_visible()


def test_a_notebook_is_renamed_and_deleted_while_its_run_is_shown(lab: Lab) -> None:
    # JupyterLab's own, of a file that it looks at and that is gone.
    lab.expect_error("404|500|Failed to load|File Load Error|No such file")
    lab.open()
    path = write_waiting(lab)
    lab.open_notebook(path, kernel=False)
    sidebar = Sidebar(lab).open()
    sidebar.button("Run").click()
    sidebar.expect_nodes(load="running", total="pending")

    renamed = path.replace("etl", "orders")
    lab.evaluate("await within(app.serviceManager.contents.rename(arg[0], arg[1]), 'renamed')", [path, renamed])
    expect(sidebar.root.get_by_role("heading", name="orders")).to_be_visible()
    expect(sidebar.node("total")).to_be_visible()
    lab.screenshot("renamed")
    touch(lab, "go", "on")
    sidebar.button("Run").click()
    sidebar.expect_run("succeeded")
    sidebar.expect_nodes(load="succeeded", total="succeeded")

    (lab.server.root / renamed).unlink()
    sidebar.view("History")
    sidebar.view("Graph")
    sidebar.expect_nodes(load="succeeded", total="succeeded")
    details = sidebar.details("load", "Log")
    expect(details.get_by_text("line 99", exact=True)).to_be_visible()
    lab.screenshot("deleted")


def test_a_notebook_with_errors_says_why_it_does_not_run_and_is_cured_by_a_click(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(
        lab.write(cell("x = 1", "node:load"), cell("y = x", "node:clean", "after:laod", "retrys:3")), kernel=False
    )
    sidebar = Sidebar(lab).open()
    run = sidebar.button("Run")
    expect(run).to_have_attribute("aria-disabled", "true")
    expect(run).to_have_attribute("title", "The notebook has errors: see Problems.")

    sidebar.view("Problems")
    problems = sidebar.root.get_by_role("list", name="Problems").get_by_role("listitem")
    expect(problems).to_have_count(2)
    expect(sidebar.root.locator(".jp-dataops-problem", has_text="DO002")).to_contain_text("laod")
    lab.screenshot("problems")
    for code in ("DO002", "DO010"):
        problem = sidebar.root.locator(".jp-dataops-problem", has_text=code)
        problem.locator(".jp-dataops-button").first.click()
        expect(problem).to_have_count(0)

    expect(sidebar.root.get_by_text("No problems.")).to_be_visible()
    assert lab.evaluate("return panel.content.model.cells.get(1).getMetadata('tags')") == [
        "node:clean", "after:load", "retries:3",
    ]  # fmt: skip
    run.click()
    sidebar.expect_run("succeeded")


RECORD_STALLS = """
window.stall = 0;
let last = performance.now();
setInterval(() => { const now = performance.now(); window.stall = Math.max(window.stall, now - last - 50); last = now; }, 50);
"""
"""The longest time, in ms, that the page did not get to anything."""


def test_huge_outputs_do_not_freeze_the_page(lab: Lab) -> None:
    lab.open()
    lab.open_notebook(
        lab.write(
            cell("for at in range(100_000):\n    print(f'{at:06}', 'x' * 200)", "node:lines"),
            cell("'y' * 20_000_000", "node:wide"),
            cell("from IPython.display import HTML\nHTML('<b>z</b>' * 2_500_000)", "node:markup"),
        ),
        kernel=False,
    )
    sidebar = Sidebar(lab).open()
    sidebar.button("Run").click()
    sidebar.expect_run("succeeded", timeout_s=120)
    lab.page.evaluate(RECORD_STALLS)

    details = sidebar.details("lines", "Log")
    expect(details.get_by_text(re.compile("^099999 "))).to_be_visible()
    lab.screenshot("log")
    stalls = {"log": lab.page.evaluate("window.stall")}
    for name in ("lines", "wide", "markup"):
        details = sidebar.details(name, "Outputs")
        expect(details.locator(".jp-dataops-outputs").first).to_be_visible()
        expect(details.get_by_text("Loading…")).to_have_count(0)
        lab.page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))")
        stalls[name] = lab.page.evaluate("window.stall")
        lab.screenshot(name)

    print(f"longest stalls so far in ms: {stalls}")
    assert max(stalls.values()) < 2000


PWN = "window.pwned=1;try{top.pwned=1}catch(e){}"
EVIL = (
    f"<script>{PWN}</script><img src=x onerror='{PWN}'><svg onload='{PWN}'><script>{PWN}</script></svg>"
    f"<a class=evil href='javascript:{PWN}'>click</a><iframe srcdoc='<script>{PWN}</script>'></iframe>"
    f"<iframe src='javascript:{PWN}'></iframe><details open ontoggle='{PWN}'>d</details><style onload='{PWN}'></style>"
    f"<form action='javascript:{PWN}'><button class=evil>send</button></form><math href='javascript:{PWN}'>m</math>"
)
HOSTILE = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
evil = {EVIL!r}
display(HTML(evil))
display(Markdown(evil + "\\n\\n[link](javascript:{PWN})\\n\\n<b onmouseover='{PWN}'>b</b>"))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" onload="{PWN}"><script>{PWN}</script><a href="javascript:{PWN}">'
            '<text y="20">click</text></a><foreignObject><img src="x" onerror="{PWN}"/></foreignObject></svg>'))
display(Javascript({PWN!r}))
display({{"application/vnd.dataops+html": evil, "text/latex": "\\\\href{{javascript:{PWN}}}{{x}}", "text/plain": evil}}, raw=True)
print(evil)
print("\\x1b]8;;javascript:{PWN}\\x07link\\x1b]8;;\\x07 \\x1b[31m" + evil + "\\x1b[0m javascript:{PWN}")
"""


def click_what_is_evil(page: Page) -> None:
    """Every link and button that came out of the notebook, as a user who trusts everything does; the page stays."""
    page.evaluate(
        "window.isSent ??= addEventListener('submit', event => {"
        "  window.isSent = !event.defaultPrevented; event.preventDefault(); }) ?? false;"
        "{ const links = document.querySelectorAll('.jp-dataops-view a, .jp-dataops-view .evil');"
        "for (const link of links) link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })); }"
    )
    assert page.evaluate("window.isSent") is False


def assert_nothing_was_executed(page: Page) -> None:
    for frame in page.frames:
        assert frame.evaluate("window.pwned") is None, frame.url


def test_nothing_that_a_notebook_says_is_executed(lab: Lab) -> None:
    # Images that are not there, and frames that may not run what they would.
    lab.expect_error("404|Failed to load|Blocked script execution|Content Security Policy|Content-Security-Policy")
    name = "<img src=x onerror=pwned=1>.ipynb"
    lab.open()
    path = lab.write(
        cell(f"who: str = '{EVIL[:60]}'  # {EVIL}".replace("'", '"', 1).replace("'", '"', 1), "parameters"),
        cell(HOSTILE, "node:show", "after:<img src=x onerror=pwned=1>"),
        cell(f"raise ValueError({EVIL!r})", "node:fail", "after:show"),
        name=name,
    )
    lab.open_notebook(path, kernel=False)
    sidebar = Sidebar(lab).open()
    sidebar.view("Problems")
    expect(sidebar.root.locator(".jp-dataops-problem").first).to_contain_text("<img")
    assert_nothing_was_executed(lab.page)
    lab.evaluate("panel.content.model.cells.get(1).setMetadata('tags', ['node:show'])")
    sidebar.view("Graph")
    sidebar.expect_nodes(show="none", fail="none")
    sidebar.toggle_parameters()
    sidebar.button("Run").click()
    sidebar.expect_nodes(show="succeeded", fail="failed")
    sidebar.toggle_parameters()

    details = sidebar.details("show", "Outputs")
    expect(details.locator(".jp-dataops-outputs").first).to_be_visible()
    click_what_is_evil(lab.page)
    lab.screenshot("outputs")
    sidebar.details("show", "Log")
    expect(details.get_by_role("log")).to_contain_text("<script>")
    click_what_is_evil(lab.page)
    lab.screenshot("log")
    details = sidebar.details("fail")
    expect(details).to_contain_text("ValueError")
    click_what_is_evil(lab.page)
    lab.screenshot("error")
    sidebar.view("History")
    sidebar.view("Timeline")
    assert_nothing_was_executed(lab.page)

    sidebar.root.get_by_role("button", name="Open the report of this run").click()
    report = lab.page.locator(".jp-dataops-report iframe").content_frame
    expect(report.get_by_text("ValueError").first).to_be_attached()
    lab.screenshot("report")
    assert_nothing_was_executed(lab.page)
    # The same as a page of its own, in the server's origin.
    run = lab.server.request("dataops/v1/runs/last")["run"]["run_id"]
    page = lab.page.context.new_page()
    page.goto(f"{lab.server.url}dataops/v1/runs/{run}/report.html?token={lab.server.token}")
    expect(page.get_by_text("ValueError").first).to_be_attached()
    assert_nothing_was_executed(page)


def test_who_may_only_look_sees_everything_and_starts_nothing(
    profile: BrowserContext, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    option = "--ServerApp.authorizer_class=tests.support.read_only.LookOnly"
    with running_server(tmp_path, option, PYTHONPATH=str(REPOSITORY)) as server:
        pictures: Path | None = request.config.getoption("--screenshots")
        with window(Lab, server, profile, server.root / "look", pictures) as lab:
            run_elsewhere(lab)
            lab.open()
            lab.open_notebook(f"{lab.folder.name}/etl.ipynb", kernel=False)
            sidebar = Sidebar(lab).open()
            sidebar.expect_nodes(load="succeeded", clean="failed")
            expect(sidebar.root.locator(".jp-dataops-readOnly")).to_contain_text(
                "You may look at runs here, but not start"
            )
            for name in ("Run", "Retry", "Retry failed", "Run from here", "Cancel"):
                expect(sidebar.root.get_by_role("button", name=name, exact=True)).to_have_count(0)
            details = sidebar.details("clean")
            expect(details).to_contain_text("ZeroDivisionError")
            expect(details.get_by_role("button", name="Open failed node")).to_have_count(0)
            details = sidebar.details("load", "Log")
            expect(details.get_by_text("loaded", exact=True)).to_be_visible()
            for view in ("List", "Timeline", "History", "Problems"):
                sidebar.view(view)
            lab.screenshot("light")
            expect(lab.page.get_by_role("button", name="Retry clean")).to_have_count(0)
            for command in ("run-pipeline", "run-changed", "retry-failed", "cancel-run", "open-failed-node"):
                assert lab.evaluate("return app.commands.isEnabled(arg)", f"dataops:{command}") is False
                assert "You may look" in lab.evaluate("return app.commands.caption(arg)", f"dataops:{command}")
            sidebar.root.get_by_role("button", name="Open the report of this run").click()
            report = lab.page.locator(".jp-dataops-report iframe").content_frame
            expect(report.get_by_text("ZeroDivisionError").first).to_be_attached()
            assert refused(server, "dataops/v1/runs", {"path": f"{lab.folder.name}/etl.ipynb"}) == 403
            assert refused(server, "dataops/v1/runs/last/retry", {}) == 403


def run_elsewhere(lab: Lab) -> None:
    """A run of somebody who may."""
    lab.write(cell("x = 1\nprint('loaded')", "node:load"), cell("y = x / 0", "node:clean"))
    environment = {**os.environ, "DATAOPS_STORE": str(lab.server.root.parent / "store")}
    command = [sys.executable, "-m", "jupyter_dataops", "run", "etl.ipynb"]
    ended = subprocess.run(command, cwd=lab.folder, env=environment, timeout=120, check=False)
    assert ended.returncode == 1


def refused(server: Server, path: str, body: dict[str, Any]) -> int:
    """The status with which the server refuses."""
    request = Request(
        f"{server.url}{path}",
        data=json.dumps(body).encode(),
        method="POST",
        headers={"Authorization": f"token {server.token}"},
    )
    with pytest.raises(HTTPError) as caught:
        urlopen(request, timeout=PATIENCE_S)
    with caught.value:
        return caught.value.code
