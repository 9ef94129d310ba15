"""``check``: what is wrong, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.group import EXIT_USAGE
from jupyter_dataops.cli.options import notebook_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.spec.models import Severity

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_GITHUB: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

Found = Mapping[Path, Sequence[Diagnostic]]


@verb(
    json_shape='[{"code", "severity", "message", "hint", "cell_id", "cell_index", "node"}], and in each "notebook" '
    "where several are checked"
)
@notebook_argument(nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="github: annotations of a workflow's log.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def command(face: Face, /, notebook: tuple[Path, ...], form: str) -> int:
    """Find what is wrong in notebooks before they run.

    Exits with 2 if there is an error. Warnings do not stop a run. With --env, what the policy of that environment
    forbids is an error, too: it stops a deployment.
    """
    found = {path: _found(face, path) for path in notebook}
    if form == "json":
        several = len(found) > 1
        print_json(
            [
                {**({"notebook": str(path)} if several else {}), **diagnostic.as_json()}
                for path, diagnostics in found.items()
                for diagnostic in diagnostics
            ]
        )
    elif form == "github":
        for path, diagnostics in found.items():
            for diagnostic in diagnostics:
                click.echo(github_line(path, diagnostic))
    else:
        _print_text(found, make_console())
    errors = any(diagnostic.severity is Severity.ERROR for diagnostics in found.values() for diagnostic in diagnostics)
    return EXIT_USAGE if errors else 0


def _found(face: Face, path: Path) -> Sequence[Diagnostic]:
    pipeline = face.open_pipeline(path)
    return (*pipeline.diagnostics, *face.judge(pipeline))


def _print_text(found: Found, console: Console) -> None:
    for path, diagnostics in found.items():
        for diagnostic in diagnostics:
            console.print(diagnostic_text(path, diagnostic))
        counts = Counter(diagnostic.severity for diagnostic in diagnostics)
        named = [counted(severity, counts[severity]) for severity in Severity if counts[severity]]
        console.print(Text(f"{path}: {', '.join(named) or 'no problems'}"))


def counted(severity: Severity, count: int) -> str:
    """How many of that severity.

    Examples
    --------
    >>> [counted(severity, 2) for severity in Severity]
    ['2 errors', '2 warnings', '2 info']
    """
    return f"{count} {severity}{'s' if count != 1 and severity is not Severity.INFO else ''}"


def diagnostic_text(path: Path, diagnostic: Diagnostic) -> Text:
    """One diagnostic: where, what, and the cure below."""
    view = Text(f"{', '.join(filter(None, (str(path), diagnostic.place)))}: ")
    view.append(f"{diagnostic.severity} {diagnostic.code}", style=_STYLES[diagnostic.severity])
    view.append(f" {diagnostic.message}")
    if diagnostic.hint:
        view.append(f"\n  -> {diagnostic.hint}", style="dim")
    return view


def github_line(path: Path, diagnostic: Diagnostic) -> str:
    """One diagnostic as a workflow command, escaped as GitHub's toolkit does."""
    place = f"cell {diagnostic.cell_index + 1}: " if diagnostic.cell_index is not None else ""
    hint = f"\n{diagnostic.hint}" if diagnostic.hint else ""
    title, file = _escape(diagnostic.code, ":,"), _escape(str(path), ":,")
    return f"::{_GITHUB[diagnostic.severity]} file={file},title={title}::{_escape(place + diagnostic.message + hint)}"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
