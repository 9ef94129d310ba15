"""What an attempt ran on, and what it took: Python, packages, memory, assets of others.

The kernel tells which modules it has imported and from where, which takes it half a millisecond. To which
distributions they belong is looked up here, once per folder and module: reading what is installed takes a tenth of a
second, and a run asks the same again and again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from msgspec.structs import asdict

from jupyter_dataops.records import LoadedAsset, Usage

_STATUS: Final = "VmHWM:"
_METADATA: Final = (".dist-info", ".egg-info")
_BREAKS: Final = re.compile(r"[-_.]+")
_NAMED_OTHERWISE: Final = {"_distutils_hack": "setuptools"}
"""Of a distribution that is in most environments, and would be found only by reading what most others have brought."""


def imported() -> dict[str, Any]:
    """Python's version, the top-level modules that this process has imported, by folder, and `_LOADED`; JSON-able.

    Called in the kernel. The standard library's are left out.
    """
    folders: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        if "." not in name and name not in sys.stdlib_module_names:
            folder = _folder_of(name, getattr(module, "__spec__", None))
            if folder is not None:
                folders.setdefault(folder, []).append(name)
    return {"python": sys.version.split()[0], "modules": folders, "loaded": list(_LOADED.values())}


def note_loaded(loaded: LoadedAsset) -> None:
    """Whoever asks this process for `imported` is told that it has loaded that version."""
    _LOADED.setdefault((loaded.store, loaded.label), asdict(loaded))


_LOADED: Final[dict[tuple[str, str], dict[str, Any]]] = {}
"""Of this process, which is the kernel of one attempt; `load_asset` has no other way to whom it works for."""

_FOLDERS: Final[dict[str, str | None]] = {}
"""By module: a module does not move, and a fork server's kernels need not look again."""


def _folder_of(name: str, spec: Any) -> str | None:
    """Where a top-level module lies: the folder that holds its file, or its own folder."""
    if name not in _FOLDERS:
        origin = getattr(spec, "origin", None)
        places = getattr(spec, "submodule_search_locations", None)
        found = [*(places or ()), *([origin] if origin and not places else ())]
        paths = (place for place in found if isinstance(place, str) and "/" in place.replace("\\", "/"))
        _FOLDERS[name] = next((str(Path(place).parent) for place in paths), None)
    return _FOLDERS[name]


def usage_of(told: Mapping[str, Any] | None, peak_memory_bytes: int | None, kernel: str = "") -> Usage | None:
    """The usage, by what the kernel told with `imported`; `None` where nothing is known."""
    if told is None:
        is_known = peak_memory_bytes is not None or kernel
        return Usage(peak_memory_bytes=peak_memory_bytes, kernel=kernel) if is_known else None
    packages: dict[str, str] = {}
    for folder, modules in told["modules"].items():
        packages.update(distributions(folder, modules))
    loaded = tuple(LoadedAsset(**one) for one in told.get("loaded", ()))
    return Usage(told["python"], dict(sorted(packages.items())), peak_memory_bytes, kernel, loaded)


def distributions(folder: str, modules: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of the distributions in `folder` that have brought `modules`, as far as any has."""
    place = Path(folder)
    try:
        changed_ns = place.stat().st_mtime_ns
    except OSError:
        return
    installed = _installed(place, changed_ns)
    for module in modules:
        entry = _entry_of(module, place, changed_ns) if installed else None
        if entry is not None:
            yield installed[entry]


@lru_cache(maxsize=64)
def _installed(folder: Path, _changed_ns: int) -> dict[str, tuple[str, str]]:
    """Entry in `folder` to name, in its normal form, and version: both stand in the entry's name."""
    found = {}
    for entry in folder.iterdir():
        if entry.suffix in _METADATA and "-" in entry.stem:
            name, version = entry.stem.split("-")[:2]
            found[entry.name] = _BREAKS.sub("-", name).lower(), version
    return found


@lru_cache(maxsize=4096)
def _entry_of(module: str, folder: Path, changed_ns: int) -> str | None:
    """The entry of the distribution that has brought `module`.

    Most are called as their module is, or have its name in theirs (``PyYAML``, ``python-dateutil``); so these are
    looked at first, and a list of installed files is rarely read in vain.
    """
    installed = _installed(folder, changed_ns)
    normal = _NAMED_OTHERWISE.get(module) or _BREAKS.sub("-", module).lower()
    same = next((entry for entry, (name, _) in installed.items() if name == normal), None)
    if same is not None:
        return same
    likely_first = sorted(installed, key=lambda entry: normal not in installed[entry][0])
    return next((entry for entry in likely_first if _brings(folder / entry, module)), None)


def _brings(entry: Path, module: str) -> bool:
    """Whether a distribution's list of files has the module."""
    for listing in ("RECORD", "SOURCES.txt", "installed-files.txt"):
        try:
            text = "\n" + (entry / listing).read_text("utf-8", "replace")
        except OSError:
            continue
        return any(f"\n{module}{after}" in text for after in ("/", ".py,", ".", "\\"))
    return False


def peak_memory_bytes(pid: int) -> int | None:
    """Largest resident size of a living process up to now; where the system keeps none, the present one.

    Its children's memory does not count.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return _by_psutil(pid)
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(_STATUS)), None)


def _by_psutil(pid: int) -> int | None:
    import psutil  # noqa: PLC0415 - kernels import this module too

    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return None
    return int(getattr(memory, "peak_wset", memory.rss))
