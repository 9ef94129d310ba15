"""An IPython extension that every Python kernel of a node is started with: it dies with its runner.

ipykernel itself looks once a second whether its parent has changed, in a Python thread, which code that holds the
interpreter's lock starves. Linux kills by itself, at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def load_ipython_extension(_shell: InteractiveShell) -> None:
    """The kernel is killed when the thread that has started it ends: its attempt's, which otherwise outlives it."""
    if sys.platform == "linux":
        started_by = os.environ.get("JPY_PARENT_PID")
        die_with(None if started_by is None else int(started_by))


def die_with(parent: int | None) -> None:
    """The system kills this process when the thread ends that has started it; at once, if its process is gone already.

    Parameters
    ----------
    parent
        The process that has started this one; `None`: not known.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
    # From here on the system tells. Before, nobody has told of a parent that was gone already.
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
