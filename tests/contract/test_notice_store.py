"""What every store of messages does, whichever keeps it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import RunFinished
from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.interfaces import NoticeStore
from jupyter_dataops.notices import trying
from jupyter_dataops.notices.wanted import called_for_by_lateness, called_for_by_missed
from jupyter_dataops.records import NoticeRecord, RunRecord
from jupyter_dataops.states import FireFate, FireKind, NoticeState, Notified, RunState
from jupyter_dataops.wiring import Stores
from tests.support.notices import a_receiver, a_run_for, told
from tests.support.schedules import BY, SCHEDULE, a_fire, a_schedule, a_turn, on
from tests.support.stores import RUN, TOKEN, a_cancel_request, a_crash, a_resumption, a_start, at, keep

ME, OTHER = Token("me"), Token("another")


@pytest.fixture
def store(kept: Stores) -> NoticeStore:
    return kept.notices


def play(kept: Stores, state: RunState, run: RunRecord | None = None, seconds: float = 10) -> RunRecord:
    """A run from its beginning to this end."""
    run = run or a_run_for()
    keep(kept.runs, run)
    kept.runs.apply(a_start(run.run_id), None)
    end(kept, state, run.run_id, seconds)
    return run


def end(kept: Stores, state: RunState, run_id: str = RUN, seconds: float = 10) -> None:
    if state is RunState.CRASHED:
        lease = kept.runs.get_run(RunId(run_id)).lease_until
        kept.runs.apply(a_crash(run_id, lease, seconds), TOKEN)
    else:
        if state is RunState.CANCELLED:
            kept.runs.apply(a_cancel_request(run_id), None)
        kept.runs.apply(RunFinished(run_id=RunId(run_id), at=at(seconds), state=state, reason="so"), TOKEN)


def claim(store: NoticeStore, seconds: float = 10, by: Token = ME, **more: bool) -> list[NoticeRecord]:
    return list(store.claim_notices(by, at(seconds), at(seconds + 60), **more))


# -- with the event


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.SUCCEEDED, RunState.CRASHED])
def test_an_end_and_what_it_calls_for_are_stored_together(kept: Stores, store: NoticeStore, state: RunState) -> None:
    play(kept, state, a_run_for(a_receiver(places=2), environment="prod"))
    found = store.get_notices(RUN)
    assert told(found) == [f"{state} team/0", f"{state} team/1"]
    assert {(one.state, one.at, one.next_at, one.environment) for one in found} == {
        (NoticeState.WAITING, at(10), at(10), "prod")
    }


def test_who_tells_nobody_leaves_nothing(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED, replace(a_run_for(), options={}))
    assert (store.get_waiting(), store.find_next()) == ([], None)


def test_an_end_that_is_refused_calls_for_nothing(kept: Stores, store: NoticeStore) -> None:
    keep(kept.runs, a_run_for())
    kept.runs.apply(a_start(), None)
    with pytest.raises(IllegalMove):
        kept.runs.apply(
            RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), Token("another runner's")
        )
    with pytest.raises(IllegalMove):
        kept.runs.apply_all([RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), a_start()], TOKEN)
    assert store.get_waiting() == []


def test_each_crash_of_a_run_is_told_and_its_success_recovers(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.CRASHED)
    kept.runs.apply(a_resumption(seconds=11), None)
    end(kept, RunState.CRASHED, seconds=20)
    kept.runs.apply(a_resumption(seconds=21), None)
    end(kept, RunState.SUCCEEDED, seconds=30)
    assert told(store.get_notices(RUN)) == ["crashed team/0", "crashed team/0", "recovered team/0"]


@pytest.mark.parametrize(
    ("before", "environment", "says"),
    [
        ([RunState.FAILED], "", "recovered team/0"),
        ([RunState.CRASHED], "", "recovered team/0"),
        ([RunState.FAILED, RunState.SUCCEEDED], "", "succeeded team/0"),
        ([RunState.FAILED, RunState.CANCELLED], "", "recovered team/0"),
        ([RunState.FAILED], "prod", "succeeded team/0"),
        ([], "", "succeeded team/0"),
    ],
)
def test_a_success_recovers_after_a_failure_of_its_pipeline_in_its_environment(
    kept: Stores, store: NoticeStore, before: list[RunState], environment: str, says: str
) -> None:
    for number, state in enumerate(before):
        play(kept, state, a_run_for(run_id=f"r{number}"), seconds=10 + number)
    play(kept, RunState.SUCCEEDED, a_run_for(environment=environment), seconds=30)
    assert told(store.get_notices(RUN)) == [says]


def test_of_two_successes_after_a_failure_one_recovers_whichever_began_first(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED, a_run_for(run_id="r0"))
    for run_id in ("r1", "r2"):
        keep(kept.runs, a_run_for(run_id=run_id))
        kept.runs.apply(a_start(run_id), None)
    end(kept, RunState.SUCCEEDED, "r2", 20)
    end(kept, RunState.SUCCEEDED, "r1", 21)
    assert told(store.get_notices(RunId("r2"))) == ["recovered team/0"]
    assert told(store.get_notices(RunId("r1"))) == ["succeeded team/0"]


def test_a_missed_fire_is_told_of_when_it_is_stored_and_never_again(kept: Stores, store: NoticeStore) -> None:
    nightly = kept.schedules.add_schedule(a_schedule(), BY, on())
    missed = a_fire(on(1), FireFate.MISSED)
    notices = tuple(called_for_by_missed(nightly, [missed], [a_receiver()]))
    turn = a_turn(nightly, missed, notices=notices)
    assert kept.schedules.decide([turn], on(1)).keys() == {SCHEDULE}
    assert told(store.get_waiting()) == ["missed team/0"]
    kept.schedules.decide([turn], on(1))  # of another service, which has seen the schedule as it was
    assert told(store.get_waiting()) == ["missed team/0"]


def test_messages_about_the_fires_of_a_schedule_are_found_newest_first(kept: Stores, store: NoticeStore) -> None:
    nightly = kept.schedules.add_schedule(a_schedule(), BY, on())
    missed = [a_fire(on(day), FireFate.MISSED) for day in (1, 2)]
    turn = a_turn(nightly, *missed, notices=tuple(called_for_by_missed(nightly, missed, [a_receiver()])))
    kept.schedules.decide([turn], on(2))
    play(kept, RunState.FAILED)
    play(kept, RunState.FAILED, a_run_for(run_id="r2"))

    def found(schedule_id: str, *run_ids: str, **more: Any) -> list[str]:
        given = {"since": None, **more}
        about = store.get_notices_of_fires(ScheduleId(schedule_id), [RunId(one) for one in run_ids], **given)
        return [one.event_key for one in about]

    newest, oldest = f"missed {SCHEDULE} {on(2).isoformat()}", f"missed {SCHEDULE} {on(1).isoformat()}"
    assert found(SCHEDULE, RUN) == [f"failed {RUN}", newest, oldest]
    assert found(SCHEDULE, since=on(2)) == [newest]
    assert found(SCHEDULE, limit=1) == [newest]
    assert found(SCHEDULE[:-1], "r2") == ["failed r2"]
    assert found("another") == []


def test_a_fire_that_somebody_asked_for_meanwhile_was_not_missed(kept: Stores, store: NoticeStore) -> None:
    nightly = kept.schedules.add_schedule(a_schedule(), BY, on())
    kept.schedules.add_fires(nightly, [a_fire(on(1), kind=FireKind.BACKFILL)], "backfill", BY, on(1))
    present, missed = kept.schedules.get_schedule(SCHEDULE), a_fire(on(1), FireFate.MISSED)
    turn = a_turn(present, missed, notices=tuple(called_for_by_missed(present, [missed], [a_receiver()])))
    assert kept.schedules.decide([turn], on(1)).keys() == {SCHEDULE}
    assert store.get_waiting() == []


def test_lateness_is_told_once_by_whoever_sees_it_while_the_run_goes_on(kept: Stores, store: NoticeStore) -> None:
    run = a_run_for(a_receiver(late_after_s=5))
    keep(kept.runs, run)
    late = called_for_by_lateness(run, at(6))
    assert [store.add_late(late), store.add_late(late)] == [1, 0]
    kept.runs.apply(a_start(), None)
    end(kept, RunState.FAILED)
    assert told(store.get_notices(RUN)) == ["failed team/0", "late team/0"]
    assert store.add_late(late) == 0


def test_who_sees_lateness_after_the_end_comes_too_late(kept: Stores, store: NoticeStore) -> None:
    run = a_run_for(a_receiver(late_after_s=50))
    late = called_for_by_lateness(run, at(60))
    play(kept, RunState.SUCCEEDED, run, seconds=40)
    assert store.add_late(late) == 0
    assert told(store.get_notices(RUN)) == ["succeeded team/0"]


# -- who sends it


def test_a_message_is_in_one_pair_of_hands(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED)
    (mine,) = claim(store)
    assert (mine.claimed_by, mine.lease_until, mine.attempts) == (ME, at(70), 1)
    assert claim(store, by=OTHER) == claim(store, by=OTHER, early=True) == []
    assert store.find_next() == at(70)


def test_what_was_sent_is_sent(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED)
    (mine,) = claim(store)
    sent = trying.sent(mine, at(11))
    assert store.keep_outcome(mine, sent)
    assert store.get_notices(RUN) == [sent]
    assert (claim(store, 1000), store.find_next(), store.get_waiting()) == ([], None, [])


def test_who_dies_with_a_message_in_hand_is_succeeded_when_its_lease_ends(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED)
    (dead,) = claim(store)
    assert claim(store, 69, OTHER) == []
    (taken,) = claim(store, 70, OTHER)
    assert (taken.claimed_by, taken.attempts, taken.message_id) == (OTHER, 2, dead.message_id)
    assert not store.keep_outcome(dead, trying.failed(dead, at(71), "too late to say so"))
    assert store.keep_outcome(taken, trying.sent(taken, at(71)))


def test_what_failed_waits_unless_somebody_cannot(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED)
    (mine,) = claim(store)
    failed = trying.failed(mine, at(11), "no")
    store.keep_outcome(mine, failed)
    assert store.find_next() == failed.next_at == at(11) + trying.PAUSES[0]
    assert claim(store, 12) == []
    (again,) = claim(store, 12, early=True)
    assert (again.attempts, again.error) == (2, "no")


def test_what_nobody_survives_is_given_up(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED)
    for number in range(trying.MOST_TRIES):
        assert len(claim(store, 10 + 100 * number)) == 1
    assert claim(store, 10_000) == []
    (given_up,) = store.get_notices(RUN)
    assert (given_up.state, given_up.attempts) == (NoticeState.GIVEN_UP, trying.MOST_TRIES)


def test_the_oldest_are_sent_first_and_not_all_at_once(kept: Stores, store: NoticeStore) -> None:
    for number in (3, 1, 2):
        play(kept, RunState.FAILED, a_run_for(run_id=f"r{number}"), seconds=number + 5)
    assert [one.run_id for one in store.claim_notices(ME, at(10), at(70), limit=2)] == ["r1", "r2"]
    assert [one.run_id for one in claim(store, by=OTHER)] == ["r3"]


def test_addresses_are_independent(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.FAILED, a_run_for(a_receiver(places=2)))
    first, second = claim(store)
    store.keep_outcome(first, trying.failed(first, at(11), "no"))
    store.keep_outcome(second, trying.sent(second, at(11)))
    assert [one.state for one in store.get_notices(RUN)] == [NoticeState.WAITING, NoticeState.SENT]


def test_events_are_in_their_order(kept: Stores, store: NoticeStore) -> None:
    play(kept, RunState.CRASHED)
    kept.runs.apply(a_resumption(seconds=11), None)
    end(kept, RunState.SUCCEEDED, seconds=30)
    assert [one.event for one in store.get_notices(RUN)] == [Notified.CRASHED, Notified.RECOVERED]
