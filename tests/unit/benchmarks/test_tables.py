import pytest

from benchmarks.measuring import Figures, Found
from benchmarks.tables import Figure, Target, contest_table, figures_table, p95, spread

FOUND = {
    "ours": Found((Figures(1, 2, 100), Figures(3, 4, 300), Figures(2, 3, 200))),
    "theirs": Found((Figures(20, 10, 50),)),
    "gone": Found(missing="cannot be installed"),
}


def test_a_row_has_median_spread_and_the_ratio_to_the_reference() -> None:
    rows = contest_table(FOUND, "theirs").splitlines()

    assert rows[2] == "| ours | 3 | 2.00 (1.00-3.00) | 0.100 | 3.0 | 200 |"
    assert rows[3] == "| theirs | 1 | 20.00 (20.00-20.00) | 1.000 | 10.0 | 50 |"


def test_a_contestant_without_figures_says_why_in_its_row() -> None:
    assert contest_table(FOUND, "theirs").splitlines()[4] == "| gone | 0 | cannot be installed |  |  |  |"


def test_a_missing_reference_costs_the_ratios_alone() -> None:
    assert contest_table(FOUND, "gone").splitlines()[2] == "| ours | 3 | 2.00 (1.00-3.00) |  | 3.0 | 200 |"


@pytest.mark.parametrize(
    ("medians", "told"),
    [
        ({"ours": 1, "theirs": 10}, "0.1, **met**."),
        ({"ours": 2, "theirs": 10}, "0.2, **missed**."),
        ({"ours": 1}, "no figure."),
        ({"ours": -1, "theirs": 10}, "no figure."),
    ],
)
def test_a_target_says_whether_it_is_met(medians: dict[str, float], told: str) -> None:
    assert Target("ours", "theirs", 0.1).told(medians) == f"Target: ours at most 0.1 x theirs: {told}"


def test_spread_is_median_least_and_most() -> None:
    assert spread([3, 1, 2], 0) == "2 (1-3)"


def test_a_figure_has_its_spread_and_its_target() -> None:
    once, often = Figure("widget.js", [1117.5], "kB"), Figure("a key", [*range(1, 21)], "ms", 15, p95)

    told = figures_table([once, often])

    assert "| widget.js | 1 | 1,118 kB |  |  |" in told
    assert "| a key | 20 | 10 ms | 19 | 1.00-20 |" in told
    assert told.endswith("Target: a key at most 15 ms: 19.1, **missed**.")
