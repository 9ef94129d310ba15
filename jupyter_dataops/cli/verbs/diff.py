"""``diff``: what differs between two versions."""

from __future__ import annotations

import click

from jupyter_dataops.cli.deployment_view import print_diff
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json


@verb(
    reads_store=True,
    json_shape='{"name", "from", "to", "cells": [{"notebook", "change": "added|removed|changed", "index", "node", '
    '"kind", "before", "after", "tags_before", "tags_after"}], "files": [{"path", "change", "before", "after"}], '
    '"packages", "settings" and "schedules": [{"name", "before", "after"}]}',
)
@deployment_argument()
@click.argument("a")
@click.argument("b")
@json_option()
def command(face: Face, /, name: str, a: str, b: str, *, as_json: bool) -> None:
    """Show what differs between two versions of a deployment.

    Cells, modules and other files, versions of packages, settings, schedules. A and B are numbers, the beginnings of
    digests, or environments, for what is live there.
    """
    from jupyter_dataops.deploying.description import describe_diff  # noqa: PLC0415 - `--help` is fast
    from jupyter_dataops.deploying.diff import compare  # noqa: PLC0415 - as above
    from jupyter_dataops.deploying.versions import find_either, read_contents  # noqa: PLC0415 - as above

    settings = face.settings_in()
    before, after = find_either(settings, name, a), find_either(settings, name, b)
    found = compare(read_contents(settings, before), read_contents(settings, after))
    if as_json:
        print_json(describe_diff(before, after, found))
    elif found:
        print_diff(found, make_console())
    else:
        click.echo(f"{before.label} and {after.label} do not differ", err=True)
