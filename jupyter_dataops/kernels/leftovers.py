"""Files that a runner leaves behind when it is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CONNECTION_FILE: Final = ".connection.json"
"""In an attempt's folder while its kernel runs: where it listens, and the key to it."""


def draft_of(path: Path) -> Path:
    """Where the next version of `path` is written, before it takes its place."""
    return path.with_name(f".{path.name}.draft")


def remove_leftovers(run_folder: Path) -> int:
    """No draft and no connection file is left of the attempts of a run that nobody runs any more; how many there were.

    Call it for runs that have crashed, before they are resumed. Costs a look at each attempt's folder.
    """
    left = [path for path in run_folder.rglob(".*") if path.name == CONNECTION_FILE or path.suffix == ".draft"]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
