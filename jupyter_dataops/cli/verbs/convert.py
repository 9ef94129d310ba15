"""``convert``: Kale's tags in our words."""

from __future__ import annotations

from pathlib import Path

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.notebook_file import changes_json, changes_view, tag_changes, write_notebook
from jupyter_dataops.cli.options import json_option, notebook_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.spec.rewrite import converted_from_kale


@verb(json_shape='{"notebook", "written": PATH or null, "changes": [{"cell_index", "before", "after", "reason"}]}')
@notebook_argument()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.ipynb",
    help="Write the converted notebook there.",
)
@click.option("--apply", is_flag=True, help="Write into the notebook itself; nothing but tags changes.")
@json_option()
def command(face: Face, /, notebook: Path, output: Path | None, *, apply: bool, as_json: bool) -> None:
    """Rewrite Kale's tags as ours.

    Kale's notebooks run as they are; this is for reading and editing them. Options for Kubernetes (`limit:`, `image:`)
    stay. Without -o or --apply, nothing is written.
    """
    if output and apply:
        raise click.UsageError("-o and --apply both say where to write: give one")
    before = face.open_pipeline(notebook).notebook
    after = converted_from_kale(before)
    changes = tag_changes(before, after)
    target = output or (notebook if apply and changes else None)
    if target:
        write_notebook(notebook, target, after)
    if as_json:
        written = str(target) if target else None
        print_json({"notebook": str(notebook), "written": written, "changes": changes_json(changes)})
        return
    make_console().print(changes_view(changes), end="")
    if target:
        click.echo(f"written: {target}", err=True)
    else:
        click.echo("nothing written; --apply or -o writes" if changes else "nothing to convert", err=True)
