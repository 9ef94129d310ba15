"""A face over values in memory: what a verb prints is tested without store, kernels or analysis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.api.explanation import Explanation
from jupyter_dataops.api.reporting import Written
from jupyter_dataops.api.trials import Trial
from jupyter_dataops.cli.face import Face
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import NodeNotFound, RunNotFound
from jupyter_dataops.events import NodeQueued, NodeStarted, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.ids import CellId, Digest, NodeName, RunId, Token
from jupyter_dataops.plan.differences import Difference
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.records import (
    ArtifactRecord,
    AssetRecord,
    AttemptRecord,
    EventRecord,
    Failure,
    LoadedAsset,
    NodeRunRecord,
    NoticeRecord,
    OutputRecord,
    RunnerRecord,
    RunRecord,
)
from jupyter_dataops.spec.models import Cell, Role
from jupyter_dataops.states import CheckSeverity, FailureCause, NodeState, RunState

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def node_record(name: str, state: NodeState = NodeState.PENDING, position: int = 0, **more: Any) -> NodeRunRecord:
    return NodeRunRecord(RunId("bcd2345678"), NodeName(name), position, state=state, **more)


def run_record(state: RunState = RunState.QUEUED, run_id: str = "bcd2345678", **more: Any) -> RunRecord:
    return RunRecord(
        run_id=RunId(run_id),
        notebook=more.pop("notebook", "/home/jo/etl.ipynb"),
        snapshot=Digest("blake3:00"),
        parameters=more.pop("parameters", {}),
        state=state,
        created_at=START,
        **{"options": {"actions": {}}, **more},
    )


def an_output(name: str = "df") -> OutputRecord:
    artifact = ArtifactRecord(
        Digest("blake3:0123456789abcdef"), "arrow", "pandas.DataFrame", 2048, (3, 2), {"a": "int64"}, "   a\n0  1"
    )
    return OutputRecord(name, artifact)


def a_failure(**more: Any) -> Failure:
    values: dict[str, Any] = {
        "cause": FailureCause.EXCEPTION,
        "ename": "ZeroDivisionError",
        "evalue": "division by zero",
        "cell_id": "c1",
        "line": 2,
    }
    return Failure(**{**values, **more})


@dataclass
class FakeNodeRun:
    record: NodeRunRecord
    attempts: list[AttemptRecord] = field(default_factory=list)
    cells: tuple[Cell, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)

    def log_path(self, attempt: int | None = None) -> Path:
        return Path(self.attempts[(attempt or 0) - 1].log)

    def notebook_path(self, attempt: int | None = None) -> Path:
        return Path(self.attempts[(attempt or 0) - 1].notebook)


@dataclass
class _Spec:
    cells: tuple[Cell, ...]


@dataclass
class _Snapshot:
    spec: _Spec
    diagnostics: tuple[Any, ...] = ()


@dataclass
class FakeRun:
    """A run that, executed, makes every node succeed, or does what `script` says."""

    record: RunRecord
    node_records: Sequence[NodeRunRecord] = ()
    folder: Path = Path("/store/runs/bcd2345678")
    cells: tuple[Cell, ...] = (Cell(CellId("c1"), 3, "x = 1\nx / 0", ("node:clean",), Role.NODE, NodeName("clean")),)
    stored_events: Sequence[EventRecord] = ()
    attempts: Mapping[str, list[AttemptRecord]] = field(default_factory=dict)
    analysed: Any = None
    script: Callable[[FakeRun], Iterable[Any]] | None = None
    asked: list[Any] = field(default_factory=list)
    failed_checks: Mapping[CheckSeverity, int] = field(default_factory=dict)
    on_refresh: Callable[[FakeRun], None] | None = None
    edited: Sequence[str] = ()
    waits: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    explanation: Explanation | None = None
    published: Sequence[AssetRecord] = ()
    loaded: Mapping[str, Sequence[LoadedAsset]] = field(default_factory=dict)

    def published_assets(self) -> Sequence[AssetRecord]:
        return self.published

    def loaded_assets(self) -> Mapping[str, Sequence[LoadedAsset]]:
        return self.loaded

    def __post_init__(self) -> None:
        self.nodes = {
            record.node: FakeNodeRun(record, list(self.attempts.get(record.node, [])), self.cells)
            for record in self.node_records
        }

    def __getattr__(self, name: str) -> Any:
        if name in ("run_id", "state", "parameters", "parent_run_id", "started_at", "finished_at", "reason"):
            return getattr(self.record, name)
        raise AttributeError(name)

    def __getitem__(self, node: str) -> FakeNodeRun:
        if node not in self.nodes:
            raise NodeNotFound(f"run {self.run_id} has no node '{node}'", hint="did you mean 'clean'?")
        return self.nodes[NodeName(node)]

    @property
    def notebook(self) -> Path:
        return Path(self.record.notebook)

    @property
    def environment(self) -> str:
        return str(self.record.options.get("environment", ""))

    @property
    def snapshot(self) -> Any:
        return self.analysed or _Snapshot(_Spec(self.cells))

    def get_attempts(self) -> Mapping[NodeName, Sequence[AttemptRecord]]:
        return {name: node.attempts for name, node in self.nodes.items()}

    def events(self) -> Sequence[EventRecord]:
        return self.stored_events

    def to_json(self) -> dict[str, Any]:
        return describe_run(self.record, [node.record for node in self.nodes.values()])

    def write_notebook(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        return path

    def report(self, path: Path | None) -> Written:
        return Written(path or self.folder / "report.html", None if path else self.folder / "report.ipynb")

    def refresh(self) -> FakeRun:
        if self.on_refresh is not None:
            self.on_refresh(self)
        return self

    def cancel(self, reason: str) -> None:
        self.asked.append(("cancel", reason))
        self.record = replace(self.record, state=RunState.CANCELLING)

    def plan_retry(self, nodes: Sequence[str], parameters: Mapping[str, Any], *, select: str | None) -> Plan:
        self.asked.append(("plan_retry", tuple(nodes), dict(parameters), select))
        return a_plan()

    def retry_node(self, node: str) -> FakeRun:
        self.asked.append(("retry_node", self[node].node))
        return self

    def plan_retry_node(self, *nodes: str) -> Plan:
        self.asked.append(("plan_retry_node", *nodes))
        return a_plan()

    def is_edited_since(self, node: str) -> bool:
        return node in self.edited

    def waiting(self) -> Mapping[str, str]:
        return self.waits

    def changes(self, *names: str) -> Mapping[str, Sequence[Difference]]:
        return {name: found for name, found in self.changed.items() if name in names or not names}

    def explain(self) -> Explanation:
        assert self.explanation is not None
        return self.explanation

    def create_retry(self, nodes: Sequence[str], parameters: Mapping[str, Any], **more: Any) -> FakeRun:
        self.asked.append(("create_retry", tuple(nodes), dict(parameters), more))
        return FakeRun(run_record(parent_run_id=self.run_id, run_id="fgh2345678"), self.node_records)

    def start_kernels(self) -> Any:
        return nullcontext()

    def execute(self, *, observer: Callable[[Any], None], progress: bool, kernels: Any = None) -> FakeRun:
        assert not progress
        for event in (self.script or all_succeed)(self):
            observer(event)
        return self


def a_start(**more: Any) -> RunStarted:
    values = {"run_id": RunId("bcd2345678"), "at": START, "token": Token("t"), "control": "c", **more}
    return RunStarted(runner=RunnerRecord("here", 1, 0.0), lease_until=START + seconds(30), **values)


def all_succeed(run: FakeRun) -> Iterable[Any]:
    at = START
    run.record = replace(run.record, state=RunState.SUCCEEDED, started_at=at, finished_at=at + seconds(2))
    yield a_start(run_id=run.run_id)
    for name in run.nodes:
        yield NodeQueued(run_id=run.run_id, at=at, node=name, reason="its upstream is done")
        yield NodeStarted(
            run_id=run.run_id, at=at, node=name, attempt=1, token=Token("a"), notebook="n", log="l", reason="asked"
        )
        yield NodeSucceeded(run_id=run.run_id, at=at + seconds(1), node=name, outputs={"df": an_output()})
        run.nodes[name].record = replace(run.nodes[name].record, state=NodeState.SUCCEEDED, attempt=1)
    yield RunFinished(run_id=run.run_id, at=at + seconds(2), state=RunState.SUCCEEDED, reason="every node succeeded")


def a_plan() -> Plan:
    decisions = (
        Decision(NodeName("load"), Action.REUSE, "it succeeded before", source_run_id=RunId("bcd2345678")),
        Decision(NodeName("clean"), Action.RUN, "it failed"),
    )
    return Plan(decisions, "from_failure")


@dataclass
class FakePipeline:
    path: Path
    run: FakeRun
    diagnostics: tuple[Any, ...] = ()
    asked: list[Any] = field(default_factory=list)
    settings: Settings = field(default_factory=lambda: Settings("/store", 2))

    analysed: Any = None
    parameters: tuple[Any, ...] = ()

    @property
    def notebook(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return made

    def plan(self, parameters: Mapping[str, Any], *, select: str | None, changed: bool) -> Plan:
        self.asked.append(("plan", dict(parameters), select, changed))
        return a_plan()

    def start_kernels(self, jobs: int | None) -> Any:
        return nullcontext()

    def create_run(self, parameters: Mapping[str, Any], **more: Any) -> FakeRun:
        self.asked.append(("create_run", dict(parameters), more))
        return self.run


class FakeFace(Face):
    def __init__(self, *runs: FakeRun, pipeline: FakePipeline | None = None) -> None:
        super().__init__()
        self.runs = runs
        self.pipeline = pipeline
        self.done: list[Any] = []
        self.looked_at = False
        self.notices: list[NoticeRecord] = []
        self.trials: list[Trial] = []
        self.published: list[AssetRecord] = []

    def settings(self, start: Path | None = None) -> Settings:
        return Settings(self.store or "/store", 2)

    def require_store(self) -> None:
        """There is one."""

    def open_pipeline(self, path: Path) -> Any:
        assert self.pipeline is not None
        self.pipeline.path = path
        return self.pipeline

    def assets_of_others(self, pipeline: Any) -> Any:
        return self.published

    def open_run(self, name: str) -> Any:
        for run in self.runs:
            if name == "last" or run.run_id.startswith(name):
                return run
        raise RunNotFound(f"no run '{name}'", hint="see `jupyter dataops runs`")

    def list_runs(self, notebook: Path | None = None, limit: int = 50, **of: Any) -> Any:
        return list(self.runs)[:limit]

    def list_notices(self, run: Any) -> Any:
        return self.notices

    def send_waiting(self, settings: Settings) -> Any:
        self.done.append("send_waiting")
        return self.notices

    def send_trials(self, settings: Settings) -> Any:
        return self.trials

    def count_failed_checks(self, runs: Any) -> Any:
        return {run.run_id: run.failed_checks for run in runs if run.failed_checks}

    @property
    def is_terminal(self) -> bool:
        return self.looked_at

    def now(self) -> datetime:
        return START + seconds(60)

    def wait(self) -> None:
        self.done.append("wait")

    def start_detached(self, run: Any, settings: Settings) -> Path:
        self.done.append(("start_detached", run.run_id, settings.store))
        return Path("/store/runs/runner.log")

    def open_lab(self, path: Path) -> int:
        self.done.append(("open_lab", path))
        return 0
