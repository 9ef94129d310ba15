"""``diff``: what differs between two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jupyter_dataops.cli.deployment_view import print_diff
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import deployment_argument, json_option
from jupyter_dataops.cli.output import make_console, print_json

if TYPE_CHECKING:
    from jupyter_dataops.config import Settings
    from jupyter_dataops.records import VersionRecord


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
    from jupyter_dataops.deploying.versions import read_contents  # noqa: PLC0415 - as above

    (here, before), (there, after) = _version(face, name, a), _version(face, name, b)
    found = compare(read_contents(here, before), read_contents(there, after))
    if as_json:
        print_json(describe_diff(before, after, found))
    elif found:
        print_diff(found, make_console())
    else:
        click.echo(f"{before.label} and {after.label} do not differ", err=True)


def _version(face: Face, name: str, wanted: str) -> tuple[Settings, VersionRecord]:
    """What is meant, and where it is kept: environments may have stores of their own."""
    from jupyter_dataops.deploying.versions import find_either, find_live_version  # noqa: PLC0415 - as above

    document = face.configuration().document
    if document is not None and wanted in document.environments:
        settings = face.settings_in(wanted)
        return settings, find_live_version(settings, name, wanted)
    settings = face.settings_in()
    return settings, find_either(settings, name, wanted)
