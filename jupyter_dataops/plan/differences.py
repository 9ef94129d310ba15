"""What differs between two runs of a node, and which of it most likely explains a failure. Pure.

The ranking, from most to least likely:

1. what the error itself points to: the edited line is the one that failed, or the message names the column, key,
   variable, parameter or package that differs;
2. then by kind, in the order of `Kind`: what people change most comes first;
3. what differs in the node itself before what differs above it;
4. a difference that says what changed before one that only says that something did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import Failure


class Kind(StrEnum):
    """What differs. Most likely causes of a failure first."""

    CODE = "code"
    SETUP = "setup"
    MODULES = "modules"
    """Modules beside the notebook that it imports."""
    PARAMETERS = "parameters"
    INPUTS = "inputs"
    """Which node a variable comes from, or when the node may run."""
    CONTENT = "content"
    """The value of an input."""
    ASSETS = "assets"
    """The newest version of an asset that it loads."""
    PACKAGES = "packages"
    """Versions of packages, and of Python."""
    ENVIRONMENT = "environment"
    FILES = "files"
    MEMORY = "memory"
    DURATION = "duration"


STATIC: Final = frozenset(
    {
        Kind.CODE,
        Kind.SETUP,
        Kind.MODULES,
        Kind.PARAMETERS,
        Kind.INPUTS,
        Kind.ASSETS,
        Kind.PACKAGES,
        Kind.FILES,
        Kind.ENVIRONMENT,
    }
)
"""Kinds that a fingerprint counts: what decides whether a node runs again."""


class Difference(Struct, frozen=True):
    """One thing that is not as it was."""

    kind: Kind
    node: NodeName
    """The node that it is about."""
    name: str
    """Of the variable, parameter, package, file or environment variable; of the node where it is about its code."""
    sentence: str
    old: Any = None
    """JSON-able; `None` where it is not known, or was not there."""
    new: Any = None
    diff: str = ""
    """Of code, as a unified diff."""
    lines: tuple[str, ...] = ()
    """More of it."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of a table or other value: what differs in it, JSON-able."""
    names: frozenset[str] = frozenset()
    """What an error might name."""
    edited_lines: frozenset[str] = frozenset()
    """Of code: lines that were not there before."""
    is_known: bool = True
    """It says what changed, not only that something did."""
    is_pointed_at: bool = False
    """The error itself points to it."""

    def as_json(self) -> dict[str, Any]:
        """The documented object."""
        return {
            "kind": self.kind.value,
            "node": self.node,
            "name": self.name,
            "sentence": self.sentence,
            "old": self.old,
            "new": self.new,
            "diff": self.diff,
            "lines": list(self.lines),
            "facts": dict(self.facts),
            "pointed_at": self.is_pointed_at,
        }


def ranked(
    differences: Sequence[Difference], node: NodeName, failure: Failure | None, line: str = ""
) -> list[Difference]:
    """Most likely cause first; see the module's docstring.

    Parameters
    ----------
    node
        The one that failed.
    line
        The line of its code that failed.
    """
    words = set(re.findall(r"\w+", failure.evalue)) if failure is not None else set()

    def is_pointed_at(one: Difference) -> bool:
        return bool(line.strip() and line.strip() in one.edited_lines) or bool(one.names & words)

    pointed = [replace(one, is_pointed_at=is_pointed_at(one)) for one in differences]
    kinds = list(Kind)
    return sorted(
        pointed,
        key=lambda one: (not one.is_pointed_at, kinds.index(one.kind), one.node != node, not one.is_known),
    )
