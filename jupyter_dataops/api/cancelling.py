"""Asking a run to stop, from any process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from jupyter_dataops.api.recovery import end_cancelled
from jupyter_dataops.control import wake
from jupyter_dataops.errors import IllegalMove, UsageError
from jupyter_dataops.events import RunCancelRequested
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import Clock, RunStore
from jupyter_dataops.runners import is_gone, is_of_this_host
from jupyter_dataops.states import RunState


def cancel_run(store: RunStore, run_id: RunId, clock: Clock, *, reason: str, by: str) -> None:
    """The run's runner has been asked to stop; without one, the run has ended. Raises `UsageError` if it had before."""
    try:
        store.apply(RunCancelRequested(run_id=run_id, at=clock.now(), reason=reason, by=by), None)
    except IllegalMove:
        if store.get_run(run_id).state is not RunState.CANCELLING:
            raise UsageError(
                f"run {run_id} has already ended: {store.get_run(run_id).state}", hint="see `runs`"
            ) from None
    run = store.get_run(run_id)
    if run.control is not None:
        wake(run.control)  # One that does not answer finds out when it does again, or is found dead afterwards.
    else:
        with suppress(IllegalMove):  # somebody has taken it meanwhile
            end_cancelled(store, run, f"{reason}; no runner was there to stop", clock.now())


def terminate_run(store: RunStore, run_id: RunId, clock: Clock, *, reason: str, by: str) -> None:
    """As `cancel_run`, and kernels are killed at once, where the runner is on this machine."""
    cancel_run(store, run_id, clock, reason=reason, by=by)
    run = store.get_run(run_id)
    if run.state is not RunState.CANCELLING or run.runner is None or not is_of_this_host(run.runner):
        return
    if not is_gone(run.runner):
        with suppress(ProcessLookupError):
            os.kill(run.runner.pid, signal.SIGTERM)  # asked a second time, a runner gives its nodes no more time
