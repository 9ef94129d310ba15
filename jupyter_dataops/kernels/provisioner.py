"""Kernels by forking, for any Jupyter program whose kernelspec names the provisioner ``dataops-zygote``.

::

    {"argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
     "metadata": {"kernel_provisioner": {"provisioner_name": "dataops-zygote",
                                         "config": {"preload": ["pandas", "sklearn.linear_model"]}}}}

Where a kernel cannot be forked, it is started as ever, by jupyter_client's own provisioner, and `not_forked` says why.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Int, List

from jupyter_dataops.kernels.fork_protocol import receive, send
from jupyter_dataops.kernels.fork_server import ForkedProcess, NoForkServer
from jupyter_dataops.kernels.fork_servers import ForkServers, purpose_of, shared_servers
from jupyter_dataops.kernels.variables import RUN_VARIABLE, TOKEN_VARIABLE

_FILE: Final = "-f"
_SHOWN: Final = (RUN_VARIABLE, TOKEN_VARIABLE)


class ZygoteProvisioner(LocalProvisioner):
    """Forks kernels off a process that has imported already what they import.

    A kernel manager that has an attribute `fork_servers` decides by it where forked kernels come from; others of one
    program share theirs.
    """

    preload: Any = List(help="Modules to import before kernels are forked").tag(config=True)
    ahead = Int(0, help="How many kernels to keep ready; they choose their own address").tag(config=True)
    most: Any = Int(None, allow_none=True, help="After how many none is kept ready any more").tag(config=True)

    not_forked: str | None = None
    """Why the kernel was not forked; `None`: it was."""
    not_preloaded: Mapping[str, str] = {}
    """Top-level module to why it was not imported before the fork."""
    language_info: dict[str, Any] | None = None
    """As the kernel's answer to a ``kernel_info_request`` has it, where that is known without asking."""
    process: Any = None
    """A `ForkedProcess`, or a `subprocess.Popen`."""
    _taken: tuple[ForkedProcess, socket.socket] | None = None
    _channel: socket.socket | None = None
    """To a kernel that stands by."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Where kernels are kept ready, one is taken: it is there before anybody could tell it where to listen."""
        if self.ahead:
            manager: Any = self.parent
            command = manager.format_kernel_cmd(extra_arguments=kwargs.get("extra_arguments", []))
            self._taken = await self._take(command, kwargs)
            if self._taken is not None:
                kwargs.pop("extra_arguments", None)
                return await KernelProvisionerBase.pre_launch(self, cmd=command, **kwargs)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork, or start as ever."""
        if not self.ahead:
            self._taken = await self._take(cmd, kwargs)
        if self._taken is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, channel = self._taken
        self._taken = None
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()  # noqa: PTH109 - as jupyter_client has it
        with ExitStack() as stack, suppress(EOFError, OSError):  # it has died: whoever waits for it learns of that
            stack.callback(channel.close)
            if self.ahead:
                told_by_kernel, _ = receive(channel)
                self.language_info = told_by_kernel["language_info"]
                reached: Any = told_by_kernel["connection"]
                reached["key"] = reached["key"].encode()
                self.connection_info = reached
            environment = dict(kwargs.get("env") or os.environ)
            told = {
                "environment": environment,
                "shown": _shown(environment),
                "folder": str(self.cwd),
                "connection_file": None if self.ahead else cmd[cmd.index(_FILE) + 1],
            }
            send(channel, told, [_descriptor(kwargs.get(name), number) for number, name in _OUTPUTS])
            if self.ahead:
                stack.pop_all()
                self._channel = channel
        return self.connection_info

    @property
    def is_standing_by(self) -> bool:
        """The kernel was forked, and has not been told yet what it is for."""
        return self._channel is not None

    def give(self, environment: Mapping[str, str], folder: str) -> None:
        """The kernel that stands by has this environment and working directory, and is known by them to the system.

        It answers within a millisecond, unless it has died: whoever waits for it learns of that.
        """
        channel, self._channel = self._channel, None
        if channel is None:
            return
        with channel, suppress(EOFError, OSError):
            send(channel, {"environment": dict(environment), "folder": folder, "shown": _shown(environment)})
            receive(channel)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left of the way to a kernel that was never given anything."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        await super().cleanup(restart=restart)

    async def wait(self) -> int | None:
        """The exit status, as soon as there is one."""
        process = self.process
        if isinstance(process, ForkedProcess):
            await ended(process)
        return await super().wait()

    async def _take(
        self, command: Sequence[str], kwargs: Mapping[str, Any]
    ) -> tuple[ForkedProcess, socket.socket] | None:
        servers: ForkServers = getattr(self.parent, "fork_servers", None) or shared_servers()
        environment = dict(kwargs.get("env") or os.environ)
        imports = tuple((name, ()) if isinstance(name, str) else (name[0], tuple(name[1])) for name in self.preload)
        try:
            server = servers.get(purpose_of(command, environment, imports, self.ahead, self.most))
            taken = server.take() if server.is_ready else await asyncio.to_thread(server.take)
        except NoForkServer as error:
            if getattr(self.parent, "only_forked", False):
                raise
            self.not_forked = str(error)
            return None
        self.not_forked, self.not_preloaded = None, server.refused
        return taken


_OUTPUTS: Final = ((1, "stdout"), (2, "stderr"))


def _shown(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in _SHOWN if name in environment}


def _descriptor(file: Any, standard: int) -> int:
    if file is None:
        return standard
    return file if isinstance(file, int) else int(file.fileno())


async def ended(process: ForkedProcess) -> None:
    """Return once `process` has ended."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    watched = os.dup(process.fileno())  # one descriptor, one watcher
    loop.add_reader(watched, _settle, over)
    try:
        await over
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def _settle(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)
