"""What the pages of the documentation say, as something to run: fenced blocks, notebooks, commands with their output."""

from __future__ import annotations

import doctest
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.notebooks import cell, notebook, text

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
_VARYING = [
    (re.compile(r"(?<=run |uns/)[a-z0-9]{10}\b"), "RUN"),
    (re.compile(r"\b\d+\.\d+s"), "TIME"),
    (re.compile(r"^\S+/store/", re.MULTILINE), "STORE/"),
]
_AS_ABRIDGED = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page: Path, *languages: str) -> list[tuple[str, str]]:
    """(language, content) of the page's fenced blocks in these languages, in order."""
    return [(found[1], found[2]) for found in _FENCE.finditer(page.read_text("utf-8")) if found[1] in languages]


def notebook_of(percent: str) -> str:
    """The notebook that is shown in the percent format, as a file's text; ``tags=[...]`` are its cells' tags."""
    pieces = _CELL.split(percent)
    cells = []
    for head, source in zip(pieces[1::2], pieces[2::2], strict=True):
        if "[markdown]" in head:
            cells.append(text(re.sub(r"^# ?", "", source.strip(), flags=re.MULTILINE)))
        else:
            tags = json.loads(head.split("tags=")[1]) if "tags=" in head else []
            cells.append(cell(source.strip(), *tags))
    return json.dumps(notebook(*cells), indent=1) + "\n"


def edited(notebook_text: str, diff: str) -> str:
    """The notebook with every ``-`` line of `diff` replaced by the ``+`` line after it."""
    lines = [line for line in diff.splitlines() if line]
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        assert (old[0], new[0]) == ("-", "+")
        before, after = json.dumps(old[1:])[1:-1], json.dumps(new[1:])[1:-1]
        assert notebook_text.count(before) == 1, old
        notebook_text = notebook_text.replace(before, after)
    return notebook_text


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a page shows, with what it prints (``...`` stands for anything) and its exit code."""

    words: tuple[str, ...]
    output: str
    exit_code: int


def commands(console: str) -> Iterator[Command]:
    """The commands of a ``console`` block; ``$ echo $?`` after one shows its exit code, which is 0 otherwise."""
    pieces = re.split(r"^\$ (.*)\n", console, flags=re.MULTILINE)
    shown = list(zip(pieces[1::2], pieces[2::2], strict=True))
    for (line, output), (after, code) in zip(shown, [*shown[1:], ("", "")], strict=True):
        if line != "echo $?":
            yield Command(tuple(shlex.split(line)), output, int(code) if after == "echo $?" else 0)


def is_abridged(shown: str, printed: str) -> bool:
    """Whether `shown` is `printed` but for ids, times, places, white space, and what ``...`` leaves out."""
    for pattern, stand_in in _VARYING:
        shown, printed = pattern.sub(stand_in, shown), pattern.sub(stand_in, printed)
    return doctest.OutputChecker().check_output(shown, printed, _AS_ABRIDGED)
