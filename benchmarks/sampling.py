"""CPU time of this process's threads by package, sampled: what the system says a thread has used goes to its stack."""

from __future__ import annotations

import sys
import sysconfig
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Self

SAMPLE_S = 0.002
_OURS = str(Path(__file__).parents[1])
_SITE = sysconfig.get_path("purelib")


class CpuSampler:
    """A context; `seconds` says afterwards what each package used. Linux alone tells the CPU time of a thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._used: dict[int, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._look(note=False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self._look()

    def _look(self, *, note: bool = True) -> None:
        frames = sys._current_frames()  # noqa: SLF001  # there is no other way to other threads' stacks
        stacks = {thread.native_id: frames.get(thread.ident or 0) for thread in threading.enumerate()}
        for folder in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended meanwhile
                used, task = int((folder / "schedstat").read_text().split()[0]), int(folder.name)
                spent, self._used[task] = used - self._used.get(task, 0), used
                if note and spent > 0 and task != self._thread.native_id:
                    self.seconds[package_of(stacks.get(task))] += spent / 1e9


def package_of(frame: FrameType | None) -> str:
    """What the innermost frame outside the standard library, but for asyncio, belongs to; of ours, the module."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] == "asyncio":
            return "asyncio"
        file = frame.f_code.co_filename
        if name.startswith("jupyter_dataops"):
            return name
        if file.startswith((_SITE, _OURS)):
            return name.partition(".")[0]
        frame = frame.f_back
    return "threads that are not in Python code"
