"""``explain``: the likely cause of a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.difference_view import differences_view
from jupyter_dataops.cli.errors_view import found_by_check, next_commands
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, run_argument
from jupyter_dataops.cli.output import make_console, print_json, state_text

if TYPE_CHECKING:
    from jupyter_dataops.api.explanation import Explanation, Place

JSON_SHAPE: Final = (
    '{"run_id", "state", "verdict", "node", "attempt", "cause", "error": {"ename", "evalue"}, '
    '"place": {"notebook", "cell_id", "cell_index", "line", "source": [{"line", "text"}]}, "traceback", "facts", '
    '"others": [...], "going_on": [...], "compared_with": {"run_id", "finished_at"}, "differences": [{"kind": '
    '"code|setup|modules|parameters|inputs|content|assets|packages|environment|files|memory|duration", "node", "name", '
    '"sentence", "old", "new", "diff", "lines", "facts", "pointed_at"}]}'
)


SHOWN_TRACEBACK_LINES: Final = 6


@verb(reads_store=True, json_shape=JSON_SHAPE)
@run_argument()
@json_option()
def command(face: Face, /, run: str, *, as_json: bool) -> None:
    """Say why a run failed: the likely cause first.

    What failed first, where, and with what error; then everything that differs from when that node last succeeded in
    an earlier run: code, parameters, the content of its inputs, versions, environment, memory and time. RUN is an id,
    a unique prefix of one, or `last`.
    """
    explanation = face.open_run(run).explain()
    if as_json:
        print_json(explanation.to_json())
        return
    console = make_console()
    about = explanation.run
    console.print(Text.assemble(state_text(about.state), f"  run {about.run_id}"))
    console.print(Text(explanation.verdict))
    if explanation.failed is not None:
        _print_failure(explanation, console)


def _print_failure(explanation: Explanation, console: Console) -> None:
    failed, place, failure = explanation.failed, explanation.place, explanation.failure
    if failed is None:
        return
    if place is not None:
        console.print(place_view(place))
    if failure is not None:
        console.print(Text(f"  {failure.error}", style="bold red"))
        console.print(found_by_check(failure), end="")
        if explanation.traceback_end:
            last = explanation.traceback_end.splitlines()[-SHOWN_TRACEBACK_LINES:]
            console.print(Text("\n".join(f"  | {line}".rstrip() for line in last), style="dim"))
    if explanation.compared_with is not None and explanation.differences:
        console.print(Text(f"\nWhat differs from run {explanation.compared_with.run_id}, likely causes first:"))
        console.print(differences_view(explanation.differences, failed.node), end="")
    if explanation.others:
        console.print(Text(f"\nAlso failed: {', '.join(explanation.others)}"))
    for command, purpose in next_commands(failed, explanation.run.run_id, explanation.run.state):
        console.print(Text.assemble((f"  -> {command}", "cyan"), (f"   {purpose}", "dim")))


def place_view(place: Place) -> Text:
    """The lines around the one that failed, which is marked."""
    of = f" of {place.notebook}" if place.notebook else ""
    line = f", line {place.line}" if place.line else ""
    view = Text(f"  cell {place.cell_index + 1}{of}{line}\n")
    width = len(str(place.source[-1][0])) if place.source else 1
    for number, text in place.source:
        failed = number == place.line
        view.append(
            f"  {'>' if failed else ' '} {number:>{width}}  {text}".rstrip(), style="bold red" if failed else ""
        )
        view.append("\n")
    view.rstrip()
    return view
