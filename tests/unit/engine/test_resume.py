"""A runner is killed at every event in turn; the next one goes on, and the run ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jupyter_dataops.engine.models import Expands, NodeWork
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import Event, RunCancelRequested, RunFinished
from jupyter_dataops.ids import Token
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.records import SlotHolder
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import FakeClock
from tests.support.coordinated import (
    BY,
    RUN_ID,
    RUNNER,
    Coordinated,
    Expansions,
    check,
    children,
    declare_crashed,
    each,
    faults,
    left_out,
    members,
    node,
    output,
    outputs,
    reused,
    runs_notebook,
)
from tests.support.executor import Does, objects, raises
from tests.support.random_runs import EXAMPLES, UNHURRIED, Made, made_up
from tests.support.recall import Remembers
from tests.support.stores import a_resumption

PATIENT = {"infra_retries": 99}


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class CutStore(MemoryRunStore):
    """Kills its caller right after the `after`-th change has become durable, and lets it do nothing more.

    Changes that are told together become durable one by one here, so that it can kill in between.
    """

    def __init__(self) -> None:
        super().__init__()
        self.after: int | None = None
        self.changes = 0

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        self._die_if_dead()
        for event in events:
            super().apply_all([event], token)
            self._count()

    def take_slots(self, *arguments: object) -> Sequence[SlotHolder]:  # type: ignore[override]
        self._die_if_dead()
        holders = super().take_slots(*arguments)  # type: ignore[arg-type]
        self._count()
        return holders

    def revive(self) -> None:
        """The next process may go on."""
        self.after = None

    def _count(self) -> None:
        self.changes += 1
        self._die_if_dead()

    def _die_if_dead(self) -> None:
        if self.after is not None and self.changes >= self.after:
            raise Killed


@dataclass
class Pipeline:
    """A pipeline, what its attempts do, and what else is asked for meanwhile."""

    work: Sequence[NodeWork]
    expansions: Expansions = field(default_factory=dict)
    script: Mapping[str, Does | list[Does]] = field(default_factory=dict)
    jobs: int = 2
    fail_fast: bool = False
    pool_sizes: Mapping[str, int] = field(default_factory=dict)
    known: tuple[str, ...] | None = None
    """Nodes with an earlier result that holds; `None`: nothing may be reused."""

    def world(self, store: CutStore, clock: FakeClock | None = None, *, resumes: bool = False) -> Coordinated:
        world = Coordinated(
            *self.work,
            expansions=self.expansions,
            script=self.script,
            jobs=self.jobs,
            fail_fast=self.fail_fast,
            pool_sizes=self.pool_sizes,
            store=store,
            clock=clock,
            resumes=resumes,
            recall=None if self.known is None else Remembers(store, self.known),
        )

        def place_in_script(job: NodeJob) -> int:
            # What an attempt does is the next thing that nobody has seen the end of: a killed runner changes no code.
            ended = [one.failure for one in world.attempts(job.node) if one.finished_at is not None]
            return 1 + sum(failure is None or failure.cause is not FailureCause.LEASE_LOST for failure in ended)

        world.executor.place_in_script = place_in_script
        return world


def cut(pipeline: Pipeline, *cuts: int) -> Coordinated:
    """The run, driven to its end by as many runners as it takes: each is killed after so many changes."""
    store = CutStore()
    world = pipeline.world(store)
    for after in cuts:
        store.after = store.changes + after
        try:
            world.execute()
        except Killed:
            assert world.executor.is_closed
        store.revive()
        if world.run().state.is_terminal and world.run().state is not RunState.CRASHED:
            return world
        declare_crashed(world)
        world = pipeline.world(store, FakeClock(world.clock.now()), resumes=True)
    world.execute()
    return world


def made_by(world: Coordinated) -> dict[str, list[str]]:
    return {name: sorted(record.outputs) for name, record in world.records().items() if record.state.has_outputs}


def assert_resumes_anywhere(pipeline: Pipeline, second_cut: int | None = None) -> None:
    whole = CutStore()
    expected = pipeline.world(whole)
    expected.execute()
    assert faults(expected) == []
    for after in range(1, whole.changes + 1):
        world = cut(pipeline, after) if second_cut is None else cut(pipeline, after, second_cut)
        assert faults(world) == [], after
        assert world.states() == expected.states(), after
        assert made_by(world) == made_by(expected), after
        assert world.run().state is expected.run().state, after
        assert world.run().reason == expected.run().reason, after


def sub_pipelines() -> Pipeline:
    outer = [replace(item, expands=Expands.AFTER_ITS_ATTEMPT) for item in children("score", "a b", **PATIENT)]
    inner = {
        item.node: members(
            item.node, node("x", **PATIENT), check("x", "ok", **PATIENT), each("y", "x"), node("z", "y", **PATIENT)
        )
        for item in outer
    }
    ys = {f"{item.node}/y": children(f"{item.node}/y", "1 2", **PATIENT) for item in outer}
    return Pipeline(
        [each("score", tolerate=1), node("report", "score", **PATIENT)],
        {"score": outer, **inner, **ys},
        {
            "score[a]": Does(outputs=outputs("own"), parameters={"n": 1}),
            "score[b]/y[2]": raises(),
            "score[a]/z": Does(outputs=outputs("total")),
        },
    )


PIPELINES = {
    "a chain": Pipeline([node("a", **PATIENT), node("b", "a", **PATIENT)], {}, {"a": Does(outputs=outputs("x"))}),
    "retries": Pipeline(
        [node("a", retries=2, retry_delay_s=5, **PATIENT), node("b", retries=1, **PATIENT), node("c", "b", **PATIENT)],
        {},
        {"a": [raises(), raises(), Does(outputs=outputs("x"))], "b": raises()},
    ),
    "trigger rules": Pipeline(
        [
            node("a", **PATIENT),
            node("b", "a", **PATIENT),
            node("tell", "a", "b", trigger="one_failed", **PATIENT),
            node("tidy", "b", trigger="all_done", **PATIENT),
            node("never", "tidy", trigger="all_failed", **PATIENT),
        ],
        {},
        {"a": raises()},
    ),
    "a plan and conditions": Pipeline(
        [
            reused("flag", no=output("no", False)),
            left_out("left"),
            node("gated", "flag", when=("no", "flag"), **PATIENT),
            node("join", "gated", "flag", trigger="none_failed", **PATIENT),
            node("below", "left", **PATIENT),
        ]
    ),
    "checks": Pipeline(
        [
            node("a", **PATIENT),
            check("a", "good", **PATIENT),
            check("a", "meh", warn=True, **PATIENT),
            node("b", "a", **PATIENT),
            check("b", "bad", **PATIENT),
            node("c", "b", **PATIENT),
            node("tell", "b", trigger="one_failed", **PATIENT),
        ],
        {},
        {"check:a/meh": objects(), "check:b/bad": objects()},
    ),
    "each": Pipeline(
        [node("a", **PATIENT), each("score", "a"), check("score", "whole", **PATIENT), node("b", "score", **PATIENT)],
        {"score": [*children("score", "1 2 3", retries=1, **PATIENT)]},
        {"score[2]": [raises(), Does(outputs=outputs("s"))]},
    ),
    "each over nothing": Pipeline([each("score"), node("b", "score", **PATIENT)], {"score": []}),
    "each that fails": Pipeline(
        [each("score"), node("b", "score", **PATIENT)],
        {"score": children("score", "1 2 3", **PATIENT)},
        {"score[2]": raises()},
    ),
    "a notebook": Pipeline(
        [runs_notebook("etl", **PATIENT), node("b", "etl", **PATIENT)],
        {"etl": members("etl", node("x", **PATIENT), node("y", "x", **PATIENT), check("y", "ok", **PATIENT))},
        {"etl": Does(outputs=outputs("own"), parameters={"n": 1}), "etl/y": Does(outputs=outputs("total"))},
    ),
    "sub-pipelines": sub_pipelines(),
    "pools": Pipeline([node(name, pools={"gpu": 1}, **PATIENT) for name in "abc"]),
    "reuse": Pipeline(
        [
            node("a", retries=1, **PATIENT),
            check("a", "good", **PATIENT),
            node("b", "a", **PATIENT),
            node("c", "b", pools={"gpu": 1}, **PATIENT),
            each("score", "a"),
            runs_notebook("etl", "b", **PATIENT),
            node("d", "score", "etl", **PATIENT),
        ],
        {
            "score": children("score", "1 2", **PATIENT),
            "etl": members("etl", node("x", **PATIENT), node("y", "x", **PATIENT)),
        },
        {"a": [raises(), Does(outputs=outputs("x"))], "etl": Does(parameters={"n": 1})},
        known=("b", "score[2]", "etl/x", "d"),
    ),
    "one job": Pipeline(sub_pipelines().work, sub_pipelines().expansions, sub_pipelines().script, jobs=1),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_run_that_is_killed_after_any_change_ends_as_if_nothing_had_happened(name: str) -> None:
    assert_resumes_anywhere(PIPELINES[name])


@pytest.mark.parametrize("name", ["retries", "checks", "each", "sub-pipelines", "pools"])
@pytest.mark.parametrize("second_cut", [1, 2, 3])
def test_a_resumed_run_may_be_killed_in_turn(name: str, second_cut: int) -> None:
    assert_resumes_anywhere(PIPELINES[name], second_cut)


@UNHURRIED
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(PIPELINES)), st.lists(st.integers(1, 25), min_size=2, max_size=5))
def test_any_number_of_deaths_anywhere_leaves_one_legal_history(name: str, cuts: list[int]) -> None:
    expected = PIPELINES[name].world(CutStore())
    expected.execute()
    world = cut(PIPELINES[name], *cuts)
    assert faults(world) == []
    assert world.states() == expected.states()
    assert made_by(world) == made_by(expected)


@UNHURRIED
@settings(max_examples=EXAMPLES, deadline=None)
@given(made_up(is_machine_sound=True), st.integers(1, 3), st.lists(st.integers(1, 25), min_size=1, max_size=4))
def test_a_run_of_any_shape_survives_deaths_anywhere(made: Made, jobs: int, cuts: list[int]) -> None:
    pipeline = Pipeline(made.work, made.expansions, made.script, jobs, pool_sizes={"gpu": 2})
    expected = pipeline.world(CutStore())
    expected.execute()
    world = cut(pipeline, *cuts)
    assert faults(world) == []
    assert world.states() == expected.states()
    assert made_by(world) == made_by(expected)
    assert world.run().reason == expected.run().reason


def test_a_killed_runner_leaves_no_node_behind_that_was_reopened() -> None:
    pipeline = Pipeline(
        [
            each("score"),
            node("b", "score", **PATIENT),
            check("b", "ok", **PATIENT),
            node("c", "b", **PATIENT),
            node("slow", **PATIENT),
        ],
        {"score": children("score", "1 2", **PATIENT)},
        {"score[2]": [raises(), Does()], "slow": Does(60)},
    )

    def first(store: CutStore) -> Coordinated:
        world = pipeline.world(store)
        world.at(10, lambda: world.reopen("score[2]"))
        return world

    whole = CutStore()
    first(whole).execute()
    kinds = [event.kind for event in whole.get_events(RUN_ID)][1:]
    for after in range(kinds.index("NodeReopened") + 1, whole.changes + 1):
        store = CutStore()
        world = first(store)
        store.after = after
        with pytest.raises(Killed):
            world.execute()
        store.revive()
        if world.run().state is RunState.RUNNING:
            declare_crashed(world)
            world = pipeline.world(store, FakeClock(world.clock.now()), resumes=True)
            world.execute()
        assert faults(world) == [], after
        assert set(world.states().values()) == {"succeeded"}, after


def killed(pipeline: Pipeline, *, at: str, node: str | None = None) -> tuple[CutStore, Coordinated]:
    """The store, and the runner that died, right after the first event `at` of `node` was written."""
    whole = CutStore()
    pipeline.world(whole).execute()
    said = [(event.kind, event.node) for event in whole.get_events(RUN_ID)][1:]
    store = CutStore()
    world = pipeline.world(store)
    store.after = said.index((at, node)) + 1  # type: ignore[arg-type]
    with pytest.raises(Killed):
        world.execute()
    store.revive()
    return store, world


def resumed(pipeline: Pipeline, *, at: str, node: str | None = None) -> Coordinated:
    """The second runner, whose predecessor died right after that event, and which has not begun."""
    store, world = killed(pipeline, at=at, node=node)
    declare_crashed(world)
    return pipeline.world(store, FakeClock(world.clock.now()), resumes=True)


def test_the_attempt_that_died_with_its_runner_costs_an_infra_retry_and_says_so() -> None:
    world = resumed(Pipeline([node("a", retries=0)]), at="NodeStarted", node="a")
    assert world.execute().state is RunState.SUCCEEDED
    first, second = world.attempts("a")
    assert first.failure is not None
    assert (first.failure.cause, second.failure) == (FailureCause.LEASE_LOST, None)
    assert world.records()["a"].infra_failures == 1
    assert world.history() == ["RunCreated", "RunStarted", "RunCrashed", "RunResumed", "RunFinished"]


def test_a_node_that_may_not_be_tried_again_after_a_crash_fails() -> None:
    world = resumed(Pipeline([node("a", retries=5, hold_on_crash=True)]), at="NodeStarted", node="a")
    assert world.execute().state is RunState.FAILED
    assert world.executor.started == []
    assert world.reason("a") == "RunnerDied: its runner died; not tried again: on_crash:hold"


def test_the_budget_for_dead_runners_ends() -> None:
    world = resumed(Pipeline([node("a", infra_retries=0)]), at="NodeStarted", node="a")
    assert world.execute().state is RunState.FAILED
    failure = world.records()["a"].failure
    assert failure is not None
    assert failure.cause is FailureCause.LEASE_LOST


def test_what_was_queued_is_not_queued_again() -> None:
    world = resumed(Pipeline([node("a")]), at="NodeQueued", node="a")
    world.execute()
    assert world.history("a") == ["NodeQueued", "NodeStarted", "NodeSucceeded"]


def test_a_retry_that_waits_out_its_delay_keeps_its_instant() -> None:
    pipeline = Pipeline([node("a", retries=1, retry_delay_s=50)], script={"a": [raises(), Does()]})
    world = resumed(pipeline, at="NodeRetrying", node="a")
    world.execute()
    assert world.executor.started == [(51.0, "a", 2)]
    assert world.history("a").count("NodeRetrying") == 1


def test_a_group_goes_on_with_the_children_that_it_has() -> None:
    world = resumed(PIPELINES["each"], at="NodeSucceeded", node="score[1]")
    world.execute()
    assert world.expanded == []
    assert "score[1]" not in world.executor.started_nodes()
    assert world.records()["score"].outputs == {"all": output("[1 2 3]")}


def test_a_notebook_node_keeps_what_its_own_attempt_handed_on() -> None:
    world = resumed(PIPELINES["a notebook"], at="NodeExpanded", node="etl")
    world.execute()
    assert "etl" not in world.executor.started_nodes()
    assert sorted(world.records()["etl"].outputs) == ["own", "total"]


def test_a_notebook_node_that_had_not_expanded_is_tried_again() -> None:
    world = resumed(PIPELINES["a notebook"], at="NodeStarted", node="etl")
    world.execute()
    assert world.executor.started_nodes()[0] == "etl"


def test_outputs_of_before_the_crash_reach_the_nodes_after_it() -> None:
    pipeline = Pipeline([node("a"), node("b", "a", when=("x", "a"))], script={"a": Does(outputs=outputs("x"))})
    world = resumed(pipeline, at="NodeSucceeded", node="a")
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["b"]


def test_a_run_that_was_being_cancelled_when_its_runner_died_ends_cancelled() -> None:
    store, world = killed(Pipeline([node("a", **PATIENT), node("b", "a", **PATIENT)]), at="NodeStarted", node="a")
    asked = RunCancelRequested(run_id=RUN_ID, at=world.clock.now(), reason="enough", by=BY)
    store.apply(asked, None)
    # It could still say that it stops, as when the store had been away for too long.
    crashed = RunFinished(run_id=RUN_ID, at=world.clock.now(), state=RunState.CRASHED, reason="the runner stopped")
    store.apply(crashed, world.run().token)
    world = Pipeline([node("a"), node("b", "a")]).world(store, resumes=True)
    run = world.execute()
    assert (run.state, run.reason) == (RunState.CANCELLED, "enough")
    assert world.states() == {"a": "cancelled", "b": "cancelled"}
    assert world.executor.started == []
    assert all(attempt.finished_at for attempt in world.attempts("a"))


def test_a_run_that_ends_at_its_first_failure_still_does_after_a_crash() -> None:
    pipeline = Pipeline([node("a"), node("b", **PATIENT)], script={"a": raises(), "b": Does(60)}, fail_fast=True)
    world = resumed(pipeline, at="NodeFailed", node="a")
    assert world.execute().state is RunState.FAILED
    assert world.states() == {"a": "failed", "b": "cancelled"}


def test_a_run_of_which_only_the_last_word_was_missing_ends() -> None:
    world = resumed(Pipeline([node("a")]), at="NodeSucceeded", node="a")
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == []


def test_slots_that_the_dead_runner_held_are_free() -> None:
    world = resumed(PIPELINES["pools"], at="NodeStarted", node="a")
    assert world.execute().state is RunState.SUCCEEDED
    assert world.clock.elapsed_s() == 3.0


def test_a_run_that_has_not_crashed_is_not_resumed() -> None:
    world = Coordinated(node("a"))
    world.execute()
    again = Coordinated(node("a"), store=world.store, resumes=True)
    with pytest.raises(IllegalMove):
        again.coordinator.execute()
    assert again.executor.started == []
    assert again.executor.is_closed


def test_of_two_that_resume_a_run_one_goes_on() -> None:
    store, dead = killed(Pipeline([node("a")]), at="NodeStarted", node="a")
    declare_crashed(dead)
    first, second = (Pipeline([node("a")]).world(store, resumes=True) for _ in range(2))
    assert first.execute().state is RunState.SUCCEEDED
    with pytest.raises(IllegalMove):
        second.coordinator.execute()
    assert second.executor.started == []


def test_who_resumes_a_run_that_somebody_else_resumes_is_told_so() -> None:
    store, dead = killed(Pipeline([node("a")]), at="NodeStarted", node="a")
    declare_crashed(dead)
    late = Pipeline([node("a")]).world(store, resumes=True)
    store.apply(a_resumption(dead.run_id), None)
    with pytest.raises(IllegalMove, match="is being resumed by another process") as caught:
        late.coordinator.execute()
    assert "cannot become" not in str(caught.value)
    assert late.executor.started == []


def test_the_runner_that_lost_its_run_cannot_write_to_it() -> None:
    pipeline = Pipeline([node("a", **PATIENT), node("b", "a", **PATIENT)])
    store = CutStore()
    slept = pipeline.world(store)

    def meanwhile() -> None:
        declare_crashed(slept)
        assert pipeline.world(store, resumes=True).execute().state is RunState.SUCCEEDED

    slept.at(0.5, meanwhile)
    with pytest.raises(IllegalMove):
        slept.execute()
    assert slept.executor.is_closed
    assert faults(slept) == []
    assert slept.run().state is RunState.SUCCEEDED
    assert slept.history("b") == ["NodeQueued", "NodeStarted", "NodeSucceeded"]


def test_who_resumed_and_with_which_process_is_recorded() -> None:
    world = resumed(Pipeline([node("a")]), at="RunStarted")
    world.execute()
    assert world.run().runner == RUNNER
    assert [record.action for record in world.store.get_audit(RUN_ID)] == ["run", "resume"]
