"""Every setting with its value and where that comes from, without anything secret. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.config.forms import TableForm
from jupyter_dataops.config.layers import Layered, Origin, OriginKind
from jupyter_dataops.config.rows import ROWS
from jupyter_dataops.config.settings import Settings
from jupyter_dataops.spec.suggestions import suggestion


class Explained(Struct, frozen=True):
    """One value."""

    key: str
    """The setting; for an entry of a table ``parameters.country``."""
    value: Any
    """JSON-able."""
    origin: str
    """Where it comes from, as a text."""
    note: str = ""
    """What is to be said about it."""


def explain(layered: Layered, settings: Settings) -> Iterator[Explained]:
    """Every setting, in the table's order; a table by its entries, one without any as itself."""
    default = str(Origin(OriginKind.DEFAULT))
    for key, row in ROWS.items():
        shown = row.show(getattr(settings, key))
        if isinstance(row.form, TableForm) and shown:
            for name, value in shown.items():
                yield Explained(f"{key}.{name}", value, str(layered.entries[key, name].origin))
        else:
            given = layered.entries.get((key,))
            yield Explained(key, shown, str(given.origin) if given else default)


def with_parameters(explained: Iterator[Explained], declared: Mapping[str, str], notebook: str) -> Iterator[Explained]:
    """The same for a notebook, whose parameters have defaults of their own.

    Parameters
    ----------
    declared
        Parameter to the source text of its default.
    """
    prefix, seen = "parameters.", set[str]()
    for one in explained:
        name = one.key.removeprefix(prefix)
        if one.key == "parameters" and declared:
            continue
        if not one.key.startswith(prefix):
            yield one
        elif name in declared:
            seen.add(name)
            yield one
        else:
            hint = suggestion(name, declared)
            yield replace(one, note=f"no parameter of {notebook}" + (f": {hint}" if hint else ""))
    for name, default in declared.items():
        if name not in seen:
            yield Explained(f"{prefix}{name}", default, f"the parameters cell of {notebook}")
