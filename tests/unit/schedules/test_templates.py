"""Parameters that speak of the fire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules import FireContext, check_templates, render_parameters

FIRE = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
CONTEXT = FireContext(FIRE, RunId("k7m2xqpd9w"), datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "Europe/Berlin")


def one(value: object, context: FireContext = CONTEXT) -> object:
    return render_parameters({"x": value}, context)["x"]


def test_times_are_those_of_the_zone() -> None:
    assert one("{{ fire_time }}") == "2026-07-02T00:30:00+02:00"
    assert one("{{fire_time:%Y/%m/%d}}") == "2026/07/02"
    assert one("from {{ previous_success: %d.%m. }} on") == "from 01.07. on"


def test_what_is_absent_is_none_or_nothing() -> None:
    first = FireContext(FIRE, RunId("k7m2xqpd9w"))
    assert one(" {{ previous_success }} ", first) is None
    assert one("since {{ previous_success }}.", first) == "since ."


def test_values_that_are_no_text_stay_and_containers_are_looked_into() -> None:
    value = {"a": [1, None, "{{ run_id }}"], "b": True, "{{ run_id }}": 2.5}
    assert one(value) == {"a": [1, None, "k7m2xqpd9w"], "b": True, "{{ run_id }}": 2.5}


def test_braces_that_are_no_template_stay() -> None:
    assert one("{} {{}} {{ a.b }} {% x %}") == "{} {{}} {{ a.b }} {% x %}"


@pytest.mark.parametrize(("text", "says"), [("{{ fire_tme }}", "fire_time"), ("{{ run_id: %Y }}", "no format")])
def test_a_template_of_something_else_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidSchedule, match=says):
        check_templates({"x": [text]})
