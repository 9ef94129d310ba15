"""``promote``: from one environment to another."""

from __future__ import annotations

import click

from jupyter_dataops.cli.deployment_view import print_move
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json


@verb(
    json_shape='{"name", "environment", "version", "previous", "kind": "promote", "at", "by", '
    '"details": {"promoted_from", "test_run_id", "schedules"}}, with "schedules" as `deploy` has them'
)
@deployment_argument()
@click.argument("source")
@click.argument("target")
@json_option()
def command(face: Face, /, name: str, source: str, target: str, *, as_json: bool) -> None:
    """Make the version that is live in one environment live in another.

    The very same version: nothing is built anew. The policy of TARGET is asked first. Where the two have stores of
    their own, the version is copied. Its schedules are there from then on, in place of those of the version before.
    """
    from jupyter_dataops.deploying.description import describe_move  # noqa: PLC0415 - `--help` is fast
    from jupyter_dataops.deploying.moving import promote  # noqa: PLC0415 - as above

    move = promote(name, source, target, face.settings_in(source), face.settings_in(target))
    if as_json:
        print_json(describe_move(move))
    else:
        print_move(move, make_console())
