"""Graphviz, as a program: the only place where one is looked for and called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.extras import how_to_install

PROGRAMS: Final = ("dot", "graphviz-pure")
TIME_LIMIT_S: Final = 60.0
"""Layout of a dense graph can take minutes; nobody waits for those."""


def find_renderer() -> str:
    """Path of ``dot``, else of ``graphviz-pure``, which may lie beside this Python and not on the search path.

    Raises
    ------
    EnvironmentRefused
        There is neither.
    """
    beside = str(Path(sys.executable).parent)
    for program in PROGRAMS:
        found = shutil.which(program) or shutil.which(program, path=beside)
        if found:
            return found
    raise EnvironmentRefused(
        "no Graphviz found: neither dot nor graphviz-pure",
        hint=f"{how_to_install('render')}, or install Graphviz",
    )


def render_dot(dot: str, form: str, *, program: str, time_limit_s: float = TIME_LIMIT_S) -> bytes:
    """The picture of a graph, ``svg`` or ``png``.

    Raises
    ------
    EnvironmentRefused
        The program failed, or took longer than its limit.
    """
    try:
        done = subprocess.run(  # noqa: S603 - found by find_renderer
            [program, f"-T{form}"], input=dot.encode(), capture_output=True, check=True, timeout=time_limit_s
        )
    except subprocess.TimeoutExpired:
        raise EnvironmentRefused(
            f"Graphviz took longer than {time_limit_s:.0f} s", where=program, hint="use --format dot, or text"
        ) from None
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise EnvironmentRefused(
            f"Graphviz failed: {said.decode(errors='replace').strip() or error}", where=program, hint="use --format dot"
        ) from error
    return done.stdout
