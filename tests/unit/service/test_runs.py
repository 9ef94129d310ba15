from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.deploying.launch import launch_version
from jupyter_dataops.errors import DataOpsError, ParameterError, RunNotFound, UsageError
from jupyter_dataops.service import watches
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watches import RunsWatch
from jupyter_dataops.service.wire.pipelines import Nothing, PlanRequest
from jupyter_dataops.service.wire.runs import RetryRequest, RunRef, RunRequest, RunsRequest
from jupyter_dataops.service.wire.watching import RunsChanged, WatchRuns
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell

CELLS = (
    cell("n = 1", "parameters"),
    cell("rows = [1] * n", "node:load"),
    cell("assert rows", "check:load/some"),
    cell("out = row * 2", "node:double", "each:row=rows"),
    cell("print(1 / (3 - n), out)", "node:show"),
)


def test_every_operation_is_answered() -> None:
    for row in OPERATIONS.values():
        assert callable(getattr(import_module(f"jupyter_dataops.service.{row.module}"), row.name))


def test_what_is_no_operation_is_refused(service: Service) -> None:
    with pytest.raises(UsageError, match="there is no operation 'delete_all'"):
        service.answer("delete_all", Nothing())


def test_runs_are_listed_newest_first_each_in_a_line(
    service: Service, run: Callable[..., Run], save: Callable[..., Path], settings: Settings
) -> None:
    first, second = run(*CELLS), run(*CELLS, n=3)
    Pipeline(save(cell("x = 1", "node:a"), name="other.ipynb"), settings=settings).create_run()
    listed = service.answer("list_runs", RunsRequest(path="etl.ipynb")).runs
    assert [(one.run_id, one.state, one.path, one.name, one.created_by) for one in listed] == [
        (second.run_id, RunState.FAILED, "etl.ipynb", "etl", "ana@here"),
        (first.run_id, RunState.SUCCEEDED, "etl.ipynb", "etl", "ana@here"),
    ]
    assert listed[0].counts == {NodeState.SUCCEEDED: 2, NodeState.FAILED: 1}
    assert (listed[0].failed, listed[0].parameters) == (["show"], {"n": 3})
    assert len(service.answer("list_runs", RunsRequest()).runs) == 3
    assert len(service.answer("list_runs", RunsRequest(limit=1)).runs) == 1


def test_runs_of_a_notebook_are_also_those_of_its_versions(
    service: Service, run: Callable[..., Run], settings: Settings, save: Callable[..., Path]
) -> None:
    own = run(cell("x = 1", "node:a"))
    deploy(Pipeline(own.notebook, settings=settings), "prod", name="orders")
    deployed = launch_version("orders", "prod", replace(settings, environment="prod"))
    elsewhere = Pipeline(save(cell("x = 2", "node:a"), name="other.ipynb"), settings=settings).create_run()
    listed = service.answer("list_runs", RunsRequest(path="etl.ipynb")).runs
    assert [(one.run_id, one.deployment, one.environment) for one in listed] == [
        (deployed.run_id, "orders@1", "prod"),
        (own.run_id, None, None),
    ]
    assert [one.run_id for one in service.answer("list_runs", RunsRequest(path="other.ipynb")).runs] == [
        elsewhere.run_id
    ]


def test_who_follows_a_notebook_always_knows_its_own_latest_run(
    service: Service, run: Callable[..., Run], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = run(cell("x = 1", "node:a"))
    deploy(Pipeline(own.notebook, settings=settings), "prod")
    monkeypatch.setattr(watches, "MOST_RUNS", 2)
    deployed = [launch_version("etl", "prod", settings).run_id for _ in range(3)]
    (told,) = RunsWatch(service.desk, WatchRuns(id="r", path="etl.ipynb")).news(service.desk.version())
    assert isinstance(told, RunsChanged)
    assert [one.run_id for one in told.runs] == [deployed[2], deployed[1], own.run_id]


class CountingPlaces(FolderPlaces):
    """Notes what it was asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked: list[Path] = []

    def shown(self, path: Path) -> str | None:
        self.asked.append(path)
        return super().shown(path)


def test_a_list_of_runs_asks_where_a_notebook_is_once(
    root: Path, save: Callable[..., Path], settings: Settings
) -> None:
    path = save(cell("x = 1", "node:a"))
    for _ in range(3):
        Pipeline(path, settings=settings).create_run()
    places = CountingPlaces(root)
    service = Service(places, settings)
    assert [one.path for one in service.answer("list_runs", RunsRequest()).runs] == ["etl.ipynb"] * 3
    assert places.asked == [path]
    service.close()


def test_a_run_is_shown_whole(service: Service, run: Callable[..., Run]) -> None:
    made = run(*CELLS, n=3)
    view = service.answer("get_run", RunRef(run_id=made.run_id[:6]))
    assert [one.node for one in view.nodes] == [
        "load", "check:load/some", "double", "double[1]", "double[1#2]", "double[1#3]", "show"
    ]  # fmt: skip
    assert [node.name for node in view.graph.nodes] == ["load", "double", "show"]
    assert [node.kind for node in view.graph.nodes] == ["node", "each", "node"]
    show = view.nodes[-1]
    assert show.error is not None
    assert (show.state, show.error.ename, show.error.cell_id, show.waiting) == (
        NodeState.FAILED,
        "ZeroDivisionError",
        "c4",
        None,
    )
    assert view.seq == made.events()[-1].seq
    assert view.edited == []


def test_nodes_whose_cells_were_edited_since_are_named(
    service: Service, run: Callable[..., Run], save: Callable[..., Path]
) -> None:
    run(*CELLS)
    save(*CELLS[:3], cell("out = row * 3", "node:double", "each:row=rows"))
    assert service.answer("get_run", RunRef(run_id="last")).edited == ["double", "show"]
    save(*CELLS)
    assert service.answer("get_run", RunRef(run_id="last")).edited == []


def test_a_notebook_elsewhere_has_a_run_without_a_path(
    service: Service, tmp_path: Path, settings: Settings, save: Callable[..., Path]
) -> None:
    path = save(*CELLS).rename(tmp_path / "outside.ipynb")
    Pipeline(path, settings=settings).create_run()
    assert service.answer("get_run", RunRef(run_id="last")).run.path is None


def test_a_plan_says_what_would_be_done_and_why(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS)
    plan = service.answer("plan", PlanRequest(path="etl.ipynb", changed=True))
    assert {one.action for one in plan.decisions} == {"reuse"}
    full = service.answer("plan", PlanRequest(path="etl.ipynb", parameters={"n": 2}, select="load"))
    assert [(one.node, one.action) for one in full.decisions][:2] == [("load", "run"), ("check:load/some", "run")]


def test_a_retry_is_planned_of_what_failed_and_what_is_asked(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS, n=3)
    plan = service.answer("plan_retry", RetryRequest(run_id="last"))
    assert [one.node for one in plan.decisions if one.action == "run"] == ["show"]
    plan = service.answer("plan_retry", RetryRequest(run_id="last", nodes=["double"]))
    assert [one.node for one in plan.decisions if one.action == "run"] == ["double", "show"]


@pytest.mark.parametrize(
    ("operation", "request_", "kind"),
    [
        ("get_run", RunRef(run_id="last"), RunNotFound),
        ("create_run", RunRequest(path="../etl.ipynb"), UsageError),
        ("create_run", RunRequest(path="etl.ipynb", parameters={"m": 1}), ParameterError),
        ("create_run", RunRequest(path="etl.ipynb", select="nobody"), UsageError),
        ("plan", PlanRequest(path="etl.ipynb", select=""), UsageError),
        ("list_runs", RunsRequest(path="/etc"), UsageError),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    service: Service, save: Callable[..., Path], operation: str, request_: RunRequest, kind: type[DataOpsError]
) -> None:
    save(*CELLS)
    with pytest.raises(kind):
        service.answer(operation, request_)
    assert service.answer("list_runs", RunsRequest()).runs == []


def test_a_run_that_has_ended_is_neither_cancelled_nor_resumed(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS)
    for operation in ("cancel", "resume"):
        with pytest.raises(UsageError):
            service.answer(operation, RunRef(run_id="last"))


def test_a_queued_run_that_nobody_has_taken_is_cancelled_by_whoever_asks(
    service: Service, save: Callable[..., Path], settings: Settings
) -> None:
    run = Pipeline(save(*CELLS), settings=settings).create_run()
    told = service.answer("cancel", RunRef(run_id=run.run_id), actor="bea@there").run
    assert (told.state, told.counts) == (RunState.CANCELLED, {NodeState.CANCELLED: 3})
    with run.store() as store:
        assert store.get_audit(run.run_id)[-1].by == "bea@there"


def test_pinned_names_of_old_runs_are_read_from_their_notebooks(
    service: Service, save: Callable[..., Path], settings: Settings
) -> None:
    path = save(*CELLS)
    path.write_text(json.dumps({**json.loads(path.read_text()), "metadata": {"dataops": {"name": "sales"}}}))
    run = Pipeline(path, settings=settings).create_run()
    assert service.answer("list_runs", RunsRequest()).runs[0].name == "sales"
    assert service.desk._read_name(run.record.snapshot, str(path)) == "sales"


def test_a_store_that_was_replaced_is_opened_anew(service: Service, run: Callable[..., Run], tmp_path: Path) -> None:
    run(*CELLS)
    assert len(service.answer("list_runs", RunsRequest()).runs) == 1
    (tmp_path / "store").rename(tmp_path / "old")
    with pytest.raises(DataOpsError):
        service.answer("list_runs", RunsRequest())
    assert service.answer("list_runs", RunsRequest()).runs == []
