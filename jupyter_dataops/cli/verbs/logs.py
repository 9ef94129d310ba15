"""``logs``: what the nodes printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow import Entry, Prefixer, follow_entries, members, read_entries, texts_of
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.errors import UsageError

_WIDEST: Final = 40


@verb(reads_store=True, json_shape='{"run_id", "lines": [{"at", "node", "attempt", "stream", "text"}]}')
@run_argument()
@node_argument()
@click.option("--attempt", type=click.IntRange(min=1), metavar="K", help="Only the K-th attempt of each node.")
@click.option("-f", "--follow", is_flag=True, help="Go on until the node, or the run, has ended.")
@json_option()
def command(face: Face, /, run: str, node: str | None, attempt: int | None, *, follow: bool, as_json: bool) -> None:
    """Print what a run's nodes printed.

    With NODE, its output (of its latest attempt, unless --attempt says otherwise) as it was; without, that of all
    nodes and attempts in order of time, each line with its node's name. So too for a NODE that has expanded to others;
    one of these is named as `show` names it: 'score[berlin]', 'etl/clean', 'check:clean/not_null'.
    RUN is an id, a unique prefix of one, or `last`.
    """
    if follow and as_json:
        raise click.UsageError("--json prints one object, so it cannot go with --follow")
    found = face.open_run(run)
    chosen = members(found, node and found[node].node)
    if node and len(chosen) == 1 and not follow:
        node_run = found[node]
        if not node_run.attempts:
            raise UsageError(
                f"node '{node}' has not run",
                where=f"run {found.run_id}",
                hint=f"it is {node_run.state}: {node_run.reason}",
            )
        attempt = attempt or node_run.attempts[-1].attempt
        node_run.log_path(attempt)  # says so if there is no such attempt
    entries = follow_entries(found, node, attempt, face.wait) if follow else read_entries(found, node, attempt)
    if as_json:
        print_json({"run_id": found.run_id, "lines": [_describe(entry) for entry in entries]})
        return
    colour = False if make_console().no_color else None  # `None`: on a terminal only
    for text in _as_it_was(entries) if len(chosen) == 1 and node else _prefixed(entries, chosen):
        click.echo(text, nl=False, color=colour)


def _as_it_was(entries: Iterable[Entry]) -> Iterator[str]:
    text = "\n"
    for _, text in texts_of(entries):
        yield text
    if not text.endswith("\n"):
        yield "\n"


def _prefixed(entries: Iterable[Entry], nodes: Iterable[str]) -> Iterator[str]:
    prefixer = Prefixer(min(_WIDEST, max(map(len, nodes), default=0)))
    for node, text in texts_of(entries):
        for line in prefixer.feed(node, text):
            yield f"{line}\n"
    for line in prefixer.rest():
        yield f"{line}\n"


def _describe(entry: Entry) -> dict[str, object]:
    line = entry.line
    return {
        "at": line.at.isoformat(),
        "node": entry.node,
        "attempt": entry.attempt,
        "stream": line.stream,
        "text": line.text,
    }
