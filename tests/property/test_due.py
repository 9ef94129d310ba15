"""A year of any schedule, in which services are killed, clocks are set and runs take their time.

Every fire starts at most once and has its fate, whatever happens; what a store would keep is kept here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules import (
    ActiveRun,
    Catchup,
    Decision,
    Facts,
    FireFate,
    Policy,
    Verdict,
    decide,
    fires_between,
    resume,
)
from jupyter_dataops.schedules.fires import survey
from tests.support.triggers import START, memoryless, policies, signals

EXAMPLES = int(os.environ.get("DATAOPS_EXAMPLES", "60"))
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
YEAR = timedelta(days=365)
MOST_COMPARED = 20_000


@dataclass
class World:
    """One schedule, the rows that a store keeps of it, and the true time."""

    facts: Facts
    signals: dict[str, list[datetime]]
    fates: dict[datetime, Verdict] = field(default_factory=dict)
    started: list[datetime] = field(default_factory=list)
    ends: dict[RunId, datetime] = field(default_factory=dict)

    def look(self, now: datetime, takes: timedelta, *, dies: bool) -> Decision:
        """A service asks, and records what it is told, unless it dies before."""
        seen = {key: [at for at in times if at <= now] for key, times in self.signals.items()}
        active = [run for run in self.facts.active if self.ends[run.run_id] > now]
        facts = replace(self.facts, active=active, signals=seen)
        decision = decide(facts, now)
        assert decision == decide(facts, now)
        assert decision.considered_until >= facts.considered_until
        if not dies:
            self.facts = facts
            self.record(decision, now, takes)
        return decision

    def record(self, decision: Decision, now: datetime, takes: timedelta) -> None:
        buffered = list(self.facts.buffered)
        active = list(self.facts.active)
        for verdict in decision.verdicts:
            known = self.fates.get(verdict.nominal)
            assert known is None or known.fate is FireFate.BUFFERED, "a fire has two fates"
            assert known is not None or verdict.nominal > self.facts.considered_until
            assert verdict.fate is FireFate.STARTED or verdict.reason
            assert verdict.count == 1 or verdict.first is not None
            self.fates[verdict.nominal] = verdict
            buffered = [nominal for nominal in buffered if nominal != verdict.nominal]
            active = [run for run in active if run.run_id not in verdict.terminate]
            if verdict.fate is FireFate.STARTED:
                run = ActiveRun(RunId(f"r{len(self.started)}"), verdict.nominal)
                self.started.append(verdict.nominal)
                self.ends[run.run_id] = now + takes
                active.append(run)
            elif verdict.fate is FireFate.BUFFERED:
                buffered.append(verdict.nominal)
        moved = decision.considered_until > self.facts.considered_until
        self.facts = replace(
            self.facts,
            buffered=sorted(buffered),
            active=active,
            considered_until=decision.considered_until,
            last_fire=decision.considered_until if moved else self.facts.last_fire,
            runs_made=len(self.started),
        )


def all_have_their_fate(world: World, begin: datetime) -> None:
    """Each fire up to `considered_until` has a row, or is one of those that a row stands for; no row is of another."""
    policy = world.facts.policy
    low = max([begin + TICK, *filter(None, [policy.starts_at])])
    until = world.facts.considered_until
    assert len(world.started) == len(set(world.started))
    if policy.max_runs is not None:
        assert len(world.started) + len(world.facts.buffered) <= policy.max_runs
    if survey(world.facts.trigger, low - TICK, until, 1, occurrences=world.signals).count > MOST_COMPARED:
        return
    every = list(fires_between(world.facts.trigger, low, until + TICK, world.signals))
    assert set(world.fates) <= set(every)
    covered = set(world.fates)
    for verdict in [verdict for verdict in world.fates.values() if verdict.count > 1]:
        stretch = [fire for fire in every if verdict.first <= fire <= verdict.nominal]
        assert len(stretch) == verdict.count or verdict.at_least
        covered |= set(stretch)
    assert policy.max_runs is not None or [fire for fire in every if fire not in covered] == []


@st.composite
def steps(draw) -> tuple[str, float]:
    what = draw(st.sampled_from(["look"] * 8 + ["die", "restart", "downtime", "back", "forth", "pause"]))
    return what, draw(st.sampled_from([0.001, 0.3, 1.0, 7.0, 40.0]))


@pytest.mark.timeout(120 + EXAMPLES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(memoryless, policies, signals, st.lists(steps(), min_size=5, max_size=60), st.sampled_from([0, 1, 30]))
def test_every_fire_starts_once_or_has_a_reason_whatever_happens(trigger, policy, recorded, story, hours):
    world = World(
        Facts(
            "x", trigger, START, replace(policy, starts_at=policy.starts_at and min(policy.starts_at, START + YEAR / 2))
        ),
        recorded,
    )
    now, watched, wrong = START, START, timedelta(0)
    looks_at: datetime | None = None
    for what, amount in story:
        # A service looks when it was told to, or sooner; a killed one leaves a downtime.
        now += (
            timedelta(days=amount)
            if what == "downtime" or looks_at is None
            else min(timedelta(hours=amount), max(looks_at - now, timedelta(0)) + timedelta(milliseconds=5))
        )
        if what in ("restart", "downtime"):
            watched = now + wrong
        if what in ("back", "forth"):
            wrong += HOUR if what == "forth" else -HOUR
        if what == "pause":
            facts = replace(world.facts, paused=True)
            assert decide(facts, now + wrong).verdicts == ()
            now += timedelta(hours=amount)
            seen = {key: [at for at in times if at <= now + wrong] for key, times in world.signals.items()}
            decision = resume(replace(facts, signals=seen), now + wrong)
            assert all(verdict.fate is FireFate.SKIPPED for verdict in decision.verdicts)
            world.record(decision, now + wrong, timedelta(0))
            watched = now + wrong
        world.facts = replace(world.facts, watched_since=watched)
        decision = world.look(now + wrong, timedelta(hours=hours), dies=what == "die")
        looks_at = None if decision.look_again is None else decision.look_again - wrong
    all_have_their_fate(world, START)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(memoryless, policies, signals, st.integers(0, 365 * 86_400))
def test_nothing_is_due_before_the_instant_at_which_to_look_again(trigger, policy, recorded, seconds):
    now = START + timedelta(seconds=seconds)
    facts = Facts("x", trigger, now, policy, signals=recorded, watched_since=now)
    decision = decide(facts, now)
    assert decision.verdicts == ()
    if decision.look_again is None:
        return
    assert decision.look_again > now
    assert decide(facts, decision.look_again - TICK).verdicts == ()
    due = decide(facts, decision.look_again)
    assert [verdict.fate for verdict in due.verdicts] == [FireFate.STARTED]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(memoryless, signals, st.integers(1, 400))
def test_after_a_downtime_all_of_the_fires_run_if_all_are_wanted(trigger, recorded, days):
    now = START + timedelta(days=days) + TICK
    expected = survey(trigger, START, now, 7, occurrences=recorded)
    facts = Facts("x", trigger, START, Policy(catchup=Catchup.ALL, catchup_max=7), signals=recorded)
    verdicts = decide(facts, now).verdicts
    run = [verdict.nominal for verdict in verdicts if verdict.fate is not FireFate.MISSED]
    assert run == list(expected.newest)
    assert sum(verdict.count for verdict in verdicts) == expected.count
