"""``notify``: messages, sent now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from jupyter_dataops.api.description import describe_notice
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.notices_view import NOTICE_SHAPE, notice_line
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import print_json
from jupyter_dataops.errors import UsageError
from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.states import NoticeState

_SHAPE: Final = f'{{"trials": [{{"receiver", "address", "error"}}], "notifications": [{NOTICE_SHAPE}]}}'


@verb(json_shape=_SHAPE)
@click.option("--test", "is_test", is_flag=True, help="Send a test message to every address that is configured.")
@json_option()
def command(face: Face, /, *, is_test: bool, as_json: bool) -> int:
    """Send what waits to be sent, or a test message.

    What was not sent, because nobody was there to do it or the service did not take it, is tried now instead of later.
    With --test, what is configured for this folder, and with --env for that environment, is tried. Exits with 1 if a
    message was not sent.
    """
    return _try_addresses(face, as_json=as_json) if is_test else _send_waiting(face, as_json=as_json)


def _try_addresses(face: Face, *, as_json: bool) -> int:
    settings = face.settings()
    if not settings.notifications:
        chosen = f" in environment '{settings.environment}'" if settings.environment else ""
        raise UsageError(
            f"nobody is to be told of anything{chosen}",
            hint='write "[notifications.NAME]" with urls into dataops.toml, or choose an environment with --env',
        )
    trials = face.send_trials(settings)
    if as_json:
        found = [{"receiver": one.receiver, "address": one.place + 1, "error": one.error} for one in trials]
        print_json({"trials": found, "notifications": []})
    else:
        for one in trials:
            click.echo(f"{one.receiver}/{one.place + 1}: {'sent' if one.error is None else one.error}")
    return int(any(one.error is not None for one in trials))


def _send_waiting(face: Face, *, as_json: bool) -> int:
    outcomes: Sequence[NoticeRecord] = face.send_waiting(face.settings())
    if as_json:
        print_json({"trials": [], "notifications": [describe_notice(one) for one in outcomes]})
    elif not outcomes:
        click.echo("nothing waits to be sent")
    else:
        for one in outcomes:
            click.echo(f"{one.run_id or one.facts.get('schedule', '')}  {notice_line(one)}")
    return int(any(one.state is not NoticeState.SENT for one in outcomes))
