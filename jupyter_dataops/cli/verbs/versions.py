"""``versions``: what is deployed, and where."""

from __future__ import annotations

import click

from jupyter_dataops.cli.deployment_view import print_moves, print_versions
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json


@verb(
    json_shape='{"versions": [{"name", "version", "digest", "notebook", "created_at", "created_by", "live": '
    '[ENVIRONMENT], "nodes", "files"}], "moves": [{"name", "environment", "version", "previous", "kind": '
    '"deploy|promote|rollback", "at", "by", "details"}]}; "moves" is empty without NAME'
)
@deployment_argument(required=False)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@json_option()
def command(face: Face, /, name: str | None, limit: int, *, as_json: bool) -> None:
    """List versions of deployments, and where each is live.

    With NAME, only those of that deployment, and who made which of them live when. Newest first.
    """
    from jupyter_dataops.deploying.description import describe_move, describe_version  # noqa: PLC0415 - `--help`
    from jupyter_dataops.deploying.versions import list_live, list_moves, list_versions  # noqa: PLC0415 - as above

    settings = face.settings_in()
    versions, live = list_versions(settings, name, limit), list_live(settings, name)
    moves = [] if name is None else list_moves(settings, name, limit=limit)
    if as_json:
        described = [describe_version(version, live) for version in versions]
        print_json({"versions": described, "moves": list(map(describe_move, moves))})
        return
    if not versions:
        deploy = command_line("deploy", "NOTEBOOK", environment=face.environment or "ENV")
        click.echo(f"nothing is deployed yet: {deploy}", err=True)
        return
    console = make_console()
    print_versions(versions, live, console)
    if moves:
        console.print()
        print_moves(moves, console)
