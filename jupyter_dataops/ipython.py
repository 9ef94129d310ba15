"""The magic ``%dataops``: run, retry and load without leaving the notebook."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError as ShownWithoutTraceback
from IPython.core.magic import Magics, line_magic, magics_class

from jupyter_dataops.api.here import restore
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.spec.parameters import parse_value

if TYPE_CHECKING:
    from jupyter_dataops.panel.widget import Panel


@magics_class
class DataOpsMagics(Magics):
    """What the notebook's pipeline does, from within it.

    ``%dataops panel | run [NAME=VALUE ...] | retry [NODE ...] | load NODE NAME | restore RUN NODE [ATTEMPT] | check``.
    All but ``restore`` are about the notebook that it stands in.
    """

    @line_magic
    def dataops(self, line: str) -> Any:
        """Do what `line` says; the last saved version of the notebook counts."""
        try:
            verb, *words = _words(line)
            if verb not in _VERBS:
                raise UsageError(f"%dataops has no verb '{verb}'", hint=f"its verbs: {', '.join(_VERBS)}")
            return _VERBS[verb](words)
        except DataOpsError as error:
            raise ShownWithoutTraceback(str(error)) from error


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"cannot read '{line.strip()}': {error}", hint="close the quotation mark") from None
    if not words:
        raise UsageError("%dataops needs a verb", hint=f"its verbs: {', '.join(_VERBS)}")
    return words


def _panel(words: Sequence[str]) -> Panel:
    if words:
        raise UsageError(f"panel takes no '{words[0]}'", hint="%dataops panel")
    return Pipeline.here().panel()


def _run(words: Sequence[str]) -> Run:
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"'{word}' is not NAME=VALUE", hint="%dataops run month=6")
        given[name] = parse_value(value)
    return Pipeline.here().run(given)


def _retry(words: Sequence[str]) -> Run:
    return _last().retry(words)


def _load(words: Sequence[str]) -> Any:
    if len(words) != 2:
        raise UsageError("load takes a node and a name", hint="%dataops load clean df")
    return _last().load(*words)


def _restore(words: Sequence[str]) -> Any:
    if len(words) not in (2, 3) or not all(word.isdecimal() for word in words[2:]):
        raise UsageError("restore takes a run, a node and perhaps an attempt", hint="%dataops restore last clean")
    run, node, *attempt = words
    return restore(run, node, attempt=int(attempt[0]) if attempt else None)


def _check(_words: Sequence[str]) -> None:
    found = Pipeline.here().diagnostics
    for one in found:
        place = f"cell {one.cell_index + 1}: " if one.cell_index is not None else ""
        print(f"{place}{one.severity} {one.code} {one.message}\n  -> {one.hint}")  # noqa: T201 - this is its answer
    if not found:
        print("no problems")  # noqa: T201


def _last() -> Run:
    pipeline = Pipeline.here()
    runs = pipeline.runs(limit=1)
    if not runs:
        raise UsageError(f"{pipeline.name} has not run yet", hint="%dataops run")
    return runs[0]


_VERBS: dict[str, Callable[[Sequence[str]], Any]] = {
    "panel": _panel,
    "run": _run,
    "retry": _retry,
    "load": _load,
    "restore": _restore,
    "check": _check,
}
