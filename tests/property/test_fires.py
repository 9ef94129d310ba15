"""Laws of fires: over any trigger, in any zone."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from cronsim import CronSim
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules import (
    Cron,
    describe,
    fires_between,
    format_trigger,
    next_fire,
    parse_trigger,
    policy_from_json,
    policy_to_json,
    trigger_from_json,
    trigger_to_json,
    upcoming,
)
from jupyter_dataops.schedules.cron import ALIASES
from jupyter_dataops.schedules.fires import survey
from jupyter_dataops.schedules.jitter import jittered
from tests.support.triggers import crons, foreseeable, instants, memoryless, near, policies, signals, triggers

EXAMPLES = int(os.environ.get("DATAOPS_EXAMPLES", "60"))
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
MONTH = timedelta(days=40)
TICK = timedelta(microseconds=1)
END = datetime(9000, 1, 1, tzinfo=UTC)


def walked(trigger, start, end, recorded, most=60):
    """The first fires from `start` to before `end`, by asking for the next."""
    fires, fire = [], next_fire(trigger, start - TICK, recorded)
    while fire is not None and fire < end and len(fires) < most:
        fires.append(fire)
        fire = next_fire(trigger, fire, recorded)
    return fires


@often
@given(foreseeable, near, signals)
def test_the_next_fire_is_later_and_in_utc(trigger, after, recorded):
    fires = walked(trigger, after, after + MONTH, recorded)
    assert all(sooner < later for sooner, later in pairwise([after - TICK, *fires]))
    assert all(fire.tzinfo is UTC for fire in fires)


@often
@given(memoryless, near, signals, st.data())
def test_who_begins_again_at_any_instant_sees_the_same_next_fire(trigger, after, recorded, data):
    fire = next_fire(trigger, after, recorded)
    assume(fire is not None)
    share = data.draw(st.floats(0, 1, exclude_max=True))
    between = after + (fire - after) * share
    assert next_fire(trigger, min(between, fire - TICK), recorded) == fire


@often
@given(memoryless, near, signals, st.lists(st.integers(0, 40 * 86_400_000), max_size=5))
def test_the_fires_of_the_parts_of_a_time_are_those_of_the_whole(trigger, start, recorded, cuts):
    end = min(start + MONTH, (walked(trigger, start, start + MONTH, recorded, 200) or [start])[-1] + TICK)
    instants_ = [start, *sorted(min(start + timedelta(milliseconds=cut), end) for cut in cuts), end]
    parts = [fire for low, high in pairwise(instants_) for fire in fires_between(trigger, low, high, recorded)]
    assert parts == walked(trigger, start, end, recorded, 1000)


@often
@given(foreseeable, near, signals, st.integers(1, 30))
def test_in_reverse_come_the_same_fires(trigger, start, recorded, limit):
    end = min(start + MONTH, (walked(trigger, start, start + MONTH, recorded, 200) or [start])[-1] + TICK)
    ahead = list(fires_between(trigger, start, end, recorded))
    assert list(fires_between(trigger, start, end, recorded, reverse=True)) == ahead[::-1]
    assert list(fires_between(trigger, start, end, recorded, limit=limit)) == ahead[:limit]
    assert list(fires_between(trigger, start, end, recorded, reverse=True, limit=limit)) == ahead[::-1][:limit]


@often
@given(foreseeable, near, signals, st.integers(1, 30))
def test_a_survey_counts_what_a_walk_would(trigger, after, recorded, keep):
    fires = walked(trigger, after + TICK, after + MONTH, recorded, 300)
    until = fires[-1] if len(fires) == 300 else after + MONTH - TICK
    seen = survey(trigger, after, until, keep, occurrences=recorded)
    assert (seen.count, seen.first) == (len(fires), fires[0] if fires else None)
    assert list(seen.newest) == fires[-keep:]


@often
@given(foreseeable, near, signals)
def test_one_who_knows_the_last_fire_continues_its_chain(trigger, begin, recorded):
    fires = walked(trigger, begin + TICK, begin + MONTH, recorded, 20)
    for last, following in pairwise([begin, *fires]):
        for seen in (last, last + (following - last) / 2, following - TICK):
            assert next_fire(trigger, seen, recorded, since=begin) == following


@often
@given(crons, instants)
def test_a_fire_of_cron_has_whole_seconds_and_a_plain_description(cron, after):
    fire = next_fire(cron, after)
    assert fire is None or fire.microsecond == 0
    assert describe(cron)[0].isupper()
    assert [preview.at for preview in upcoming(cron, after, 1)] == [fire][: fire is not None]


@often
@given(crons, instants)
def test_in_utc_an_expression_fires_as_its_parser_has_it(cron, after):
    fields = ALIASES.get(cron.expression, cron.expression)
    assert walked(Cron(cron.expression), after + TICK, END, {}, 12) == list(islice(CronSim(fields, after), 12))


@often
@given(triggers)
def test_a_trigger_is_read_back_as_it_was_written(trigger):
    assert trigger_from_json(trigger_to_json(trigger)) == trigger
    assert parse_trigger(format_trigger(trigger), zone="Asia/Tokyo") == trigger
    assert describe(trigger)


@often
@given(policies)
def test_a_policy_is_read_back_as_it_was_written(policy):
    assert policy_from_json(policy_to_json(policy)) == policy


@often
@given(st.text(st.sampled_from("0159*/,-LW# MONJAN@dailyx"), max_size=30) | st.text(max_size=30), st.text(max_size=12))
def test_any_text_is_a_trigger_or_refused(text, zone):
    for attempt in (lambda: Cron(text), lambda: Cron("0 6 * * *", zone), lambda: parse_trigger(text)):
        with suppress(InvalidSchedule):
            next_fire(attempt(), datetime(2026, 1, 1, tzinfo=UTC))


@often
@given(crons, near, st.text(max_size=8), st.integers(0, 7200))
def test_jitter_keeps_the_order_of_fires(cron, after, schedule_id, seconds):
    fires = walked(cron, after, after + MONTH, {}, 10)
    jitter = timedelta(seconds=seconds)
    starts = [jittered(schedule_id, fire, jitter, following) for fire, following in pairwise(fires)]
    assert all(fire <= start < following for (fire, following), start in zip(pairwise(fires), starts, strict=True))
    assert all(start - fire <= jitter for start, fire in zip(starts, fires, strict=False))
