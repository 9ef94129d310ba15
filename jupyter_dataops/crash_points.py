"""Places at which a test kills the process that comes there: around every step that is to outlast a crash.

``DATAOPS_CRASH_AT="after NodeStarted"`` kills a process, runner or kernel, where it first comes to that point;
``"after NodeStarted@3"`` where it comes there for the third time. It dies by SIGKILL: nothing is cleaned up. Without
the variable, reaching a point costs a comparison.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EVENTS: Final = (
    "RunCreated",
    "RunStarted",
    "RunResumed",
    "RunCrashed",
    "RunCancelRequested",
    "RunFinished",
    "NodeQueued",
    "NodeHeld",
    "NodeExpanded",
    "NodeReopened",
    "NodeStarted",
    "NodeSucceeded",
    "NodeRetrying",
    "NodeFailed",
    "NodeReused",
    "NodeSkipped",
    "NodeUpstreamFailed",
    "NodeCancelled",
)
"""What a run's history is made of; a test holds it against `jupyter_dataops.events`."""

POINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{f"before {event}": f"nothing of {event} has been written" for event in EVENTS},
        **{f"inside {event}": f"{event} has been written, and not committed" for event in EVENTS},
        **{f"after {event}": f"{event} is durable, and nobody has been told" for event in EVENTS},
        "slots taken": "slots of a pool are taken, and the attempt has not begun",
        "folder made": "an attempt's folder is there, and the attempt has not begun",
        "kernel started": "a kernel's process is there, and has been given nothing",
        "artifact drafted": "a value lies under its temporary name",
        "artifact kept": "a value lies under its digest, and no record refers to it",
        "outputs shown": "all outputs are stored and shown, and their cell has not ended (in the kernel)",
        "attempt ended": "an attempt has ended, its notebook is written, and the coordinator has not been told",
    }
)
"""Every point by its name, with what is true when it is reached."""

NOTIFYING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notices claimed": "messages are in the hands of this process, and none has been sent",
        "notice tried": "a message was sent, or could not be, and nothing of that is stored",
        "notice marked": "what came of a message is stored",
    }
)
"""The same where messages are sent."""

DEPLOYING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bundle drafted": "a version's files lie under a temporary name",
        "bundle kept": "a version's files lie under its address, and no record refers to them",
        "version added": "a version is recorded, and live nowhere",
        "inside live moved": "the live pointer has been moved, and not committed",
        "after live moved": "the live pointer has moved, and nobody has been told",
    }
)
"""The same, of the way from a notebook to a version that is live."""

CLEARING: Final[Mapping[str, str]] = MappingProxyType(
    {"bundle aside": "an old version's files lie under a temporary name, and are about to go"}
)
"""The same, of clearing old versions away."""
SCHEDULING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fire claimed": "a fire is claimed, and its run has not been made",
        "run of a fire made": "the run of a fire is queued, and no process has been started for it",
        "run of a fire launched": "a process has been started for the run of a fire, and its claim does not say so",
    }
)
"""The points of a service that starts what is due."""

_reached = 0


def reach(point: str) -> None:
    """The process is dead, if it was to die here."""
    global _reached  # noqa: PLW0603 - one count for the process, of what its environment asks for
    # Read here and not in `config`: kernels need it, and it is no setting. And now: a fork has its own environment.
    wanted, _, count = os.environ.get("DATAOPS_CRASH_AT", "").partition("@")
    if point != wanted:
        return
    _reached += 1
    if _reached == int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
