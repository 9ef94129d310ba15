"""Standard output and error of a forked kernel: ipykernel's streams, which lose nothing and wait for nothing.

ipykernel flushes both streams several times for each cell, at a change of threads each, and pauses half a millisecond
after a cell for what subprocesses have printed, which may take longer. Here a flush with nothing to flush costs
nothing, and one with something waits for exactly that.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import termios
import threading
import time
from typing import Any

from ipykernel import iostream

_OutStream: Any = iostream.OutStream  # typed in part only
_PIECE = 1 << 16


class PromptStream(_OutStream):  # type: ignore[misc]
    """See the module."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._has_text = False
        self._relaying = threading.Lock()
        self._fid: int | None = None  # ipykernel 6 sets it only where it watches what is printed past Python
        super().__init__(*arguments, **options)

    def write(self, string: str) -> int | None:
        """Published soon, or with the next `flush`."""
        self._has_text = True
        return super().write(string)  # type: ignore[no-any-return]

    def flush(self) -> None:
        """What was written, also by subprocesses and compiled code, is published."""
        self._await_relay()
        if self._has_text:
            self._has_text = False
            super().flush()

    def _await_relay(self) -> None:
        if self._fid is None or threading.current_thread() is self.watch_fd_thread:
            return
        while int.from_bytes(fcntl.ioctl(self._fid, termios.FIONREAD, bytes(4)), "little"):
            time.sleep(0)
        with self._relaying:  # what has left the pipe is in the stream
            pass

    def _watch_pipe_fd(self) -> None:
        """Relay what is printed past Python, where `flush` can wait for it; and whole characters."""
        if self._fid is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        printed = select.poll()
        printed.register(self._fid, select.POLLIN)
        while self._should_watch:
            printed.poll()
            with self._relaying:
                piece = os.read(self._fid, _PIECE)
                if not piece or not self._should_watch:
                    return
                self.write(decoder.decode(piece))
                os.write(self._original_stdstream_copy, piece)
