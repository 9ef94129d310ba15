import pytest

from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.values import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("2s", 2),
        ("10m", 600),
        ("1h", 3600),
        ("1d", 86400),
        ("45", 45),
        ("1.5h", 5400),
        (" 2 s ", 2),
        ("0", 0),
    ],
)
def test_a_duration_is_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1w", "1h30m", "1e3", "inf", "nan", "1 000", "1,5s", "36526d"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250ms"), (90.0, "90s"), (7200.0, "2h"), (172800.0, "2d"), (1e-7, "0.0000001s"), (0.0, "0s")],
)
def test_a_duration_is_written_in_its_largest_exact_unit(seconds, text):
    assert format_duration(seconds) == text


def test_nothing_close_gives_no_suggestion():
    assert suggestion("zzz", ["load", "clean"]) == ""
