"""Each operation over HTTP, as the front end asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.service.operations import OPERATIONS
from tests.support.api import Api
from tests.support.notebooks import cell, notebook

CELLS = (
    cell("count = 3", "parameters"),
    cell("rows = list(range(count))\nprint('loaded')", "node:load"),
    cell("total = sum(rows)\ntotal", "node:sum", cell_id="sum"),
    cell("1 / (total - total)", "node:fails", cell_id="boom"),
)


def row(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(node for node in answer["nodes"] if node["node"] == name)


@pytest.fixture
def failed(save: Callable[..., Path], run: Callable[..., str]) -> str:
    """A run in which one node of three failed."""
    return run(save(*CELLS))


async def test_a_notebook_that_is_not_saved_is_previewed(api: Api) -> None:
    answer = await api.call("preview", path="new.ipynb", notebook=notebook(*CELLS))

    assert answer["is_pipeline"]
    assert [node["name"] for node in answer["graph"]["nodes"]] == ["load", "sum", "fails"]
    assert [edge["names"] for edge in answer["graph"]["edges"]] == [["rows"], ["total"]]
    assert [parameter["name"] for parameter in answer["parameters"]] == ["count"]


async def test_the_language_of_tags_is_told(api: Api) -> None:
    assert {"node", "after", "parameters"} <= {one["key"] for one in (await api.call("grammar"))["rows"]}


async def test_tags_are_spelled(api: Api) -> None:
    answer = await api.call("spell_tags", entries=[{"key": "node", "value": "clean"}], others=["mine"])

    assert sorted(answer["tags"]) == ["mine", "node:clean"]


async def test_tags_are_proposed(api: Api) -> None:
    answer = await api.call("propose_tags", path="new.ipynb", notebook=notebook(cell("x = 1"), cell("y = x + 1")))

    assert answer["changes"]


async def test_a_run_is_planned(api: Api, save: Callable[..., Path]) -> None:
    save(*CELLS)

    answer = await api.call("plan", path="etl.ipynb")

    assert [decision["action"] for decision in answer["decisions"]] == ["run", "run", "run"]


async def test_runs_are_listed(api: Api, failed: str) -> None:
    (listed,) = (await api.call("list_runs"))["runs"]
    of_notebook = await api.call("list_runs", path="etl.ipynb", limit=5)
    of_another = await api.call("list_runs", path="another.ipynb")

    assert (listed["run_id"], listed["state"], listed["path"]) == (failed, "failed", "etl.ipynb")
    assert [one["run_id"] for one in of_notebook["runs"]] == [failed]
    assert of_another["runs"] == []


@pytest.mark.parametrize("name", ["last", None])
async def test_a_run_is_shown_by_its_id_or_another_name(api: Api, failed: str, name: str | None) -> None:
    answer = await api.call("get_run", run_id=name or failed)

    assert answer["run"]["run_id"] == failed
    assert row(answer, "fails")["error"]["ename"] == "ZeroDivisionError"
    assert answer["seq"] > 0


async def test_a_node_is_shown(api: Api, failed: str) -> None:
    answer = await api.call("get_node", run_id=failed, node="fails")

    (attempt,) = answer["attempts"]
    assert (attempt["state"], attempt["failure"]["cell_id"]) == ("failed", "boom")


async def test_a_log_is_read(api: Api, failed: str) -> None:
    answer = await api.call("get_log", run_id=failed, node="load", start=0)

    assert "loaded" in "".join(piece["text"] for piece in answer["pieces"])
    assert answer["is_complete"]


async def test_outputs_are_shown(api: Api, failed: str) -> None:
    answer = await api.call("get_outputs", run_id=failed, node="sum")

    assert [one["cell_id"] for one in answer["cells"]] == ["sum"]


async def test_inputs_are_described(api: Api, failed: str) -> None:
    answer = await api.call("get_inputs", run_id=failed, node="sum")

    assert [(one["name"], one["producer"]) for one in answer["inputs"]] == [("rows", "load")]


async def test_a_stored_value_is_shown(api: Api, failed: str) -> None:
    answer = await api.call("preview_artifact", run_id=failed, node="load", name="rows")

    assert answer["artifact"]["name"] == "rows"


async def test_notifications_are_listed(api: Api, failed: str) -> None:
    assert await api.call("list_notices", run_id=failed) == {"run_id": failed, "notices": []}


async def test_the_timeline_is_told(api: Api, failed: str) -> None:
    answer = await api.call("timeline", run_id=failed)

    assert {"load", "sum", "fails"} <= {span["node"] for span in answer["spans"]}


async def test_a_failure_is_explained(api: Api, failed: str) -> None:
    assert (await api.call("explain", run_id=failed))["node"] == "fails"


async def test_a_report_is_written(api: Api, failed: str) -> None:
    assert "<html" in (await api.call("report", run_id=failed))["html"]


async def test_a_way_back_to_the_failure_is_told(api: Api, failed: str) -> None:
    answer = await api.call("restore", run_id=failed, node="fails")

    assert (answer["cell_id"], "total" in answer["names"]) == ("boom", True)


async def test_a_retry_is_planned(api: Api, failed: str) -> None:
    answer = await api.call("plan_retry", run_id=failed)

    assert {one["node"]: one["action"] for one in answer["decisions"]} == {
        "load": "reuse",
        "sum": "reuse",
        "fails": "run",
    }


async def test_what_has_ended_can_be_neither_cancelled_nor_resumed(api: Api, failed: str) -> None:
    for name in ("cancel", "resume"):
        status, refusal = await api.refused(name, run_id=failed)
        assert (status, refusal["code"]) == (400, "usage"), name
        assert failed in refusal["message"]


async def test_names_of_nodes_travel_whole(api: Api, failed: str) -> None:
    for name in ("score[a/b]", "etl/clean", "check:clean/not_null", "ä ö?#%25&+", "a/../b", "%2F"):
        status, refusal = await api.refused("get_node", run_id=failed, node=name)

        assert (status, refusal["code"]) == (404, "node_not_found"), name
        assert name in refusal["message"]


async def test_a_notebook_outside_the_root_has_no_path(api: Api, run: Callable[..., str], tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.ipynb"
    outside.write_text(json.dumps(notebook(*CELLS)))
    run_id = run(outside)

    answer = await api.call("get_run", run_id=run_id)

    assert answer["run"]["path"] is None
    assert str(tmp_path) not in json.dumps(answer["run"])


async def test_every_operation_is_asked_for_in_these_tests() -> None:
    source = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))

    assert [name for name in OPERATIONS if f'"{name}"' not in source] == []
