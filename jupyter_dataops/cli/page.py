"""The documentation page of the command line, made from the verbs themselves.

``python -m jupyter_dataops.cli.page > docs/cli.md`` writes it; a test keeps the file and the verbs together.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Collection, Iterator
from typing import Final

import click

from jupyter_dataops.cli.group import EXIT_CODES, VERBS, Verb, VerbTable, program

WIDTH: Final = 110

_INTRODUCTION: Final = """\
# Command line

<!-- Made by `python -m jupyter_dataops.cli.page`; a test compares the two. -->

`jupyter dataops VERB`, also `jupyter-dataops VERB`. `RUN` is a run's id, a unique prefix of one, or `last`: the latest
of all, or, with `--env` or `DATAOPS_ENV`, of that environment.

On a terminal, `run` and `retry` show a table that moves with the run; piped, one plain line for each event. Colours
follow `NO_COLOR`. With `--json`, stdout carries one JSON value and nothing else; everything else goes to stderr.
"""


def render_page() -> str:
    """The page, as Markdown."""
    context = click.Context(program, info_name="jupyter dataops")
    return "\n".join([_INTRODUCTION, *_tables(), *_verbs(context)])


def _tables() -> Iterator[str]:
    yield "| verb | does |\n|---|---|"
    for name, row in VERBS.items():
        if not row.hidden:
            yield f"| [`{name}`](#{name}) | {row.help} |"
    yield "\n## Exit codes\n\n| code | meaning |\n|---|---|"
    for code, meaning in EXIT_CODES.items():
        yield f"| {code} | {meaning} |"
    yield "\n## Options of every verb\n"
    common = Verb(None).params
    for option in common:
        yield from _option(option, click.Context(Verb(None)))


def _verbs(context: click.Context) -> Iterator[str]:
    common = {option.name for option in Verb(None).params}
    for name, row in VERBS.items():
        command = program.get_command(context, name)
        if not row.hidden and command is not None:
            yield from _verb(command, click.Context(command, info_name=name, parent=context), common)


def _verb(command: click.Command, own: click.Context, common: Collection[str | None]) -> Iterator[str]:
    """A verb, or one that has verbs of its own, with these below it."""
    parent = own.parent
    is_inner = parent is not None and parent.parent is not None
    heading = f"### {parent.info_name} {own.info_name}" if is_inner and parent else f"## {own.info_name}"
    yield f"\n{heading}\n\n```\n{' '.join([own.command_path, *command.collect_usage_pieces(own)])}\n```\n"
    yield _prose(command.help or "")
    if isinstance(command, VerbTable):
        for name, row in command.verbs.items():
            inner = command.get_command(own, name)
            if not row.hidden and inner is not None:
                yield from _verb(inner, click.Context(inner, info_name=name, parent=own), common)
        return
    yield ""
    for parameter in command.params:
        if parameter.name not in common:
            yield from _option(parameter, own)
    if isinstance(command, Verb) and command.json_shape:
        yield f"\n`--json` prints:\n\n```\n{textwrap.fill(command.json_shape, WIDTH)}\n```"


def _option(parameter: click.Parameter, context: click.Context) -> Iterator[str]:
    record = parameter.get_help_record(context)
    if record is not None and record[1]:
        yield f"- `{record[0]}`: {record[1]}"


def _prose(text: str) -> str:
    r"""Help as Markdown: what click keeps as it is (after ``\b``) becomes a block."""
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join("```\n" + block[2:] + "\n```" if block.startswith("\b\n") else block for block in blocks)


if __name__ == "__main__":
    sys.stdout.write(render_page() + "\n")
