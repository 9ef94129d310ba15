"""``resume``: go on with a run whose runner died."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import dry_run_option, json_option, output_notebook_option, run_argument
from jupyter_dataops.cli.output import make_console
from jupyter_dataops.cli.plan_view import JSON_SHAPE, print_plan
from jupyter_dataops.cli.running import RUN_SHAPE, execute_watched


@verb(reads_store=True, json_shape=f"{RUN_SHAPE}; with --dry-run {JSON_SHAPE}")
@run_argument()
@dry_run_option()
@output_notebook_option()
@json_option()
def command(face: Face, /, run: str, *, dry_run: bool, output: Path | None, as_json: bool) -> int:
    """Go on with a run whose runner died.

    The same run goes on where it stopped, with the notebook as it was: what had ended stays, what was running is tried
    again, the rest follows. For an edited notebook, use `retry`. RUN is an id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    if dry_run:
        print_plan(found.plan_resume(), make_console(), as_json=as_json)
        return 0
    found.require_resumable()
    return execute_watched(found, face, output=output, as_json=as_json)
