"""``assets``: what pipelines have published for others, and who has loaded it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.face import Face, current_face, verb
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import cut, make_console, make_table, print_json, print_table, state_text
from jupyter_dataops.report.quantities import size_text

if TYPE_CHECKING:
    from jupyter_dataops.config import Settings
    from jupyter_dataops.records import AssetRecord, AssetUse

_MORE: Final = "there are more: `--limit` says how many are listed"


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
    '"source_run_id" is the run that computed it. With NAME@VERSION also "loaded_by": [{"run_id", "run_state", '
    '"notebook", "created_at", "node", "node_state", "source_run_id"}], where "source_run_id" is the run that loaded '
    "it, if that is another one whose result was reused",
)
@click.argument("asset", metavar="[NAME[@VERSION]]", required=False, shell_complete=_complete_asset)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many versions, or node runs that have loaded one, at most.",
)
@json_option()
def command(face: Face, /, asset: str | None, limit: int, *, as_json: bool) -> None:
    """List what pipelines have published: the newest version of each asset.

    With NAME, the versions of that asset, newest first. With NAME@VERSION, that version and which runs have loaded it,
    newest first; a run that reused what another one computed from it is among them. A node publishes with the tag
    `asset:NAME=VARIABLE`; Python's `load_asset(NAME)` loads one, in any notebook. Values are described, not loaded.
    """
    from jupyter_dataops.api.assets import describe_asset, list_asset_versions, list_assets  # noqa: PLC0415 - `--help`

    settings = face.settings_in()
    name, is_version, version = (asset or "").partition("@")
    if is_version:
        _tell_uses(name, _number(asset or "", version), limit, settings, as_json=as_json)
        return
    found = list_assets(settings) if asset is None else list_asset_versions(name, settings, limit)
    if as_json:
        print_json({"assets": [describe_asset(one) for one in found]})
        return
    if not found:
        click.echo("nothing is published yet: tag a node `asset:VARIABLE`, and run it", err=True)
        return
    _print_assets(found, make_console())


def _number(asset: str, version: str) -> int:
    if not version.isdecimal():
        raise click.BadParameter(f"'{asset}' names no version: write sales@2", param_hint="'NAME[@VERSION]'")
    return int(version)


def _tell_uses(name: str, version: int, limit: int, settings: Settings, *, as_json: bool) -> None:
    from jupyter_dataops.api.assets import describe_asset, describe_use, find_asset, uses_of  # noqa: PLC0415 - as above

    asset = find_asset(name, version, settings)
    found = uses_of(asset, settings, limit + 1)
    if len(found) > limit:
        click.echo(_MORE, err=True)
    uses = found[:limit]
    if as_json:
        print_json({"assets": [describe_asset(asset)], "loaded_by": [describe_use(one) for one in uses]})
        return
    console = make_console()
    _print_assets([asset], console)
    console.print()
    if not uses:
        console.print(Text(f"no run has loaded {asset.label}"))
        return
    console.print(Text(f"{asset.label} was loaded by:"))
    _print_uses(uses, console)


def _print_assets(found: Sequence[AssetRecord], console: Console) -> None:
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
    print_table(table, console)


def _print_uses(uses: Sequence[AssetUse], console: Console) -> None:
    is_reused = any(use.source_run_id for use in uses)
    columns = ("run", "state", "notebook", "node", "made", *(["reused from"] if is_reused else []))
    table = make_table(*columns, wide="notebook")
    for use in uses:
        table.add_row(
            use.run_id,
            state_text(use.run_state),
            cut(Path(use.notebook).name),
            use.node,
            use.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            *([use.source_run_id or ""] if is_reused else []),
        )
    print_table(table, console)
