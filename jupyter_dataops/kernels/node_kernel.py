"""The kernel manager of one attempt: jupyter_client's, with our provisioner where kernels are forked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_path
from msgspec import Struct

from jupyter_dataops.kernels.fork_server import Imports
from jupyter_dataops.kernels.fork_servers import ForkServers
from jupyter_dataops.kernels.provisioner import ZygoteProvisioner

PROVISIONER: Final = "dataops-zygote"
"""As its entry point is named."""


class Forking(Struct, frozen=True):
    """How the kernels of a run are forked."""

    servers: ForkServers
    preload: Imports
    ahead: int
    """How many the fork server keeps ready."""
    most: int | None = None
    """How many it forks altogether before it keeps none ready any more."""
    remarks: tuple[str, ...] = ()
    """What is not imported before, and why."""


class _NodeKernelManager(AsyncKernelManager):
    """For a kernel whose end is an event, and asked for otherwise than by its control channel."""

    fork_servers: ForkServers
    """Where forked kernels come from."""
    only_forked = False
    """A kernel that cannot be forked is not wanted."""

    async def _async_post_start_kernel(self, **options: Any) -> None:
        provisioner: Any = self.provisioner
        await provisioner.post_launch(**options)

    def _reconcile_connection_info(self, info: Any) -> None:
        """Without a connection file where nobody reads it."""
        provisioner: Any = self.provisioner
        if isinstance(provisioner, ZygoteProvisioner) and provisioner.is_standing_by:
            self.load_connection_info(info)
        else:
            super()._reconcile_connection_info(info)


def make_manager(
    kernel_name: str,
    connection_file: str,
    log: logging.Logger,
    forking: Forking | None,
    *,
    only_forked: bool = False,
) -> Any:
    """A kernel manager for one fresh kernel.

    Parameters
    ----------
    only_forked
        To start it raises `NoForkServer` where it cannot be forked.
    """
    specs = _kernelspecs(kernel_name)
    manager = _NodeKernelManager(
        kernel_name=kernel_name, kernel_spec_manager=specs, connection_file=connection_file, log=log
    )
    if forking is not None:
        manager.fork_servers, manager.only_forked = forking.servers, only_forked
        _name_provisioner(manager.kernel_spec, forking)
    # Past the default of 1,000 messages zmq would drop output of a cell that prints faster than we read.
    manager.context.rcvhwm = 0
    return manager


def _kernelspecs(kernel_name: str) -> KernelSpecManager:
    """Where the kernel is looked for: as ever, but IPython, whose folder comes last, is not imported for nothing."""
    folders = jupyter_path("kernels")
    if any((Path(folder) / kernel_name.lower() / "kernel.json").is_file() for folder in folders):
        return KernelSpecManager(kernel_dirs=folders)
    return KernelSpecManager()  # 0.1 s more


def _name_provisioner(spec: Any, forking: Forking) -> None:
    if "kernel_provisioner" not in spec.metadata:  # what is provisioned by somebody else, stays so
        config = {"preload": list(forking.preload), "ahead": forking.ahead, "most": forking.most}
        spec.metadata["kernel_provisioner"] = {"provisioner_name": PROVISIONER, "config": config}


def origin_of(manager: Any, forking: Forking | None) -> str:
    """How the kernel of `manager`, which is there now, came to be: one line."""
    if forking is None:
        return "started by itself: the setting `fork` is off"
    provisioner = manager.provisioner
    if not isinstance(provisioner, ZygoteProvisioner):
        return f"provided by {type(provisioner).__name__}, which its kernelspec names"
    if provisioner.not_forked is not None:
        return f"started by itself: {provisioner.not_forked}"
    refused = (f"{module} was not imported ahead: {why}" for module, why in provisioner.not_preloaded.items())
    return "; ".join(["forked", *forking.remarks, *refused])
