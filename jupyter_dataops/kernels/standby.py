"""A kernel that is ready before there is a node for it: forked, connected to, its output subscribed to.

All that takes a third of the time of a small node, and none of it depends on the node. So it is done while others
compute; what does depend on the node - environment, folder, by which attempt the system knows it - the kernel is given
with the node, see `ZygoteProvisioner.give`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from msgspec import Struct

from jupyter_dataops.kernels.execution import LOGGER
from jupyter_dataops.kernels.kernel_questions import connect
from jupyter_dataops.kernels.node_command import NODE_ARGUMENTS
from jupyter_dataops.kernels.node_kernel import Forking, make_manager
from jupyter_dataops.kernels.provisioner import ended

_READY_S: Final = 60.0


class StandbyKernel(Struct, frozen=True):
    """One such kernel. It belongs to the thread that made it."""

    kernel_name: str
    runner: asyncio.Runner
    """The event loop that its sockets live in."""
    manager: Any
    client: Any
    words: IO[bytes]
    """What its process prints past Jupyter's protocol."""

    @property
    def is_alive(self) -> bool:
        """It has not been killed meanwhile."""
        return self.manager.has_kernel and self.manager.provisioner.process.poll() is None

    def close(self) -> None:
        """Nothing is left of it. A kernel that was used has ended already."""
        self.runner.run(_end(self.manager, self.client))
        self.runner.close()
        self.words.close()


def prepare(kernel_name: str, forking: Forking) -> StandbyKernel | None:
    """A kernel of that name; `None` where there is none to be had so: whoever needs it starts it, and learns why."""
    runner, words = asyncio.Runner(), tempfile.TemporaryFile("w+b")  # noqa: SIM115 - the kernel's, and so its owner's
    manager = None
    try:
        nowhere = f"{tempfile.gettempdir()}/dataops-{uuid.uuid4().hex}.json"  # never written: the kernel tells us
        manager = make_manager(kernel_name, nowhere, LOGGER, forking, only_forked=True)
        client = runner.run(_connect(manager, words))
        return StandbyKernel(kernel_name, runner, manager, client, words)
    except Exception:  # noqa: BLE001 - whatever it is, the attempt meets it again
        LOGGER.debug("no kernel stands by", exc_info=True)
    if manager is not None:
        runner.run(_end(manager, None))
    runner.close()
    words.close()
    return None


async def _connect(manager: Any, words: IO[bytes]) -> Any:
    arguments = list(NODE_ARGUMENTS)
    await manager.start_kernel(
        extra_arguments=arguments, env=dict(os.environ), cwd=str(Path.cwd()), stdout=words, stderr=words
    )
    client, _ = await connect(manager, _READY_S)
    return client


async def _end(manager: Any, client: Any) -> None:
    if manager.has_kernel:
        process = manager.provisioner.process
        with suppress(ProcessLookupError):
            process.kill()
        await ended(process)
        await manager.provisioner.wait()
    if client is not None:
        client.stop_channels()
    await manager.cleanup_resources()
