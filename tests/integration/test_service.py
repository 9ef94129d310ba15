"""What the service starts is real: processes of their own, which outlive it; and a live kernel in which a node is mended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_dataops import Run, open_run
from jupyter_dataops.api import detached
from jupyter_dataops.config import Settings
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watcher import Watcher
from jupyter_dataops.service.wire.runs import AttemptRef, RetryRequest, RunRef, RunRequest, RunSummary
from jupyter_dataops.service.wire.watching import WatchLog, WatchRun
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell, notebook
from tests.support.waiting import WAIT_FOR, until

pytestmark = pytest.mark.kernel


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=2, lease_s=20, actor="ana@here")


@pytest.fixture
def service(root: Path, settings: Settings) -> Iterator[Service]:
    made = Service(FolderPlaces(root), settings)
    yield made
    made.close()


@pytest.fixture
def save(root: Path) -> Callable[..., Path]:
    def save(*cells: dict[str, Any], name: str = "etl.ipynb") -> Path:
        path = root / name
        path.write_text(json.dumps(notebook(*cells)), "utf-8")
        return path

    return save


def ended(service: Service, run_id: str) -> RunSummary:
    def look() -> RunSummary | None:
        run = service.answer("get_run", RunRef(run_id=run_id)).run
        return run if run.finished_at else None

    return until(look, "the end of the run")


def runner_of(service: Service, run_id: str) -> psutil.Process:
    record = until(lambda: service.desk.store.get_run(run_id).runner, "a runner takes the run")  # type: ignore[arg-type]
    return psutil.Process(record.pid)


def test_a_run_is_watched_from_its_start_to_its_end(service: Service, save: Callable[..., Path]) -> None:
    save(cell("rows = [1, 2]\nprint('loaded')", "node:load"), cell("print(len(rows))", "node:show"))
    told: list[Any] = []
    watcher = Watcher(service, told.append)
    started = service.answer("create_run", RunRequest(path="etl.ipynb"), actor="bea@there").run
    assert (started.state, started.created_by) == (RunState.QUEUED, "bea@there")
    watcher.ask(WatchRun(id="r", run_id=started.run_id))

    def is_over() -> bool:
        watcher.poll()
        return told[-1].kind == "run_changed" and told[-1].run.state is RunState.SUCCEEDED

    until(is_over, "the end is told")
    nodes = {node.node: node for one in told for node in (one.view.nodes if one.kind == "run" else one.nodes)}
    whole = service.answer("get_run", RunRef(run_id=started.run_id))
    assert nodes == {node.node: node for node in whole.nodes}
    watcher.ask(WatchLog(id="l", run_id=started.run_id, node="load", attempt=1))
    assert "loaded\n" in [piece.text for piece in told[-1].chunk.pieces]
    assert told[-1].chunk.is_complete
    watcher.close()


def test_a_run_outlives_the_process_that_asked_for_it(
    service: Service, save: Callable[..., Path], root: Path, settings: Settings
) -> None:
    save(cell(WAIT_FOR, "setup"), cell("wait_for('go')\nx = 1", "node:a"))
    code = (
        "import sys\n"
        "from jupyter_dataops.config import Settings\n"
        "from jupyter_dataops.service.places import FolderPlaces\n"
        "from jupyter_dataops.service.service import Service\n"
        "from jupyter_dataops.service.wire.runs import RunRequest\n"
        "service = Service(FolderPlaces(sys.argv[1]), Settings(store=sys.argv[2], jobs=1))\n"
        "print(service.answer('create_run', RunRequest(path='etl.ipynb')).run.run_id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, root, settings.store], capture_output=True, text=True, check=True, cwd="/"
    )
    run_id = done.stdout.strip()
    runner = runner_of(service, run_id)
    assert runner.is_running()
    (root / "go").touch()
    assert ended(service, run_id).state is RunState.SUCCEEDED
    psutil.wait_procs([runner], timeout=20)


def test_modules_beside_the_notebook_are_none_of_the_runners(service: Service, save: Callable[..., Path]) -> None:
    path = save(cell("import click\nprint(click.MINE)", "node:a"))
    path.with_name("click.py").write_text("MINE = 'my own'")
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    assert ended(service, run.run_id).state is RunState.SUCCEEDED
    assert "my own" in open_run(run.run_id, service.desk.settings)["a"].log


def test_a_runner_that_cannot_begin_leaves_a_crashed_run_that_says_why(
    service: Service, save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    save(cell("import os\nprint(len(os.environ['API_TOKEN']))", "node:a", "secret:API_TOKEN"))
    monkeypatch.setenv("API_TOKEN", "long enough")
    monkeypatch.setattr(detached, "_OF_ANOTHER", ("API_TOKEN",))
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    over = ended(service, run.run_id)
    assert over.state is RunState.CRASHED
    assert "the secret 'API_TOKEN', which node 'a' uses, is not set" in (over.reason or "")
    monkeypatch.setattr(detached, "_OF_ANOTHER", ())
    service.answer("resume", RunRef(run_id=run.run_id))
    until(lambda: service.desk.store.get_run(run.run_id).state is RunState.SUCCEEDED, "it goes on")  # type: ignore[arg-type]


def test_a_runner_that_dies_at_once_leaves_a_crashed_run(
    service: Service, save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save(cell("x = 1", "node:a"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "jupyter_dataops.py").write_text("raise SystemError('no such luck')")
    monkeypatch.setenv("PYTHONPATH", f"{broken}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    over = ended(service, run.run_id)
    assert over.state is RunState.CRASHED
    assert "ended before it took the run: SystemError: no such luck" in (over.reason or "")


def test_a_node_of_a_run_that_goes_on_is_tried_again(service: Service, save: Callable[..., Path], root: Path) -> None:
    save(
        cell(WAIT_FOR, "setup"),
        cell("import os\nassert os.path.exists('mended')\nx = 1", "node:a"),
        cell("print(x)", "node:b"),
        cell("wait_for('go')", "node:long"),
    )
    run = service.answer("create_run", RunRequest(path="etl.ipynb", jobs=2)).run

    def state(node: str) -> NodeState:
        return {one.node: one.state for one in service.answer("get_run", RunRef(run_id=run.run_id)).nodes}[node]

    until(lambda: state("b") is NodeState.UPSTREAM_FAILED, "a fails")
    (root / "mended").touch()
    planned = service.answer("plan_retry", RetryRequest(run_id=run.run_id, nodes=["a"]))
    assert [one.node for one in planned.decisions] == ["a", "b"]
    again = service.answer("retry", RetryRequest(run_id=run.run_id, nodes=["a"])).run
    assert again.run_id == run.run_id
    until(lambda: state("b") is NodeState.SUCCEEDED, "a and b succeed")
    (root / "go").touch()
    assert ended(service, run.run_id).state is RunState.SUCCEEDED


def test_a_run_is_cancelled_and_what_failed_is_retried_as_another_run(
    service: Service, save: Callable[..., Path]
) -> None:
    save(cell(WAIT_FOR, "setup"), cell("x = 1", "node:a"), cell("wait_for('never')\nprint(x)", "node:b"))
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    until(lambda: service.answer("get_run", RunRef(run_id=run.run_id)).nodes[1].state is NodeState.RUNNING, "b runs")
    service.answer("cancel", RunRef(run_id=run.run_id))
    assert ended(service, run.run_id).state is RunState.CANCELLED
    save(cell(WAIT_FOR, "setup"), cell("x = 1", "node:a"), cell("print(x)", "node:b"))
    made = service.answer("retry", RetryRequest(run_id=run.run_id)).run
    assert made.parent_run_id == run.run_id
    assert ended(service, made.run_id).counts == {NodeState.REUSED: 1, NodeState.SUCCEEDED: 1}


def test_a_run_with_other_notebooks_in_it_starts_detached_and_is_retried(
    service: Service, save: Callable[..., Path]
) -> None:
    save(cell("day = 0", "parameters"), cell("part = day + 1", "node:calc"), name="sub.ipynb")
    save(cell("day = 2", "node:sub", "notebook:sub.ipynb", "out:part"), cell("assert part > 3", "node:show"))
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    assert ended(service, run.run_id).failed == ["show"]
    made = service.answer("retry", RetryRequest(run_id=run.run_id)).run
    assert ended(service, made.run_id).failed == ["show"]


class LiveKernel:
    """The kernel of a notebook that somebody has open."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        self._manager, self._client = start_new_kernel(cwd=str(folder))

    def run(self, code: str, *answers: str) -> tuple[str, str]:
        """Status of the cell, and all that it printed or showed; `answers` are typed where it asks."""
        said, waiting = [], list(answers)

        def show(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(str(content.get("text") or content.get("data", {}).get("text/plain", "")))

        def answer(_message: dict[str, Any]) -> None:
            self._client.input(waiting.pop(0))

        reply = self._client.execute_interactive(
            code, allow_stdin=True, output_hook=show, stdin_hook=answer, timeout=60
        )
        return reply["content"]["status"], "".join(said)

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(root: Path) -> Iterator[LiveKernel]:
    made = LiveKernel(root)
    yield made
    made.close()


FAILING = (
    cell("shop = 'Bern'", "parameters"),
    cell("import statistics\nprint('setup runs')\ndef wanted(place):\n    return place == shop", "setup"),
    cell("orders = [('Bern', 30), ('Basel', 50)]\nfn = wanted", "node:load"),
    cell("prices = [price for place, price in orders if fn(place)]", "node:typical"),
    cell("typical = statistics.median(prices)"),
)


@pytest.fixture
def failed(service: Service, save: Callable[..., Path]) -> Run:
    save(*FAILING)
    run = service.answer("create_run", RunRequest(path="etl.ipynb", parameters={"shop": "Genf"})).run
    assert ended(service, run.run_id).failed == ["typical"]
    return open_run(run.run_id, service.desk.settings)


def test_a_failed_node_is_mended_in_the_live_kernel(service: Service, failed: Run, kernel: LiveKernel) -> None:
    found = service.answer("restore", AttemptRef(run_id=failed.run_id, node="typical"))
    assert (found.cell_id, found.line, found.path) == ("c4", 1, "etl.ipynb")
    assert found.names == ["fn", "orders", "shop", "statistics", "wanted"]
    status, shown = kernel.run(found.code)
    assert status == "ok"
    assert "setup runs" not in shown
    assert shown.startswith(f"`typical` as in run {failed.run_id}, attempt 1: fn, orders")
    assert kernel.run("print(shop, orders[0], fn('Genf'), [n for n in dir() if n[0] != '_'][:3])")[1].startswith(
        "Genf ('Bern', 30) True"
    )
    assert kernel.run(FAILING[3]["source"])[0] == "ok"
    assert kernel.run(FAILING[4]["source"])[0] == "error"
    _, session = kernel.run("%debug", "up", "p prices", "q")
    assert "[]" in session
    assert kernel.run("prices = prices or [0]\n" + FAILING[4]["source"] + "\nprint(typical)")[1] == "0\n"


def test_the_magic_and_the_function_do_the_same(failed: Run, kernel: LiveKernel, settings: Settings) -> None:
    assert kernel.run(f"import os\nos.environ['DATAOPS_STORE'] = {settings.store!r}\n%load_ext jupyter_dataops") == (
        "ok",
        "",
    )
    status, shown = kernel.run(f"%dataops restore {failed.run_id} typical")
    assert (status, "orders" in shown) == ("ok", True)
    assert kernel.run("print(len(orders), shop)")[1] == "2 Genf\n"
    assert "no node 'typicl'" in kernel.run("%dataops restore last typicl")[1]
    assert kernel.run("from jupyter_dataops import restore\nrestore('last', 'load')\nprint(shop)")[0] == "ok"


def test_setup_that_fails_there_says_which_cell(
    service: Service, save: Callable[..., Path], kernel: LiveKernel, root: Path
) -> None:
    (root / "needed.txt").touch()
    save(cell("open('needed.txt')", "setup"), cell("1 / 0", "node:a"))
    run = service.answer("create_run", RunRequest(path="etl.ipynb")).run
    ended(service, run.run_id)
    (root / "needed.txt").unlink()
    status, _ = kernel.run(service.answer("restore", AttemptRef(run_id=run.run_id, node="a")).code)
    assert status == "error"
