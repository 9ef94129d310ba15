"""``report``: a run as one page."""

from __future__ import annotations

from pathlib import Path

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, run_argument
from jupyter_dataops.cli.output import print_json


@verb(reads_store=True, json_shape='{"run_id", "path", "notebook"}')
@run_argument()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write the page there, and no notebook.",
)
@json_option()
def command(face: Face, /, run: str, output: Path | None, *, as_json: bool) -> None:
    """Write a run's report as one HTML page.

    Graph, timeline with the critical path, errors, outputs, checks and versions, in one file that needs nothing else,
    runs no scripts and fetches nothing. Without -o it lies in the run's folder, the executed notebook beside it; the
    paths are printed. RUN is an id, a unique prefix of one, or `last`; it may still be running.
    """
    found = face.open_run(run)
    written = found.report(output)
    if as_json:
        notebook = str(written.notebook) if written.notebook else None
        print_json({"run_id": found.run_id, "path": str(written.page), "notebook": notebook})
        return
    click.echo(str(written.page))
    if written.notebook:
        click.echo(str(written.notebook))
