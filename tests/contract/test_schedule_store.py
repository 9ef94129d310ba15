"""What every schedule store does, whichever keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import IllegalMove, RunNotFound, ScheduleExists, ScheduleNotFound
from jupyter_dataops.events import RunFinished
from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import PollRecord, ScheduleRecord, ServiceRecord
from jupyter_dataops.states import FireFate, FireKind, RunState
from jupyter_dataops.wiring import Stores
from tests.support.schedules import (
    BY,
    ME,
    OTHER,
    SCHEDULE,
    a_fire,
    a_run_of,
    a_schedule,
    a_turn,
    on,
    start,
)
from tests.support.stores import a_runner, a_start


@pytest.fixture
def store(kept: Stores) -> ScheduleStore:
    return kept.schedules


@pytest.fixture
def nightly(store: ScheduleStore) -> ScheduleRecord:
    return store.add_schedule(a_schedule(), BY, on())


def again(store: ScheduleStore) -> ScheduleRecord:
    return store.get_schedule(SCHEDULE)


# -- schedules


def test_a_schedule_is_kept_as_it_was_given(store: ScheduleStore) -> None:
    given = a_schedule(
        policy={"overlap": "skip"},
        parameters={"day": "{{ fire_time }}"},
        options={"jobs": 2},
        environment="prod",
        deployed=True,
        origin="/home/ana/dataops.toml",
    )
    added = store.add_schedule(given, BY, on())
    assert added == replace(given, seq=added.seq)
    assert added.seq > 0
    assert store.get_schedules() == [added]
    assert store.find_schedule("nightly") == again(store) == added


def test_a_name_is_had_by_one_schedule_at_a_time(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    with pytest.raises(ScheduleExists, match="'nightly' already"):
        store.add_schedule(a_schedule(schedule_id="another"), BY, on())
    store.change_schedule(nightly, replace(nightly, removed_at=on(1)), "remove_schedule", BY, on(1))
    second = store.add_schedule(a_schedule(schedule_id="another"), BY, on(2))
    assert store.find_schedule("nightly") == second
    assert store.get_schedules() == [second]


def test_a_name_that_no_schedule_has_is_refused_with_a_near_one(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    with pytest.raises(ScheduleNotFound, match="did you mean 'nightly'"):
        store.find_schedule("nighly")
    with pytest.raises(ScheduleNotFound):
        store.get_schedule(ScheduleId("nobody"))


def test_an_edit_changes_what_somebody_may_change_and_nothing_else(
    store: ScheduleStore, nightly: ScheduleRecord
) -> None:
    store.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    edited = replace(nightly, trigger={"cron": "@daily"}, considered_until=on(0.5), started_count=7)
    after = store.change_schedule(nightly, edited, "edit_schedule", BY, on(2))
    assert after == again(store)
    assert (after.trigger, after.version, after.started_count) == ({"cron": "@daily"}, 2, 1)
    assert after.considered_until == on(1), "it never goes back"
    assert after.seq > nightly.seq


def test_an_edit_of_what_somebody_else_has_changed_is_refused(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.change_schedule(nightly, replace(nightly, paused_at=on(1)), "pause_schedule", BY, on(1))
    with pytest.raises(IllegalMove, match="changed by somebody else"):
        store.change_schedule(nightly, replace(nightly, name="other"), "edit_schedule", BY, on(2))
    assert again(store).name == "nightly"


def test_a_decision_of_a_service_is_no_change_by_somebody(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    assert store.change_schedule(nightly, replace(nightly, name="hourly"), "edit_schedule", BY, on(2)).name == "hourly"


def test_a_new_name_may_not_be_anothers(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.add_schedule(a_schedule("hourly", "another"), BY, on())
    with pytest.raises(ScheduleExists):
        store.change_schedule(nightly, replace(nightly, name="hourly"), "edit_schedule", BY, on(2))


def test_what_is_removed_is_not_changed_any_more(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    gone = store.change_schedule(nightly, replace(nightly, removed_at=on(1)), "remove_schedule", BY, on(1))
    with pytest.raises(ScheduleNotFound, match="was removed"):
        store.change_schedule(gone, replace(gone, name="back"), "edit_schedule", BY, on(2))
    with pytest.raises(ScheduleNotFound, match="was removed"):
        store.add_fires(gone, [a_fire(on(1))], "run_now", BY, on(2))
    assert store.decide([a_turn(gone, a_fire(on(3)))], on(3)) == {}
    assert again(store).removed_at == on(1)


def test_fires_that_wait_go_with_their_schedule(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.decide([a_turn(nightly, a_fire(on(1)), a_fire(on(2), FireFate.BUFFERED))], on(2))
    present = again(store)
    store.change_schedule(present, replace(present, removed_at=on(3)), "remove_schedule", BY, on(3))
    second, first = store.get_fires(SCHEDULE)
    assert (second.fate, second.reason) == (FireFate.SKIPPED, "the schedule was removed")
    assert first.fate is FireFate.CLAIMED
    assert [one.fire.fire_time for one in store.get_open_fires()] == [on(1)]


def test_a_change_may_come_with_a_decision_both_or_none(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    paused = store.change_schedule(nightly, replace(nightly, paused_at=on(1)), "pause_schedule", BY, on(1))
    missed = a_fire(on(2), FireFate.MISSED, count=7, first_time=on(1), at_least=True)
    back = replace(paused, paused_at=None)
    stale = replace(a_turn(paused, missed), seq=nightly.seq)
    with pytest.raises(IllegalMove):
        store.change_schedule(paused, back, "resume_schedule", BY, on(3), turn=stale)
    assert (again(store), store.get_fires(SCHEDULE)) == (paused, [])
    after = store.change_schedule(paused, back, "resume_schedule", BY, on(3), turn=a_turn(paused, missed))
    assert (after.is_paused, after.considered_until, store.get_fires(SCHEDULE)) == (False, on(2), [missed])


def test_an_edit_of_the_trigger_forgets_when_it_fired(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    present = again(store)
    renamed = store.change_schedule(present, replace(present, name="n"), "edit_schedule", BY, on(2))
    assert renamed.fired_at == on(1)
    edited = store.change_schedule(renamed, replace(renamed, trigger={"cron": "x"}), "edit_schedule", BY, on(2))
    assert edited.fired_at is None


def test_changes_are_found_by_their_number(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    hourly = store.add_schedule(a_schedule("hourly", "another"), BY, on())
    assert store.get_changed_schedules(0) == [nightly, hourly]
    assert store.get_changed_schedules(hourly.seq) == []
    paused = store.change_schedule(nightly, replace(nightly, paused_at=on(1)), "pause_schedule", BY, on(1))
    assert store.get_changed_schedules(hourly.seq) == [paused]
    gone = store.change_schedule(hourly, replace(hourly, removed_at=on(1)), "remove_schedule", BY, on(1))
    assert store.get_changed_schedules(paused.seq) == [gone]


def test_every_action_is_on_record(kept: Stores) -> None:
    store = kept.schedules
    nightly = store.add_schedule(a_schedule(), BY, on())
    paused = store.change_schedule(nightly, replace(nightly, paused_at=on(1)), "pause_schedule", "bob@there", on(1))
    store.add_fires(paused, [a_fire(on(2), kind=FireKind.MANUAL)], "run_now", BY, on(2))
    seen = [(one.at, one.by, one.action, one.schedule, one.run_id) for one in kept.runs.get_audit()]
    assert seen == [
        (on(0), BY, "add_schedule", "nightly", None),
        (on(1), "bob@there", "pause_schedule", "nightly", None),
        (on(2), BY, "run_now", "nightly", None),
    ]
    added, edited, asked = kept.runs.get_audit()
    assert added.details["trigger"] == {"cron": "0 * * * *"}
    assert edited.details == {"paused_at": {"from": None, "to": "2026-01-31T01:00:00+00:00"}}
    assert (asked.details["fires"], asked.details["run_id"], asked.notebook) == (1, "r31020000", nightly.notebook)


# -- deciding and claiming


def test_a_turn_stores_fires_and_moves_the_schedule_on(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    missed = a_fire(on(1), FireFate.MISSED, reason="nobody was there")
    claim = a_fire(on(2))
    assert store.decide([a_turn(nightly, missed, claim, until=on(2.5))], on(2.5)) == {SCHEDULE: [claim]}
    assert store.get_fires(SCHEDULE) == [claim, missed]
    after = again(store)
    assert (after.considered_until, after.fired_at, after.started_count) == (on(2.5), on(2), 1)
    assert after.seq > nightly.seq
    assert after.version == nightly.version


def test_of_two_who_decide_the_same_one_does(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    mine, others = a_fire(on(1)), a_fire(on(1), claimed_by=OTHER, run_id=RunId("theirs"))
    assert store.decide([a_turn(nightly, mine)], on(1)) == {SCHEDULE: [mine]}
    assert store.decide([a_turn(nightly, others)], on(1)) == {}
    assert store.get_fires(SCHEDULE) == [mine]


def test_a_decision_about_what_was_changed_meanwhile_is_none(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.change_schedule(nightly, replace(nightly, paused_at=on(1)), "pause_schedule", BY, on(1))
    assert store.decide([a_turn(nightly, a_fire(on(1)))], on(1)) == {}
    assert store.get_fires(SCHEDULE) == []


def test_turns_of_several_schedules_are_stored_together_each_by_itself(store: ScheduleStore) -> None:
    three = [store.add_schedule(a_schedule(name, name), BY, on()) for name in "abc"]
    store.change_schedule(three[1], replace(three[1], paused_at=on(1)), "pause_schedule", BY, on(1))
    turns = [a_turn(one, a_fire(on(1), schedule_id=one.schedule_id, run_id=RunId(f"r{one.name}"))) for one in three]
    assert list(store.decide(turns, on(1))) == ["a", "c"]
    assert len({one.seq for one in store.get_schedules()}) == 3
    assert sorted(store.get_latest_fires([ScheduleId(name) for name in "abc"])) == ["a", "c"]


def test_nothing_decided_is_nothing_done(store: ScheduleStore) -> None:
    assert store.decide([], on(1)) == {}


def test_a_fire_that_somebody_asked_for_before_its_time_was_considered_is_not_started_again(
    store: ScheduleStore, nightly: ScheduleRecord
) -> None:
    asked = a_fire(on(1), kind=FireKind.BACKFILL, run_id=RunId("asked"))
    store.add_fires(nightly, [asked], "backfill", BY, on(1))
    claimed = store.decide([a_turn(again(store), a_fire(on(1)), a_fire(on(2)))], on(2))
    assert [fire.fire_time for fire in claimed[SCHEDULE]] == [on(2)]
    assert [fire.run_id for fire in store.get_fires(SCHEDULE)] == ["r31020000", "asked"]


def test_a_fire_that_waits_is_claimed_by_a_later_turn(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    waiting = a_fire(on(1), FireFate.BUFFERED)
    store.decide([a_turn(nightly, waiting)], on(1))
    assert again(store).started_count == 0
    claim = a_fire(on(1), decided_at=on(1.5))
    assert store.decide([a_turn(again(store), changed=(claim,))], on(1.5)) == {SCHEDULE: [claim]}
    assert (store.get_fires(SCHEDULE), again(store).started_count) == ([claim], 1)


def test_a_fire_that_waits_no_longer_is_not_claimed(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    stale = a_fire(on(1), claimed_by=OTHER)
    assert store.decide([a_turn(again(store), changed=(stale,))], on(1.5)) == {SCHEDULE: []}
    assert store.get_fires(SCHEDULE)[0].claimed_by == ME


# -- starting


def test_a_claimed_fire_is_started_with_its_run(kept: Stores, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    kept.schedules.decide([a_turn(nightly, claim)], on(1))
    started = start(kept.schedules, claim)
    (fire,) = kept.schedules.get_fires(SCHEDULE)
    assert started == [fire]
    assert (fire.fate, fire.started_at, fire.lease_until) == (FireFate.STARTED, on(1), claim.lease_until)
    assert kept.runs.get_run(RunId("r31010000")).state is RunState.QUEUED
    assert kept.schedules.find_fire_of_run(RunId("r31010000")) == fire
    kept.schedules.note_launched([fire])
    assert kept.schedules.get_fires(SCHEDULE)[0].lease_until is None


def test_a_fire_starts_once(kept: Stores, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    kept.schedules.decide([a_turn(nightly, claim)], on(1))
    start(kept.schedules, claim)
    assert start(kept.schedules, claim) == []
    assert len(kept.runs.get_runs()) == 1


def test_who_has_lost_the_claim_starts_nothing(kept: Stores, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    kept.schedules.decide([a_turn(nightly, claim)], on(1))
    (taken,) = kept.schedules.take_over([claim], OTHER, on(2))
    assert taken == replace(claim, claimed_by=OTHER, lease_until=on(2))
    assert start(kept.schedules, claim) == []
    with pytest.raises(RunNotFound):
        kept.runs.get_run(RunId("r31010000"))
    kept.schedules.fail_fires([(claim, "too late")])
    kept.schedules.note_launched([claim])
    assert kept.schedules.get_fires(SCHEDULE) == [taken]
    start(kept.schedules, taken)
    assert kept.runs.get_run(RunId("r31010000")).state is RunState.QUEUED


def test_of_two_who_take_a_claim_over_one_does(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    store.decide([a_turn(nightly, claim)], on(1))
    assert len(store.take_over([claim], OTHER, on(2))) == 1
    assert store.take_over([claim], Token("a third"), on(2)) == []


def test_a_resumption_is_counted(kept: Stores, nightly: ScheduleRecord) -> None:
    kept.schedules.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    start(kept.schedules, a_fire(on(1)))
    (fire,) = kept.schedules.get_fires(SCHEDULE)
    (resumed,) = kept.schedules.take_over([fire], OTHER, on(2), resumes=True)
    assert (resumed.resumed, resumed.claimed_by, resumed.fate) == (1, OTHER, FireFate.STARTED)
    assert kept.schedules.take_over([fire], ME, on(2), resumes=True) == []


def test_a_claim_that_was_renewed_is_not_taken_over(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    unnamed = a_fire(on(2))
    store.decide([a_turn(nightly, claim, unnamed)], on(2))
    store.renew_claims([claim], ME, on(5))
    store.renew_claims([claim], OTHER, on(9))
    assert store.take_over([claim], OTHER, on(2)) == []
    assert [fire.lease_until for fire in store.get_fires(SCHEDULE)] == [unnamed.lease_until, on(5)]
    start(store, claim)
    store.renew_claims([claim], ME, on(6))
    assert store.get_fires(SCHEDULE)[1].lease_until == on(6), "its run waits for a process"
    store.note_launched([claim])
    store.renew_claims([claim], ME, on(7))
    assert store.get_fires(SCHEDULE)[1].lease_until is None, "nothing is left to be done for its start"


def test_of_fires_that_are_started_together_those_are_left_out_that_another_has(
    kept: Stores, nightly: ScheduleRecord
) -> None:
    first, second, third = (a_fire(on(hour)) for hour in (1, 2, 3))
    kept.schedules.decide([a_turn(nightly, first, second, third)], on(3))
    kept.schedules.take_over([second], OTHER, on(4))
    kept.schedules.fail_fires([(third, "no")])
    other = kept.schedules.add_schedule(a_schedule("other", "other"), BY, on())
    fourth = a_fire(on(1), schedule_id="other", run_id=RunId("of another"))
    kept.schedules.decide([a_turn(other, fourth)], on(3))
    started = start(kept.schedules, first, second, third, fourth)
    assert [(fire.schedule_id, fire.fire_time, fire.fate) for fire in started] == [
        (SCHEDULE, on(1), FireFate.STARTED),
        ("other", on(1), FireFate.STARTED),
    ]
    assert {run.run_id for run in kept.runs.get_runs()} == {first.run_id, fourth.run_id}
    kept.schedules.note_launched([first, second, fourth])
    held = [(one.fire.fire_time, one.fire.lease_until) for one in kept.schedules.get_open_fires()]
    assert held == [(on(1), None), (on(1), None), (on(2), on(4))]
    assert kept.schedules.get_schedules_of([first, fourth]) == {SCHEDULE: again(kept.schedules), "other": ANY}


def test_nothing_to_be_started_is_nothing_done(store: ScheduleStore) -> None:
    assert store.start_fires([]) == store.take_over([], ME, on(1)) == store.end_fires([], on(1)) == []
    store.note_launched([])
    store.fail_fires([])
    store.renew_claims([], ME, on(1))
    assert store.get_schedules_of([]) == {}


def test_what_a_service_has_not_started_is_anybodys_when_it_goes(kept: Stores, nightly: ScheduleRecord) -> None:
    claimed, queued, launched, anothers = (a_fire(on(hour)) for hour in (1, 2, 3, 4))
    kept.schedules.decide([a_turn(nightly, claimed, queued, launched, anothers)], on(4))
    kept.schedules.take_over([anothers], OTHER, on(9))
    start(kept.schedules, queued, launched)
    kept.runs.apply(a_start(launched.run_id), None)
    kept.schedules.renew_claims([claimed, queued, launched], ME, on(9))
    kept.schedules.remove_service(ME, on(5))
    leases = [one.fire.lease_until for one in kept.schedules.get_open_fires()]
    assert leases == [on(5), on(5), on(9), on(9)]


def test_a_run_that_is_there_already_counts_as_made(kept: Stores, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    kept.schedules.decide([a_turn(nightly, claim)], on(1))
    run = a_run_of(claim)
    kept.runs.create_run(run, (), {run.snapshot: "{}"}, on(1))
    start(kept.schedules, claim)
    assert kept.schedules.get_fires(SCHEDULE)[0].fate is FireFate.STARTED


def test_a_fire_that_cannot_be_started_says_why(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    claim = a_fire(on(1))
    store.decide([a_turn(nightly, claim)], on(1))
    store.fail_fires([(claim, "there is no such notebook")])
    (fire,) = store.get_fires(SCHEDULE)
    assert (fire.fate, fire.reason, fire.is_open) == (FireFate.FAILED_TO_START, "there is no such notebook", False)
    assert store.get_open_fires() == []


# -- open fires


def test_open_fires_are_told_with_the_state_of_their_runs(kept: Stores, nightly: ScheduleRecord) -> None:
    store = kept.schedules
    first, second = a_fire(on(1)), a_fire(on(2))
    store.decide(
        [a_turn(nightly, first, second, a_fire(on(3), FireFate.BUFFERED), a_fire(on(4), FireFate.SKIPPED))], on(4)
    )
    start(store, first)
    seen = [(one.fire.fire_time, one.fire.fate, one.run_state) for one in store.get_open_fires()]
    assert seen == [
        (on(1), FireFate.STARTED, RunState.QUEUED),
        (on(2), FireFate.CLAIMED, None),
        (on(3), FireFate.BUFFERED, None),
    ]


def finish(kept: Stores, at: Any, state: RunState) -> None:
    run_id = RunId(f"r{at:%d%H%M%S}")
    kept.runs.apply(replace(a_start(run_id), at=at), None)
    done = RunFinished(run_id=run_id, at=at + timedelta(minutes=1), state=state, reason="so it ended")
    kept.runs.apply(done, a_start(run_id).token)


def test_a_run_that_ended_closes_its_fire_once(kept: Stores, nightly: ScheduleRecord) -> None:
    store = kept.schedules
    store.decide([a_turn(nightly, a_fire(on(1)))], on(1))
    start(store, a_fire(on(1)))
    finish(kept, on(1), RunState.SUCCEEDED)
    (one,) = store.get_open_fires()
    assert (one.run_state, one.lasted_s) == (RunState.SUCCEEDED, 60.0)
    noted = store.end_fires([(one.fire, one.run_state)], on(1.5))
    assert store.end_fires([(one.fire, RunState.FAILED)], on(1.6)) == []
    (fire,) = store.get_fires(SCHEDULE)
    assert noted == [fire]
    assert (fire.run_state, fire.ended_at, fire.is_open) == (RunState.SUCCEEDED, on(1.5), False)
    assert store.get_open_fires() == []
    assert again(store).succeeded_at == on(1)


def test_the_latest_success_is_kept_whatever_ends_when(kept: Stores, nightly: ScheduleRecord) -> None:
    store = kept.schedules
    store.decide([a_turn(nightly, a_fire(on(1)), a_fire(on(2)), a_fire(on(3)))], on(3))
    for hour, state in ((2, RunState.SUCCEEDED), (1, RunState.SUCCEEDED), (3, RunState.FAILED)):
        start(store, a_fire(on(hour)))
        finish(kept, on(hour), state)
        store.end_fires([(store.find_fires(SCHEDULE, [on(hour)])[on(hour)], state)], on(4))
    assert again(store).succeeded_at == on(2)
    assert [store.find_success(SCHEDULE, on(hour)) for hour in (9, 2, 1)] == [on(2), on(1), None]


# -- asked for


def test_nothing_is_asked_for_twice_unless_nothing_came_of_it(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    fates = [FireFate.CLAIMED, FireFate.BUFFERED, FireFate.SKIPPED, FireFate.MISSED]
    fires = [a_fire(on(hour), fate, reason="as it was") for hour, fate in enumerate(fates, start=1)]
    store.decide([a_turn(nightly, *fires)], on(4))
    wanted = [
        a_fire(on(hour), FireFate.BUFFERED, kind=FireKind.BACKFILL, batch="b", position=hour, parameters={"x": 1})
        for hour in range(6)
    ]
    asked = store.add_fires(nightly, wanted, "backfill", BY, on(9))
    assert [fire.fire_time for fire in asked] == [on(0), on(3), on(4), on(5)]
    assert [fire.reason for fire in asked] == ["", "skipped before: as it was", "missed before: as it was", ""]
    assert [fire.kind for fire in store.get_fires(SCHEDULE)] == [
        *["backfill"] * 3,
        *["scheduled"] * 2,
        "backfill",
    ]
    assert store.get_fires(SCHEDULE)[1].parameters == {"x": 1}
    assert again(store).seq > nightly.seq
    assert store.add_fires(nightly, wanted, "backfill", BY, on(9)) == []


# -- history


def test_history_is_read_from_its_end(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.decide([a_turn(nightly, *(a_fire(on(hour), FireFate.SKIPPED) for hour in range(1, 6)))], on(6))
    assert [fire.fire_time for fire in store.get_fires(SCHEDULE, limit=2)] == [on(5), on(4)]
    assert [fire.fire_time for fire in store.get_fires(SCHEDULE, limit=2, before=on(4))] == [on(3), on(2)]
    assert [fire.fire_time for fire in store.get_latest_fires([SCHEDULE])[SCHEDULE]] == [on(5)]
    assert list(store.find_fires(SCHEDULE, [on(2), on(9)])) == [on(2)]
    assert store.find_fire_of_run(RunId("nobody")) is None


def test_of_several_schedules_each_has_its_latest_fires(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    other, third = (store.add_schedule(a_schedule(name, name), BY, on()) for name in ("other", "third"))
    store.decide(
        [
            a_turn(nightly, *(a_fire(on(hour), FireFate.SKIPPED) for hour in range(1, 6))),
            a_turn(other, *(a_fire(on(hour), FireFate.MISSED, "other") for hour in (7, 2))),
        ],
        on(8),
    )
    wanted = [SCHEDULE, other.schedule_id, third.schedule_id, ScheduleId("nobody")]
    for limit in (1, 2, 3, 9):
        found = store.get_latest_fires(wanted, limit)
        assert found == {one: store.get_fires(one, limit) for one in (SCHEDULE, other.schedule_id)}
    assert len(found[SCHEDULE]) == 5
    assert store.get_latest_fires([third.schedule_id], 2) == store.get_latest_fires([]) == {}


# -- polls, signals, services


def test_of_two_who_look_one_does(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    poll = PollRecord(SCHEDULE, "file:x", on(1))
    mine = store.take_poll(poll, on(2))
    assert mine is not None
    assert store.take_poll(poll, on(2)) is None
    assert store.get_polls() == [replace(poll, next_at=on(2), seq=mine.seq)]


def test_what_was_seen_is_kept_with_its_signal(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    first = store.take_poll(PollRecord(SCHEDULE, "file:x", on(1)), on(2))
    assert first is not None
    assert store.keep_poll(first, {"x": [1, 2]}, None, on(1))
    assert store.get_polls()[0].seen == {"x": [1, 2]}
    assert store.get_signals("file:x", on(0)) == []
    second = store.take_poll(store.get_polls()[0], on(3))
    assert second is not None
    assert store.keep_poll(second, {"x": [3]}, {"changed": ["x"]}, on(2))
    (signal,) = store.get_signals("file:x", on(0))
    assert (signal.at, signal.verdict) == (on(2), {"changed": ["x"]})
    assert not store.keep_poll(first, {}, {"late": True}, on(4)), "somebody has looked since"
    assert store.get_signals("file:x", on(0)) == [signal]


def test_polls_go_with_their_schedule(store: ScheduleStore, nightly: ScheduleRecord) -> None:
    store.take_poll(PollRecord(SCHEDULE, "file:x", on(1)), on(2))
    store.change_schedule(nightly, replace(nightly, removed_at=on(1)), "remove_schedule", BY, on(1))
    assert store.get_polls() == []


def test_signals_are_found_after_an_instant_in_order(store: ScheduleStore) -> None:
    for hour in (3, 1, 2):
        store.add_signal("asset:sales", {"version": hour}, on(hour))
    store.add_signal("asset:other", {}, on(2))
    assert store.get_last_signal() == 4
    assert [one.source for one in store.get_new_signals(2)] == ["asset:sales", "asset:other"]
    assert [one.verdict["version"] for one in store.get_signals("asset:sales", on(1))] == [2, 3]
    assert [one.verdict["version"] for one in store.get_signals("asset:sales", on(0), limit=1)] == [1]


def test_a_signal_counts_as_of_after_all_that_was_decided_before_it_was_kept(
    store: ScheduleStore, nightly: ScheduleRecord
) -> None:
    store.decide([a_turn(nightly, a_fire(on(3)))], on(3))
    late = on(3) + timedelta(microseconds=1)
    assert store.add_signal("asset:sales", {}, on(1)).at == late
    assert store.add_signal("asset:sales", {}, on(4)).at == on(4)
    poll = store.take_poll(PollRecord(SCHEDULE, "file:x", on(1)), on(2))
    assert poll is not None
    store.keep_poll(poll, {}, {}, on(1))
    assert [one.at for one in store.get_signals("file:x", on(0))] == [late]


def test_services_are_there_as_long_as_they_say_so(store: ScheduleStore) -> None:
    mine = ServiceRecord(ME, a_runner(), on(0), on(0), on(1))
    store.renew_service(mine)
    store.renew_service(ServiceRecord(OTHER, a_runner(), on(0.5), on(0), on(0.9)))
    assert [one.token for one in store.get_services(on(0.7))] == [ME, OTHER]
    store.renew_service(replace(mine, lease_until=on(3)))
    assert store.get_services(on(2)) == [replace(mine, lease_until=on(3))]
    store.remove_service(ME, on(2))
    assert store.get_services(on(0)) == []


def test_whoever_looks_learns_that_something_was_written(store: ScheduleStore) -> None:
    before = store.get_data_version()
    added = store.add_schedule(a_schedule(), BY, on())
    between = store.get_data_version()
    assert between != before
    store.decide([a_turn(added, a_fire(on(1)))], on(1))
    assert store.get_data_version() != between
