from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.api.recovery import clear_remains, find_dead_runs
from jupyter_dataops.control import ControlListener
from jupyter_dataops.events import Event, NodeQueued, NodeStarted, RunCrashed
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.kernels.leftovers import CONNECTION_FILE
from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from jupyter_dataops.wiring import Layout
from tests.support.clock import FakeClock
from tests.support.node_jobs import is_gone
from tests.support.stores import (
    LEASE,
    LEASE_S,
    RUN,
    TOKEN,
    a_cancel_request,
    a_node,
    a_resumption,
    a_run,
    a_start,
    at,
    keep,
)
from tests.support.waiting import until

ELSEWHERE = RunnerRecord("another/1/2", 1, 0.0)
GONE = RunnerRecord(this_runner().host, this_runner().pid, 1.0)
SOON, LATE = FakeClock(at(6)), FakeClock(at(LEASE_S + 100))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "store")


@pytest.fixture
def store() -> MemoryRunStore:
    return MemoryRunStore()


def taken(store: MemoryRunStore, runner: RunnerRecord, *nodes: str) -> None:
    """A run of these nodes, all of them running, taken by `runner`; by default of `a`, which is, and `b`, which is not."""
    keep(store, a_run(), *(a_node(node, position=place) for place, node in enumerate(nodes or "ab")))
    store.apply(with_runner(a_start(), runner), None)
    for node in nodes or "a":
        begin(store, node, TOKEN, "first")


def with_runner(event: Any, runner: RunnerRecord, control: str = "127.0.0.1:1#x") -> Any:
    return replace(event, runner=runner, control=control)


def begin(store: MemoryRunStore, node: str, runner_token: str, token: str) -> None:
    fact: Any = {"run_id": RUN, "at": at(5), "node": NodeName(node)}
    store.apply(NodeQueued(**fact, reason="ready"), Token(runner_token))
    started = NodeStarted(**fact, attempt=1, token=Token(f"{token} {node}"), notebook="n", log="l", reason="asked")
    store.apply(started, Token(runner_token))


class Kernel:
    """A process that is, by its environment, an attempt's."""

    def __init__(self, token: str) -> None:
        environment = {**os.environ, "DATAOPS_RUN_ID": RUN, "DATAOPS_ATTEMPT_TOKEN": token}
        command = [sys.executable, "-c", "print(flush=True); input()"]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    @property
    def is_gone(self) -> bool:
        return is_gone(self.process.pid)


@pytest.fixture
def kernels() -> Iterator[tuple[Kernel, Kernel]]:
    """Of the dead runner's attempt, and of another's."""
    both = Kernel("first a"), Kernel("second b")
    yield both
    for kernel in both:
        with kernel.process as process:
            process.kill()


def test_a_run_whose_process_is_gone_is_crashed_and_says_what_was_going_on(
    store: MemoryRunStore, layout: Layout
) -> None:
    taken(store, GONE, "a", "b", "c", "d", "e")
    assert find_dead_runs(store, layout, SOON) == [RUN]
    run = store.get_run(RUN)
    assert run.state is RunState.CRASHED
    host = GONE.host.partition("/")[0]
    told = f"its runner (process {GONE.pid} on {host}) died while `a`, `b`, `c` and 2 more were running"
    assert run.reason == told
    assert find_dead_runs(store, layout, SOON) == []


@pytest.mark.parametrize(("runner", "clock"), [(this_runner(), SOON), (ELSEWHERE, SOON)], ids=["here", "elsewhere"])
def test_a_run_whose_runner_may_be_there_is_left_alone(
    store: MemoryRunStore, layout: Layout, runner: RunnerRecord, clock: FakeClock
) -> None:
    taken(store, runner)
    assert find_dead_runs(store, layout, clock) == []
    assert store.get_run(RUN).state is RunState.RUNNING


def test_a_run_whose_runner_is_silent_past_its_lease_is_crashed_wherever_it_is(
    store: MemoryRunStore, layout: Layout
) -> None:
    taken(store, ELSEWHERE)
    assert find_dead_runs(store, layout, LATE) == [RUN]


def test_a_run_that_was_to_be_cancelled_ends_so(store: MemoryRunStore, layout: Layout) -> None:
    taken(store, GONE)
    store.apply(a_cancel_request(), None)
    assert find_dead_runs(store, layout, SOON) == [RUN]
    run = store.get_run(RUN)
    assert (run.state, run.reason) == (RunState.CANCELLED, "asked; its runner had died")
    assert {record.state for record in store.get_node_runs(RUN)} == {NodeState.CANCELLED}


class Interrupted(MemoryRunStore):
    """Somebody else acts between this finder's look and its word, or right after that."""

    def __init__(self) -> None:
        super().__init__()
        self.before_crash = self.after_crash = lambda: None

    def apply(self, event: Event, token: Token | None) -> None:
        if not isinstance(event, RunCrashed):
            super().apply(event, token)
            return
        self.before_crash()
        super().apply(event, token)
        self.after_crash()


def test_a_runner_that_renews_its_lease_just_then_keeps_run_and_kernel(
    layout: Layout, kernels: tuple[Kernel, Kernel]
) -> None:
    store = Interrupted()
    taken(store, this_runner())
    store.before_crash = lambda: store.renew_lease(RUN, TOKEN, LEASE + timedelta(hours=1))
    assert find_dead_runs(store, layout, LATE) == []
    assert store.get_run(RUN).state is RunState.RUNNING
    assert not kernels[0].is_gone


def test_the_kernels_of_the_dead_runner_are_ended_and_never_those_of_one_who_resumes_at_once(
    layout: Layout, kernels: tuple[Kernel, Kernel]
) -> None:
    store = Interrupted()
    taken(store, GONE)

    def resume() -> None:
        store.apply(with_runner(a_resumption(token="new"), this_runner()), None)
        begin(store, "b", "new", "second")

    store.after_crash = resume
    assert find_dead_runs(store, layout, SOON) == [RUN]
    until(lambda: kernels[0].is_gone, "the dead runner's kernel has ended")
    assert not kernels[1].is_gone


def test_who_goes_on_ends_what_a_finder_that_died_had_no_time_for(
    store: MemoryRunStore, layout: Layout, kernels: tuple[Kernel, Kernel]
) -> None:
    taken(store, GONE)
    store.apply(RunCrashed(run_id=RUN, at=at(6), reason="it died", lease_until=store.get_run(RUN).lease_until), TOKEN)
    left = leave(layout, CONNECTION_FILE)
    clear_remains(store, layout, store.get_run(RUN))
    until(lambda: kernels[0].is_gone, "the kernel has ended")
    assert not left.exists()


def test_kernels_of_another_machine_are_not_looked_for_here(
    store: MemoryRunStore, layout: Layout, kernels: tuple[Kernel, Kernel]
) -> None:
    taken(store, ELSEWHERE)
    left = leave(layout, CONNECTION_FILE)
    assert find_dead_runs(store, layout, LATE) == [RUN]
    assert not kernels[0].is_gone
    assert left.exists()


def leave(layout: Layout, name: str) -> Path:
    folder = layout.attempt(RUN, "a", 1)
    folder.mkdir(parents=True)
    (folder / name).touch()
    return folder / name


def test_every_look_clears_away_values_that_somebody_died_over(store: MemoryRunStore, layout: Layout) -> None:
    draft = Path(layout.artifacts) / "tmp" / "1-2"
    draft.parent.mkdir(parents=True)
    draft.touch()
    long_ago = at().timestamp() - 1000
    os.utime(draft, (long_ago, long_ago))
    assert find_dead_runs(store, layout, SOON) == []
    assert not draft.exists()


def test_runs_that_wait_for_slots_of_the_dead_one_are_woken(store: MemoryRunStore, layout: Layout) -> None:
    taken(store, GONE)
    woken = threading.Event()
    with ControlListener(woken.set) as listener:
        waiting = RunId("bcdwaiting")
        keep(store, a_run(waiting), a_node(run_id=waiting))
        store.apply(with_runner(a_start(waiting), this_runner(), listener.address), None)
        assert find_dead_runs(store, layout, SOON) == [RUN]
        assert woken.is_set()
