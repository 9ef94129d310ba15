"""``versions``: what is deployed, and where."""

from __future__ import annotations

from typing import Final

import click

from jupyter_dataops.cli.deployment_view import print_moves, print_versions
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json

KEPT: Final = 10
"""So many versions of each deployment stay, unless `--keep` says otherwise."""


@verb(
    reads_store=True,
    json_shape='{"versions": [{"name", "version", "digest", "notebook", "created_at", "created_by", "live": '
    '[ENVIRONMENT], "nodes", "files", "pruned"}], "moves": [{"name", "environment", "version", "previous", "kind": '
    '"deploy|promote|rollback", "at", "by", "details"}]}; "moves" is empty without NAME; '
    'with --prune {"pruned": [{"name", "version", "digest", "size_bytes"}], "applied"}',
)
@deployment_argument(required=False)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@click.option("--prune", is_flag=True, help="Instead, remove the files of old versions that nobody needs; see above.")
@click.option("--keep", type=click.IntRange(min=1), help=f"With --prune: so many of each deployment stay [{KEPT}].")
@click.option("--dry-run", is_flag=True, help="With --prune: show what would go, and do nothing.")
@click.option("--yes", is_flag=True, help="With --prune: do it without asking.")
@json_option()
def command(  # one for each option
    face: Face,
    /,
    name: str | None,
    limit: int,
    *,
    prune: bool,
    keep: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """List versions of deployments, and where each is live.

    With NAME, only those of that deployment, and who made which of them live when. Newest first.

    --prune shows which versions have files that nobody needs, asks, and removes these. The newest of each deployment
    stay, and what is live anywhere, what `rollback` would make live, what a run goes on with, and what was used in
    the last hour. A version without files stays on record; once its contents are deployed again, it can run.
    """
    if prune:
        _prune(face, name, keep or KEPT, is_dry=dry_run, is_agreed=yes, as_json=as_json)
        return
    if keep is not None or dry_run or yes:
        raise click.UsageError("--keep, --dry-run and --yes belong to --prune")
    from jupyter_dataops.deploying.description import describe_move, describe_version  # noqa: PLC0415 - `--help`
    from jupyter_dataops.deploying.versions import list_live, list_moves, list_versions, without_files  # noqa: PLC0415 - as above

    settings = face.settings_in()
    versions, live = list_versions(settings, name, limit), list_live(settings, name)
    gone = without_files(settings, versions)
    moves = [] if name is None else list_moves(settings, name, limit=limit)
    if as_json:
        described = [describe_version(version, live) | {"pruned": version.digest in gone} for version in versions]
        print_json({"versions": described, "moves": list(map(describe_move, moves))})
        return
    if not versions:
        deploy = command_line("deploy", "NOTEBOOK", environment=face.environment or "ENV")
        click.echo(f"nothing is deployed yet: {deploy}", err=True)
        return
    console = make_console()
    print_versions(versions, live, console, gone)
    if moves:
        console.print()
        print_moves(moves, console)


def _prune(face: Face, name: str | None, keep: int, *, is_dry: bool, is_agreed: bool, as_json: bool) -> None:
    from jupyter_dataops.deploying.pruning import find_unneeded, prune  # noqa: PLC0415 - as above
    from jupyter_dataops.report.quantities import size_text  # noqa: PLC0415 - as above

    if as_json and not is_dry and not is_agreed:
        raise click.UsageError("--json cannot ask: give --yes or --dry-run with it")
    settings = face.settings_in()
    found = find_unneeded(settings, keep, name)
    for one in found:
        click.echo(f"- {one.version.label}: {size_text(one.size_bytes)}", err=as_json)
    if not found:
        click.echo(f"nothing to remove: all files are needed, or of the {keep} newest versions", err=True)
    is_applied = bool(found) and not is_dry and (is_agreed or click.confirm("Remove their files?", err=as_json))
    gone = prune(settings, found, keep) if is_applied else found
    if is_applied:
        click.echo(f"removed {size_text(sum(one.size_bytes for one in gone))} of {len(gone)} versions", err=as_json)
    if as_json:
        pruned = [
            {
                "name": one.version.name,
                "version": one.version.number,
                "digest": one.version.digest,
                "size_bytes": one.size_bytes,
            }
            for one in gone
        ]
        print_json({"pruned": pruned, "applied": is_applied})
