"""What the program's own process spares itself, so that it starts and ends sooner.

All of this holds for the whole process, so it is for `jupyter_dataops.cli.main` alone and never part of a library's
import: in your process, jsonschema and papermill are whole.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

_FORMAT_CHECKS: Final = ("isoduration", "rfc3986_validator", "rfc3987_syntax")
"""jsonschema imports these, where they are installed, to check formats that notebooks do not use. It does without where
that fails. The last one builds a grammar for a second or two; together, the others take 30 ms."""
_YOUNG_OBJECTS: Final = 100_000
"""Python's own 700 is for programs that make garbage. Modules are not garbage, and looking through them again and again
takes a tenth of the time of importing them."""


def start_light() -> None:
    """Imports from here on cost less. Called before anything else is imported."""
    gc.set_threshold(_YOUNG_OBJECTS)
    for name in _FORMAT_CHECKS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # the documented way to make an import fail


def end_light() -> None:
    """The process may end: ``atexit`` functions, other threads and open files have their turn as ever.

    Only Python's last look for garbage finds nothing to look through, where it would go three times over everything
    that was ever imported: 50 ms after a run, for memory that the system takes back anyhow.
    """
    gc.freeze()


def import_papermill() -> None:
    """`papermill` is imported, in half of the time: without Hadoop's client, and with HTTP's once it is used.

    papermill brings both for notebooks at such addresses. Nodes are given to it as they are, and it writes nothing.
    Only papermill sees it so: whoever else imports `requests` or pyarrow's file systems, which take numpy along, gets
    them.
    """
    with _seen_as("requests", _WhenUsed("requests")), _seen_as("pyarrow.fs", None):
        import papermill  # noqa: F401, PLC0415 - 0.3 s that only a run with something to do has to pay


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
