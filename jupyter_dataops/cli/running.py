"""Driving a queued run to its end in front of the user; shared by ``run`` and ``retry``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.text import Text

from jupyter_dataops.cli.face import Face
from jupyter_dataops.cli.live import watching
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.cli.summary import exit_code, print_summary

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

RUN_SHAPE: Final = (
    '{"run_id", "state", "notebook", "parent_run_id", "parameters", "started_at", "finished_at", '
    '"nodes": [{"node", "key", "state", "attempt", "reason", "started_at", "finished_at", "duration_s", "cause", '
    '"error": {"ename", "evalue"}, "outputs": {...}}]}'
)


def execute_watched(run: Run, face: Face, *, output: Path | None, as_json: bool, run_name: str = "last") -> int:
    """Execute `run`, shown as it goes; its summary, or its JSON, afterwards. Returns the exit code.

    Parameters
    ----------
    run_name
        What the suggested commands call the run.
    """
    console = make_console(stderr=as_json)
    progress = Progress(run.record, {name: node_run.record for name, node_run in run.nodes.items()})
    with watching(progress, console, face.now) as observer:
        run.execute(observer=observer, progress=False)
    # What came of the run is told first: a notebook that cannot be written must not hide it.
    if as_json:
        print_json(run.to_json())
    else:
        print_summary(run, console, run_name)
    if output is not None:
        console.print(Text(f"  notebook with all outputs: {run.write_notebook(output)}"))
    return exit_code(run.state)
