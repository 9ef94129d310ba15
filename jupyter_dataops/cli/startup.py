"""What the program's own process spares itself, so that it starts and ends sooner.

All of this holds for the whole process, so it is for `jupyter_dataops.cli.main` alone and never part of a library's
import: in your process, jsonschema and papermill are whole.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

_FORMAT_CHECKS: Final = ("isoduration", "rfc3986_validator", "rfc3987_syntax")
"""jsonschema imports these, where they are installed, to check formats that notebooks do not use. It does without where
that fails. The last one builds a grammar for a second or two; together, the others take 30 ms."""
_YOUNG_OBJECTS: Final = 200_000
"""Python's own 700 is for programs that make garbage. Modules are not garbage, and looking through them again and again
takes a tenth of the time of importing them."""

_NODES_RUN: Final = frozenset({"run", "retry", "resume", "execute"})
"""Verbs whose process starts kernels, unless one of these is among their options:"""
_NO_NODES_RUN: Final = frozenset({"--help", "--dry-run", "--detach", "--changed"})
"""With the last one, perhaps no node has to run."""


def start_light() -> None:
    """Imports from here on cost less. Called before anything else is imported."""
    gc.set_threshold(_YOUNG_OBJECTS)
    for name in _FORMAT_CHECKS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # the documented way to make an import fail


def end_light(code: int) -> None:
    """The process ends here with `code`; threads to be waited for, ``atexit`` functions and output have had their turn.

    What Python would do after that, taking every module and object apart, takes 40 ms, for memory that the system takes
    back anyhow. Returns where it is of use: where modules were loaded that are not installed, somebody's own, which may
    have left files open; or where output cannot be written.
    """
    if not _is_all_installed():
        return
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - what the interpreter itself calls first
    atexit._run_exitfuncs()  # noqa: SLF001 - and second
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # Python has words for that
        return
    os._exit(code)


def _is_all_installed() -> bool:
    """Whether all modules are Python's own, installed, or this package's."""
    ours = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - `--help` does without pathlib
    places = tuple(f"{place}{os.sep}" for place in (sys.prefix, sys.base_prefix, ours))
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return all(file is None or file.startswith(places) for file in files)


@contextmanager
def kernels_ahead(arguments: Sequence[str]) -> Iterator[None]:
    """Within the block, the process that kernels are forked from is on its way, where there will probably be some.

    It has as much to import as the program itself, and the two can do so at the same time.

    Parameters
    ----------
    arguments
        The command line. A guess is enough: what nobody takes ends with the block.
    """
    if not _NODES_RUN.intersection(arguments) or _NO_NODES_RUN.intersection(arguments):
        yield
        return
    from jupyter_dataops.kernels.launching import end_early, start_early  # noqa: PLC0415 - of use to these verbs alone

    start_early()
    try:
        yield
    finally:
        end_early()


def import_papermill() -> None:
    """`papermill` is imported, in half of the time: without Hadoop's client, and with HTTP's once it is used.

    papermill brings both for notebooks at such addresses. Nodes are given to it as they are, and it writes nothing.
    Only papermill sees it so: whoever else imports `requests` or pyarrow's file systems, which take numpy along, gets
    them.
    """
    with _seen_as("requests", _WhenUsed("requests")), _seen_as("pyarrow.fs", None):
        import papermill  # noqa: F401, PLC0415 - 0.3 s that only a run with something to do has to pay
    _trust_notebooks()


def _trust_notebooks() -> None:
    """Notebooks of the newest format are taken as they are: nbformat logs what is wrong in one, and goes on.

    papermill has each looked at six times. Those of nodes are ours, and the first look takes 40 ms. Where another
    nbformat keeps its validators differently, they are looked at.
    """
    from nbformat import current_nbformat, current_nbformat_minor, validator  # noqa: PLC0415 - as above
    from nbformat.json_compat import get_current_validator  # noqa: PLC0415

    kind: Any = get_current_validator()  # type: ignore[no-untyped-call]
    validator.validators[kind.name, current_nbformat, current_nbformat_minor, False] = _Trusting()


class _Trusting:
    """Finds nothing, as the validator that has the last word."""

    name = "jsonschema"

    @staticmethod
    def iter_errors(_notebook: Any, *_reference: Any) -> Iterator[Any]:
        return iter(())


class _WhenUsed(ModuleType):
    """The module of that name, imported when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def _seen_as(name: str, module: ModuleType | None) -> Iterator[None]:
    """Meanwhile, `import` takes `module` for the one of that name, unless this is there already; `None`: it fails."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = module  # type: ignore[assignment]  # as above
    try:
        yield
    finally:
        del sys.modules[name]
