"""``check``: what is wrong, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.group import EXIT_USAGE
from jupyter_dataops.cli.options import notebook_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.running import warn_of_parameters
from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.lint.models import Diagnostic, is_plain
from jupyter_dataops.spec.lines import line_of_cell
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.notebook import source_of

if TYPE_CHECKING:
    from jupyter_dataops.api.pipeline import Pipeline

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
    help="github: annotations at the lines of a pull request.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--only-pipelines", is_flag=True, help="Pass over notebooks that no tag makes a pipeline.")
def command(face: Face, /, notebook: tuple[Path, ...], form: str, *, only_pipelines: bool) -> int:
    """Find what is wrong in notebooks before they run.

    Exits with 2 if there is an error. Warnings do not stop a run. With --env, what the policy of that environment
    forbids is an error, too: it stops a deployment.
    """
    pipelines, unreadable = _opened(face, notebook)
    if only_pipelines:
        pipelines = {path: one for path, one in pipelines.items() if not is_plain(one.diagnostics)}
    for one in pipelines.values():
        warn_of_parameters(one)
    found = {path: (*one.diagnostics, *face.judge(one)) for path, one in pipelines.items()} | unreadable
    found = {path: found[path] for path in notebook if path in found}
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
                line = _line(path, pipelines.get(path), diagnostic)
                click.echo(github_line(_in_repository(path), diagnostic, line))
    else:
        _print_text(found, make_console())
    errors = any(diagnostic.severity is Severity.ERROR for diagnostics in found.values() for diagnostic in diagnostics)
    return EXIT_USAGE if errors else 0


def _opened(face: Face, paths: Sequence[Path]) -> tuple[dict[Path, Pipeline], dict[Path, Sequence[Diagnostic]]]:
    """Pipelines, and what is wrong with files that are none.

    A single one that cannot be read is the verb's own error.
    """
    pipelines: dict[Path, Pipeline] = {}
    unreadable: dict[Path, Sequence[Diagnostic]] = {}
    for path in paths:
        try:
            pipelines[path] = face.open_pipeline(path)
        except NotebookUnreadable as error:
            if len(paths) == 1:
                raise
            unreadable[path] = (Diagnostic(error.code, Severity.ERROR, error.message, error.hint, None, None, None),)
    return pipelines, unreadable


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


def github_line(path: Path, diagnostic: Diagnostic, line: int | None = None) -> str:
    """One diagnostic as a workflow command, escaped as GitHub's toolkit does.

    Parameters
    ----------
    path
        From the root of the repository, by which GitHub finds the file.
    line
        In the file; `None`: it is about the file as a whole.
    """
    place = f"cell {diagnostic.cell_index + 1}: " if diagnostic.cell_index is not None else ""
    hint = f"\n{diagnostic.hint}" if diagnostic.hint else ""
    facts = {"file": str(path), **({"line": str(line)} if line else {}), "title": diagnostic.code}
    said = ",".join(f"{name}={_escape(value, ':,')}" for name, value in facts.items())
    return f"::{_GITHUB[diagnostic.severity]} {said}::{_escape(place + diagnostic.message + hint)}"


def _line(path: Path, pipeline: Pipeline | None, diagnostic: Diagnostic) -> int | None:
    if diagnostic.cell_index is None or pipeline is None:
        return None
    try:
        text = path.read_text("utf-8")
    except OSError:  # it was there when it was checked
        return None
    sources = [source_of(cell) for cell in pipeline.notebook["cells"]]
    return line_of_cell(text, sources, diagnostic.cell_index, diagnostic.tag)


def _in_repository(path: Path) -> Path:
    """The path from the root of its git repository; as it is, where it is in none."""
    whole = path.absolute()
    root = next((folder for folder in whole.parents if (folder / ".git").exists()), None)
    return path if root is None else whole.relative_to(root)


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
