"""Ctrl-C and SIGTERM while a run is going on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from jupyter_dataops.engine.coordinator import Coordinator


@contextmanager
def cancel_on_signals(coordinator: Coordinator) -> Iterator[None]:
    """The first SIGINT or SIGTERM cancels the run cleanly, the second kills its kernels; earlier handlers come back.

    So does SIGHUP, the end of the terminal, unless it is ignored, as under ``nohup``. Outside the main thread signals
    cannot be handled, and nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = 0

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        coordinator.request_cancel(f"{signal.Signals(number).name} received", hurry=seen > 1)

    before = {number: signal.signal(number, handle) for number in _stopping_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopping_signals() -> list[signal.Signals]:
    hangup: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return [signal.SIGINT, signal.SIGTERM]
    return [signal.SIGINT, signal.SIGTERM, hangup]
