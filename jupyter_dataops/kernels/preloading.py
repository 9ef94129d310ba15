"""Importing in the fork server what the kernels would import: done once, shared by all, and as if each had done it.

A module fits if importing it does nothing that a fork would not have, or all forks would share: a thread, a connection,
a process, a signal handler, random numbers of its own, words on the screen.
"""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

INLINE_BACKEND: Final = "module://matplotlib_inline.backend_inline"
"""What ipykernel has matplotlib draw with, unless the environment says otherwise."""

NEVER: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tensorflow", "keras"), "it starts threads that a fork does not have"),
    **dict.fromkeys(("jax", "jaxlib", "flax"), "it warns of forks, and may wait for ever in one"),
    **dict.fromkeys(("grpc", "pyspark", "ray"), "its connections do not survive a fork"),
    **dict.fromkeys(("cupy", "cudf", "cuml", "rmm", "pycuda"), "a GPU's context does not survive a fork"),
    **dict.fromkeys(("mpi4py", "jpype", "jnius"), "what it starts in the process does not survive a fork"),
    **dict.fromkeys(
        ("gi", "PyQt5", "PyQt6", "PySide2", "PySide6", "wx"), "a window system's connection does not survive a fork"
    ),
}
"""Top-level modules that are known not to survive a fork, and why."""


class Preloaded(Struct, frozen=True):
    """What came of it."""

    misfits: Mapping[str, str] = field(default_factory=dict)
    """Top-level module to why it must not be there before a fork; it is there, so this process is of no use."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Top-level module to why it was not imported."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that modules have set as they were imported."""

    @staticmethod
    def renew_random_state() -> None:
        """Numbers drawn in this fork are not those of another; `random` itself sees to its own."""
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None:
            numpy_random.seed()


def preload(imports: Iterable[tuple[str, Sequence[str]]], never: Mapping[str, str]) -> Preloaded:
    """These are imported, as far as they can be before a fork.

    Parameters
    ----------
    imports
        Module and the names that a ``from`` takes from it.
    never
        Top-level modules that have proved unfit, and why.
    """
    refused: dict[str, str] = {}
    misfits: dict[str, str] = {}
    before = dict(os.environ)
    known = {**NEVER, **never}
    for module, names in imports:
        top = module.partition(".")[0]
        why = known.get(top) or (None if _is_installed(top) else "it is no installed package")
        if why is not None:
            refused[top] = why
            continue
        state = _State.now()
        with _listening() as heard, suppress(Exception):  # the node itself will tell what is wrong
            __import__(module, fromlist=list(names))
        why = state.difference() or (f"it prints as it is imported: {heard[0]}" if heard else None)
        if why is not None:
            misfits.setdefault(top, why)
    environment = {name: value for name, value in os.environ.items() if before.get(name) != value}
    return Preloaded(misfits, refused, {"MPLBACKEND": os.environ["MPLBACKEND"], **environment})


def _is_installed(top: str) -> bool:
    """Of the standard library, or of a package that was installed: what lies in a working directory may change."""
    if top in sys.modules or top in sys.stdlib_module_names:
        return True
    try:
        found = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return False
    places = [*(found.submodule_search_locations or ()), found.origin or ""] if found is not None else []
    return any("site-packages" in place or "dist-packages" in place for place in places)


class _State(Struct, frozen=True):
    """Of a process, as far as a fork would not have it or all forks would share it."""

    threads: frozenset[int | None]
    handlers: tuple[Any, ...]
    folder: str
    sockets: frozenset[str]
    modules: frozenset[str]

    @classmethod
    def now(cls) -> _State:
        return cls(
            frozenset(thread.ident for thread in threading.enumerate()),
            tuple(signal.getsignal(number) for number in sorted(signal.valid_signals())),
            str(Path.cwd()),
            frozenset(_sockets()),
            frozenset(sys.modules),
        )

    def difference(self) -> str | None:
        """What has changed since, as the reason why a module does not fit; `None`: nothing."""
        now = _State.now()
        if now.threads - self.threads:
            return "it starts a thread as it is imported"
        if now.handlers != self.handlers:
            return "it changes how signals are handled as it is imported"
        if now.folder != self.folder:
            return "it changes the working directory as it is imported"
        if now.sockets - self.sockets:
            return "it opens a connection as it is imported"
        if _children():
            return "it starts a process as it is imported"
        owner = next(_owners_of_random_state(now.modules - self.modules), None)
        return None if owner is None else f"its module {owner} has random numbers of its own"


def _sockets() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names alone
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                yield name


def _children() -> str:
    try:
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").strip()
    except OSError:
        return ""


def _owners_of_random_state(modules: Collection[str]) -> Iterator[str]:
    """Of `modules`, those that hold a generator: every fork would draw the same from it, where kernels would not."""
    numpy_random = sys.modules.get("numpy.random")
    kinds: tuple[type, ...] = (random.Random,)
    if numpy_random is not None:
        kinds += (numpy_random.Generator, numpy_random.RandomState, numpy_random.BitGenerator)
    for name in modules:
        if name.partition(".")[0] == "random" or name.startswith("numpy.random"):
            continue
        for value in list(vars(sys.modules.get(name, object)).values()) if name in sys.modules else ():
            if isinstance(value, kinds) and not isinstance(value, random.SystemRandom) and not _is_global(value):
                yield name
                break


def _is_global(value: Any) -> bool:
    """It is the one that is seeded anew in each fork."""
    numpy_random = sys.modules.get("numpy.random")
    return value is getattr(random, "_inst", None) or value is getattr(
        getattr(numpy_random, "mtrand", None), "_rand", None
    )


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What is printed within the block goes nowhere but into the list, which has it afterwards."""
    sys.stdout.flush()
    sys.stderr.flush()
    heard: list[str] = []
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as words:
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
        try:
            yield heard
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for standard, original in zip((1, 2), kept, strict=True):
                os.dup2(original, standard)
                os.close(original)
            words.seek(0)
            heard += words.read().decode("utf-8", "replace").splitlines()
