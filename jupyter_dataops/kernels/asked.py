"""What a kernel is asked for outside any cell, answered inside it."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from contextlib import suppress
from typing import Any

from jupyter_dataops.kernels.fork_protocol import STATUS

end_told_to: int | None = None
"""Of a forked kernel: where its exit status is waited for."""


def tell_no_end() -> None:
    """A process that the user's code has forked is not the kernel, and does not keep open what breaks off with it."""
    global end_told_to  # noqa: PLW0603 - of this process
    if end_told_to is not None:
        with suppress(OSError):
            os.close(end_told_to)
        end_told_to = None


def last_error() -> dict[str, Any]:
    """Class names, most derived first, and the line in the failing cell, of the error that IPython showed last.

    The line is `None` where no line of the cell is to blame.
    """
    error = getattr(sys, "last_value", None)
    main = sys.modules["__main__"].__dict__
    line = cell = None
    trace = getattr(error, "__traceback__", None)
    while trace is not None:
        code = trace.tb_frame.f_code
        if cell is None and trace.tb_frame.f_globals is main:
            cell = code.co_filename
        if code.co_filename == cell:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and isinstance(error, SyntaxError):
        line = error.lineno
    return {"mro": [kind.__name__ for kind in type(error).__mro__ if kind is not object], "line": line}


def leave() -> None:
    """End this kernel's process as Python would: wait for threads, run ``atexit`` functions, close files.

    Whoever waits for that is told once all of it is done: giving back a kernel's memory takes the system longer than
    many a node computes.

    All but the kernel's own tear-down, whose threads wait for one another for ever now and then, and which takes 0.2 s
    when they do not.
    """
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 - there already, where this is called

    app = IPKernelApp.instance()
    atexit.unregister(app.close)
    atexit.unregister(app.iopub_thread.stop)
    _print_past_the_kernel()
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - what the interpreter itself calls first
    atexit._run_exitfuncs()  # noqa: SLF001 - and second
    sys.last_value = sys.last_traceback = None
    gc.collect()  # IPython's own exit function has emptied the namespace: this closes what was left open
    if end_told_to is not None:
        with suppress(OSError):
            os.write(end_told_to, STATUS.pack(0))
    os._exit(0)


def _print_past_the_kernel() -> None:
    """What is printed from here on goes to the process's own output: nobody listens to the kernel any more."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream: Any = getattr(sys, name)
        with suppress(Exception):  # somebody's own stream may have no such thing
            stream.flush()
        own = getattr(stream, "_original_stdstream_copy", None)  # ipykernel has put a pipe in the place of the other
        with suppress(OSError):
            descriptor = os.dup(number if own is None else own)
            setattr(sys, name, os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace"))
