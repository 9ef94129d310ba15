"""``python -m jupyter_dataops.zygote FD``: a fork server in a process of its own; see `kernels.zygote`."""

from __future__ import annotations

import gc
import sys

gc.disable()  # until there are forks: what is imported is no garbage, and looking through it takes a tenth of the time

# ruff: noqa: E402 - all of it comes after that
import jupyter_dataops.node  # noqa: F401 - what every node imports
from jupyter_dataops.artifacts.serializers import installed_serializers
from jupyter_dataops.kernels.zygote import run
from jupyter_dataops.wiring import open_artifact_store


def _warm_up() -> None:
    """What every node would load first is loaded."""
    open_artifact_store("nothing is read or written there")
    installed_serializers()


if __name__ == "__main__":
    run(int(sys.argv[1]), _warm_up)
