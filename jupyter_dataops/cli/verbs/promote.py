"""``promote``: from one environment to another."""

from __future__ import annotations

import click

from jupyter_dataops.cli.deployment_view import print_foreseen, print_move
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json


@verb(
    reads_store=True,
    json_shape='{"name", "environment", "version", "previous", "kind": "promote", "at", "by", '
    '"details": {"promoted_from", "test_run_id", "schedules"}}, with "schedules" as `deploy` has them; '
    "with --dry-run what `deploy` prints",
)
@deployment_argument()
@click.argument("source")
@click.argument("target")
@click.option("--takeover", is_flag=True, help="Also where what is live in TARGET was made from another notebook.")
@click.option("--dry-run", is_flag=True, help="Show what would be live, and what becomes of schedules; do nothing.")
@json_option()
def command(
    face: Face, /, name: str, source: str, target: str, *, takeover: bool, dry_run: bool, as_json: bool
) -> None:
    """Make the version that is live in one environment live in another.

    The very same version: nothing is built anew. The policy of TARGET is asked first. Where the two have stores of
    their own, the version is copied. Its schedules are there from then on, in place of those of the version before.
    """
    from jupyter_dataops.deploying.description import describe_move  # noqa: PLC0415 - `--help`
    from jupyter_dataops.deploying.moving import Promotion, foresee_promote, promote  # noqa: PLC0415 - as above

    places = face.settings_in(source), face.settings_in(target)
    wanted = Promotion(name, source, target, *places, takeover=takeover)
    console = make_console()
    if dry_run:
        print_foreseen(foresee_promote(wanted), console, as_json=as_json)
        return
    move = promote(wanted)
    if as_json:
        print_json(describe_move(move))
    else:
        print_move(move, console)
