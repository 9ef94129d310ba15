"""Numbers of several runs, each asked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_dataops.api.run import Run
from jupyter_dataops.ids import RunId
from jupyter_dataops.states import CheckSeverity


def count_failed_checks(runs: Sequence[Run]) -> Mapping[RunId, Mapping[CheckSeverity, int]]:
    """How many checks of each run, all of one store, failed, by severity; runs of which none did are left out."""
    if not runs:
        return {}
    with runs[0].store() as store:
        return store.count_failed_checks([run.run_id for run in runs])
