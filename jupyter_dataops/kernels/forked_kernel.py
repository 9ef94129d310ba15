"""The kernel that a forked process becomes: ipykernel's own application, of which a part was made before the fork.

Nothing of ipykernel is replaced. Its `initialize` runs unchanged in the fork; it finds the configuration done, and -
where kernels are made ahead of need - the shell. Sockets, threads and event loops, none of which survives a fork, are
made after it.
"""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from IPython.core.application import BaseIPythonApplication
from tornado.ioloop import IOLoop
from traitlets.config import Config

from jupyter_dataops.kernels.prompt_stream import PromptStream

_CHANNELS: Final = ("shell", "iopub", "stdin", "hb", "control")


_KernelApp: Any = IPKernelApp
_BaseApp: Any = BaseIPythonApplication
# Both are typed in part only.


class _ConfiguredBefore(_BaseApp):  # type: ignore[misc]
    """Stands behind `IPKernelApp` in the order of methods: what that calls as its base was done before the fork."""

    def initialize(self, argv: Any = None) -> None:
        """Nothing: see `ForkedKernelApp.prepare`."""


class ForkedKernelApp(_KernelApp, _ConfiguredBefore):  # type: ignore[misc]
    """A kernel application that is made before a fork and runs in it.

    `prepare`, then fork. In the child: ahead of need `listen_below`, `settle`, `start`, and `live_in` once it is known
    what for; otherwise `settle`, `listen_as_told`, `start`.
    """

    name = "ipython-kernel"
    _is_ahead = False
    _has_history = False
    _shell: Any = None

    # -- before the fork

    def prepare(self, arguments: Sequence[str], *, ahead: bool) -> None:
        """Everything that needs neither process nor sockets is there, the shell included.

        Parameters
        ----------
        arguments
            ipykernel's command line, without the connection file.
        ahead
            Kernels listen before it is known what for; and nothing is made for clients that look by the clock.
        """
        _BaseApp.initialize(self, list(arguments))
        self._is_ahead = ahead
        if ahead:
            _leave_out_debugger()
            self.outstream_class = "jupyter_dataops.kernels.prompt_stream.PromptStream"
        # History is a thread and a database connection: made after the fork, where it is wanted.
        self._has_history = str(self.config.get("HistoryManager", {}).get("enabled", True)) != "False"
        self.update_config(Config({"HistoryManager": {"enabled": False}}))
        self.kernel_class: Any = _adopting(self.kernel_class)
        given = {"log": self.log, "profile_dir": self.profile_dir, "user_ns": self.user_ns}
        self._shell = self.kernel_class.instance(parent=self, **given).shell
        _rehearse(self._shell)
        self.session.key = b""  # made now, as are its own defaults

    # -- in the fork

    def listen_below(self, address: str) -> dict[str, Any]:
        """The kernel listens below the path `address`; what its clients have to know.

        ``connection``, as in a connection file, and ``language_info``, so that nobody has to ask.
        """
        self.transport, self.ip = "ipc", address
        ports = {f"{channel}_port": number for number, channel in enumerate(_CHANNELS, 1)}
        for name, number in ports.items():
            setattr(self, name, number)
        self.connection_file = f"{address}.json"  # never written: who takes this kernel is told
        session = self.session
        _be_of_this_process(session)
        session.key = uuid.uuid4().hex.encode()
        self.initialize()
        reached = {"transport": "ipc", "ip": address, "key": session.key.decode()}
        connection = ports | reached | {"signature_scheme": session.signature_scheme}
        return {"connection": connection, "language_info": self.kernel.language_info}

    def settle(self, environment: Mapping[str, str], folder: str, descriptors: Sequence[int]) -> None:
        """Environment, working directory and the process's own output are those of whoever takes the kernel."""
        self.live_in(environment, folder)
        for stream, standard, descriptor in zip((sys.stdout, sys.stderr), (1, 2), descriptors, strict=True):
            # ipykernel reads what is written to 1 and 2, and has moved what was there before elsewhere.
            moved = getattr(stream, "_original_stdstream_copy", None) if isinstance(stream, OutStream) else None
            os.dup2(descriptor, standard if moved is None else moved)
            os.close(descriptor)
        if self._is_ahead:
            self._settle_shell()

    def live_in(self, environment: Mapping[str, str], folder: str) -> None:
        """Environment and working directory are these."""
        os.environ.clear()
        os.environ.update(environment)
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        time.tzset()
        os.chdir(folder)
        self._shell.history_manager.dir_hist[:] = [Path.cwd()]

    def on_readable(self, channel: socket.socket, act: Callable[[], None]) -> None:
        """`act` is called, between cells, when there is something to read."""
        IOLoop.current().add_handler(channel.fileno(), lambda _descriptor, _events: act(), IOLoop.READ)

    def off_readable(self, channel: socket.socket) -> None:
        """Not any more."""
        IOLoop.current().remove_handler(channel.fileno())

    def listen_as_told(self, connection_file: str) -> None:
        """The kernel listens where its connection file says."""
        self.connection_file = connection_file
        self.parent_handle = os.getppid()
        _be_of_this_process(self.session)
        self.initialize()
        self._settle_shell()

    def _settle_shell(self) -> None:
        """What depends on environment and working directory, in ipykernel's order."""
        shell = self.shell
        if self._has_history:
            shell.config.HistoryManager.enabled = True
            shell.init_history()
            shell.history_manager.dir_hist[:] = [Path.cwd()]
            shell.init_user_ns()
        if name := os.environ.get("JPY_SESSION_NAME"):
            shell.user_ns["__session__"] = name
        super().init_gui_pylab()
        super().init_extensions()
        super().init_code()

    # -- what `initialize` calls, and comes later or not at all

    def init_connection_file(self) -> None:
        """Read, where there is one."""
        if not self._is_ahead:
            super().init_connection_file()

    def write_connection_file(self, **kwargs: Any) -> None:
        """Where somebody reads it."""
        if not self._is_ahead:
            super().write_connection_file(**kwargs)

    def init_poller(self) -> None:
        """Nothing: the system itself ends the kernel with its fork server."""

    def init_iopub(self, context: Any) -> None:
        """Output that is not read as fast as it comes waits; zmq drops it after a thousand messages otherwise."""
        if self._is_ahead:
            context.sndhwm = 0
        super().init_iopub(context)

    def init_heartbeat(self) -> None:
        """See `prepare`."""
        if not self._is_ahead:
            super().init_heartbeat()

    def init_gui_pylab(self) -> None:
        """See `_settle_shell`."""

    def init_extensions(self) -> None:
        """See `_settle_shell`."""

    def init_code(self) -> None:
        """See `_settle_shell`."""


def _adopting(kernel_class: Any) -> Any:
    """The same kernel class; whoever asks for its instance a second time gives that its sockets."""

    class ForkedKernel(kernel_class):  # type: ignore[misc]
        @classmethod
        def instance(cls, *args: Any, **traits: Any) -> Any:
            is_made = cls.initialized()
            kernel = super().instance(*args, **traits)
            if is_made and traits:
                _wire(kernel, traits)
            return kernel

    # Configuration goes by the name of a class.
    ForkedKernel.__name__, ForkedKernel.__module__ = kernel_class.__name__, kernel_class.__module__
    return ForkedKernel


def _leave_out_debugger() -> None:
    """Ipykernel finds none, which is a tenth of a second less to import: nobody could reach it. The user's code can."""
    if "debugpy" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["debugpy"] = None  # the documented way to make an import fail
    try:
        import_module("ipykernel.debugger")
    finally:
        del modules["debugpy"]


def _rehearse(shell: Any) -> None:
    """What IPython makes when it is first needed is made now, and shared by all forks."""
    shell.display_formatter.format(0)
    shell.user_expressions({"nothing": "None"})
    shell.run_cell("pass", store_history=False, silent=True)


def _be_of_this_process(session: Any) -> None:
    session.pid, session.session = os.getpid(), uuid.uuid4().hex


def _wire(kernel: Any, traits: Mapping[str, Any]) -> None:
    """As the kernel's own `__init__` would have done."""
    for name, value in traits.items():
        if name not in {"parent", "log", "profile_dir", "user_ns"}:
            setattr(kernel, name, value)
    kernel._stdout, kernel._stderr = sys.stdout, sys.stderr  # noqa: SLF001
    kernel.ident = str(uuid.uuid4())
    if isinstance(sys.stdout, PromptStream):  # a pause for what subprocesses have printed: it waits for that itself
        kernel._execute_sleep = 0.0  # noqa: SLF001
    for publisher in (kernel.shell.displayhook, kernel.shell.display_pub):
        publisher.session, publisher.pub_socket = kernel.session, kernel.iopub_socket
    kernel.shell.displayhook.topic = kernel._topic("execute_result")  # noqa: SLF001
    debugger = getattr(kernel, "debugger", None)
    if debugger is not None:
        debugger.session, debugger.shell_socket = kernel.session, traits["debug_shell_socket"]
        debugger.debugpy_client.debugpy_stream = traits["debugpy_stream"]
