"""``config``: what is configured, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.text import Text

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, notebook_argument
from jupyter_dataops.cli.output import make_console, make_table, print_json, print_table
from jupyter_dataops.config import Configuration
from jupyter_dataops.config.explained import Explained, explain, with_parameters
from jupyter_dataops.config.loading import require_notebooks

_SHAPE: Final = (
    '{"file", "environment", "environments": [...], "notebook", "settings": [{"key", "value", "from", "note"}]}'
)


@verb(json_shape=_SHAPE)
@notebook_argument(required=False)
@json_option()
def command(face: Face, /, notebook: Path | None, *, as_json: bool) -> None:
    """Show what is configured, and where each value comes from.

    For NOTEBOOK, or for notebooks in this folder. The values of secrets are never shown.
    """
    found = face.configuration(notebook.absolute().parent if notebook else None)
    if found.document is not None:
        require_notebooks(found.document)
    explained = explain(found.layered, found.settings)
    if notebook is not None:
        declared = {parameter.name: parameter.default for parameter in face.open_pipeline(notebook).parameters}
        explained = with_parameters(explained, declared, notebook.name)
    if as_json:
        print_json(_describe(found, list(explained), notebook))
        return
    document, environment = found.document, found.settings.environment
    click.echo(f"file: {document.path if document else 'none'}")
    chosen = f"{environment} ({found.chosen_by})" if environment else "none"
    others = [name for name in _environments(found) if name != environment]
    click.echo(f"environment: {chosen}" + (f"; also there: {', '.join(others)}" if others else ""))
    _print_table(list(explained), found)


def _environments(found: Configuration) -> tuple[str, ...]:
    return found.document.environments if found.document else ()


def _describe(found: Configuration, explained: list[Explained], notebook: Path | None) -> dict[str, Any]:
    return {
        "file": str(found.document.path) if found.document else None,
        "environment": found.settings.environment or None,
        "environments": list(_environments(found)),
        "notebook": str(notebook) if notebook else None,
        "settings": [
            {"key": one.key, "value": one.value, "from": one.origin, "note": one.note or None} for one in explained
        ],
    }


def _print_table(explained: list[Explained], found: Configuration) -> None:
    table = make_table("setting", "value", "from", wide="value")
    folder = f"{found.document.path.parent}/" if found.document else ""
    for one in explained:
        origin = one.origin.removeprefix(folder) if folder else one.origin
        note = (f"  ({one.note})" if one.note else "", "yellow")
        table.add_row(one.key, _text(one.value), Text.assemble(origin, note))
    print_table(table, make_console())


def _text(value: Any) -> str:
    if value is None or value in ([], {}):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
