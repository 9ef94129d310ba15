"""What ``doctor`` looks at. Each check asks the machine one thing and says what it found, and the cure."""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

from jupyter_dataops.api.notifying import address_of
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.render import find_renderer
from jupyter_dataops.config import Settings, available_cpus
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.extras import how_to_install
from jupyter_dataops.wiring import make_notifier, why_not_forked

LITTLE_SPACE: Final = 1 << 30
KERNEL_TIMEOUT_S: Final = 30.0
_PACKAGES: Final = ("papermill", "nbclient", "ipykernel", "jupyterlab", "sqlalchemy", "pyarrow", "networkx")


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """One line of ``doctor``."""

    name: str
    status: Status
    message: str
    cure: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything, in the order in which it is shown; each is looked at when it is asked for."""
    version = sys.version.split()[0]
    yield Finding("python", Status.OK, f"{version} ({sys.executable})")
    for package in _PACKAGES:
        yield examine_package(package)
    yield from examine_kernels(forks=settings.fork)
    yield from examine_store(Path(settings.store))
    yield examine_renderer()
    yield examine_notifications(settings)
    cpus = available_cpus()
    yield Finding("cpus", Status.OK, f"{cpus}; at most {settings.jobs} nodes run at the same time")


def examine_package(package: str) -> Finding:
    """Whether a package we need is installed."""
    try:
        return Finding(package, Status.OK, importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        return Finding(package, Status.FAIL, "is not installed", f"pip install {package}")


def examine_kernels(*, forks: bool = True) -> Iterator[Finding]:
    """Whether notebooks find kernels, those of Python find this package, and can be forked."""
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415 - 0.2 s

    specs = KernelSpecManager().get_all_specs()
    if not specs:
        yield Finding("kernels", Status.FAIL, "there is none", "pip install ipykernel")
    for name, found in sorted(specs.items()):
        spec = found["spec"]
        if spec.get("language", "").lower() == "python":
            argv = [python_of(spec["argv"][0]), *spec["argv"][1:]]
            finding = examine_kernel(name, argv[0])
            yield finding
            if finding.status is Status.OK:
                yield examine_forking(name, argv, forks=forks)
        else:
            yield Finding(f"kernel {name}", Status.OK, f"{spec.get('language')}; it cannot run pipelines")


def python_of(command: str) -> str:
    """The interpreter that a kernelspec's `command` starts: jupyter_client takes a bare ``python`` for its own."""
    own = ("python", f"python{sys.version_info.major}", f"python{sys.version_info.major}.{sys.version_info.minor}")
    return sys.executable if command in own else command


def examine_kernel(name: str, python: str) -> Finding:
    """Whether a kernel's Python can import this package, which loads and saves a node's values there."""
    try:
        subprocess.run(  # noqa: S603 - the command of an installed kernelspec
            [python, "-c", "import jupyter_dataops"], check=True, capture_output=True, timeout=KERNEL_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        cure = f"{python} -m pip install jupyter-dataops, if notebooks with this kernel shall run as pipelines"
        return Finding(f"kernel {name}", Status.WARN, f"{python} cannot import jupyter_dataops", cure)
    return Finding(f"kernel {name}", Status.OK, python)


def examine_forking(name: str, argv: Sequence[str], *, forks: bool) -> Finding:
    """Whether a kernel can be forked: a node then starts in milliseconds."""
    if not forks:
        return Finding(f"kernel {name}", Status.OK, "each is started by itself: the setting `fork` is off")
    why_not = why_not_forked(argv)
    if why_not is None:
        return Finding(
            f"kernel {name}",
            Status.OK,
            "forked: a node starts within milliseconds, once what the notebook imports is loaded",
        )
    cure = "nodes run all the same, each a second later; or set `fork = false`"
    return Finding(f"kernel {name}", Status.WARN, f"each is started by itself: {why_not}", cure)


def examine_store(folder: Path) -> Iterator[Finding]:
    """Whether the run store's folder can be written, can hold a database, and has space."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as draft:
            mode = _journal_mode(Path(draft) / "probe.db")
    except (OSError, sqlite3.Error) as error:
        yield Finding(
            "store", Status.FAIL, f"{folder} cannot be written: {error}", "set DATAOPS_STORE to another folder"
        )
        return
    yield Finding("store", Status.OK, str(folder))
    if mode == "wal":
        yield Finding("sqlite", Status.OK, f"{sqlite3.sqlite_version}, write-ahead log works")
    else:
        cure = "set DATAOPS_STORE to a folder on a local disk"
        yield Finding("sqlite", Status.FAIL, f"no write-ahead log in {folder} (journal mode '{mode}')", cure)
    yield examine_space(folder, shutil.disk_usage(folder).free)


def _journal_mode(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        connection.execute("CREATE TABLE probe (x)")
    finally:
        connection.close()
    return str(mode)


def examine_space(folder: Path, free_bytes: int) -> Finding:
    """Whether results have room."""
    message = f"{free_bytes / (1 << 30):.1f} GiB free"
    if free_bytes < LITTLE_SPACE:
        return Finding("space", Status.WARN, message, f"free some, or move the store away from {folder}")
    return Finding("space", Status.OK, message)


def examine_renderer() -> Finding:
    """Whether graphs can be drawn as PNG."""
    try:
        return Finding("graphviz", Status.OK, find_renderer())
    except EnvironmentRefused:
        cure = how_to_install("render")
        return Finding(
            "graphviz", Status.WARN, "neither dot nor graphviz-pure; SVG is drawn plainly, PNG not at all", cure
        )


def examine_notifications(settings: Settings) -> Finding:
    """Whether who is to be told of something can be."""
    if not settings.notifications:
        return Finding("notifications", Status.OK, "none are configured")
    try:
        make_notifier().require()
        urls = [address_of(url) for one in settings.notifications.values() for url in one.urls]
    except EnvironmentRefused as error:
        return Finding("notifications", Status.WARN, error.message, error.hint)
    names = ", ".join(settings.notifications)
    trial = command_line("notify", "--test")
    return Finding("notifications", Status.OK, f"{len(urls)} addresses of {names}; `{trial}` tries them")
