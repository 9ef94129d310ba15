"""``execute``, hidden: what ``run --detach`` starts in a process of its own."""

from __future__ import annotations

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import run_argument
from jupyter_dataops.cli.running import execute_watched
from jupyter_dataops.config.loading import withhold_private
from jupyter_dataops.errors import DataOpsError


@verb(reads_store=True)
@run_argument()
def command(face: Face, /, run: str) -> int:
    """Drive a queued run to its end, in this process."""
    found = face.open_run(run)
    withhold_private()
    try:
        return execute_watched(found, face, output=None, as_json=False)
    except DataOpsError as error:
        # Nobody sees what is printed here.
        from jupyter_dataops.api.detached import give_up_after  # noqa: PLC0415 - rarely needed

        give_up_after(error, found.record, face.settings())
        raise
