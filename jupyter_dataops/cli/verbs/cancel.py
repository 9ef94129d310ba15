"""``cancel``: ask a run to stop."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import run_argument


@verb(reads_store=True)
@run_argument()
@click.option("--reason", default="cancelled on request", show_default=True, help="Recorded with the run.")
def command(face: Face, /, run: str, reason: str) -> None:
    """Ask a run to stop.

    Returns without waiting for its end; what has succeeded is kept. RUN is an id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    found.cancel(reason)
    click.echo(f"run {found.run_id} is {found.state.value}")
