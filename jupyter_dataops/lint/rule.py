"""What a rule is: a diagnostic code, what it means, how it is cured, and a notebook for each side."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from jupyter_dataops.lint.models import Subject
from jupyter_dataops.spec.models import Problem, Severity

ExampleCell = tuple[str, ...]
"""Source of a code cell, then its tags."""


class Rule(Struct, frozen=True):
    """One diagnostic code."""

    code: str
    title: str
    severity: Severity
    """Unless the problem itself says otherwise."""
    explanation: str
    cure: str
    bad: tuple[ExampleCell, ...]
    """The smallest notebook that has the problem."""
    cured: tuple[ExampleCell, ...]
    check: Callable[[Subject], Iterable[Problem]] | None = None
    """`None`: reading or data-flow analysis finds it on its way."""
    language: str = "python"
    """Of the bad notebook's kernel."""
