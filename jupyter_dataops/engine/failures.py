"""Failures that the engine itself finds. Pure."""

from __future__ import annotations

from typing import Final

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause

RUNNER_DIED: Final = Failure(FailureCause.LEASE_LOST, "RunnerDied", "its runner died")
"""Of an attempt that a resumed run finds unfinished."""


def cancelled(reason: str) -> Failure:
    """The attempt was told to stop."""
    return Failure(FailureCause.CANCELLED, "Cancelled", reason)


def timed_out(timeout_s: float | None) -> Failure:
    """The attempt took longer than it may."""
    classes = tuple(kind.__name__ for kind in TimeoutError.__mro__)
    return Failure(FailureCause.TIMEOUT, "TimeoutError", f"the attempt took longer than {timeout_s:g} s", mro=classes)


def config_invalid(error: DataOpsError) -> Failure:
    """The node cannot be started, expanded or collected as configured."""
    return Failure(FailureCause.CONFIG_INVALID, type(error).__name__, str(error))


def undecidable(sentence: str) -> Failure:
    """A condition of the node has no answer."""
    return Failure(FailureCause.CONFIG_INVALID, "UndecidableCondition", sentence)
