"""``rollback``: an earlier version is live again."""

from __future__ import annotations

import click

from jupyter_dataops.cli.deployment_view import print_foreseen, print_move
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json


@verb(
    reads_store=True,
    json_shape='{"name", "environment", "version", "previous", "kind": "rollback", "at", "by", "details"}; '
    "with --dry-run what `deploy` prints",
)
@deployment_argument()
@click.option("--to", metavar="VERSION", help="Number, or beginning of the digest; by default the one before.")
@click.option("--dry-run", is_flag=True, help="Show what would be live, and what becomes of schedules; do nothing.")
@json_option()
def command(face: Face, /, name: str, to: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Make an earlier version live again.

    By default the one that was live before; a second rollback goes back one more. Runs that are going on keep the
    version that they have. Schedules are those of the earlier version again; one that cannot be had is left as it is.
    Where the policy lets no run of that version start, it is live all the same, and that is said.
    """
    from jupyter_dataops.deploying.description import describe_move  # noqa: PLC0415 - `--help`
    from jupyter_dataops.deploying.moving import foresee_rollback, rollback  # noqa: PLC0415 - as above

    environment = face.require_environment()
    wanted = name, environment, face.settings_in(environment), to
    console = make_console()
    if dry_run:
        print_foreseen(foresee_rollback(*wanted), console, as_json=as_json)
        return
    move = rollback(*wanted)
    if as_json:
        print_json(describe_move(move))
    else:
        print_move(move, console)
