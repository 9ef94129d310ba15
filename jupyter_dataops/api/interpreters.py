"""What a kernel runs on: its Python, its kernelspec, and the folders in which it has distributions.

Found without starting one, and without importing jupyter_client, which costs more than a whole run that reuses all.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.fingerprint import UNKNOWN

_OWN: Final = frozenset(
    {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}
)
"""Names that jupyter_client takes for the Python that it runs in itself."""
_NATIVE: Final = "python3"
"""The kernelspec that jupyter_client makes up where nobody has installed it."""
_PLACING: Final = (
    *("JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_PREFER_ENV_PATH", "JUPYTER_PLATFORM_DIRS"),
    *("JUPYTER_NO_CONFIG", "JUPYTER_USE_PROGRAMDATA", "HOME", "XDG_DATA_HOME", "APPDATA", "PROGRAMDATA"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"),
)
"""Variables that say where kernelspecs are looked for."""
DISTRIBUTIONS: Final = frozenset({"site-packages", "dist-packages"})
"""Names of folders for what was installed."""


class Interpreter(Struct, frozen=True):
    """What a kernelspec leads to."""

    versions: Mapping[str, str]
    """``python`` and ``kernelspec``."""
    sites: tuple[Path, ...]
    """Where distributions are installed."""
    linked: tuple[Path, ...]
    """Folders elsewhere that ``.pth`` files in these put on ``sys.path``: of editable installs, say."""
    redirected: Mapping[str, str]
    """Module to its folder or file, of editable installs that bring a finder of their own."""


def interpreter_of(kernel: str) -> Interpreter:
    """What the kernel of that name runs on; its versions are `UNKNOWN` where that cannot be told.

    Notes
    -----
    Looks each time whether the kernelspec has changed, and what is installed; reads each change once. A run asks twice
    for each node.
    """
    found = _kernelspec(kernel)
    if found is None:
        return Interpreter({"python": UNKNOWN, "kernelspec": UNKNOWN}, (), (), {})
    spec, known = found
    if spec.get("language", "").lower() != "python":
        return Interpreter({"kernelspec": known}, (), (), {})
    python, sites = _python_of(str((spec.get("argv") or [""])[0]))
    changed = tuple(_changed_ns(site) for site in sites)
    return Interpreter({"python": python, "kernelspec": known}, sites, *_detours(sites, changed))


def is_installed(kernel: str) -> bool:
    """Whether there is a kernelspec of that name."""
    return _kernelspec(kernel) is not None


_Known = tuple[Mapping[str, Any], str]
"""A kernelspec, and the digest of what of it decides."""


def _kernelspec(kernel: str) -> _Known | None:
    for folder in _folders(tuple(os.environ.get(name) for name in _PLACING)):
        path = os.path.join(folder, kernel, "kernel.json")  # noqa: PTH118 - a `Path` takes ten times as long
        try:
            status = os.stat(path)  # noqa: PTH116 - as above
            return _read(path, status.st_mtime_ns, status.st_size, status.st_ino)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            return None
    return _with_digest({"argv": ["python"], "language": "python"}) if kernel == _NATIVE else None


@lru_cache(maxsize=8)
def _folders(_placed: tuple[str | None, ...]) -> tuple[str, ...]:
    """Where kernelspecs are looked for, in this order."""
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 - 20 ms that only a plan need pay

    return tuple(jupyter_path("kernels"))


@lru_cache(maxsize=64)
def _read(path: str, *_changed: int) -> _Known | None:
    found = json.loads(Path(path).read_text("utf-8"))
    return _with_digest(found) if isinstance(found, dict) else None


def _with_digest(spec: Mapping[str, Any]) -> _Known:
    return spec, digest([spec.get("argv"), spec.get("language"), spec.get("env")])


def _python_of(command: str) -> tuple[str, tuple[Path, ...]]:
    """Version and site folders of the Python that `command` starts."""
    if command in _OWN or Path(command).parent == Path(sys.executable).parent:
        return platform.python_version(), _sites_in(tuple(sys.path))
    executable = Path(command)
    if not executable.is_absolute() or not executable.is_file():
        return UNKNOWN, ()
    # Of a Python that is not asked: its program file is another one after every upgrade.
    program = executable.resolve()
    status = program.stat()
    prefix = executable.parent.parent
    sites = sorted((*prefix.glob("lib/python3*/*-packages"), *prefix.glob("Lib/site-packages")))
    return f"{program} of {status.st_size} bytes, {status.st_mtime_ns}", tuple(sites)


@lru_cache(maxsize=8)
def _sites_in(places: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(place for place in map(Path, places) if place.name in DISTRIBUTIONS))


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=16)
def _detours(sites: tuple[Path, ...], _changed: tuple[int, ...]) -> tuple[tuple[Path, ...], Mapping[str, str]]:
    linked: list[Path] = []
    redirected: dict[str, str] = {}
    for site in sites:
        for entry in sorted(_entries(site)):
            if entry.suffix == ".pth":
                linked += _linked_by(entry)
            elif entry.name.startswith("__editable__") and entry.name.endswith("_finder.py"):
                redirected |= _mapping_in(entry)
    return tuple(dict.fromkeys(linked)), redirected


def _entries(site: Path) -> Iterator[Path]:
    try:
        yield from site.iterdir()
    except OSError:
        return


def _linked_by(entry: Path) -> Iterator[Path]:
    try:
        lines = entry.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        if line.strip() and not line.startswith(("#", "import ", "import\t")):
            yield entry.parent / line.strip()


def _mapping_in(finder: Path) -> dict[str, str]:
    """What setuptools' finder of an editable install redirects."""
    try:
        tree = ast.parse(finder.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    for statement in tree.body:
        match statement:
            case ast.AnnAssign(ast.Name("MAPPING"), value=ast.expr() as value) | ast.Assign(
                [ast.Name("MAPPING")], value
            ):
                try:
                    return dict(ast.literal_eval(value))
                except ValueError:
                    return {}
    return {}
