"""The lease: renewed whatever happens, until somebody else has the run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from jupyter_dataops.engine.lease import LeaseKeeper
from jupyter_dataops.engine.mailbox import LeaseLost, Message
from jupyter_dataops.errors import IllegalMove, RunNotFound, StoreUnavailable
from jupyter_dataops.events import RunStarted
from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START, FakeClock
from tests.support.coordinated import LEASE_S, RUN_ID, RUNNER, Coordinated, declare_crashed, node, queued_run
from tests.support.executor import Does

TOKEN = Token("the runner's")


class LeaseStore(MemoryRunStore):
    """Keeps what each renewal said; `befall` may make one fail."""

    def __init__(self, befall: Callable[[int], None] = lambda number: None) -> None:
        super().__init__()
        self.renewals: list[datetime] = []
        self._befall = befall

    def renew_lease(self, run_id: RunId, token: Token, until: datetime) -> None:
        self.renewals.append(until)
        self._befall(len(self.renewals))
        super().renew_lease(run_id, token, until)


def kept(store: LeaseStore, times: int) -> tuple[FakeClock, list[float], list[LeaseLost]]:
    """The clock, how long the keeper waited each time, and what it told, after at most that many waits."""
    queued_run([node("a")], store)
    taken = RunStarted(run_id=RUN_ID, at=START, token=TOKEN, control="c", runner=RUNNER, lease_until=START)
    store.apply(taken, None)
    clock, waits, told = FakeClock(), list[float](), list[LeaseLost]()

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        clock.at(seconds, lambda: None)
        clock.pass_until_next(None)
        return len(waits) > times

    LeaseKeeper(store, clock, RUN_ID, lease_s=LEASE_S, tell=told.append, wait=wait).keep(TOKEN)
    return clock, waits, told


def test_the_lease_is_renewed_three_times_as_often_as_it_runs_out() -> None:
    store = LeaseStore()
    _, waits, told = kept(store, times=3)
    assert set(waits) == {LEASE_S / 3}
    assert store.renewals == [START + timedelta(seconds=at + LEASE_S) for at in (10, 20, 30)]
    assert store.get_run(RUN_ID).lease_until == store.renewals[-1]
    assert told == []


def test_a_store_that_does_not_answer_is_asked_again_until_it_does() -> None:
    def down_for_long(number: int) -> None:
        if number < 50:
            raise StoreUnavailable("the network is down")

    store = LeaseStore(down_for_long)
    _, _, told = kept(store, times=50)
    # It had run out long ago, and nobody had taken the run: who comes back goes on.
    assert store.get_run(RUN_ID).lease_until == START + timedelta(seconds=500 + LEASE_S)
    assert told == []


@pytest.mark.parametrize("refusal", [IllegalMove("taken"), RunNotFound("gone")])
def test_a_refusal_is_told_once_and_final(refusal: IllegalMove | RunNotFound) -> None:
    def refuse_second(number: int) -> None:
        if number == 2:
            raise refusal

    store = LeaseStore(refuse_second)
    _, _, told = kept(store, times=9)
    assert told == [LeaseLost(refusal)]
    assert len(store.renewals) == 2


def test_a_run_is_taken_with_its_runner_and_a_lease() -> None:
    world = Coordinated(node("a"))
    world.execute()
    assert (world.run().runner, world.run().lease_until) == (RUNNER, START + timedelta(seconds=LEASE_S))


def test_no_thread_outlives_the_run() -> None:
    names = []
    world = Coordinated(node("a"))
    world.executor.on_submit = lambda job: names.extend(thread.name for thread in threading.enumerate())
    world.execute()
    assert f"lease of {RUN_ID}" in names
    assert f"lease of {RUN_ID}" not in [thread.name for thread in threading.enumerate()]


def test_a_runner_that_lost_its_lease_stops_its_kernels_writes_nothing_and_says_what_happened() -> None:
    world = Coordinated(node("a"), node("b", "a"), script={"a": Does(60)})

    def lose() -> None:
        declare_crashed(world)
        world.mailbox.put(LeaseLost(IllegalMove("it is another runner's")))

    world.at(3, lose)
    with pytest.raises(IllegalMove, match="The run was taken from this runner: it is another runner's"):
        world.execute()
    assert world.executor.is_closed
    assert not world.executor.running
    assert world.clock.elapsed_s() == 3.0
    assert world.history() == ["RunCreated", "RunStarted", "RunCrashed"]
    assert world.history("a") == ["NodeQueued", "NodeStarted"]


def test_a_runner_that_is_told_to_have_lost_its_run_does_not_even_try_to_write() -> None:
    world = Coordinated(node("a"), script={"a": Does(60)})
    world.at(3, lambda: world.mailbox.put(LeaseLost(IllegalMove("it is another runner's"))))
    with pytest.raises(IllegalMove):
        world.execute()
    assert world.history() == ["RunCreated", "RunStarted"]


def test_the_keeper_tells_the_coordinator_that_the_lease_is_lost() -> None:
    refused, told = threading.Event(), threading.Event()

    def refuse(number: int) -> None:
        refused.set()
        raise IllegalMove("it is another runner's")

    world = Coordinated(node("a"), script={"a": Does(60)}, store=LeaseStore(refuse), lease_s=0.003)
    put = world.mailbox.put

    def put_and_tell(message: Message) -> None:
        put(message)
        if isinstance(message, LeaseLost):
            told.set()

    def wait_for_it(job: NodeJob) -> None:
        assert told.wait(30)

    world.coordinator._lease._tell = put_and_tell
    world.executor.on_submit = wait_for_it
    with pytest.raises(IllegalMove, match="taken from this runner"):
        world.execute()
    assert refused.is_set()
    assert world.executor.is_closed
