"""How deployments look in a terminal."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.output import cut, make_table, print_json, print_table
from jupyter_dataops.cli.schedule_difference import print_added, print_changed, print_removed, print_told

if TYPE_CHECKING:
    from jupyter_dataops.api.deployed import Deployed
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.deploying.diff import CellChange, FileChange, ValueChange, VersionDiff
    from jupyter_dataops.deploying.pointing import Foreseen
    from jupyter_dataops.records import MoveRecord, VersionRecord

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_SHORT = 12


def version_of(run: Run) -> str:
    """The version that `run` runs, ``NAME@NUMBER``; empty: a notebook."""
    said = deployed_of(run)
    return "" if said is None else f"{said.name}@{said.version}"


def deployed_of(run: Run) -> Deployed | None:
    """All that the run says of it; `None`: a notebook."""
    from jupyter_dataops.api.deployed import deployment_of  # noqa: PLC0415 - `--help` is fast

    return deployment_of(run.record)


def print_remarks(remarks: Iterable[str]) -> None:
    """What is to be said about a version, on stderr."""
    for remark in remarks:
        click.echo(f"note: {remark}", err=True)


def print_move(move: MoveRecord, console: Console) -> None:
    """What is live now, what was before, what became of schedules, and what is to be said of the move."""
    from jupyter_dataops.deploying.schedules import told_of  # noqa: PLC0415 - `--help` is fast

    console.print(move_line(move))
    print_told(told_of(move.details), move.name, move.environment, console)
    print_remarks(move.details.get("remarks", ()))


def move_line(move: MoveRecord, *, is_tested: bool = False) -> Text:
    """What is live now, and what was before."""
    before = f"; before, version {move.previous} was" if move.previous is not None else ""
    if move.previous == move.number:
        before = " already, and has passed its test now" if is_tested else " already; its schedules are put right"
    return Text.assemble(("✔ ", "green"), f"{move.name}@{move.number} is live in {move.environment}{before}")


def print_foreseen(foreseen: Foreseen, console: Console, *, as_json: bool) -> None:
    """What would be live, and what would become of schedules."""
    if as_json:
        from jupyter_dataops.deploying.description import describe_foreseen  # noqa: PLC0415 - `--help` is fast

        print_json(describe_foreseen(foreseen))
        return
    print_remarks(foreseen.remarks)
    what = f"{foreseen.label} would be live in {foreseen.environment}"
    if foreseen.is_live:
        what = f"{foreseen.label} is live in {foreseen.environment} already"
        what += ": schedules would be put right" if foreseen.schedules else ": nothing would change"
    elif foreseen.previous is not None:
        what += f"; now, version {foreseen.previous} is"
    console.print(Text(what))
    print_told(foreseen.schedules, foreseen.name, foreseen.environment, console)


def print_versions(
    versions: Sequence[VersionRecord], live: Sequence[MoveRecord], console: Console, gone: Collection[str] = ()
) -> None:
    """Versions as a table, newest first; the files of those with a digest in `gone` are not there."""
    table = make_table("version", "live in", "made at", "by", "nodes", "notebook", "digest", wide="notebook")
    for version in versions:
        where = [one.environment for one in live if (one.name, one.number) == (version.name, version.number)]
        table.add_row(
            version.label,
            Text(", ".join(where), style="green"),
            version.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            version.created_by,
            str(version.details.get("nodes", "")),
            cut(version.notebook),
            version.digest.rpartition(":")[2][:_SHORT] + (", no files" if version.digest in gone else ""),
        )
    print_table(table, console)


def print_moves(moves: Sequence[MoveRecord], console: Console) -> None:
    """The history of live pointers as a table, newest first."""
    table = make_table("at", "environment", "version", "before", "what", "by", wide="by")
    for move in moves:
        source = move.details.get("promoted_from")
        table.add_row(
            move.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            move.environment,
            f"{move.name}@{move.number}",
            "" if move.previous is None else str(move.previous),
            f"{move.kind} from {source}" if source else str(move.kind),
            cut(move.by),
        )
    print_table(table, console)


def print_diff(found: VersionDiff, console: Console) -> None:
    """What differs between two versions."""
    for cell in found.cells:
        _print_cell(cell, console)
    for file in found.files:
        _print_file(file, console)
    for title, values in (("packages", found.packages), ("settings", found.settings)):
        if values:
            console.print(Text(title, style="bold"))
            for value in values:
                console.print(_value_line(value))
    if found.schedules:
        console.print(Text("schedules", style="bold"))
    for value in found.schedules:
        _print_schedule(value, console)


def _print_schedule(change: ValueChange, console: Console) -> None:
    from jupyter_dataops.config.schedules import Change  # noqa: PLC0415 - `--help` is fast

    before, after = change.before, change.after
    if before is None:
        print_added(change.name, ", ".join(f"{key} {_shown(value)}" for key, value in after.items()), console)
    elif after is None:
        print_removed(change.name, console)
    else:
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        print_changed(change.name, [Change(key, before.get(key), after.get(key)) for key in keys], console)


def _print_cell(change: CellChange, console: Console) -> None:
    sign, colour = _SIGNS[change.change.value]
    what = f"node {change.node}" if change.node else change.kind
    console.print(
        Text.assemble((f"{sign} ", colour), (f"{change.notebook}, cell {change.index + 1}", "bold"), f", {what}")
    )
    for tag in change.tags_before:
        if tag not in change.tags_after:
            console.print(Text(f"  - tag {tag}", style="red"))
    for tag in change.tags_after:
        if tag not in change.tags_before:
            console.print(Text(f"  + tag {tag}", style="green"))
    _print_lines(change.before, change.after, console)


def _print_file(change: FileChange, console: Console) -> None:
    sign, colour = _SIGNS[change.change.value]
    console.print(Text.assemble((f"{sign} ", colour), (change.path, "bold")))
    if change.change.value == "changed" and change.before is not None and change.after is not None:
        _print_lines(change.before, change.after, console)


def _print_lines(before: str, after: str, console: Console) -> None:
    from jupyter_dataops.deploying.diff import line_changes  # noqa: PLC0415 - `--help` is fast

    for line in line_changes(before, after):
        style = {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "")
        console.print(Text(f"    {line}".rstrip(), style=style))


def _value_line(change: ValueChange) -> Text:
    return Text.assemble(f"  {change.name}: ", (_shown(change.before), "red"), " -> ", (_shown(change.after), "green"))


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
