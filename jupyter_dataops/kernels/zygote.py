"""A process that has imported what kernels need, and becomes one kernel after the other by forking.

`jupyter_dataops.zygote` is its door. It starts no thread, opens no socket of its own, and runs in the kernels' Python,
beside the program that uses them. It ends when that does, and so do its kernels: Linux kills a process whose parent has
died, where it has asked for that.
"""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import shutil
import socket
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NoReturn

from msgspec import Struct

from jupyter_dataops.kernels import asked, visible_environment
from jupyter_dataops.kernels.fork_protocol import STATUS, receive, send
from jupyter_dataops.kernels.forked_kernel import ForkedKernelApp
from jupyter_dataops.kernels.preloading import INLINE_BACKEND, Preloaded, preload
from jupyter_dataops.kernels.tether import die_with
from jupyter_dataops.kernels.usage import imported

_LATE_IMPORTS: Final = (
    *("IPython.core.completer", "IPython.core.debugger", "IPython.extensions.storemagic"),
    *("ipykernel.ipkernel", "ipykernel.subshell_manager", "psutil", "pdb", "tornado.queues"),
    *("tornado.platform.asyncio", "encodings.idna", "email.parser", "IPython.core.logger"),
    *("jupyter_dataops.kernels.asked", "jupyter_dataops.checking.verdict", "jupyter_dataops.artifacts.watch"),
    *("jupyter_dataops.kernels.prompt_stream", "comm"),
    *("decorator", "pygments.styles.default", "pygments.lexers.python"),
)
"""What a kernel imports once it is running, so that every one would pay for it."""


class _Parked(Struct):
    """A kernel that nobody has taken yet."""

    pid: int
    channel: socket.socket
    status: int
    """Reading end of its exit status."""


class Zygote:
    """The loop: keeps so many kernels ahead, gives them away, tells how they ended.

    Parameters
    ----------
    control
        Where kernels are asked for.
    told
        What it is for: ``arguments`` of ipykernel, ``ahead``, ``most``, ``folder`` of its kernels' sockets or none.
    """

    def __init__(
        self, control: socket.socket, told: dict[str, Any], preloaded: Preloaded, app: ForkedKernelApp
    ) -> None:
        self._control = control
        self._ahead: int = told["ahead"]
        self._most: int | None = told["most"]
        self._forked = 0
        self._folder: str | None = told["folder"]
        self._preloaded = preloaded
        self._app = app
        self._pid = os.getpid()
        self._parked: list[_Parked] = []
        self._statuses: dict[int, tuple[int, int]] = {}
        """pidfd to process and the writing end of its exit status."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until nobody is there to ask."""
        while True:
            is_short = len(self._parked) < self._ahead and (self._most is None or self._forked < self._most)
            events = self._selector.select(0 if is_short else None)
            for key, _ in events:
                if key.fileobj is not self._control:
                    self._reap(key.fd)
                elif not self._answer():
                    return
            if is_short and not events:
                self._parked.append(self._fork())

    def _answer(self) -> bool:
        try:
            receive(self._control)
            kernel = self._parked.pop(0) if self._parked else self._fork()
            send(self._control, kernel.pid, [kernel.channel.fileno(), kernel.status])
        except (EOFError, OSError):
            return False
        kernel.channel.close()
        os.close(kernel.status)
        return True

    def _fork(self) -> _Parked:
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads that libraries see to themselves
            pid = os.fork()
        self._forked += 1
        if pid == 0:
            ours.close()
            os.close(reading)
            asked.end_told_to = writing
            os.register_at_fork(after_in_child=asked.tell_no_end)
            _become(self, theirs)
        theirs.close()
        watched = os.pidfd_open(pid)
        self._statuses[watched] = pid, writing
        self._selector.register(watched, selectors.EVENT_READ)
        return _Parked(pid, ours, reading)

    def _reap(self, watched: int) -> None:
        self._selector.unregister(watched)
        os.close(watched)
        pid, writing = self._statuses.pop(watched)
        _, status = os.waitpid(pid, 0)
        with suppress(OSError):
            os.write(writing, STATUS.pack(os.waitstatus_to_exitcode(status)))
        os.close(writing)
        for kernel in [kernel for kernel in self._parked if kernel.pid == pid]:
            self._parked.remove(kernel)
            kernel.channel.close()
            os.close(kernel.status)

    # -- in a fork

    def forget(self) -> None:
        """A fork has nothing to do with the server's business."""
        self._selector.close()
        self._control.close()
        for kernel in self._parked:
            kernel.channel.close()
            os.close(kernel.status)
        for watched, (_, writing) in self._statuses.items():
            os.close(watched)
            os.close(writing)

    def be_kernel(self, channel: socket.socket) -> None:
        """One kernel, from its first socket to its end."""
        die_with(self._pid)
        self._preloaded.renew_random_state()
        app = self._app
        if self._folder is not None:
            send(channel, app.listen_below(f"{self._folder}/{os.getpid()}"))
        told, descriptors = receive(channel, 2)
        visible_environment.show(told["shown"])
        app.settle({**self._preloaded.environment, **told["environment"]}, told["folder"], descriptors)
        if told["connection_file"] is not None:
            channel.close()
            app.listen_as_told(told["connection_file"])
        else:
            app.on_readable(channel, lambda: self._be_given(channel))
        app.start()

    def _be_given(self, channel: socket.socket) -> None:
        """The kernel learns what it has been standing by for; nobody has run anything in it until it has answered."""
        try:
            told, _ = receive(channel)
        except (EOFError, OSError):  # nobody wants it any more
            os._exit(0)
        visible_environment.show(told["shown"])
        self._app.live_in({**self._preloaded.environment, **told["environment"]}, told["folder"])
        self._app.off_readable(channel)
        with channel, suppress(OSError):
            send(channel, None)


def _become(zygote: Zygote, channel: socket.socket) -> NoReturn:
    """Never back into the server's loop, whatever happens."""
    try:
        os.setsid()
        gc.enable()
        zygote.forget()
        zygote.be_kernel(channel)
    except (EOFError, ConnectionError):  # nobody wants it any more
        os._exit(0)
    except SystemExit:
        raise
    except BaseException:  # noqa: BLE001 - the process's own words tell why it did not start
        words = getattr(sys.stderr, "_original_stdstream_copy", 2)  # past ipykernel, which dies with the process
        os.write(words, traceback.format_exc().encode())
        os._exit(1)
    sys.exit(0)


def run(descriptor: int, warm_up: Callable[[], object]) -> NoReturn:
    """Prepare as told over the socket `descriptor`, say what became of it, serve.

    Parameters
    ----------
    warm_up
        Does what every node would do first, and every fork has then.
    """
    if not sys.flags.safe_path:
        del sys.path[0]  # the working directory, which is no place to import from
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    try:
        told, _ = receive(control)
    except EOFError:
        os._exit(0)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # modules that keep it write to it in forks
    sys.argv = ["ipykernel_launcher", *told["arguments"]]
    os.environ.setdefault("MPLBACKEND", INLINE_BACKEND)  # before anybody can import matplotlib
    app = ForkedKernelApp.instance()
    app.prepare(told["arguments"], ahead=told["folder"] is not None)
    for name in _LATE_IMPORTS:
        with suppress(ImportError):
            importlib.import_module(name)
    # After the shell: modules ask as they are imported whether they are in a notebook.
    preloaded = preload(told["preload"], told["never"])
    with suppress(OSError):
        send(control, {"misfits": preloaded.misfits, "refused": preloaded.refused})
    if preloaded.misfits:
        os._exit(0)
    warm_up()
    imported()
    gc.freeze()  # looking at any of it would copy its pages in every fork
    Zygote(control, told, preloaded, app).serve()
    if told["folder"] is not None:
        shutil.rmtree(told["folder"], ignore_errors=True)
    os._exit(0)  # its `atexit` functions are the kernels'
