"""A run of made-up nodes, driven by the real coordinator over the memory store, on a fake clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.engine.coordinator import Coordinator
from jupyter_dataops.engine.models import BoundCondition, Examine, Expands, Expansion, NodeWork, Observer, Recall
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.events import Event, NodeReopened, RunCrashed
from jupyter_dataops.ids import Digest, NodeName, RunId, Token, check_name, child_name, member_name
from jupyter_dataops.interfaces import CellFinished, NodeJob, RunStore
from jupyter_dataops.plan.models import Action, Decision
from jupyter_dataops.records import (
    ArtifactRecord,
    AttemptRecord,
    NodeRunRecord,
    OutputRecord,
    RunnerRecord,
    RunRecord,
)
from jupyter_dataops.spec.models import Condition, RetryPolicy, Tolerance, TriggerRule
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START, FakeClock, FakeMailbox
from tests.support.executor import Does, FakeExecutor
from tests.support.invariants import violations

RUN_ID = RunId("run1")
EARLIER = RunId("run0")
RUNNER = RunnerRecord("here/boot1", 4711, 1.0)
BY = "ana@here"
LEASE_S = 30.0

Outputs = Mapping[NodeName, Mapping[str, OutputRecord]]
Expansions = Mapping[str, Sequence[NodeWork] | DataOpsError]


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
    pools: Mapping[str, int] | None = None,
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
    return NodeWork(
        decision, above, TriggerRule(trigger), RetryPolicy(**retry), timeout_s, conditions, pools=pools or {}
    )


def reused(name: str, *upstream: str, **given: OutputRecord) -> NodeWork:
    decision = Decision(NodeName(name), Action.REUSE, "it still holds", source_run_id=EARLIER, outputs=given)
    return replace(node(name, *upstream), decision=decision)


def left_out(name: str, *upstream: str) -> NodeWork:
    return replace(node(name, *upstream), decision=Decision(NodeName(name), Action.SKIP, "it was not selected"))


def check(checked: str, name: str, *, warn: bool = False, **options: Any) -> NodeWork:
    """A check of the node `checked`, blocking unless `warn`."""
    severity = CheckSeverity.WARN if warn else CheckSeverity.ERROR
    return replace(node(check_name(checked, name), checked, **options), severity=severity)


def each(name: str, *upstream: str, tolerate: int = 0, **options: Any) -> NodeWork:
    """An ``each:`` node; the world is told apart what it expands to."""
    return replace(node(name, *upstream, **options), expands=Expands.FIRST, tolerance=Tolerance(count=tolerate))


def runs_notebook(name: str, *upstream: str, **options: Any) -> NodeWork:
    """A ``notebook:`` node; the world is told apart what it expands to."""
    return replace(node(name, *upstream, **options), expands=Expands.AFTER_ITS_ATTEMPT)


def children(group: str, keys: str, **options: Any) -> list[NodeWork]:
    """What an ``each:`` node expands to: a child per word of `keys`."""
    return [
        replace(node(child_name(group, key), **options), parent=NodeName(group), key=key, item=output(key))
        for key in keys.split()
    ]


def members(group: str, *work: NodeWork) -> list[NodeWork]:
    """What a ``notebook:`` node expands to: these nodes of its notebook."""
    return [
        replace(
            item,
            decision=replace(item.decision, node=member_name(group, item.node)),
            upstream=tuple(member_name(group, source) for source in item.upstream),
            parent=NodeName(group),
        )
        for item in work
    ]


def make_job(name: NodeName, attempt: int, token: Token, given: Outputs) -> NodeJob:
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


def queued_run(work: Sequence[NodeWork], store: RunStore, run_id: RunId = RUN_ID) -> RunRecord:
    """A stored run of `work`."""
    run = RunRecord(run_id, "/nb.ipynb", Digest("sha256:0"), {}, RunState.QUEUED, START)
    pending = [
        NodeRunRecord(run_id, item.node, index, severity=item.severity, reason=item.decision.reason)
        for index, item in enumerate(work)
    ]
    store.create_run(run, pending, {run.snapshot: "{}"}, START)
    return run


class Coordinated:
    """One run; `execute` drives it to its end in no time.

    `expansions` says what each group becomes: its children, or the error that keeps it from that. `expanded` counts
    how often the coordinator asked. A `notebook:` node hands on its own outputs and those of its children, an ``each:``
    node the list of its children's.
    """

    def __init__(
        self,
        *work: NodeWork,
        expansions: Expansions | None = None,
        script: Mapping[str, Does | list[Does]] | None = None,
        jobs: int = 4,
        fail_fast: bool = False,
        observer: Observer | None = None,
        make_job: Callable[..., NodeJob] = make_job,
        examine: Examine | None = None,
        recall: Recall | None = None,
        expand: Callable[..., Expansion] | None = None,
        collect: Callable[..., Mapping[str, OutputRecord]] | None = None,
        pool_sizes: Mapping[str, int] | None = None,
        store: RunStore | None = None,
        clock: FakeClock | None = None,
        run_id: RunId = RUN_ID,
        lease_s: float = LEASE_S,
        resumes: bool = False,
    ) -> None:
        self.run_id = run_id
        self.clock = clock or FakeClock()
        self.executor = FakeExecutor(self.clock, script)
        self.mailbox = FakeMailbox(self.clock)
        self.store = store or MemoryRunStore()
        self.seen: list[Event | CellFinished] = []
        self.expansions = expansions or {}
        self.expanded: list[str] = []
        self.given_parameters: dict[str, Mapping[str, Any] | None] = {}
        self.pauses: list[float] = []
        self.woken_others: list[float] = []
        if resumes:
            run = self.store.get_run(run_id)
            stored = self.store.get_node_runs(run_id)
            known = {item.node: item for item in (*work, *self._all_children())}
            work = tuple(known[record.node] for record in stored)
        else:
            run, stored = queued_run(work, self.store, run_id), None
        self.coordinator = Coordinator(
            run,
            work,
            store=self.store,
            executor=self.executor,
            clock=self.clock,
            make_job=make_job,
            expand=expand or self.expand,
            collect=collect or self.collect,
            jobs=jobs,
            control="control-address",
            runner=RUNNER,
            lease_s=lease_s,
            by=BY,
            pool_sizes=pool_sizes or {},
            wake_others=lambda: self.woken_others.append(self.clock.elapsed_s()),
            resume_from=stored,
            fail_fast=fail_fast,
            examine=examine,
            recall=recall,
            observer=observer or self.seen.append,
            mailbox=self.mailbox,
            pause=self._pause,
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

    def reopen(self, *names: str) -> None:
        """Somebody asks, through the store, for these nodes to be tried again, and wakes the runner."""
        for name in names:
            event = NodeReopened(
                run_id=self.run_id, at=self.clock.now(), node=NodeName(name), reason="ana wants it again", by=BY
            )
            self.store.apply(event, None)
        self.coordinator.wake()

    def run(self) -> RunRecord:
        return self.store.get_run(self.run_id)

    def records(self) -> dict[str, NodeRunRecord]:
        return {record.node: record for record in self.store.get_node_runs(self.run_id)}

    def states(self) -> dict[str, str]:
        return {name: record.state.value for name, record in self.records().items()}

    def state(self, name: str) -> NodeState:
        return self.records()[name].state

    def reason(self, name: str) -> str:
        return self.records()[name].reason

    def attempts(self, name: str) -> list[AttemptRecord]:
        return list(self.store.get_attempts(self.run_id, NodeName(name)))

    def history(self, name: str | None = None) -> list[str]:
        """Kinds of the stored events, of one node or of the run itself."""
        return [event.kind for event in self.store.get_events(self.run_id) if event.node == name]

    def _all_children(self) -> list[NodeWork]:
        return [item for found in self.expansions.values() if not isinstance(found, DataOpsError) for item in found]

    def expand(self, name: NodeName, given: Outputs, parameters: Mapping[str, Any] | None) -> Expansion:
        """What `expansions` says."""
        self.expanded.append(name)
        self.given_parameters[name] = parameters
        found = self.expansions[name]
        if isinstance(found, DataOpsError):
            raise found
        return Expansion(tuple(found), parameters)

    def collect(self, name: NodeName, given: Outputs) -> Mapping[str, OutputRecord]:
        """What the group hands on."""
        below = [child for child in self.expansions[name] if child.node in given]  # type: ignore[union-attr]
        if all(child.key is None for child in below):
            inner = (given[child.node] for child in below)
            return {**given.get(name, {}), **{key: value for made in inner for key, value in made.items()}}
        keys = " ".join(child.key or "" for child in below)
        return {"all": output(f"[{keys}]")}

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class _EverythingIsThere:
    """The artifacts of made-up attempts."""

    def get(self, *arguments: object) -> None:
        """There is nothing to load."""


def faults(world: Coordinated) -> list[str]:
    """What is not as it must be of any run, but for files: made-up attempts write none."""
    found = violations(world.store, _EverythingIsThere(), world.run_id)  # type: ignore[arg-type]
    return [fault for fault in found if "has lost its" not in fault]


def declare_crashed(world: Coordinated) -> None:
    """Somebody finds the run's runner dead."""
    run = world.run()
    event = RunCrashed(run_id=run.run_id, at=world.clock.now(), reason="it was gone", lease_until=run.lease_until)
    world.store.apply(event, run.token)
