"""``tag``: a first proposal for an untagged notebook."""

from __future__ import annotations

from pathlib import Path

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.notebook_file import TagChange, changes_json, changes_view, write_notebook
from jupyter_dataops.cli.options import json_option, notebook_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.spec.notebook import source_of, tags_of
from jupyter_dataops.spec.propose import propose_tags
from jupyter_dataops.spec.rewrite import with_tags


@verb(json_shape='{"notebook", "written": PATH or null, "changes": [{"cell_index", "before", "after", "reason"}]}')
@notebook_argument()
@click.option("--apply", is_flag=True, help="Write the tags into the notebook; nothing else in it changes.")
@json_option()
def command(face: Face, /, notebook: Path, *, apply: bool, as_json: bool) -> None:
    """Propose nodes for an untagged notebook.

    Imports and definitions become setup, constants at the top become parameters, each section becomes a node.
    Without --apply, nothing is written.
    """
    before = face.open_pipeline(notebook).notebook
    changes = [
        TagChange(
            proposal.cell_index,
            tuple(tags_of(before["cells"][proposal.cell_index])),
            proposal.tags,
            source_of(before["cells"][proposal.cell_index]),
            proposal.reason,
        )
        for proposal in propose_tags(before)
    ]
    writes = apply and bool(changes)
    if writes:
        write_notebook(notebook, notebook, with_tags(before, {change.cell_index: change.after for change in changes}))
    if as_json:
        written = str(notebook) if writes else None
        print_json({"notebook": str(notebook), "written": written, "changes": changes_json(changes)})
        return
    make_console().print(changes_view(changes), end="")
    if writes:
        click.echo(f"{notebook}: tagged; see it with: {command_line('graph', str(notebook))}", err=True)
    elif changes:
        click.echo("nothing written; --apply writes these tags", err=True)
    else:
        click.echo("nothing to propose: the notebook has tags already, or no code", err=True)
