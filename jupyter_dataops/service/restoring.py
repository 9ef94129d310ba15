"""How to come to where a node failed."""

from __future__ import annotations

from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.nodes import other_notebook
from jupyter_dataops.service.wire.runs import AttemptRef, Restoring


def restore(desk: Desk, request: AttemptRef, _actor: str | None) -> Restoring:
    """Code for a live kernel, which restores what an attempt started with, and the place where it failed."""
    from jupyter_dataops.api.restoring import beginning_of, restore_code  # noqa: PLC0415 - few ask for it

    run = desk.open_run(request.run_id)
    found = beginning_of(run, request.node, request.attempt)
    own = desk.places.shown(run.notebook)
    return Restoring(
        code=restore_code(run, found),
        node=found.node,
        attempt=found.attempt,
        names=list(found.names),
        path=other_notebook(found.notebook, run.notebook, desk.places) if found.notebook else own,
        cell_id=found.failure.cell_id if found.failure else None,
        line=found.failure.line if found.failure else None,
    )
