from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_dataops.engine.coordinator import GRACE_S
from jupyter_dataops.errors import EnvironmentRefused, IllegalMove, StoreUnavailable
from jupyter_dataops.events import (
    Event,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RunCancelRequested,
    RunFinished,
    RunStarted,
)
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, CellFinished, NodeJob
from jupyter_dataops.records import NOTHING_WRITTEN, Failure
from jupyter_dataops.states import FailureCause, NodeState, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START
from tests.support.coordinated import (
    BY,
    EARLIER,
    RUN_ID,
    RUNNER,
    Coordinated,
    left_out,
    make_job,
    node,
    output,
    outputs,
    reused,
)
from tests.support.executor import Does, dies, raises

# -- order and slots


def test_nodes_run_after_their_upstream_and_hand_on_outputs() -> None:
    given: list[dict[str, list[str]]] = []

    def spy(name: NodeName, attempt: int, token: Token, known: dict[NodeName, dict[str, object]]) -> NodeJob:
        given.append({producer: list(names) for producer, names in known.items()})
        return make_job(name, attempt, token, known)  # type: ignore[arg-type]

    world = Coordinated(node("a"), node("b", "a"), script={"a": Does(outputs=outputs("x"))}, make_job=spy)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(0.0, "a", 1), (1.0, "b", 1)]
    assert given == [{}, {"a": ["x"]}]
    assert world.records()["a"].outputs == outputs("x")


def test_independent_nodes_overlap_in_time() -> None:
    world = Coordinated(node("a"), node("b"), node("c", "a", "b"))
    world.execute()
    assert world.executor.started == [(0.0, "a", 1), (0.0, "b", 1), (1.0, "c", 1)]


def test_no_more_nodes_run_at_once_than_there_are_jobs_and_document_order_decides() -> None:
    world = Coordinated(*(node(name) for name in "abcde"), jobs=2)
    world.execute()
    assert world.executor.most_at_once == 2
    assert world.executor.started_nodes() == list("abcde")
    assert world.clock.elapsed_s() == 3.0


def test_a_run_without_nodes_succeeds() -> None:
    world = Coordinated()
    assert world.execute().state is RunState.SUCCEEDED
    assert world.run().reason == "there was nothing to run"


def test_the_run_is_taken_with_its_control_address_and_given_back_at_the_end() -> None:
    world = Coordinated(node("a"))
    during: list[str | None] = []
    world.executor.on_submit = lambda job: during.append(world.run().control)
    world.execute()
    assert during == ["control-address"]
    assert world.run().control is None
    assert world.history() == ["RunCreated", "RunStarted", "RunFinished"]


def test_a_change_is_stored_before_it_is_shown_and_shown_before_the_node_starts() -> None:
    order: list[str] = []
    world = Coordinated(node("a"), observer=lambda event: order.append(f"{type(event).__name__} {world.state('a')}"))
    world.executor.on_submit = lambda job: order.append("submit")
    world.execute()
    assert order == [
        "RunStarted pending",
        "NodeQueued running",  # stored in one transaction with the start
        "NodeStarted running",
        "submit",
        "CellFinished running",
        "NodeSucceeded succeeded",
        "RunFinished succeeded",
    ]


def test_progress_reaches_the_observer_and_is_not_stored() -> None:
    world = Coordinated(node("a"))
    world.execute()
    assert [(event.done, event.total) for event in world.seen if isinstance(event, CellFinished)] == [(1, 2)]
    assert world.history("a") == ["NodeQueued", "NodeStarted", "NodeSucceeded"]


def test_every_attempt_has_a_token_of_its_own() -> None:
    world = Coordinated(node("a", retries=1), node("b"), script={"a": [raises(), Does()]})
    world.execute()
    tokens = {attempt.token for name in "ab" for attempt in world.attempts(name)} | {world.run().token}
    assert len(tokens) == 4


def test_the_loop_waits_without_a_timeout_when_no_timer_is_due() -> None:
    world = Coordinated(node("a"), node("b", "a"))
    world.execute()
    assert set(world.mailbox.waits) == {None}


# -- the plan


def test_reused_nodes_are_recorded_with_their_source_and_hand_on_outputs() -> None:
    world = Coordinated(reused("a", x=output("x")), node("b", "a"))
    assert world.execute().state is RunState.SUCCEEDED
    record = world.records()["a"]
    assert (record.state, record.source_run_id, record.reason) == (NodeState.REUSED, EARLIER, "it still holds")
    assert world.executor.started_nodes() == ["b"]
    assert world.run().reason == "1 node succeeded, 1 node reused"


def test_nodes_left_out_by_the_plan_are_skipped_with_its_reason() -> None:
    world = Coordinated(left_out("a"), node("b"))
    assert world.execute().state is RunState.SUCCEEDED
    assert (world.state("a"), world.reason("a")) == (NodeState.SKIPPED, "it was not selected")


def test_the_reason_of_a_node_that_ran_keeps_the_plans_reason() -> None:
    world = Coordinated(node("a"), node("b", "a"))
    world.execute()
    assert world.reason("a") == "a full run runs every node; it has no upstream"
    assert world.reason("b") == "a full run runs every node; all its upstream nodes succeeded"


# -- failure


def test_a_failed_branch_does_not_keep_its_siblings_from_running() -> None:
    world = Coordinated(
        node("a"), node("b", "a"), node("c", "b"), node("d", "a"), node("e", "d"), script={"b": raises()}
    )
    assert world.execute().state is RunState.FAILED
    assert world.states() == {
        "a": "succeeded",
        "b": "failed",
        "c": "upstream_failed",
        "d": "succeeded",
        "e": "succeeded",
    }
    assert world.reason("b") == "ValueError: bad"
    assert world.reason("c") == "it needs `b`, which failed"
    assert world.run().reason == "`b` failed; `c` was not run"


def test_what_depends_on_a_failure_is_told_while_others_still_run() -> None:
    world = Coordinated(node("a"), node("slow"), node("c", "a", "slow"), script={"a": raises(), "slow": Does(50)})
    world.execute()
    assert world.records()["c"].finished_at == world.records()["a"].finished_at


def test_a_failure_handled_by_a_rule_below_lets_the_run_succeed() -> None:
    world = Coordinated(node("a"), node("b", "a", trigger="one_failed"), script={"a": raises()})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.run().reason == "1 node succeeded; `a` failed, which a node below handled"


def test_a_handler_is_skipped_when_nothing_failed() -> None:
    world = Coordinated(node("a"), node("b", "a", trigger="one_failed"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.reason("b") == "trigger:one_failed does not hold: `a` succeeded"


def test_a_clean_up_node_runs_after_success_and_after_failure() -> None:
    for does in (Does(), raises()):
        world = Coordinated(node("a"), node("b", "a"), node("z", "b", trigger="all_done"), script={"a": does})
        world.execute()
        assert world.state("z") is NodeState.SUCCEEDED


def test_fail_fast_stops_what_runs_and_never_starts_the_rest() -> None:
    world = Coordinated(
        node("a"), node("b"), node("c", "b"), node("d"), jobs=2, fail_fast=True, script={"a": raises(), "b": Does(60)}
    )
    assert world.execute().state is RunState.FAILED
    assert world.states() == {"a": "failed", "b": "cancelled", "c": "cancelled", "d": "cancelled"}
    assert world.executor.stopped == [(1.0, "b", GRACE_S)]
    assert world.reason("d") == "`a` failed, and the run ends at its first failure"
    assert world.run().reason == "`a` failed; `b`, `c`, `d` did not run to the end"


def test_fail_fast_does_not_retry_what_fails_while_the_run_is_ending() -> None:
    world = Coordinated(
        node("a"),
        node("b", retries=5),
        fail_fast=True,
        script={"a": raises(), "b": Does(1.5, failure=raises().failure, obeys_after_s=3)},
    )
    world.execute()
    assert world.state("b") is NodeState.FAILED
    assert world.reason("b") == "ValueError: bad; not tried again: the run is ending"


def test_a_failed_attempt_before_the_last_does_not_trigger_fail_fast() -> None:
    world = Coordinated(node("a", retries=1), node("b"), fail_fast=True, script={"a": [raises(), Does()]})
    assert world.execute().state is RunState.SUCCEEDED


def test_a_node_that_cannot_be_started_fails_with_config_invalid_and_an_attempt() -> None:
    def refuse(*_: object) -> NodeJob:
        raise EnvironmentRefused("There is no kernel `julia`", hint="install it")

    world = Coordinated(node("a", retries=3, infra_retries=3), node("b", "a"), make_job=refuse)
    assert world.execute().state is RunState.FAILED
    assert world.history("a") == ["NodeQueued", "NodeStarted", "NodeFailed"]
    (attempt,) = world.attempts("a")
    assert attempt.notebook == NOTHING_WRITTEN
    assert attempt.failure == Failure(
        FailureCause.CONFIG_INVALID, "EnvironmentRefused", "There is no kernel `julia`\n  -> install it"
    )
    assert world.state("b") is NodeState.UPSTREAM_FAILED


# -- conditions


@pytest.mark.parametrize(("truthy", "state"), [(True, "succeeded"), (False, "skipped")])
def test_when_decides_from_the_stored_truth_of_the_variable(truthy: bool, state: str) -> None:
    world = Coordinated(
        node("a"), node("b", "a", when=("flag", "a")), script={"a": Does(outputs={"flag": output("flag", truthy)})}
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states()["b"] == state


def test_a_node_skipped_by_its_condition_says_so_and_what_needs_it_is_skipped() -> None:
    world = Coordinated(reused("a", flag=output("flag")), node("b", "a", unless=("flag", "a")), node("c", "b"))
    world.execute()
    assert world.reason("b") == "unless:flag: `flag` is true"
    assert world.reason("c") == "it needs `b`, which was skipped"


def test_a_condition_on_a_table_fails_the_node_and_tells_the_cure() -> None:
    table = output("df", None, "pandas.DataFrame")
    world = Coordinated(reused("a", df=table), node("b", "a", when=("df", "a")))
    assert world.execute().state is RunState.FAILED
    failure = world.records()["b"].failure
    assert failure is not None
    assert failure.cause is FailureCause.CONFIG_INVALID
    assert "`flag = len(df) > 0`" in failure.evalue
    assert not world.executor.started


# -- retries


def test_a_retry_waits_out_its_delay_without_a_slot() -> None:
    world = Coordinated(
        node("a", retries=1, retry_delay_s=10), node("b"), node("c"), jobs=1, script={"a": [raises(), Does()]}
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(0.0, "a", 1), (1.0, "b", 1), (2.0, "c", 1), (11.0, "a", 2)]
    assert world.history("a") == [
        "NodeQueued",
        "NodeStarted",
        "NodeRetrying",
        "NodeQueued",
        "NodeStarted",
        "NodeSucceeded",
    ]


def test_every_attempt_keeps_its_own_record() -> None:
    world = Coordinated(node("a", retries=2), script={"a": [raises(evalue="1"), raises(evalue="2"), Does()]})
    world.execute()
    assert [attempt.failure and attempt.failure.evalue for attempt in world.attempts("a")] == ["1", "2", None]
    assert len({attempt.log for attempt in world.attempts("a")}) == 3


def test_retries_end_with_the_budget_and_say_so() -> None:
    world = Coordinated(node("a", retries=2), script={"a": raises()})
    assert world.execute().state is RunState.FAILED
    assert world.records()["a"].attempt == 3
    assert world.reason("a") == "ValueError: bad; all 3 attempts failed (retries:2)"


def test_a_kernel_that_dies_costs_the_infrastructure_budget_alone() -> None:
    world = Coordinated(node("a", retries=1, infra_retries=2), script={"a": [dies(), raises(), dies(), Does()]})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.records()["a"].infra_failures == 2


# -- timeouts


def test_an_attempt_past_its_timeout_is_stopped_and_fails_with_that_cause() -> None:
    world = Coordinated(node("a", timeout_s=5), script={"a": Does(60, obeys_after_s=2)})
    assert world.execute().state is RunState.FAILED
    failure = world.records()["a"].failure
    assert failure is not None
    assert (failure.cause, failure.evalue) == (FailureCause.TIMEOUT, "the attempt took longer than 5 s")
    assert world.executor.stopped == [(5.0, "a", GRACE_S)]
    assert world.clock.elapsed_s() == 7.0


def test_a_timeout_counts_per_attempt_and_is_retried() -> None:
    world = Coordinated(node("a", timeout_s=5, retries=1), script={"a": [Does(60), Does(4)]})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(0.0, "a", 1), (5.0, "a", 2)]


def test_an_attempt_that_ends_in_time_is_not_stopped() -> None:
    world = Coordinated(node("a", timeout_s=5), node("b", "a"), script={"a": Does(4.9), "b": Does(60)})
    world.execute()
    assert world.executor.stopped == []


# -- cancel


def test_cancel_ends_what_runs_and_what_waits() -> None:
    world = Coordinated(
        node("a", retries=1, retry_delay_s=60),
        node("b"),
        node("c"),
        node("d", "b"),
        jobs=2,
        script={"a": raises(), "b": Does(60, obeys_after_s=2), "c": Does(60)},
    )
    world.at(10, lambda: world.coordinator.request_cancel("Ctrl-C"))
    assert world.execute().state is RunState.CANCELLED
    assert set(world.states().values()) == {"cancelled"}
    assert world.run().reason == world.reason("b") == world.reason("d") == "Ctrl-C"
    assert world.clock.elapsed_s() == 12.0
    assert world.history() == ["RunCreated", "RunStarted", "RunCancelRequested", "RunFinished"]


def test_a_kernel_that_ignores_the_interrupt_is_killed_after_the_grace() -> None:
    world = Coordinated(node("a"), script={"a": Does(600, obeys_after_s=None)})
    world.at(1, lambda: world.coordinator.request_cancel("Ctrl-C"))
    world.execute()
    assert world.clock.elapsed_s() == 1 + GRACE_S


def test_a_second_cancel_kills_at_once() -> None:
    world = Coordinated(node("a"), script={"a": Does(600, obeys_after_s=None)})
    world.at(1, lambda: world.coordinator.request_cancel("Ctrl-C"))
    world.at(2, lambda: world.coordinator.request_cancel("Ctrl-C again"))
    assert world.execute().reason == "Ctrl-C"
    assert world.executor.stopped == [(1.0, "a", GRACE_S), (2.0, "a", 0.0)]
    assert world.clock.elapsed_s() == 2.0


def test_a_hurried_cancel_kills_at_once() -> None:
    world = Coordinated(node("a"), script={"a": Does(600, obeys_after_s=None)})
    world.at(1, lambda: world.coordinator.request_cancel("SIGTERM", hurry=True))
    world.execute()
    assert world.executor.stopped == [(1.0, "a", 0.0)]


def test_a_cancel_that_came_before_the_start_keeps_everything_from_starting() -> None:
    world = Coordinated(node("a"), node("b", "a"))
    world.coordinator.request_cancel("changed my mind")
    assert world.execute().state is RunState.CANCELLED
    assert world.executor.started == []


def test_a_run_cancelled_before_anybody_took_it_ends_cancelled_with_its_nodes() -> None:
    world = Coordinated(node("a"), node("b", "a"))
    world.store.apply(RunCancelRequested(run_id=RUN_ID, at=START, reason="never mind", by=BY), None)
    assert world.execute().state is RunState.CANCELLED
    assert world.states() == {"a": "cancelled", "b": "cancelled"}


def test_a_cancelled_run_whose_nodes_all_finish_anyway_still_ends_cancelled() -> None:
    world = Coordinated(node("a"), script={"a": Does(2, obeys_after_s=3)})
    world.at(1, lambda: world.coordinator.request_cancel("Ctrl-C"))
    assert world.execute().state is RunState.CANCELLED
    assert world.state("a") is NodeState.SUCCEEDED


def test_waking_finds_a_cancel_that_another_process_stored() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})

    def from_outside() -> None:
        world.store.apply(RunCancelRequested(run_id=RUN_ID, at=START, reason="asked in Lab", by=BY), None)
        world.coordinator.wake()

    world.at(3, from_outside)
    assert world.execute().state is RunState.CANCELLED
    assert world.reason("a") == "asked in Lab"
    assert world.clock.elapsed_s() == 3.0


def test_waking_without_news_changes_nothing() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})
    world.at(3, world.coordinator.wake)
    assert world.execute().state is RunState.SUCCEEDED


def test_a_cancel_here_and_one_in_the_store_meet_and_the_first_reason_counts() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})

    def both() -> None:
        world.store.apply(RunCancelRequested(run_id=RUN_ID, at=START, reason="first", by=BY), None)
        world.coordinator.request_cancel("second")
        world.coordinator.wake()

    world.at(3, both)
    assert world.execute().reason == "first"
    assert world.executor.stopped == [(3.0, "a", GRACE_S)]


def test_a_cancel_stored_after_the_last_node_still_ends_the_run_cancelled() -> None:
    def cancel_late(event: Event | CellFinished) -> None:
        if isinstance(event, NodeSucceeded):
            world.store.apply(RunCancelRequested(run_id=RUN_ID, at=START, reason="too late", by=BY), None)

    world = Coordinated(node("a"), observer=cancel_late)
    record = world.execute()
    assert (record.state, record.reason) == (RunState.CANCELLED, "too late")


def test_a_cancel_that_comes_while_the_last_node_is_settled_still_counts() -> None:
    def cancel_late(event: Event | CellFinished) -> None:
        if isinstance(event, NodeSkipped):
            world.coordinator.request_cancel("just in time")

    world = Coordinated(node("a"), node("b", "a", trigger="one_failed"), observer=cancel_late)
    record = world.execute()
    assert (record.state, record.reason) == (RunState.CANCELLED, "just in time")


# -- what must not corrupt a run


def test_a_second_report_of_an_attempt_is_ignored() -> None:
    world = Coordinated(node("a"), node("b", "a"), script={"b": Does(10)})
    jobs: list[NodeJob] = []
    world.executor.on_submit = jobs.append
    failure = Failure(FailureCause.KERNEL_DIED, "DeadKernelError", "late")
    world.at(5, lambda: world.executor.report(AttemptFailed(jobs[0], failure)))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.history("a") == ["NodeQueued", "NodeStarted", "NodeSucceeded"]


def test_a_late_report_of_an_earlier_attempt_does_not_end_the_present_one() -> None:
    world = Coordinated(node("a", retries=1), script={"a": [raises(), Does(10)]})
    jobs: list[NodeJob] = []
    world.executor.on_submit = jobs.append
    world.at(5, lambda: world.executor.report(AttemptSucceeded(jobs[0], outputs("x"))))
    world.execute()
    assert world.records()["a"].outputs == {}
    assert world.clock.elapsed_s() == 11.0


def test_a_report_of_an_unknown_job_is_ignored() -> None:
    world = Coordinated(node("a"), script={"a": Does(10)})
    stranger = make_job(NodeName("stranger"), 1, Token("t"), {})
    world.at(5, lambda: world.mailbox.put(AttemptSucceeded(stranger, {})))
    assert world.execute().state is RunState.SUCCEEDED


def test_an_observer_that_raises_does_not_disturb_the_run_and_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Event | CellFinished) -> None:
        raise RuntimeError("cannot draw")

    world = Coordinated(node("a"), node("b", "a"), observer=broken)
    assert world.execute().state is RunState.SUCCEEDED
    assert [record.exc_text is None for record in caplog.records if "an observer" in record.message] == [False]


class FailingStore(MemoryRunStore):
    """Cannot be written any more once `fails_on` was to be stored."""

    def __init__(self, fails_on: type[Event]) -> None:
        super().__init__()
        self._fails_on = fails_on
        self._is_broken = False

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        self._is_broken |= any(isinstance(event, self._fails_on) for event in events)
        if self._is_broken:
            raise StoreUnavailable("the disk is gone")
        super().apply_all(events, token)


@pytest.mark.parametrize("fails_on", [RunStarted, NodeStarted, NodeSucceeded, RunFinished])
def test_a_store_that_fails_midway_leaves_nothing_running(fails_on: type[Event]) -> None:
    world = Coordinated(node("a"), node("b"), script={"b": Does(60)}, store=FailingStore(fails_on))
    with pytest.raises(StoreUnavailable):
        world.execute()
    assert world.executor.is_closed
    assert not world.executor.running


def test_a_node_does_not_run_before_its_start_is_stored() -> None:
    world = Coordinated(node("a"), store=FailingStore(NodeStarted))
    with pytest.raises(StoreUnavailable):
        world.execute()
    assert world.executor.started == []


def test_an_interrupt_inside_the_loop_leaves_nothing_running_and_the_run_crashed() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})

    def interrupt() -> None:
        raise KeyboardInterrupt

    world.at(3, interrupt)
    with pytest.raises(KeyboardInterrupt):
        world.execute()
    assert world.executor.is_closed
    assert world.run().state is RunState.CRASHED


def test_a_runner_that_lost_its_run_writes_nothing_more_and_stops() -> None:
    world = Coordinated(node("a"), node("b", "a"))

    def declare_dead() -> None:
        token = world.run().token
        world.store.apply(RunFinished(run_id=RUN_ID, at=START, state=RunState.CRASHED, reason="found dead"), token)

    world.at(0.5, declare_dead)
    with pytest.raises(IllegalMove):
        world.execute()
    assert world.executor.is_closed
    assert world.executor.started_nodes() == ["a"]
    assert (world.run().state, world.run().reason) == (RunState.CRASHED, "found dead")


def test_a_runner_that_lost_its_run_notices_when_woken() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})

    def declare_dead() -> None:
        token = world.run().token
        world.store.apply(RunFinished(run_id=RUN_ID, at=START, state=RunState.CRASHED, reason="found dead"), token)
        world.coordinator.wake()

    world.at(3, declare_dead)
    with pytest.raises(IllegalMove):
        world.execute()
    assert world.clock.elapsed_s() == 3.0


def test_of_two_runners_of_one_run_the_second_starts_nothing() -> None:
    world = Coordinated(node("a"))
    world.store.apply(
        RunStarted(
            run_id=RUN_ID, at=START, token=Token("other"), control="elsewhere", runner=RUNNER, lease_until=START
        ),
        None,
    )
    with pytest.raises(IllegalMove):
        world.execute()
    assert world.executor.started == []
    assert (world.run().state, world.run().token) == (RunState.RUNNING, "other")


def test_a_finished_run_is_never_run_again() -> None:
    world = Coordinated(node("a"))
    world.execute()
    with pytest.raises(IllegalMove):
        world.coordinator.execute()
    assert world.history() == ["RunCreated", "RunStarted", "RunFinished"]
