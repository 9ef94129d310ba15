from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from jupyter_dataops.engine.retry import GiveUp, TryAgain, delay_s, next_attempt
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import Failure
from jupyter_dataops.spec.models import RetryPolicy
from jupyter_dataops.states import FailureCause
from tests.support.clock import START

RUN, NODE = RunId("run1"), NodeName("a")


def failure(cause: FailureCause = FailureCause.EXCEPTION, *mro: str, ename: str = "ValueError") -> Failure:
    return Failure(cause, ename, "bad", mro=mro)


def after(policy: RetryPolicy, why: Failure, attempt: int = 1, infra_failures: int = 0) -> TryAgain | GiveUp:
    return next_attempt(policy, why, run_id=RUN, node=NODE, attempt=attempt, infra_failures=infra_failures, now=START)


def delay(policy: RetryPolicy, n: int = 1, node: NodeName = NODE, attempt: int = 1) -> float:
    return delay_s(policy, n, run_id=RUN, node=node, attempt=attempt)


# -- which causes, which budget

CODE = {FailureCause.EXCEPTION, FailureCause.CHECK_FAILED, FailureCause.TIMEOUT}
MACHINE = {FailureCause.KERNEL_DIED, FailureCause.OUT_OF_MEMORY, FailureCause.LEASE_LOST}


@pytest.mark.parametrize("cause", FailureCause)
def test_what_the_code_did_is_tried_again_within_retries(cause: FailureCause) -> None:
    policy = RetryPolicy(retries=1, infra_retries=0)
    assert isinstance(after(policy, failure(cause)), TryAgain) == (cause in CODE)


@pytest.mark.parametrize("cause", FailureCause)
def test_what_the_machine_did_is_tried_again_within_infra_retries(cause: FailureCause) -> None:
    policy = RetryPolicy(retries=0, infra_retries=1)
    assert isinstance(after(policy, failure(cause)), TryAgain) == (cause in MACHINE)


@pytest.mark.parametrize(
    ("attempt", "infra_failures", "cause", "again"),
    [
        (1, 0, FailureCause.EXCEPTION, True),
        (2, 0, FailureCause.EXCEPTION, True),
        (3, 0, FailureCause.EXCEPTION, False),
        (3, 1, FailureCause.EXCEPTION, True),
        (4, 1, FailureCause.EXCEPTION, False),
        (5, 0, FailureCause.KERNEL_DIED, True),
        (5, 1, FailureCause.KERNEL_DIED, False),
    ],
)
def test_the_two_budgets_do_not_touch_each_other(
    attempt: int, infra_failures: int, cause: FailureCause, again: bool
) -> None:
    policy = RetryPolicy(retries=2, infra_retries=1)
    assert isinstance(after(policy, failure(cause), attempt, infra_failures), TryAgain) is again


# -- what is said


@pytest.mark.parametrize("cause", FailureCause)
def test_the_reason_names_the_exception_and_its_message_whatever_the_cause(cause: FailureCause) -> None:
    policy = RetryPolicy(retries=1, infra_retries=1)
    assert after(policy, failure(cause)).reason.startswith("ValueError: bad; ")
    assert after(RetryPolicy(retries=1, infra_retries=1), Failure(cause, "AssertionError", "")).reason.startswith(
        "AssertionError; "
    )


# -- by exception class

HTTP = failure(
    FailureCause.EXCEPTION, "requests.exceptions.HTTPError", "RequestException", "OSError", ename="HTTPError"
)


@pytest.mark.parametrize(
    ("wanted", "again"),
    [
        ("HTTPError", True),
        ("requests.exceptions.HTTPError", True),
        ("exceptions.HTTPError", True),
        ("RequestException", True),
        ("requests.RequestException", True),
        ("OSError", True),
        ("ValueError", False),
        ("Error", False),
        ("urllib.errors.HTTPError.Other", False),
    ],
)
def test_retry_on_matches_any_class_of_the_exception_qualified_or_not(wanted: str, again: bool) -> None:
    decided = after(RetryPolicy(retries=1, retry_on=(wanted,)), HTTP)
    assert isinstance(decided, TryAgain) is again
    if isinstance(decided, GiveUp):
        assert decided.reason == f"HTTPError: bad; not tried again: only retry_on:{wanted}"


def test_two_qualified_names_must_agree_as_far_as_both_go() -> None:
    why = failure(FailureCause.EXCEPTION, "requests.exceptions.Timeout", ename="requests.exceptions.Timeout")
    assert isinstance(after(RetryPolicy(retries=1, retry_on=("socket.Timeout",)), why), GiveUp)


def test_give_up_on_wins_over_retry_on() -> None:
    decided = after(RetryPolicy(retries=1, retry_on=("OSError",), give_up_on=("HTTPError",)), HTTP)
    assert decided == GiveUp("HTTPError: bad; not tried again: give_up_on:HTTPError")


def test_a_machine_failure_is_no_exception_class() -> None:
    policy = RetryPolicy(retries=1, retry_on=("ValueError",), give_up_on=("DeadKernelError",))
    assert isinstance(after(policy, failure(FailureCause.KERNEL_DIED, ename="DeadKernelError")), TryAgain)


# -- when


def test_the_next_attempt_is_due_after_the_delay_and_the_reason_says_so() -> None:
    decided = after(RetryPolicy(retries=3, retry_delay_s=2, retry_backoff=2), failure(), attempt=2)
    assert decided == TryAgain(START + timedelta(seconds=4), "ValueError: bad; retry 2 of 3 in 4 s")


def test_the_backoff_follows_the_budget_that_is_used() -> None:
    policy = RetryPolicy(retries=3, retry_delay_s=2, retry_backoff=2)
    decided = after(policy, failure(), attempt=3, infra_failures=2)
    assert isinstance(decided, TryAgain)
    assert decided.not_before == START + timedelta(seconds=2)


@pytest.mark.parametrize("n", [50, 2_000, 10**9])
def test_a_huge_backoff_ends_at_the_longest_delay(n: int) -> None:
    assert delay(RetryPolicy(retry_delay_s=2, retry_backoff=1e9, retry_max_delay_s=60), n) == 60


def test_a_delay_no_calendar_can_hold_is_cut_to_a_year() -> None:
    policy = RetryPolicy(retries=1, retry_delay_s=1e300, retry_max_delay_s=float("inf"))
    decided = after(policy, failure())
    assert isinstance(decided, TryAgain)
    assert decided.not_before - START == timedelta(days=366)


@pytest.mark.parametrize(("jitter", "lowest"), [("none", 8.0), ("equal", 4.0), ("full", 0.0)])
def test_jitter_keeps_within_its_range_and_spreads_nodes(jitter: str, lowest: float) -> None:
    policy = RetryPolicy(retry_delay_s=8, retry_jitter=jitter)
    delays = {delay(policy, node=NodeName(f"n{index}")) for index in range(200)}
    assert all(lowest <= each <= 8 for each in delays)
    assert len(delays) == (1 if jitter == "none" else 200)
    if jitter != "none":
        assert max(delays) - min(delays) > 0.9 * (8 - lowest)


def test_jitter_differs_per_attempt_and_is_the_same_in_every_process() -> None:
    policy = RetryPolicy(retry_delay_s=8, retry_jitter="full")
    assert delay(policy, attempt=1) != delay(policy, attempt=2)
    script = (
        "from jupyter_dataops.engine.retry import delay_s\n"
        "from jupyter_dataops.spec.models import RetryPolicy\n"
        "policy = RetryPolicy(retry_delay_s=8, retry_jitter='full')\n"
        "print(repr(delay_s(policy, 1, run_id='run1', node='a', attempt=1)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(other.stdout) == delay(policy)
