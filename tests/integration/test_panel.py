"""The panel over a real store, with real runs; its front end is a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import comm
import pytest

from jupyter_dataops import Pipeline, open_run
from jupyter_dataops.panel.widget import Panel
from tests.support.fake_comm import FakeComm
from tests.support.notebooks import cell, notebook
from tests.support.panel import panel_threads
from tests.support.waiting import until

CELLS = [cell("size = 2", "parameters"), cell("rows = list(range(size))\nprint(rows)", "node:load")]


class Front:
    """One view of a panel."""

    def __init__(self, panel: Panel) -> None:
        self._comm: FakeComm = panel.comm
        self._n = 0
        self.say("hello")

    def say(self, kind: str, **fields: Any) -> int:
        self._n += 1
        self._comm.says({"kind": kind, "view": "a", "n": self._n, **fields})
        return self._n

    def call(self, op: str, **request: Any) -> dict[str, Any]:
        """The response; for a refusal, the refusal."""
        n = self.say("call", op=op, request=request)
        kinds = ("answer", "refusal")
        reply = until(
            lambda: next((one for one in self._comm.heard if one["kind"] in kinds and one["n"] == n), None), op
        )
        found: dict[str, Any] = json.loads(reply["response"]) if reply["kind"] == "answer" else reply["refusal"]
        return found

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(text) for one in self._comm.heard if one["kind"] == "told" for text in one["told"]]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))
    (tmp_path / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)))
    (tmp_path / "other.ipynb").write_text(json.dumps(notebook(cell("print('secret')", "node:other"))))
    return tmp_path


@pytest.fixture
def show() -> Iterator[Callable[..., Front]]:
    """Shows panels, and takes them away."""
    panels: list[Panel] = []

    def show(panel: Panel) -> Front:
        panels.append(panel)
        return Front(panel)

    yield show
    for panel in panels:
        panel.close()
    until(lambda: not panel_threads(), "no thread is left", 10)


@pytest.mark.kernel
def test_a_run_is_started_watched_to_its_end_and_its_log_is_read(folder: Path, show: Callable[..., Front]) -> None:
    front = show(Pipeline(folder / "etl.ipynb").panel())
    assert [one["name"] for one in front.call("preview", path="etl.ipynb")["graph"]["nodes"]] == ["load"]

    run = front.call("create_run", path="etl.ipynb", parameters={"size": 3})["run"]["run_id"]
    front.say("watch", request={"op": "watch_run", "id": "1", "run_id": "last"})
    front.say("watch", request={"op": "watch_runs", "id": "2"})

    def state(told: dict[str, Any]) -> str | None:
        return (told.get("run") or told.get("view", {}).get("run", {})).get("state")

    until(lambda: any(one["id"] == "1" and state(one) == "succeeded" for one in front.told), "the end of the run")
    assert any(one["id"] == "2" and one["runs"][0]["run_id"] == run for one in front.told)
    pieces = front.call("get_log", run_id=run, node="load")["pieces"]
    assert "[0, 1, 2]\n" in [piece["text"] for piece in pieces]
    assert open_run(run).state == "succeeded"


def test_another_notebook_beside_it_can_neither_be_run_nor_read(folder: Path, show: Callable[..., Front]) -> None:
    run = Pipeline(folder / "other.ipynb").create_run()
    front = show(Pipeline(folder / "etl.ipynb").panel())
    refused = {
        op: front.call(op, **request).get("code", "answered")
        for op, request in {
            "create_run": {"path": "other.ipynb"},
            "plan": {"path": "other.ipynb"},
            "preview": {"path": "other.ipynb"},
            "get_run": {"run_id": run.run_id},
            "cancel": {"run_id": run.run_id},
            "get_log": {"run_id": run.run_id, "node": "other"},
            "report": {"run_id": "last"},
        }.items()
    }
    assert set(refused.values()) <= {"out_of_scope", "run_not_found"}, refused
    assert run.run_id not in front.call("get_run", run_id="")["message"]
    front.say("watch", request={"op": "watch_run", "id": "1", "run_id": run.run_id})
    until(lambda: front.told, "an answer to the watch")
    assert [(one["kind"], one["error"]["code"]) for one in front.told] == [("error", "run_not_found")]
    assert front.call("list_runs") == {"runs": []}


def test_a_notebook_that_is_broken_is_refused_with_what_to_do_and_is_there_once_it_is_mended(
    folder: Path, show: Callable[..., Front]
) -> None:
    pipeline = Pipeline(folder / "etl.ipynb")
    (folder / "etl.ipynb").write_text("no notebook")
    front = show(pipeline.panel())
    assert front.call("preview", path="etl.ipynb")["code"] == "notebook_unreadable"
    (folder / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)))
    assert front.call("preview", path="etl.ipynb")["can_run"]


def test_the_panel_of_a_run_shows_that_run_and_says_where_its_notebook_is(
    folder: Path, show: Callable[..., Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Pipeline(folder / "etl.ipynb").create_run()
    assert (run.panel().run_id, run.panel().path, run.panel().folder) == (run.run_id, "etl.ipynb", None)
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "pages" / "page.ipynb"))
    panel = Pipeline(folder / "etl.ipynb").panel(read_only=True)
    assert (panel.run_id, panel.folder, panel.read_only) == (None, "..", True)
    assert show(panel).call("cancel", run_id=run.run_id)["code"] == "out_of_scope"
    run.cancel()
