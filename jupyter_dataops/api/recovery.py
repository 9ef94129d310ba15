"""Finding runs whose runner has died, saying so, and clearing away what it left: before any command looks at runs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from jupyter_dataops.api.detached import find_stillborn_runs
from jupyter_dataops.artifacts.files import remove_drafts
from jupyter_dataops.control import wake
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import NodeCancelled, RunCrashed, RunFinished
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import Clock, RunStore
from jupyter_dataops.kernels.kernel_process import kill_leftovers
from jupyter_dataops.kernels.leftovers import remove_leftovers
from jupyter_dataops.records import AttemptRecord, NodeRunRecord, RunRecord
from jupyter_dataops.runners import is_dead, is_of_this_host
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.wiring import Layout

_NAMED = 3
"""How many running nodes a sentence names."""


def find_dead_runs(store: RunStore, layout: Layout, clock: Clock) -> list[RunId]:
    """Runs whose runner is dead are ``crashed`` (``cancelled``, where that was asked for), and nothing is left of it.

    So are those that a process was started for which ended before it took them. Runs that have waited for slots of the
    dead know that these are free.

    Notes
    -----
    Two short queries, and a look into a folder that is empty, where no run is active. Several processes may do this at
    once: one of them says so.
    """
    now = clock.now()
    silent = [run for run in store.get_active_runs() if is_dead(run, now)]
    dead = [run.run_id for run in silent if _declare_dead(store, layout, run, now)]
    remove_drafts(layout.artifacts)
    if dead:
        wake_runners(store)
    return [*dead, *find_stillborn_runs(store, layout, clock)]


def clear_remains(store: RunStore, layout: Layout, run: RunRecord) -> None:
    """Nothing is left of what the last runner of the crashed `run` had under way: no process, no temporary file.

    Who found it crashed has done so already, unless that process was killed, too.
    """
    _clear(layout, run, _unfinished(store, run))


def wake_runners(store: RunStore, but: RunId | None = None) -> None:
    """Runners of active runs, except that of `but`, look at the store: slots have become free, say."""
    for run in store.get_active_runs():
        if run.run_id != but and run.control is not None:
            wake(run.control)


def end_cancelled(store: RunStore, run: RunRecord, reason: str, now: datetime) -> None:
    """The ``cancelling`` run is ``cancelled``, and every node of it that was not done."""
    undone = (record.node for record in store.get_node_runs(run.run_id) if not record.state.is_done)
    cancelled = [NodeCancelled(run_id=run.run_id, at=now, node=node, reason=reason) for node in undone]
    finished = RunFinished(run_id=run.run_id, at=now, state=RunState.CANCELLED, reason=reason)
    store.apply_all([*cancelled, finished], run.token)


def _declare_dead(store: RunStore, layout: Layout, run: RunRecord, now: datetime) -> bool:
    """Whether it was this process that said so."""
    # Read first: once the run is crashed, somebody may resume it, whose attempts are none of the dead runner's.
    unfinished = _unfinished(store, run)
    try:
        if run.state is RunState.CANCELLING:
            end_cancelled(store, run, f"{run.reason or 'cancelled'}; its runner had died", now)
        else:
            reason = _obituary(run, store.get_node_runs(run.run_id))
            store.apply(RunCrashed(run_id=run.run_id, at=now, lease_until=run.lease_until, reason=reason), run.token)
    except IllegalMove:  # It renewed its lease, or somebody else has said so already.
        return False
    _clear(layout, run, unfinished)
    return True


def _unfinished(store: RunStore, run: RunRecord) -> list[AttemptRecord]:
    return [attempt for attempt in store.get_attempts(run.run_id) if attempt.finished_at is None]


def _clear(layout: Layout, run: RunRecord, unfinished: Sequence[AttemptRecord]) -> None:
    if run.runner is None or is_of_this_host(run.runner):
        kill_leftovers(run.run_id, [attempt.token for attempt in unfinished])
        with suppress(OSError):  # a folder that cannot be tidied is no reason not to tell
            remove_leftovers(layout.run(run.run_id))


def _obituary(run: RunRecord, node_runs: Sequence[NodeRunRecord]) -> str:
    who = f"process {run.runner.pid} on {run.runner.host.partition('/')[0]}" if run.runner else "process unknown"
    running = [record for record in node_runs if record.state is NodeState.RUNNING and record.attempt]
    return f"its runner ({who}) died {_while([record.node for record in running])}"


def _while(running: Sequence[NodeName]) -> str:
    if not running:
        return "while no node was running"
    named = ", ".join(f"`{node}`" for node in running[:_NAMED])
    more = f" and {len(running) - _NAMED} more" if len(running) > _NAMED else ""
    return f"while {named}{more} {'was' if len(running) == 1 else 'were'} running"
