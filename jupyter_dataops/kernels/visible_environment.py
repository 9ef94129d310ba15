"""Environment variables as the system shows them of a process: those that it was started with.

What a process does to its environment later is its own affair, so a fork would be shown with that of its fork server,
and could not be told from another one's. But the text that the system shows lies in the process's memory. The fork
server is started with place-holders, and each fork writes its own values over them.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_ENV_START: Final = 47
"""Place of ``env_start`` among what follows the program's name in ``/proc/self/stat``, see proc(5)."""
_BLANK: Final = "-"


def placeholder(value: str) -> str:
    """What to start the fork server with, so that a value as long as `value` can be written later."""
    return _BLANK * len(value)


def show(variables: Mapping[str, str]) -> None:
    """The system shows these variables of this process, as far as it was started with place-holders for them.

    Linux. Where it cannot be done nothing is, and the process is known by its session alone.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, ValueError, IndexError):
        shown = Path("/proc/self/environ").read_bytes()
        start = int(Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()[_ENV_START])
        for name, value in variables.items():
            held = f"\0{name}={placeholder(value)}\0".encode()
            place = (b"\0" + shown).find(held)
            if place >= 0:
                text = f"{name}={value}".encode()
                ctypes.memmove(start + place, text, len(text))
