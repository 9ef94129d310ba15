"""Pieces of logs: windows of bytes that hold whole lines, read at their own cost however long the log is."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from msgspec import Struct
from pydantic import ValidationError

from jupyter_dataops.service.wire.runs import LogChunk, LogPiece

MOST_TEXT: Final = 1_000_000
"""Characters of one piece, half of them at its end: a browser shows no more in one line, and has to live."""
_LINE_END: Final = b"\n"


class Window(Struct, frozen=True):
    """Consecutive pieces of a log."""

    pieces: tuple[LogPiece, ...]
    start: int
    """Byte offset of the first."""
    next: int
    """Byte offset behind the last."""
    size: int
    """Of the log now."""


def log_chunk(window: Window, attempt: int, *, is_complete: bool) -> LogChunk:
    """A piece of the log of an attempt, as it travels."""
    return LogChunk(
        attempt=attempt,
        start=window.start,
        next=window.next,
        size=window.size,
        is_complete=is_complete,
        pieces=list(window.pieces),
    )


def read_window(path: Path, start: int | None, max_bytes: int) -> Window:
    """The whole lines that begin in `max_bytes` from `start` on, and at least one, where there is one.

    Parameters
    ----------
    start
        An offset amid a line stands for the beginning of the next; `None`: as many as there is room for at the end.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if start is None:
                start, raw = _tail(file, size, max_bytes)
            else:
                start, raw = _from(file, min(start, size), max_bytes)
    except FileNotFoundError:
        return Window((), 0, 0, 0)
    return Window(tuple(_piece(line) for line in raw.splitlines() if line), start, start + len(raw), size)


def _from(file: IO[bytes], start: int, max_bytes: int) -> tuple[int, bytes]:
    if start > 0:
        file.seek(start - 1)
        start += len(file.readline()) - 1
    file.seek(start)
    raw = file.read(max_bytes)
    if _LINE_END not in raw:  # one line that is longer than the window
        raw += file.readline()
    return start, raw[: raw.rfind(_LINE_END) + 1]


def _tail(file: IO[bytes], size: int, max_bytes: int) -> tuple[int, bytes]:
    wanted = max_bytes
    while True:
        start = max(0, size - wanted)
        file.seek(start)
        raw = file.read(size - start)
        begin = 0 if start == 0 else raw.find(_LINE_END) + 1
        end = raw.rfind(_LINE_END) + 1
        if start == 0 or (begin and end > begin):
            return start + begin, raw[begin:end]
        wanted *= 4  # the last line is longer than the window


def _piece(line: bytes) -> LogPiece:
    try:
        piece = LogPiece.model_validate_json(line)
    except ValidationError:
        piece = _odd_piece(line)
    if len(piece.text) > MOST_TEXT:
        more = f"\n[... {len(piece.text) - MOST_TEXT:,} more characters are in the log file]\n"
        half = MOST_TEXT // 2
        piece = piece.model_copy(update={"text": piece.text[:half] + more + piece.text[-half:]})
    return piece


def _odd_piece(line: bytes) -> LogPiece:
    """Of a line that another version wrote, or nobody: takes twice as long, which shows with 30,000 lines."""
    try:
        fields = json.loads(line)
        at, stream, text = datetime.fromisoformat(fields["at"]), str(fields["stream"]), str(fields["text"])
    except (ValueError, KeyError, TypeError):  # no line of ours: a disk that was full, a power cut
        at, stream, text = datetime.fromtimestamp(0).astimezone(), "system", line.decode("utf-8", "replace")
    return LogPiece(at=at, stream=stream, text=text)
