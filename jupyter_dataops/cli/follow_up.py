"""The commands that a verb suggests next, with the ``--env`` and ``--store`` that it was called with itself.

Without them, a command that somebody copies would look for the run, schedule or deployment in another store.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

import click

STORE: Final = "jupyter_dataops.store"
"""Where click's context keeps what ``--store`` said."""
ENVIRONMENT: Final = "jupyter_dataops.environment"
"""The same of ``--env``."""

_PROGRAM: Final = "jupyter dataops"
_QUOTED: Final = re.compile(rf"`({_PROGRAM} [^`]+)`")


def command_line(*words: str, environment: str | None = None) -> str:
    """The command of these words, as a shell takes it.

    Parameters
    ----------
    words
        Of the verb, as they are: what needs quotes gets them.
    environment
        In which the command has to look, instead of that of this call.

    Examples
    --------
    >>> command_line("logs", "last", "score[a b]", environment="prod")
    "jupyter dataops logs last 'score[a b]' --env prod"
    """
    return f"{_PROGRAM} {shlex.join(words)}{_options(environment)}"


def with_options(hint: str) -> str:
    """`hint`, of whoever knows nothing of this call, with its options added to each command between backticks."""
    return _QUOTED.sub(lambda found: f"`{found[1]}{_options(given_in=found[1])}`", hint)


def _options(environment: str | None = None, given_in: str = "") -> str:
    ctx = click.get_current_context(silent=True)
    meta = {} if ctx is None else ctx.meta
    said = {"--env": environment or meta.get(ENVIRONMENT), "--store": meta.get(STORE)}
    return "".join(
        f" {option} {shlex.quote(value)}" for option, value in said.items() if value and f" {option} " not in given_in
    )
