"""What starts the kernel of a node, known before the libraries of Jupyter are: a fork server can start meanwhile.

jupyter_client decides; this only says early what it will most likely decide. Where it decides otherwise, a server that
nobody asks for a kernel ends with the run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from jupyter_core.paths import jupyter_path

NODE_ARGUMENTS: Final = (
    "--HistoryManager.enabled=False",  # a thread and a database, for nothing
    "--log-level=ERROR",
    "--InteractiveShellApp.extra_extensions=jupyter_dataops.kernels.tether",
)
"""What ipykernel is given in addition."""

PARKED: Final = 1
"""How many kernels a fork server keeps ready: whoever takes one has it stand by, and another is there by then."""

_OWN: Final = ("python", f"python{sys.version_info.major}", f"python{sys.version_info.major}.{sys.version_info.minor}")
"""jupyter_client takes these for the Python that it runs in."""


def likely_command(kernel_name: str) -> list[str] | None:
    """The command of the first kernelspec of that name, with a node's arguments; `None`: there is none of ipykernel."""
    for folder in jupyter_path("kernels"):
        try:
            argv = json.loads((Path(folder) / kernel_name / "kernel.json").read_text("utf-8"))["argv"]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError):
            return None
        if not any("ipykernel" in part for part in argv):
            return None
        return [sys.executable if argv[0] in _OWN else argv[0], *argv[1:], *NODE_ARGUMENTS]
    return None
