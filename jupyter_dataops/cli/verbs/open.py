"""``open``: an executed notebook."""

from __future__ import annotations

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import print_json


@verb(reads_store=True, json_shape='{"path"}')
@run_argument()
@node_argument()
@click.option("--attempt", type=click.IntRange(min=1), metavar="K", help="Of the K-th attempt, not the latest.")
@click.option("--print", "only_print", is_flag=True, help="Print its path instead; so does a pipe.")
@json_option()
def command(face: Face, /, run: str, node: str | None, attempt: int | None, *, only_print: bool, as_json: bool) -> int:
    """Open an executed notebook.

    With NODE, the one that the node ran in: its code, inputs and outputs, ready to be run again by hand. Without, the
    whole notebook with every node's outputs in its own cells. RUN is an id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    if node:
        path = found[node].notebook_path(attempt)
    elif attempt:
        raise click.UsageError("--attempt needs a NODE")
    else:
        path = found.write_notebook(found.folder / found.notebook.with_suffix(".ipynb").name)
    if as_json:
        print_json({"path": str(path)})
    elif only_print or not face.is_terminal:
        click.echo(str(path))
    else:
        return face.open_lab(path)
    return 0
