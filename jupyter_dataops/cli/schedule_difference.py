"""What becomes of schedules, as the command line prints it: by a file, or by a version that is made live."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from jupyter_dataops.config.schedules import Change
    from jupyter_dataops.deploying.schedules import Told

_SECONDS: Final = "_s"
"""The end of a key whose value is a time in seconds."""


def print_added(name: str, what: str, console: Console) -> None:
    """A schedule that was not there."""
    console.print(Text(f"+ {name}: {what}", style="green"))


def print_changed(name: str, changes: Iterable[Change], console: Console) -> None:
    """One that is another one in some of its values."""
    console.print(Text(f"~ {name}", style="yellow"))
    for change in changes:
        old, new = _shown(change.key, change.old), _shown(change.key, change.new)
        console.print(Text(f"    {change.key.removesuffix(_SECONDS)}: {old} -> {new}"))


def print_removed(name: str, console: Console) -> None:
    """One that is not there any more."""
    console.print(Text(f"- {name}", style="red"))


def print_told(told: Iterable[Told], deployment: str, environment: str, console: Console) -> None:
    """What the move of a live pointer does to schedules."""
    for one in told:
        match one.fate.value:
            case "added":
                because = f" ({one.because})" if one.because else ""
                print_added(one.name, f"{one.trigger}, {deployment} in {environment}{because}", console)
            case "changed":
                print_changed(one.name, one.changes, console)
            case "removed":
                print_removed(one.name, console)
            case _:
                console.print(Text(f"! {one.name} stays as it is: {one.because}", style="yellow"))


def _shown(key: str, value: Any) -> str:
    if key.endswith(_SECONDS) and isinstance(value, int | float):
        from jupyter_dataops.schedules.wording import duration_in_words  # noqa: PLC0415 - `--help` is fast

        return duration_in_words(timedelta(seconds=value))
    return "none" if value is None else str(value)
