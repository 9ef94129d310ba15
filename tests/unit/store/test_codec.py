from __future__ import annotations

import json
from datetime import date, timedelta, timezone

import pytest

from jupyter_dataops.errors import StoreError
from jupyter_dataops.records import Failure, Usage
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store.codec import (
    dumps,
    event_data,
    failure_from_json,
    output_from_json,
    runner_from_json,
    to_json,
    usage_from_json,
)
from tests.support.stores import a_failure, a_runner, an_expansion, an_itemised_output, at


@pytest.mark.parametrize("failure", [a_failure(), Failure(FailureCause.TIMEOUT, "", "\ud800 ä \x00")])
def test_a_failure_comes_back_from_json_text(failure: Failure) -> None:
    assert failure_from_json(json.loads(dumps(failure))) == failure


def test_a_failure_of_a_store_of_before_has_no_facts() -> None:
    data = json.loads(dumps(a_failure()))
    del data["facts"]
    assert failure_from_json(data) == a_failure()


def test_an_output_with_items_a_runner_and_a_usage_come_back_from_json_text() -> None:
    output, usage = an_itemised_output(2), Usage("3.11", {"pandas": "2"}, 7)
    assert output_from_json(json.loads(dumps(output))) == output
    assert runner_from_json(json.loads(dumps(a_runner()))) == a_runner()
    assert usage_from_json(json.loads(dumps(usage))) == usage


def test_an_event_row_keeps_the_names_of_children_and_not_their_records() -> None:
    assert event_data(an_expansion(count=2))["children"] == ["a[k0]", "a[k1]"]


def test_a_time_is_written_in_utc_with_microseconds() -> None:
    assert to_json(at().astimezone(timezone(timedelta(hours=-8)))) == "2026-01-31T23:59:58.123456+00:00"


def test_days_states_and_tuples_have_a_json_form() -> None:
    assert to_json((date(2026, 1, 31), RunState.FAILED)) == ["2026-01-31", "failed"]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", {"deep": [{"x": object}]}])
def test_what_json_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        to_json(value)


def test_a_key_that_is_no_text_is_refused_and_not_turned_into_text() -> None:
    with pytest.raises(StoreError, match="must be text"):
        to_json({1: "one"})
