from collections.abc import Callable, Iterator

import pytest

from benchmarks.contest import closely
from benchmarks.measuring import PATIENCE_S, Figures, NoFigureError, in_turn


def taking(*walls: float) -> Callable[[], Figures]:
    """A contestant whose runs take that long."""
    left: Iterator[float] = iter(walls)
    return lambda: Figures(next(left), 0.5, 10)


def failing() -> Figures:
    raise NoFigureError("cannot be installed")


def walls(runs: tuple[Figures, ...]) -> list[float]:
    return [figures.wall_s for figures in runs]


def test_contestants_take_turns() -> None:
    calls: list[str] = []

    def contestant(name: str) -> Callable[[], Figures]:
        return lambda: calls.append(name) or Figures(1, 1, 1)

    in_turn({"a": contestant("a"), "b": contestant("b")}, 3)

    assert calls == ["a", "b", "a", "b", "a", "b"]


def test_those_that_are_compared_take_turns_among_themselves_first_and_more_often() -> None:
    calls: list[str] = []

    def contestant(name: str) -> Callable[[], Figures]:
        return lambda: calls.append(name) or Figures(1, 1, 1)

    found = closely({name: contestant(name) for name in ("ours", "theirs", "floor")}, ["ours", "floor"], 1)

    assert calls == ["ours", "floor", "ours", "floor", "ours", "floor", "theirs"]
    assert list(found) == ["ours", "theirs", "floor"]


@pytest.mark.parametrize(
    ("took", "runs"), [((1, 1, 1), 3), ((PATIENCE_S / 2, PATIENCE_S / 2), 2), ((2 * PATIENCE_S,), 1)]
)
def test_a_slow_contestant_runs_less_often_but_once_at_least(took: tuple[float, ...], runs: int) -> None:
    assert walls(in_turn({"a": taking(*took)}, 3)["a"].runs) == list(took)[:runs]


def test_one_that_has_no_figure_says_why_and_the_others_go_on() -> None:
    found = in_turn({"a": failing, "b": taking(1, 2)}, 2)

    assert (found["a"].runs, found["a"].missing) == ((), "cannot be installed")
    assert walls(found["b"].runs) == [1, 2]
