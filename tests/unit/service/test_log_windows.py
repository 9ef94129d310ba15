from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from jupyter_dataops.service.log_windows import MOST_TEXT, read_window


def written(path: Path, *texts: str, rest: str = "") -> list[int]:
    """Offsets behind each line of a log that says these."""
    lines = [json.dumps({"at": "2026-01-01T00:00:00+00:00", "stream": "stdout", "text": text}) + "\n" for text in texts]
    path.write_text("".join(lines) + rest)
    ends: list[int] = []
    for line in lines:
        ends.append((ends[-1] if ends else 0) + len(line))
    return ends


def texts(path: Path, start: int | None, most: int = 10_000) -> list[str]:
    return [piece.text for piece in read_window(path, start, most).pieces]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_window(tmp_path / "log", None, 1_000) == read_window(tmp_path / "log", 5, 1_000)
    assert read_window(tmp_path / "log", 0, 1_000).size == 0


def test_a_window_holds_whole_lines_and_says_where_to_go_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ends = written(log, "a", "b", "c", rest='{"at"')
    first = read_window(log, 0, ends[1] + 3)
    assert ([piece.text for piece in first.pieces], first.start, first.next) == (["a", "b"], 0, ends[1])
    assert first.size == log.stat().st_size
    assert texts(log, first.next) == ["c"]
    assert read_window(log, ends[2], 1_000).next == ends[2]


def test_an_offset_amid_a_line_means_the_next(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ends = written(log, "a", "b", "c")
    assert read_window(log, 3, 10_000).start == ends[0]
    assert texts(log, ends[0]) == ["b", "c"]
    assert texts(log, 10**9) == []


def test_the_end_is_shown_where_no_place_is_named(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ends = written(log, *map(str, range(100)))
    window = read_window(log, None, 500)
    assert window.pieces[-1].text == "99"
    assert window.start in ends
    assert window.next == window.size
    assert texts(log, None, 10**6) == [str(number) for number in range(100)]


@pytest.mark.parametrize("start", [0, None])
def test_a_line_longer_than_the_window_comes_whole(tmp_path: Path, start: int | None) -> None:
    written(tmp_path / "log", "x" * 50_000)
    assert texts(tmp_path / "log", start, 1_024) == ["x" * 50_000]
    written(tmp_path / "log", "a", "x" * 50_000)
    assert texts(tmp_path / "log", None, 1_024)[-1] == "x" * 50_000


def test_what_no_browser_can_show_is_cut_amid_and_says_so(tmp_path: Path) -> None:
    written(tmp_path / "log", "x" * MOST_TEXT + "last\n")
    assert texts(tmp_path / "log", 0)[0].endswith("xlast\n")
    assert "x\n[... 5 more characters are in the log file]\nx" in texts(tmp_path / "log", 0)[0]


def test_a_line_that_is_none_of_ours_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"Traceback\xff\n\n[1]\n")
    assert texts(tmp_path / "log", 0) == ["Traceback\N{REPLACEMENT CHARACTER}", "[1]"]


def test_windows_one_after_the_other_are_the_whole_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    written(log, *(f"line {number} größer" for number in range(500)))
    found: list[str] = []
    at = 0
    while (window := read_window(log, at, 1_024)).pieces:
        found += [piece.text for piece in window.pieces]
        at = window.next
    assert found == [f"line {number} größer" for number in range(500)]


def test_the_end_of_a_long_log_is_found_without_reading_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    written(log, *(f"line {number}" for number in range(100_000)))
    start = time.process_time()
    assert texts(log, None, 262_144)[-1] == "line 99999"
    assert time.process_time() - start < 0.3


def test_a_line_of_another_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"at": "2026-01-01T00:00:00+00:00", "stream": 1, "text": "a", "level": 3}\n')

    piece = read_window(log, 0, 1_000).pieces[0]

    assert (piece.stream, piece.text) == ("1", "a")
