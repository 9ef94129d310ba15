"""The log of one attempt: JSON lines, appended while it runs.

Each line is ``{"at": ISO 8601, "stream": "stdout" | "stderr" | "display" | "error" | "system", "text": ...}``.
``display`` carries the plain-text form of a rich output (the whole of it is in the executed notebook), ``error`` a
traceback, ``system`` what this package has to say about the attempt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

MOST_PRINTED: Final = 65_536
"""Characters of one piece of what was printed, unless one line has more: a window of a log holds whole pieces."""


class LogLine(Struct, frozen=True):
    """One piece of output; `text` may hold several lines, or part of one."""

    at: datetime
    stream: str
    text: str


def write_log_line(file: IO[str], line: LogLine) -> None:
    """Append `line`, in several pieces where it is long, and flush it, so that a follower sees it at once."""
    for text in _pieces(line.text) if line.stream in ("stdout", "stderr") else (line.text,):
        file.write(json.dumps({"at": line.at.isoformat(), "stream": line.stream, "text": text}) + "\n")
    file.flush()


def _pieces(text: str) -> Iterator[str]:
    """Cut behind ends of lines: a kernel that prints fast sends megabytes as one message."""
    start = 0
    while len(text) - start > MOST_PRINTED:
        end = text.rfind("\n", start, start + MOST_PRINTED) + 1 or text.find("\n", start) + 1
        if end == 0:
            break
        yield text[start:end]
        start = end
    if start == 0 or start < len(text):
        yield text[start:]


def read_log(path: Path, start: int = 0) -> Iterator[tuple[LogLine, int]]:
    """Lines from byte offset `start`, each with the offset after it; stops before a line still being written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.jsonl"
    >>> with path.open("w") as file:
    ...     write_log_line(file, LogLine(datetime(2026, 1, 1), "stdout", "hello"))
    >>> [line.text for line, _ in read_log(path)]
    ['hello']
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        for raw in file:
            if not raw.endswith(b"\n"):
                return
            start += len(raw)
            fields = json.loads(raw)
            yield LogLine(datetime.fromisoformat(fields["at"]), fields["stream"], fields["text"]), start


def printed(lines: Iterable[LogLine]) -> str:
    r"""What the user's code put out: its streams as they were, anything else on lines of its own.

    Examples
    --------
    >>> at = datetime(2026, 1, 1)
    >>> pieces = ("system", "attempt 1"), ("stdout", "rows: "), ("stdout", "3"), ("display", "<Figure>")
    >>> printed(LogLine(at, stream, text) for stream, text in pieces)
    'rows: 3\n<Figure>\n'
    """
    text = ""
    for line in lines:
        if line.stream in ("stdout", "stderr"):
            text += line.text
        elif line.stream != "system":
            text += "\n" * (text[-1:] not in ("", "\n")) + line.text.rstrip("\n") + "\n"
    return text
