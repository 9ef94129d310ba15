"""A policy: rules that a pipeline must keep to in an environment. Whoever breaks one is told what, where, what to do.

It is written as a list: ``["owner", "max_retries=2", "kernels=python3|ir", "our_rules:has_runbook"]``. The last is a
user's own rule: a callable that takes a `PipelineView` and returns problems.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from msgspec import Struct

from jupyter_dataops.config.policy_forms import is_own, parse_rule
from jupyter_dataops.deploying.policy_rules import OWN, POLICY_RULES, PolicyRule
from jupyter_dataops.deploying.view import PipelineView, Stage
from jupyter_dataops.errors import ConfigError, PolicyViolated
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.spec.models import Problem, Severity

Own = Callable[[PipelineView], Iterable[Any]]
"""Returns what is wrong: texts, pairs of a text and what to do, or `Problem`; nothing: all is well."""


class Policy(Struct, frozen=True):
    """Rules of an environment, in the order in which they are asked."""

    rules: tuple[tuple[PolicyRule, str], ...] = ()
    """Rule, and its value."""
    own: tuple[str, ...] = ()
    """Rules of the user's, ``module:callable``."""

    def __bool__(self) -> bool:
        return bool(self.rules or self.own)


def read_policy(written: Sequence[str]) -> Policy:
    """The policy that a configuration has.

    Raises
    ------
    ConfigError
        A rule is unknown, or its value does not fit.

    Examples
    --------
    >>> [(rule.code, value) for rule, value in read_policy(["owner", "max_retries=2"]).rules]
    [('DP001', ''), ('DP007', '2')]
    """
    try:
        parsed = [parse_rule(one) for one in written if not is_own(one)]
    except ValueError as error:
        raise ConfigError(f"the policy {error}", where="setting `policy`", hint="correct it there") from None
    rules = tuple((POLICY_RULES[name], value) for name, value in parsed)
    return Policy(rules, tuple(one for one in written if is_own(one)))


def judge(policy: Policy, view: PipelineView, folder: Path | None = None) -> tuple[Diagnostic, ...]:
    """Everything in `view` that the policy forbids, by cell, then code.

    Pure, but for rules of the user's, whose modules are imported: from `folder`, too. One that fails forbids.
    """
    found = [
        problem for rule, value in policy.rules if view.stage in rule.stages for problem in rule.check(view, value)
    ]
    for name in policy.own:
        found += _asked(name, view, folder)
    diagnostics = {
        Diagnostic(one.code, Severity.ERROR, one.message, one.hint, one.cell_id, one.cell_index, one.node)
        for one in found
    }
    return tuple(
        sorted(diagnostics, key=lambda one: (-1 if one.cell_index is None else one.cell_index, one.code, one.message))
    )


def require_allowed(policy: Policy, view: PipelineView, folder: Path | None = None) -> None:
    """Return if the policy forbids nothing. Raises `PolicyViolated`, which names all that it does."""
    violations = judge(policy, view, folder)
    if violations:
        raise violated(view, violations)


def violated(view: PipelineView, violations: Sequence[Diagnostic]) -> PolicyViolated:
    """The error that tells of `violations`."""
    lines = "\n  ".join(
        f"{one.code}{f' {one.place}:' if one.place else ''} {one.message}" + (f" -> {one.hint}" if one.hint else "")
        for one in violations
    )
    what = "start" if view.stage is Stage.LAUNCH else "become live"
    where = f" in {view.environment}" if view.environment else ""
    return PolicyViolated(
        f"the policy forbids {view.version or view.name} to {what}{where}:\n  {lines}",
        hint="nothing was started" if view.stage is Stage.LAUNCH else "what is live is as it was",
        violations=tuple(violations),
    )


def _asked(name: str, view: PipelineView, folder: Path | None) -> Iterator[Problem]:
    try:
        # Standard output is for what was asked for; what a rule prints is told beside it.
        with _importing_from(folder), redirect_stdout(sys.stderr):
            said = _own_rule(name)(view)
            answers = [said] if isinstance(said, str | Problem) else list(said or ())
        yield from (_as_problem(one, name) for one in answers)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a rule of the user's raises, it has allowed nothing
        yield Problem(
            OWN,
            f"the rule {name} itself failed: {type(error).__name__}: {error}",
            "correct the rule: what it cannot judge is not let through",
        )


def _own_rule(name: str) -> Own:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    rule: Own = found
    return rule


def _as_problem(said: Any, name: str) -> Problem:
    match said:
        case Problem():
            return said
        case str():
            return Problem(OWN, f"{said} ({name})", "")
        case (str(message), str(hint)):
            return Problem(OWN, f"{message} ({name})", hint)
        case _:
            return Problem(OWN, f"the rule {name} returned {said!r}, which is no problem", "return texts")


@contextmanager
def _importing_from(folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
