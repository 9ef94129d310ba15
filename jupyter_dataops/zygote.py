"""``python -m jupyter_dataops.zygote FD``: a fork server in a process of its own; see `kernels.zygote`."""

from __future__ import annotations

import sys

import jupyter_dataops.artifacts.memory
import jupyter_dataops.artifacts.store
import jupyter_dataops.node  # noqa: F401 - what every node imports
from jupyter_dataops.artifacts.serializers import installed_serializers
from jupyter_dataops.kernels.zygote import run

if __name__ == "__main__":
    run(int(sys.argv[1]), installed_serializers)
