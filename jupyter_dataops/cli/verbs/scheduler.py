"""``scheduler``: the service that starts what is due."""

from __future__ import annotations

import logging

import click

from jupyter_dataops.cli.face import Face, verb


@verb()
@click.option("-q", "--quiet", is_flag=True, help="Say only what goes wrong.")
def command(face: Face, /, *, quiet: bool) -> None:
    """Start what is due, until stopped.

    Any number of services may share a store: each fire is started once. Ctrl-C, or SIGTERM, ends the service cleanly;
    runs are processes of their own, and go on.
    """
    from jupyter_dataops.scheduling.service import SchedulerService, stopped_by_signals  # noqa: PLC0415 - as in `Face`

    settings = face.settings()
    logging.basicConfig(
        level=logging.WARNING if quiet else logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    service = SchedulerService(settings)
    with stopped_by_signals(service):
        if not quiet:
            click.echo(f"starting what is due in {settings.store}", err=True)
        service.run()
    if not quiet:
        click.echo("stopped; runs that are under way go on", err=True)
