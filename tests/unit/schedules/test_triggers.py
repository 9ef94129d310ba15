"""What triggers and policies can be, and what is said of those that cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules import (
    AllOf,
    AnyOf,
    Asset,
    At,
    Catchup,
    Condition,
    Cron,
    File,
    Interval,
    OnFold,
    OnGap,
    Overlap,
    Policy,
    describe,
    format_trigger,
    parse_trigger,
    policy_from_json,
    signalled,
    trigger_from_json,
    trigger_to_json,
)
from jupyter_dataops.schedules.policies import CATCHUP_MEANINGS, FOLD_MEANINGS, GAP_MEANINGS, OVERLAP_MEANINGS
from jupyter_dataops.schedules.wording import zone_of

DAY = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "empty"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6,9,11 *", "never fires"),
        ("0 0 0 6 * *", "five fields, not 6"),
        ("0 6 * *", "five fields, not 4"),
        ("60 * * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 0 0 * *", "day of month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 8", "day of week"),
        ("0 0 * * MONDAY", "day of week"),
        ("*/0 * * * *", "minute"),
        ("@reboot", "names no time"),
        ("@sometimes", "no such alias"),
    ],
)
def test_an_expression_that_cannot_be_is_refused_with_its_field(expression: str, says: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        Cron(expression)
    assert says in refused.value.message
    assert says == "empty" or refused.value.where or refused.value.hint


def test_seconds_have_a_hint() -> None:
    with pytest.raises(InvalidSchedule, match="every 10s"):
        Cron("*/10 * * * * *")


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "europe/berlin", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe"]
)
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(InvalidSchedule, match="time zone") as refused:
        Cron("0 6 * * *", zone)
    assert zone not in {"Berlin", "europe/berlin"} or "Europe/Berlin" in refused.value.hint


def test_an_expression_of_leap_days_on_one_weekday_fires_in_the_end() -> None:
    assert Cron("0 0 29 2 */7").expression == "0 0 29 2 */7"


def test_instants_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 1, 31)  # noqa: DTZ001
    for make in (lambda: At((naive,)), lambda: Interval(timedelta(hours=1), naive), lambda: Policy(starts_at=naive)):
        with pytest.raises(InvalidSchedule, match="no zone"):
            make()


def test_instants_are_kept_in_order_once_each() -> None:
    later = DAY + timedelta(hours=1)
    assert At((later, DAY, later)).times == (DAY, later)


@pytest.mark.parametrize(
    "make",
    [
        lambda: At(()),
        lambda: Interval(timedelta(0)),
        lambda: Interval(timedelta(days=40_000)),
        lambda: File(" "),
        lambda: File("x", timedelta(0)),
        lambda: Asset(""),
        lambda: Condition("ready"),
        lambda: Condition("checks:"),
        lambda: Asset("a") | Asset("a"),
        lambda: Policy(misfire_grace=timedelta(-1)),
        lambda: Policy(jitter=timedelta(days=40_000)),
        lambda: Policy(max_runs=0),
        lambda: Policy(catchup_max=0),
        lambda: Policy(starts_at=DAY, ends_at=DAY),
        lambda: trigger_from_json({"kind": "moon"}),
        lambda: trigger_from_json({"kind": "cron", "expression": "0 6 * * *"}),
        lambda: trigger_from_json({"kind": "interval", "every_s": "x", "anchor": "y"}),
        lambda: policy_from_json({"overlapp": "skip"}),
        lambda: policy_from_json({"overlap": "queue"}),
        lambda: policy_from_json({"jitter_s": "soon"}),
    ],
)
def test_what_cannot_be_is_refused(make) -> None:
    with pytest.raises(InvalidSchedule):
        make()


def test_instants_keep_the_zone_of_which_they_are_read() -> None:
    once = At((DAY,), "Europe/Berlin")
    assert trigger_from_json(trigger_to_json(once)) == once
    assert format_trigger(once) == "at 2026-01-31T01:00:00+01:00 tz=Europe/Berlin"
    assert zone_of(Asset("a") & once) == "Europe/Berlin"
    # As records of earlier versions are.
    assert trigger_from_json({"kind": "at", "times": ["2026-01-31T00:00:00+00:00"]}) == At((DAY,), "UTC")


def test_combinations_of_one_kind_are_flat() -> None:
    a, b, c = Asset("a"), Asset("b"), Asset("c")
    assert (a | b | c) == (a | (b | c)) == AnyOf((a, b, c))
    assert (a & b & c) == AllOf((a, b, c))
    assert (a & (b | c)) == AllOf((a, AnyOf((b, c))))
    assert signalled(a & (Cron("@daily") | c)) == (a, c)


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("0 6 * * *", Cron("0 6 * * *", "Asia/Tokyo")),
        ("@daily tz=UTC", Cron("@daily")),
        (
            "cron 30 2 * * * tz=Europe/Berlin on_gap=skip on_fold=both",
            Cron("30 2 * * *", "Europe/Berlin", OnGap.SKIP, OnFold.BOTH),
        ),
        ("every 15m", Interval(timedelta(minutes=15))),
        ("every 1d from=2026-01-31T00:00Z", Interval(timedelta(days=1), DAY)),
        ("at 2026-01-31T00:00Z, 2026-01-31T02:00+01:00", At((DAY, DAY + timedelta(hours=1)), "Asia/Tokyo")),
        ("at 2026-01-31T02:00+01:00 tz=Europe/Berlin", At((DAY + timedelta(hours=1),), "Europe/Berlin")),
        ('file "in box/a=b.csv" poll=5s', File("in box/a=b.csv", timedelta(seconds=5))),
        ("condition checks:ready", Condition("checks:ready")),
        ("asset a|asset b&asset c", AnyOf((Asset("a"), AllOf((Asset("b"), Asset("c")))))),
        ("(asset a | asset b) & asset c", AllOf((AnyOf((Asset("a"), Asset("b"))), Asset("c")))),
    ],
)
def test_a_trigger_is_written_on_one_line(text: str, trigger) -> None:
    assert parse_trigger(text, zone="Asia/Tokyo") == trigger
    assert parse_trigger(format_trigger(trigger)) == trigger


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no trigger"),
        ("every 15 m", "takes one word"),
        ("every soon", "no duration"),
        ("every 1h tz=UTC", "no option `tz`"),
        ("0 6 * * * onfold=both", "did you mean 'on_fold'"),
        ("0 6 * * * on_fold=lst", "did you mean 'last'"),
        ("evry 15m", "did you mean 'every'"),
        ("at noon", "no instant"),
        ("at 2026-01-31T06:00", "no zone"),
        ("asset a |", "missing"),
        ("asset a & | asset b", "missing"),
        ("(asset a", "not closed"),
        ("asset a)", "one too many"),
        ('file "a', "quote"),
        ("(" * 60 + "asset a" + ")" * 60, "too deeply"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        parse_trigger(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("trigger", "sentence"),
    [
        (Interval(timedelta(minutes=90)), "Every 1 hour 30 minutes"),
        (At((DAY,)), "Once at 2026-01-31 00:00 UTC"),
        (At((DAY,), "Europe/Berlin"), "Once at 2026-01-31 01:00 CET"),
        (File("data/*.csv"), "When data/*.csv appears or changes, looked at every 30 seconds"),
        (Condition("checks:ready"), "When checks:ready comes to say yes, asked every 1 minute"),
        (
            Cron("0 6 * * *") & Asset("sales"),
            (
                "As soon as each of these has happened since the last fire: "
                "at 06:00 every day, UTC; and when asset sales has a new version"
            ),
        ),
    ],
)
def test_a_trigger_is_told_in_a_sentence(trigger, sentence: str) -> None:
    assert describe(trigger) == sentence


def test_every_word_has_a_meaning() -> None:
    for words, meanings in (
        (OnGap, GAP_MEANINGS),
        (OnFold, FOLD_MEANINGS),
        (Overlap, OVERLAP_MEANINGS),
        (Catchup, CATCHUP_MEANINGS),
    ):
        assert set(words) == set(meanings)


@pytest.mark.parametrize(
    ("expression", "said", "hint"),
    [
        ("0 25 * * *", "the hour of the cron expression cannot be read: 25", "0 to 23"),
        ("0,61,3 * * * *", "the minute of the cron expression cannot be read: 61", "0 to 59"),
        ("0 6 32 * *", "the day of month of the cron expression cannot be read: 32", "1 to 31"),
        ("0 6 * 1,FOO *", "the month of the cron expression cannot be read: FOO", "JAN to DEC"),
        ("0 6 * * MON-FRY", "the day of week of the cron expression cannot be read: MON-FRY", "SUN to SAT"),
        ("*/0 6 * * *", "the minute of the cron expression cannot be read: */0", "0 to 59"),
        ("1, * * * *", "the minute of the cron expression cannot be read: an empty part", "0 to 59"),
    ],
)
def test_a_cron_expression_that_cannot_be_read_is_refused_by_the_part_that_is_wrong(
    expression: str, said: str, hint: str
) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        Cron(expression)
    assert (refused.value.message, hint in refused.value.hint) == (said, True)
