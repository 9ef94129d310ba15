"""The kernel manager of one attempt: jupyter_client's, with our provisioner where kernels are forked."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

from jupyter_client.manager import AsyncKernelManager

from jupyter_dataops.kernels.fork_server import Imports
from jupyter_dataops.kernels.fork_servers import ForkServers
from jupyter_dataops.kernels.provisioner import ZygoteProvisioner

PROVISIONER: Final = "dataops-zygote"
"""As its entry point is named."""


@dataclass(frozen=True, slots=True)
class Forking:
    """How the kernels of a run are forked."""

    servers: ForkServers
    preload: Imports
    ahead: int
    """How many are kept ready: as many as attempts run at once."""
    remarks: tuple[str, ...] = ()
    """What is not imported before, and why."""


class _ForkingManager(AsyncKernelManager):
    """Brings the fork servers that its kernel comes from."""

    fork_servers: ForkServers


def make_manager(kernel_name: str, connection_file: str, log: logging.Logger, forking: Forking | None) -> Any:
    """A kernel manager for one fresh kernel."""
    if forking is None:
        return AsyncKernelManager(kernel_name=kernel_name, connection_file=connection_file, log=log)
    manager = _ForkingManager(kernel_name=kernel_name, connection_file=connection_file, log=log)
    manager.fork_servers = forking.servers
    spec: Any = manager.kernel_spec
    if "kernel_provisioner" not in spec.metadata:  # what is provisioned by somebody else, stays so
        config = {"preload": list(forking.preload), "ahead": forking.ahead}
        spec.metadata["kernel_provisioner"] = {"provisioner_name": PROVISIONER, "config": config}
    return manager


def origin_of(manager: Any, forking: Forking | None) -> str:
    """How the kernel of `manager`, which is there now, came to be: one line."""
    if forking is None:
        return "started by itself: forking is switched off"
    provisioner = manager.provisioner
    if not isinstance(provisioner, ZygoteProvisioner):
        return f"provided by {type(provisioner).__name__}, which its kernelspec names"
    if provisioner.not_forked is not None:
        return f"started by itself: {provisioner.not_forked}"
    refused = (f"{module} was not imported ahead: {why}" for module, why in provisioner.not_preloaded.items())
    return "; ".join(["forked", *forking.remarks, *refused])
