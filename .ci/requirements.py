"""``requirements.py EXTRA...`` prints what the package requires with these extras: pip reads it without the package."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path


def requirements(extras: list[str]) -> Iterator[str]:
    """An extra that is made of others, ``NAME[OTHER,...]``, is what they are."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    yield from project["dependencies"]
    while extras:
        for one in project["optional-dependencies"][extras.pop()]:
            others = re.fullmatch(rf"{project['name']}\[(.*)\]", one)
            if others is None:
                yield one
            else:
                extras += others[1].split(",")


if __name__ == "__main__":
    sys.stdout.write("".join(f"{one}\n" for one in requirements(sys.argv[1:])))
