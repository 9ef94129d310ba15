"""What a service does about a schedule, by example."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules import (
    ActiveRun,
    AllOf,
    Asset,
    At,
    Catchup,
    Cron,
    Decision,
    Facts,
    FireFate,
    Interval,
    Overlap,
    Policy,
    decide,
    resume,
)

HOURLY = Cron("0 * * * *")
DAILY = Cron("0 6 * * *")
DAY = datetime(2026, 1, 31, tzinfo=UTC)
RUN = ActiveRun(RunId("k7m2xqpd9w"), DAY + timedelta(hours=6))


def at(text: str, day: datetime = DAY) -> datetime:
    hour, minute = map(int, text.split(":"))
    return day + timedelta(hours=hour, minutes=minute)


def facts(trigger=HOURLY, considered="06:00", watched: str | None = "00:00", **given) -> Facts:
    policy = Policy(**{name: given.pop(name) for name in list(given) if name in Policy.__struct_fields__})
    since = None if watched is None else at(watched)
    return Facts("nightly", trigger, at(considered), policy, watched_since=since, **given)


def told(decision: Decision) -> list[str]:
    return [f"{verdict.fate} {verdict.nominal:%H:%M}" for verdict in decision.verdicts]


def test_a_fire_starts_when_it_is_due_and_not_before() -> None:
    assert told(decide(facts(), at("06:59"))) == []
    decision = decide(facts(), at("07:00"))
    assert told(decision) == ["started 07:00"]
    assert (decision.considered_until, decision.look_again) == (at("07:00"), at("08:00"))


def test_a_clock_set_back_starts_nothing_twice_and_one_set_forward_misses_nothing_within_the_grace() -> None:
    ahead = decide(facts(), at("08:10"))
    assert told(ahead) == ["missed 07:00", "started 08:00"]
    back = facts(considered="08:00")
    assert told(decide(back, at("07:10"))) == []
    assert decide(back, at("07:10")).considered_until == at("08:00")
    assert decide(back, at("07:10")).look_again == at("09:00")


def test_a_fire_found_later_than_the_grace_is_missed() -> None:
    decision = decide(facts(DAILY, "05:00", None), at("07:30"))
    assert told(decision) == ["missed 06:00"]
    assert "misfire grace of 1 hour" in decision.verdicts[0].reason
    assert told(decide(facts(DAILY, "05:00", None, misfire_grace=timedelta(hours=2)), at("07:30"))) == ["started 06:00"]


def test_after_a_downtime_the_latest_runs_or_none_or_all() -> None:
    now, patient = at("09:30"), {"watched": None, "misfire_grace": timedelta(days=1)}
    assert told(decide(facts(**patient), now)) == ["missed 07:00", "missed 08:00", "started 09:00"]
    assert told(decide(facts(**patient, catchup=Catchup.NONE), now)) == ["missed 07:00", "missed 08:00", "missed 09:00"]
    every = decide(facts(watched=None, catchup=Catchup.ALL), now)
    assert told(every) == ["started 07:00", "buffered 08:00", "buffered 09:00"]
    some = decide(facts(watched=None, catchup=Catchup.ALL, catchup_max=2, overlap=Overlap.ALLOW_ALL), now)
    assert told(some) == ["missed 07:00", "started 08:00", "started 09:00"]
    assert "catchup_max" in some.verdicts[0].reason


def test_a_downtime_of_ten_years_costs_little_and_is_told_in_one_row() -> None:
    long_ago = datetime(2016, 1, 31, tzinfo=UTC)
    given = Facts("nightly", Cron("* * * * *", "Europe/Berlin"), long_ago, Policy(catchup=Catchup.ALL, catchup_max=3))
    now = DAY + timedelta(seconds=30)
    decide(given, now)  # the zones of ten years are read once
    began = time.process_time()
    decision = decide(given, now)
    assert time.process_time() - began < 0.5
    missed, *run = decision.verdicts
    assert (missed.count, missed.first) == (10 * 525_600 + 3 * 1440 - 3, long_ago + timedelta(minutes=1))
    assert [verdict.fate for verdict in run] == [FireFate.STARTED, FireFate.BUFFERED, FireFate.BUFFERED]
    assert decision.considered_until == DAY


def test_a_combination_that_nobody_saw_for_ten_years_costs_little() -> None:
    for trigger in (
        AllOf((Interval(timedelta(minutes=1)), Cron("* * * * *"))),
        Interval(timedelta(minutes=1)) | HOURLY,
    ):
        given = Facts("nightly", trigger, datetime(2016, 1, 31, tzinfo=UTC))
        began = time.process_time()
        decision = decide(given, DAY + timedelta(seconds=30))
        assert time.process_time() - began < 2
        assert decision.verdicts[0].at_least
        assert decision.verdicts[-1].fate is FireFate.STARTED


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (Overlap.SKIP, ["skipped 07:00"]),
        (Overlap.BUFFER_ONE, ["buffered 07:00"]),
        (Overlap.BUFFER_ALL, ["buffered 07:00"]),
        (Overlap.CANCEL_OTHER, ["buffered 07:00"]),
        (Overlap.TERMINATE_OTHER, ["started 07:00"]),
        (Overlap.ALLOW_ALL, ["started 07:00"]),
    ],
)
def test_overlap_says_what_becomes_of_a_fire_while_a_run_is_active(overlap: Overlap, expected: list[str]) -> None:
    decision = decide(facts(active=[RUN], overlap=overlap), at("07:00"))
    assert told(decision) == expected
    (verdict,) = decision.verdicts
    assert verdict.cancel == ((RUN.run_id,) if overlap is Overlap.CANCEL_OTHER else ())
    assert verdict.terminate == ((RUN.run_id,) if overlap is Overlap.TERMINATE_OTHER else ())
    assert ("run k7m2xqpd9w of 2026-01-31 06:00 UTC" in verdict.reason) is (overlap is not Overlap.ALLOW_ALL)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (Overlap.BUFFER_ONE, ["skipped 08:00"]),
        (Overlap.BUFFER_ALL, ["buffered 08:00"]),
        (Overlap.CANCEL_OTHER, ["skipped 07:00", "buffered 08:00"]),
        (Overlap.TERMINATE_OTHER, ["skipped 07:00", "started 08:00"]),
    ],
)
def test_overlap_says_what_becomes_of_a_fire_while_another_waits(overlap: Overlap, expected: list[str]) -> None:
    waiting = facts(considered="07:00", active=[RUN], buffered=[at("07:00")], overlap=overlap)
    assert told(decide(waiting, at("08:00"))) == expected


def test_a_fire_that_waits_starts_when_no_run_is_active_any_more_and_the_next_ones_wait_on() -> None:
    waiting = facts(considered="08:00", buffered=[at("07:00"), at("08:00")], overlap=Overlap.BUFFER_ALL)
    assert told(decide(waiting, at("08:20"))) == ["started 07:00"]
    assert told(decide(replace(waiting, active=[RUN]), at("08:20"))) == []


def test_of_fires_due_at_once_only_the_last_takes_the_place_of_others() -> None:
    minutely = Cron("* * * * *")
    decision = decide(facts(minutely, "07:57", overlap=Overlap.TERMINATE_OTHER, active=[RUN]), at("08:00"))
    assert told(decision) == ["skipped 07:58", "skipped 07:59", "started 08:00"]


def test_a_schedule_begins_ends_and_is_over_after_its_runs() -> None:
    begun = facts(considered="00:00", starts_at=at("08:00"), ends_at=at("10:00"))
    assert decide(begun, at("07:30")).look_again == at("08:00")
    assert told(decide(begun, at("08:00"))) == ["started 08:00"]
    last = decide(replace(begun, considered_until=at("08:00")), at("09:00"))
    assert (told(last), last.look_again, last.finished) == (["started 09:00"], None, True)
    enough = decide(facts(max_runs=3, runs_made=2), at("07:00"))
    assert (told(enough), enough.look_again, enough.finished) == (["started 07:00"], None, True)
    assert told(decide(facts(max_runs=3, runs_made=3), at("07:00"))) == []


def test_a_trigger_without_a_further_time_is_finished_unless_it_waits_for_a_signal() -> None:
    once = At((at("07:00"),))
    assert decide(facts(once), at("07:00")).finished
    assert not decide(facts(once | Asset("sales")), at("07:00")).finished


def test_a_pause_accumulates_nothing() -> None:
    paused = facts(paused=True)
    assert decide(paused, at("09:30")) == Decision((), at("06:00"), None)
    ended = resume(paused, at("09:30"))
    assert told(ended) == ["skipped 07:00", "skipped 08:00", "skipped 09:00"]
    assert {verdict.reason for verdict in ended.verdicts} == {"the schedule was paused"}
    after = replace(paused, paused=False, considered_until=ended.considered_until)
    assert told(decide(after, at("09:30"))) == []


def test_a_pause_accumulates_what_catches_up_all() -> None:
    paused = facts(paused=True, catchup=Catchup.ALL)
    ended = resume(paused, at("12:30"))
    assert (told(ended), ended.considered_until) == ([], at("06:00"))
    after = replace(paused, paused=False, watched_since=at("12:30"))
    assert told(decide(after, at("12:30")))[:2] == ["started 07:00", "buffered 08:00"]


def test_a_long_pause_is_told_in_one_row() -> None:
    ended = resume(replace(facts(paused=True), considered_until=DAY - timedelta(days=30)), DAY)
    (verdict,) = ended.verdicts
    assert (verdict.count, verdict.first) == (720, DAY - timedelta(days=30) + timedelta(hours=1))


def test_jitter_delays_the_start_by_the_same_in_every_service() -> None:
    spread = facts(jitter=timedelta(minutes=30))
    start = decide(spread, at("06:59")).look_again
    assert start is not None
    assert at("07:00") < start < at("07:30")
    assert told(decide(spread, start - timedelta(microseconds=1))) == []
    assert told(decide(spread, start)) == ["started 07:00"]
    other = replace(spread, schedule_id="another")
    assert decide(other, at("06:59")).look_again != start


def test_jitter_never_loses_a_fire_whose_start_comes_after_the_service_began() -> None:
    spread = facts(jitter=timedelta(minutes=30), catchup=Catchup.NONE)
    start = decide(spread, at("06:59")).look_again
    assert start is not None
    assert told(decide(replace(spread, watched_since=start - timedelta(seconds=1)), start)) == ["started 07:00"]
    assert told(decide(replace(spread, watched_since=start + timedelta(seconds=1)), at("07:40"))) == ["missed 07:00"]


def test_all_of_waits_for_each_member_since_the_last_fire() -> None:
    trigger = AllOf((DAILY, Asset("sales")))
    waiting = facts(trigger, "00:00", last_fire=at("00:00"))
    assert told(decide(waiting, at("08:00"))) == []
    seen = replace(waiting, signals={"asset:sales": [at("09:00")]})
    decision = decide(seen, at("09:00"))
    assert told(decision) == ["started 09:00"]
    again = replace(seen, considered_until=at("09:00"), last_fire=at("09:00"))
    assert told(decide(again, at("23:00"))) == []
    early = replace(waiting, signals={"asset:sales": [at("01:00"), at("02:00")]})
    assert decide(early, at("03:00")).look_again == at("06:00")
