"""``assets``: what pipelines have published for others."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from jupyter_dataops.cli.face import Face, current_face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import cut, make_console, make_table, print_json, print_table
from jupyter_dataops.report.quantities import size_text


def _complete_asset(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        from jupyter_dataops.api.assets import list_assets  # noqa: PLC0415 - when asked for

        found = list_assets(current_face(ctx).settings())
        return [CompletionItem(one.name) for one in found if one.name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - no completion is better than a traceback in the user's prompt
        return []


@verb(
    reads_store=True,
    json_shape='{"assets": [{"name", "version", "type", "size_bytes", "shape", "columns", "digest", "serializer", '
    '"preview", "variable", "node", "run_id", "source_run_id", "notebook", "pipeline", "published_at"}]}; '
    '"source_run_id" is the run that computed it',
)
@click.argument("name", required=False, shell_complete=_complete_asset)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many versions at most.")
@json_option()
def command(face: Face, /, name: str | None, limit: int, *, as_json: bool) -> None:
    """List what pipelines have published: the newest version of each asset.

    With NAME, the versions of that asset, newest first. A node publishes with the tag `asset:NAME=VARIABLE`; Python's
    `load_asset(NAME)` loads one, in any notebook. Values are described, not loaded.
    """
    from jupyter_dataops.api.assets import describe_asset, list_asset_versions, list_assets  # noqa: PLC0415 - `--help`

    settings = face.settings_in()
    found = list_assets(settings) if name is None else list_asset_versions(name, settings, limit)
    if as_json:
        print_json({"assets": [describe_asset(asset) for asset in found]})
        return
    if not found:
        click.echo("nothing is published yet: tag a node `asset:VARIABLE`, and run it", err=True)
        return
    columns = ("asset", "type", "shape", "size", "node", "run", "notebook", "published")
    table = make_table(*columns, right=("size",), wide="notebook")
    for asset in found:
        table.add_row(
            asset.label,
            asset.artifact.type,
            "x".join(map(str, asset.artifact.shape)) if asset.artifact.shape is not None else "",
            size_text(asset.artifact.size_bytes),
            asset.node,
            asset.run_id,
            cut(Path(asset.notebook).name),
            asset.published_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        )
    print_table(table, make_console())
