from __future__ import annotations

import pytest

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules.text import parse_trigger


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("0 6 * *", "0 6 * *"),
        ("0 25 * * *", "25"),
        ("cron 0 6 40 * *", "40"),
        ("asset a | 30 2 * 2 MON-FOO", "MON-FOO"),
        ("0 6 * * * | ", ""),
        ("| asset a", "|"),
        ("0 6 * * * tz=Europe/Brelin", "Europe/Brelin"),
        ("0 6 * * * foo=1", "foo=1"),
        ("0 6 * * * on_gap=no", "on_gap=no"),
        ('asset a & file "in', '"in'),
        ("every 15x", "15x"),
        ("(asset a | asset b", "("),
        ("asset a )", ")"),
        ("asset b & evry 5m", "evry"),
        ("asset c & (asset a | asset a)", "asset a | asset a"),
        ("at 0001-01-01T00:00+14:00", "at 0001-01-01T00:00+14:00"),
        ("condition x", "x"),
    ],
)
def test_a_text_that_is_no_trigger_says_which_part_of_it_is_wrong(text: str, part: str) -> None:
    with pytest.raises(InvalidSchedule) as caught:
        parse_trigger(text)

    start, end = caught.value.facts["start"], caught.value.facts["end"]
    assert text[start:end] == part
    assert part or start == len(text.rstrip())
