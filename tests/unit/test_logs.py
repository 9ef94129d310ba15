from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_dataops.logs import MOST_PRINTED, LogLine, printed, read_log, write_log_line

AT = datetime(2026, 1, 1, 12, 30, 0, 5, tzinfo=UTC)


def written(path: Path, *lines: LogLine) -> Path:
    with path.open("a", encoding="utf-8") as file:
        for line in lines:
            write_log_line(file, line)
    return path


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    lines = [LogLine(AT, "stdout", "größe\n\n"), LogLine(AT, "error", "\x1b[31m\ud800 lone"), LogLine(AT, "system", "")]
    assert [line for line, _ in read_log(written(tmp_path / "log", *lines))] == lines


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = written(tmp_path / "log", LogLine(AT, "stdout", "one"))
    (_, offset), *_ = read_log(path)
    assert offset == path.stat().st_size
    assert list(read_log(path, offset)) == []
    written(path, LogLine(AT, "stdout", "two"))
    assert [line.text for line, _ in read_log(path, offset)] == ["two"]


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    path = written(tmp_path / "log", LogLine(AT, "stdout", "one"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    assert [line.text for line, _ in read_log(path)] == ["one"]
    path.write_bytes(whole + whole)
    assert len(list(read_log(path))) == 2


def test_a_line_can_be_followed_as_soon_as_it_is_written(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        write_log_line(file, LogLine(AT, "stdout", "now"))
        assert len(list(read_log(tmp_path / "log"))) == 1


def test_much_that_was_printed_at_once_is_several_pieces_of_whole_lines(tmp_path: Path) -> None:
    texts = [
        "".join(f"{at:06} {'x' * 200}\n" for at in range(1_000)),
        "y" * (3 * MOST_PRINTED) + "\nend",
        "\n" * MOST_PRINTED,
    ]
    for number, text in enumerate(texts):
        pieces = [line.text for line, _ in read_log(written(tmp_path / f"{number}", LogLine(AT, "stdout", text)))]
        assert "".join(pieces) == text
        assert all(piece.endswith("\n") for piece in pieces[:-1])
        assert all(len(piece) <= MOST_PRINTED for piece in pieces if piece[0] != "y")


def test_what_is_no_stream_stays_one_piece(tmp_path: Path) -> None:
    line = LogLine(AT, "error", "at\n" * MOST_PRINTED)
    assert [line for line, _ in read_log(written(tmp_path / "log", line))] == [line]


def test_a_log_that_does_not_exist_has_no_lines(tmp_path: Path) -> None:
    assert list(read_log(tmp_path / "none")) == []


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        ([("system", "attempt 1"), ("system", "succeeded")], ""),
        ([("stdout", "a"), ("stderr", "b"), ("stdout", "c\n")], "abc\n"),
        ([("stdout", "a"), ("display", "42"), ("stdout", "b")], "a\n42\nb"),
        ([("stdout", "a\n"), ("error", "Traceback\n")], "a\nTraceback\n"),
        ([("stdout", "a"), ("stdout", ""), ("display", "42")], "a\n42\n"),
        ([("stdout", ""), ("display", "42")], "42\n"),
    ],
)
def test_printed_text_has_streams_as_they_were_and_the_rest_on_lines(pieces: list[tuple[str, str]], text: str) -> None:
    assert printed(LogLine(AT, stream, piece) for stream, piece in pieces) == text
