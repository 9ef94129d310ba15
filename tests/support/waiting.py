"""Waiting for something that another process does: looked for often, given up in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

_NEVER = threading.Event()


def until(look: Callable[[], Found], what: str, timeout_s: float = 60) -> Found:
    """What `look` returns, as soon as that is true."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        _NEVER.wait(0.02)
    return found


WAIT_FOR = """
import os, time
def wait_for(name, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not os.path.exists(name):
        assert time.monotonic() < deadline, f"no {name}"
        time.sleep(0.02)
def note(name):
    open(name, "w").close()
"""
"""A setup cell: a node that waits for a file, and says that it has come this far."""
