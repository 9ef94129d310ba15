"""A real JupyterLab in a real browser, as a test drives it.

Commands are sent, never awaited: a call into the page has no time limit of its own. What they lead to is waited for.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.support.notebooks import notebook
from tests.support.serving import Listening, serving
from tests.support.source_tree import REPOSITORY
from tests.support.waiting import until

AXE = REPOSITORY / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_S = 30

# In the page: the notebook in front, and a promise that is given up in the end.
_PRELUDE = """
const app = window.jupyterapp;
const panel = app.shell.currentWidget;
const within = (promise, what) => Promise.race([promise, new Promise((_, reject) => setTimeout(
    () => reject(new Error(`not within ${PATIENCE} s: ${what}`)), PATIENCE * 1000))]);
""".replace("PATIENCE", str(PATIENCE_S))

_SITUATION = """return {
    current: panel?.id, path: panel?.context?.path, cells: panel?.content?.widgets?.length,
    tabs: [...app.shell.widgets('main')].map(one => `${one.title.label}${one.isVisible ? ' (in sight)' : ''}`),
    focus: document.activeElement?.outerHTML.slice(0, 200),
    dialogs: [...document.querySelectorAll('.jp-Dialog')].map(one => one.innerText.slice(0, 300)),
}"""


@dataclass(frozen=True, slots=True)
class Server(Listening):
    """A JupyterLab: where it listens, the folder that it shows, and what it writes."""

    root: Path
    settings: Path

    def end_kernels(self) -> None:
        """No kernel runs afterwards."""
        until(self._has_no_kernel, "no kernel", PATIENCE_S)

    def _has_no_kernel(self) -> bool:
        # A kernel that is being started can be neither told of nor ended yet: 404 or 500.
        with suppress(HTTPError):
            for kind in ("sessions", "kernels"):
                for found in self.request(f"api/{kind}"):
                    self.request(f"api/{kind}/{found['id']}", "DELETE")
            return not self.request("api/sessions") and not self.request("api/kernels")
        return False

    def set(self, plugin: str, **values: Any) -> None:
        """A window that is opened from now on finds these settings of a plugin: ``@jupyterlab/PACKAGE/PLUGIN``."""
        path = self.settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def forget_settings(self) -> None:
        """What a user has changed, such as the theme, is as it was."""
        shutil.rmtree(self.settings)
        _as_new(self.settings)


def _as_new(settings: Path) -> None:
    news = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True, exist_ok=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}')


def _without_scheduler(config: Path) -> None:
    """jupyter-scheduler, which other tests need installed, puts buttons of its own into Lab's toolbars and menus."""
    (config / "labconfig").mkdir(parents=True, exist_ok=True)
    (config / "labconfig" / "page_config.json").write_text('{"disabledExtensions": {"@jupyterlab/scheduler": true}}')
    off = {"ServerApp": {"jpserver_extensions": {"jupyter_scheduler": False}}}
    (config / "jupyter_server_config.json").write_text(json.dumps(off))


@contextmanager
def running_server(
    folder: Path,
    *options: str,
    app: str = "jupyterlab",
    port: int = 0,
    leave_children: bool = False,
    **environment: str,
) -> Iterator[Server]:
    """A server in `folder` with settings, runs, history and kernels of its own, as long as the block lasts.

    In the same folder and at the same `port`, the next one is this one started again; with `leave_children`, the
    processes that it has started go on.
    """
    root, settings = folder / "root", folder / "settings"
    _as_new(settings)
    _without_scheduler(folder / "config")
    root.mkdir(exist_ok=True)
    places = {
        "JUPYTER_DATA_DIR": folder / "data",
        "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
        "IPYTHONDIR": folder / "ipython",
        "DATAOPS_STORE": folder / "store",
    }
    command = [
        sys.executable, "-m", app, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
        *options,
    ]  # fmt: skip
    with serving(command, folder, places | environment, leave_children=leave_children) as found:
        yield Server(found.url, found.token, root, settings)


@dataclass
class Lab:
    """One window of JupyterLab. `errors` is what its console has complained about: a test with any fails."""

    server: Server
    page: Page
    folder: Path
    pictures: Path | None = None
    errors: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error.stack or error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def expect_error(self, pattern: str) -> None:
        """A complaint of the console that has `pattern` in it is right in this test."""
        self.expected.append(re.compile(pattern))

    def unexpected_errors(self) -> list[str]:
        """What the test fails of."""
        return [error for error in self.errors if not any(pattern.search(error) for pattern in self.expected)]

    def open(self) -> Page:
        """Lab, started and with everything in its place, in a workspace of its own."""
        self.page.goto(f"{self.server.url}lab/workspaces/{self.folder.name}?token={self.server.token}")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.evaluate("await within(app.restored, 'restored')")
        return self.page

    def saved_layout(self) -> str:
        """What the workspace on the server says of the window, as JSON; Lab saves it some time after each change."""
        saved = self.server.request(f"lab/api/workspaces/{self.folder.name}")["data"]
        return json.dumps(saved.get("layout-restorer:data", {}).get("main", {}))

    def reload(self) -> Page:
        """As after F5, once Lab has saved what is open: what the workspace remembers is there again."""
        opened = self.evaluate("return [...app.shell.widgets('main')].flatMap(one => one.context?.path ?? [])")
        until(lambda: all(path in self.saved_layout() for path in opened), f"{opened} in the workspace", PATIENCE_S)
        self.page.reload()
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.evaluate("await within(app.restored, 'restored')")
        return self.page

    def evaluate(self, body: str, argument: Any = None) -> Any:
        """What the body of a function returns that knows `app`, `panel`, the document in front, `within` and `arg`."""
        return self.page.evaluate(f"async arg => {{ {_PRELUDE} {body} }}", argument)

    def wait_for(self, condition: str, argument: Any = None) -> None:
        """An expression over the same names has become true."""
        try:
            self.page.wait_for_function(f"arg => {{ {_PRELUDE} return {condition} }}", arg=argument)
        except NotInTime as error:
            error.add_note(f"never true: {condition}; what was there: {self.evaluate(_SITUATION)}")
            raise

    def execute(self, command: str, **arguments: Any) -> None:
        """A command, sent."""
        self.evaluate("void app.commands.execute(arg[0], arg[1])", [command, arguments])

    def write(self, *cells: dict[str, Any], name: str = "etl.ipynb", **metadata: Any) -> str:
        """A notebook of these cells; the path under which Lab knows it."""
        path = self.folder / name
        path.write_text(json.dumps(notebook(*cells, **metadata), indent=1) + "\n")
        return path.relative_to(self.server.root).as_posix()

    def open_notebook(self, path: str, *, kernel: bool = True) -> Locator:
        """The notebook in front, with a kernel that takes work, or with none."""
        if not kernel:  # ipywidgets stumbles over a notebook without one
            self.expect_error(r"reading 'kernel'\)\s.*/@jupyter-widgets/")
        self.execute("docmanager:open", path=path, kernelPreference={} if kernel else {"shouldStart": False})
        self.wait_for("panel?.context?.path === arg && panel.content?.widgets?.length > 0", path)
        self.evaluate("await within(panel.context.ready, 'the document'); await within(panel.revealed, 'its cells')")
        if kernel:
            self.kernel_ready()
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def kernel_ready(self) -> None:
        """The kernel of the notebook in front has answered."""
        self.evaluate(
            "await within(panel.sessionContext.ready, 'a session');"
            "await within(panel.sessionContext.session.kernel.info, 'an answer of the kernel')"
        )

    def run_cell(self, index: int, *, wait: bool = True) -> Any:
        """The outputs of a cell of the notebook in front, once it has run."""
        before = self.evaluate(
            "panel.content.activeCellIndex = arg; const before = panel.content.activeCell.model.executionCount;"
            "void app.commands.execute('notebook:run-cell'); return before",
            index,
        )
        if not wait:
            return None
        cell = "panel.content.widgets[arg[0]].model"
        self.wait_for(f"{cell}.executionState === 'idle' && {cell}.executionCount !== arg[1]", [index, before])
        return self.evaluate("return panel.content.widgets[arg].model.outputs.toJSON()", index)

    def change_theme(self, name: str) -> None:
        """The theme `JupyterLab Light`, `JupyterLab Dark` or `JupyterLab Dark High Contrast`."""
        self.execute("apputils:change-theme", theme=name)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")
        # Lab stumbles over the next change while what hides this one fades away.
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def screenshot(self, name: str, of: Locator | None = None) -> None:
        """A picture for whoever asked for pictures."""
        if self.pictures:
            (of or self.page).screenshot(path=self.pictures / f"{self.folder.name}-{name}.png", animations="disabled")

    def accessibility_problems(self, selector: str) -> list[str]:
        """What axe finds below `selector`: rule, element, and what is wrong with it."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.evaluate("return (await within(window.axe.run(arg), 'axe')).violations", selector)
        return [
            f"{problem['id']} ({problem['impact']}): {node['html'][:200]}: {node['failureSummary']}"
            for problem in found
            for node in problem["nodes"]
        ]

    def close(self) -> None:
        """No window, no kernel that the test has started, no setting that it has changed."""
        try:
            self.screenshot("last")
            self.page.close()
        except Error as error:
            self.errors.append(f"the window could not be closed: {error}")
        self.server.end_kernels()
        self.server.forget_settings()


Window = TypeVar("Window", bound=Lab)


@contextmanager
def window(
    kind: type[Window], server: Server, profile: BrowserContext, folder: Path, pictures: Path | None = None
) -> Iterator[Window]:
    """A window that is not open yet, with a folder of its own; at its end its console has not complained."""
    folder.mkdir()
    made = kind(server, profile.new_page(), folder, pictures)
    try:
        yield made
    finally:
        made.close()
    assert not made.unexpected_errors(), "\n".join(made.unexpected_errors())
