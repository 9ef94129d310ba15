"""What is done to the notebook that it is called in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import load_settings

if TYPE_CHECKING:
    from jupyter_dataops.api.restoring import Restored


def restore(run: str, node: str, *, attempt: int | None = None, store: str | None = None) -> Restored:
    """What a node started with, in the notebook that this is called in; see `NodeRun.restore`.

    Parameters
    ----------
    run
        Its id, a unique prefix of one, or ``last``.
    store
        Folder of the store that it is in; by default the configured one.

    Raises
    ------
    RunNotFound, NodeNotFound, UsageError
    """
    return open_run(run, load_settings(store=store))[node].restore(attempt=attempt)
