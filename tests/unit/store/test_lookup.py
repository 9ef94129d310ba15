from __future__ import annotations

import pytest

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.ids import new_run_id
from jupyter_dataops.store.lookup import LAST, MATCHES_SHOWN, run_meant, run_not_found
from tests.support.stores import a_run


def test_an_exact_id_wins_over_those_it_begins() -> None:
    assert run_meant("bcd", [a_run("bcdf"), a_run("bcd")], list).run_id == "bcd"


def test_a_long_list_of_matches_is_cut() -> None:
    matches = [a_run(f"b{index:02}") for index in range(MATCHES_SHOWN + 1)]
    with pytest.raises(RunNotFound, match=r"b09, \.\.\."):
        run_meant("b", matches, list)


def test_where_nothing_is_alike_the_hint_says_where_to_look() -> None:
    assert "jupyter dataops runs" in run_not_found("zzz", [a_run("bcd").run_id]).hint


def test_no_run_id_can_be_taken_for_last() -> None:
    assert not any(new_run_id().startswith(LAST[:2]) for _ in range(100))
