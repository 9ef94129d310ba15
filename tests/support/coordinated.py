"""A run of made-up nodes, driven by the real coordinator over the memory store, on a fake clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_dataops.engine.coordinator import Coordinator
from jupyter_dataops.engine.models import BoundCondition, NodeWork, Observer
from jupyter_dataops.events import Event
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.interfaces import CellFinished, NodeJob
from jupyter_dataops.plan.models import Action, Decision
from jupyter_dataops.records import ArtifactRecord, AttemptRecord, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.spec.models import Condition, RetryPolicy, TriggerRule
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START, FakeClock, FakeMailbox
from tests.support.executor import Does, FakeExecutor

RUN_ID = RunId("run1")
EARLIER = RunId("run0")


def output(name: str, truthy: bool | None = True, kind: str = "int") -> OutputRecord:
    return OutputRecord(name, ArtifactRecord(Digest(f"sha256:{name}"), "json", kind, 1), truthy)


def outputs(*names: str) -> dict[str, OutputRecord]:
    return {name: output(name) for name in names}


def node(
    name: str,
    *upstream: str,
    trigger: str = "all_success",
    timeout_s: float | None = None,
    when: tuple[str, str] | None = None,
    unless: tuple[str, str] | None = None,
    **retry: Any,
) -> NodeWork:
    """Work that runs; `when` and `unless` are (variable, producer), further keywords the retry policy's."""
    conditions = tuple(
        BoundCondition(Condition(pair[0], wanted), NodeName(pair[1]))
        for pair, wanted in ((when, True), (unless, False))
        if pair
    )
    decision = Decision(NodeName(name), Action.RUN, "a full run runs every node")
    above = tuple(NodeName(source) for source in upstream)
    return NodeWork(decision, above, TriggerRule(trigger), RetryPolicy(**retry), timeout_s, conditions)


def reused(name: str, *upstream: str, **given: OutputRecord) -> NodeWork:
    decision = Decision(NodeName(name), Action.REUSE, "it still holds", source_run_id=EARLIER, outputs=given)
    return NodeWork(decision, tuple(map(NodeName, upstream)), TriggerRule.ALL_SUCCESS, RetryPolicy(), None)


def left_out(name: str, *upstream: str) -> NodeWork:
    decision = Decision(NodeName(name), Action.SKIP, "it was not selected")
    return NodeWork(decision, tuple(map(NodeName, upstream)), TriggerRule.ALL_SUCCESS, RetryPolicy(), None)


def make_job(
    name: NodeName, attempt: int, token: Token, given: Mapping[NodeName, Mapping[str, OutputRecord]]
) -> NodeJob:
    place = Path("runs") / name / str(attempt)
    return NodeJob(
        run_id=RUN_ID,
        node=name,
        attempt=attempt,
        token=token,
        notebook={},
        parameters={},
        kernel_name="python3",
        working_dir=Path(),
        output_path=place / "node.ipynb",
        log_path=place / "log.jsonl",
        environment={},
    )


class Coordinated:
    """One run; `execute` drives it to its end in no time."""

    def __init__(
        self,
        *work: NodeWork,
        script: Mapping[str, Does | list[Does]] | None = None,
        jobs: int = 4,
        fail_fast: bool = False,
        observer: Observer | None = None,
        make_job: Callable[..., NodeJob] = make_job,
        store: MemoryRunStore | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.executor = FakeExecutor(self.clock, script)
        self.mailbox = FakeMailbox(self.clock)
        self.store = store or MemoryRunStore()
        self.seen: list[Event | CellFinished] = []
        run = RunRecord(RUN_ID, "/nb.ipynb", Digest("sha256:0"), {}, RunState.QUEUED, START)
        pending = [NodeRunRecord(RUN_ID, item.decision.node, index) for index, item in enumerate(work)]
        self.store.create_run(run, pending, "{}", START)
        self.coordinator = Coordinator(
            run,
            work,
            store=self.store,
            executor=self.executor,
            clock=self.clock,
            make_job=make_job,
            jobs=jobs,
            control="control-address",
            fail_fast=fail_fast,
            observer=observer or self.seen.append,
            mailbox=self.mailbox,
        )

    def execute(self) -> RunRecord:
        record = self.coordinator.execute()
        assert record.state.is_terminal
        assert not self.executor.running
        assert self.executor.is_closed
        return record

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """`act` happens that long after now."""
        self.clock.at(seconds, act)

    def run(self) -> RunRecord:
        return self.store.get_run(RUN_ID)

    def records(self) -> dict[str, NodeRunRecord]:
        return {record.node: record for record in self.store.get_node_runs(RUN_ID)}

    def states(self) -> dict[str, str]:
        return {name: record.state.value for name, record in self.records().items()}

    def state(self, name: str) -> NodeState:
        return self.records()[name].state

    def reason(self, name: str) -> str:
        return self.records()[name].reason

    def attempts(self, name: str) -> list[AttemptRecord]:
        return list(self.store.get_attempts(RUN_ID, NodeName(name)))

    def history(self, name: str | None = None) -> list[str]:
        """Kinds of the stored events, of one node or of the run itself."""
        return [event.kind for event in self.store.get_events(RUN_ID) if event.node == name]
