"""What a fork server, its kernels and whoever takes them say to one another: JSON and file descriptors over sockets.

With the server: it is told once what it is for, and answers what became of that; then it is asked for one kernel after
the other, and answers each time with a process id and two descriptors. The first leads to the kernel, which says how to
reach it, where that is for it to say, and is told what it is for, with two descriptors for what its process prints.
From the second comes the kernel's exit status once it has ended, or is as good as ended; nothing, where the server was
killed before. It breaks off when the process is gone.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final

_LENGTH: Final = struct.Struct("<Q")
_PIECE: Final = 1 << 16

STATUS: Final = struct.Struct("<i")
"""The exit status, as `subprocess.Popen.returncode` has it."""


def send(channel: socket.socket, content: Any, descriptors: Sequence[int] = ()) -> None:
    """`content` is on its way, with copies of `descriptors`. Raises `OSError` where nobody is there any more."""
    encoded = json.dumps(content).encode()
    socket.send_fds(channel, [_LENGTH.pack(len(encoded))], descriptors)
    channel.sendall(encoded)


def receive(channel: socket.socket, descriptors: int = 0) -> tuple[Any, list[int]]:
    """What was sent, with at most so many descriptors, which the new process does not hand on to its own.

    Raises
    ------
    EOFError
        Nobody is there any more.
    """
    header, found, _, _ = socket.recv_fds(channel, _LENGTH.size, descriptors)
    if len(header) < _LENGTH.size:
        raise EOFError("the other side is gone")
    (left,) = _LENGTH.unpack(header)
    pieces = []
    while left:
        piece = channel.recv(min(left, _PIECE))
        if not piece:
            raise EOFError("the other side is gone")
        pieces.append(piece)
        left -= len(piece)
    return json.loads(b"".join(pieces)), found
