"""Bundles: all that a version of a pipeline runs from, in one folder that is named by its content and never changes.

A bundle is ``bundle.json``, which says what there is, and the folder ``files``, in which every path is relative, so
that it is the same wherever it lies. Who runs a version gets a working copy of the files, from which modules are
imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from posixpath import dirname
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.artifacts.files import refusing
from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactMissing, EnvironmentRefused
from jupyter_dataops.ids import Digest
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.wiring import Layout

try:
    import fcntl
except ImportError:  # elsewhere than on POSIX
    fcntl = None  # type: ignore[assignment]

FORMAT: Final = 1
"""Of what a version is computed from; grows where that changes."""
MANIFEST: Final = "bundle.json"
FILES: Final = "files"
_ABANDONED_S: Final = 3_600.0
"""A draft that is older belongs to nobody: writing a bundle takes a moment."""


class Contents(Struct, frozen=True):
    """What a version is made of, without anything that does not matter to it: the same input, the same contents."""

    notebook: str
    """Path of the pipeline's own notebook among `files`."""
    files: Mapping[str, bytes]
    """By relative path, with forward slashes: notebooks, local modules, declared files beside the notebook."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Distribution to version, of what the code imports."""
    python: str = ""
    """Version of the kernel's Python; empty: it cannot be told, or is another language."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Tables of the configuration that concern the pipeline, JSON-able."""
    schedules: Mapping[str, Any] = field(default_factory=dict)
    """Its schedules, by name, as written, JSON-able."""
    remarks: tuple[str, ...] = ()
    """What could not be taken along or found out; sentences."""

    @property
    def folder(self) -> str:
        """The notebook's folder among `files`; empty: at their top."""
        return dirname(self.notebook)


def version_digest(contents: Contents) -> Digest:
    """The address of a version: equal for contents that mean the same.

    Ids of cells, the order of keys and remarks do not count, nor what `Contents` leaves out.

    Examples
    --------
    >>> one = Contents("a.ipynb", {"a.ipynb": b"{}", "lib.py": b"x = 1"})
    >>> other = Contents("a.ipynb", {"lib.py": b"x = 1", "a.ipynb": b"{}"})
    >>> version_digest(one) == version_digest(other)
    True
    """
    return Digest(
        digest(
            {
                "format": FORMAT,
                "notebook": contents.notebook,
                "files": {path: _meaning(path, data) for path, data in contents.files.items()},
                "packages": dict(contents.packages),
                "python": contents.python,
                "settings": _plain(contents.settings),
                "schedules": _plain(contents.schedules),
            }
        )
    )


def _meaning(path: str, data: bytes) -> Any:
    if not path.endswith(".ipynb"):
        return data
    with suppress(ValueError):
        notebook = json.loads(data)
        if isinstance(notebook, dict) and isinstance(notebook.get("cells"), list):
            cells = [{key: value for key, value in cell.items() if key != "id"} for cell in notebook["cells"]]
            return _plain({**notebook, "cells": cells})
    return data


def _plain(value: Any) -> Any:
    """JSON's own types, as they come back from a file."""
    return json.loads(json.dumps(value, default=str))


class Bundles:
    """The bundles of a store. Safe to use from several processes: a bundle is there whole, or not at all."""

    def __init__(self, layout: Layout) -> None:
        self._folder = layout.deployments
        self._work = layout.working_copies

    def place(self, version: Digest) -> Path:
        """The folder of a version, whether or not it is there."""
        return self._folder / version.rpartition(":")[2]

    def notebook(self, version: Digest, contents: Contents) -> Path:
        """The pipeline's own notebook in the bundle."""
        return self.place(version) / FILES / contents.notebook

    def working_copy(self, run_id: str) -> Path:
        """The folder in which a run of a version has its files."""
        return self._work / run_id

    def keep(self, contents: Contents) -> Digest:
        """The bundle is there, read-only; one that is there already stays as it is, unless it is damaged.

        Raises
        ------
        EnvironmentRefused
            The store cannot be written.
        """
        version = version_digest(contents)
        place = self.place(version)
        with suppress(ArtifactMissing, ArtifactCorrupt):
            self.read(version)
            return version
        with refusing("the version cannot be stored", self._folder):
            draft = self._folder / "drafts" / f"{os.getpid()}-{secrets.token_hex(8)}"
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._remove_abandoned()
            draft.mkdir(parents=True)
            try:
                _write(draft, contents)
                reach("bundle drafted")
                if place.exists():  # damaged: it is put right by what it was made of
                    remove_tree(place)
                with suppress(FileExistsError, OSError):
                    draft.rename(place)
            finally:
                if draft.exists():
                    remove_tree(draft)
        reach("bundle kept")
        self.read(version)
        return version

    def read(self, version: Digest) -> Contents:
        """What the version is made of, verified.

        Raises
        ------
        ArtifactMissing
            There is no such bundle.
        ArtifactCorrupt
            What lies there is not what its address says.
        """
        place = self.place(version)
        try:
            said = json.loads((place / MANIFEST).read_bytes())
            files = {path: (place / FILES / path).read_bytes() for path in said["files"]}
            contents = Contents(
                notebook=said["notebook"],
                files=files,
                packages=said["packages"],
                python=said["python"],
                settings=said["settings"],
                schedules=said["schedules"],
                remarks=tuple(said["remarks"]),
            )
        except FileNotFoundError as error:
            if not place.exists():
                raise _missing(place) from None
            raise _corrupt(place, f"{Path(str(error.filename)).name} is missing") from None
        except (ValueError, KeyError, TypeError) as error:
            raise _corrupt(place, f"{MANIFEST} is not what was written") from error
        except OSError as error:
            raise EnvironmentRefused(f"the version cannot be read: {error.strerror}", where=str(place)) from error
        for path, data in files.items():
            if _checksum(data) != said["files"][path]:
                raise _corrupt(place, f"{path} has been changed")
        if version_digest(contents) != version:
            raise _corrupt(place, f"{MANIFEST} has been changed")
        return contents

    def unpack(self, version: Digest, target: Path) -> Contents:
        """`target` holds the version's files, read-only, whatever was done to them there; other files stay.

        Raises as `read` does; `EnvironmentRefused` where `target` cannot be written.
        """
        contents = self.read(version)
        with refusing("the version cannot be unpacked", target):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path, data in contents.files.items():
                _place_file(target / path, data)
        return contents

    def note_use(self, version: Digest) -> None:
        """The bundle stays for an hour, whoever clears up. Raises `ArtifactMissing`."""
        place = self.place(version)
        try:
            with refusing("the version cannot be used", place), self._alone():
                os.utime(place)
        except FileNotFoundError:
            raise _missing(place) from None

    def is_there(self, version: Digest) -> bool:
        """Whether there is a bundle, whole or not."""
        return self.place(version).exists()

    def is_idle(self, version: Digest) -> bool:
        """Whether there is a bundle that nobody has used for an hour."""
        return _is_idle(self.place(version))

    def size_bytes(self, version: Digest) -> int:
        """What its files take on disk."""
        return sum(one.stat().st_size for one in self.place(version).rglob("*") if one.is_file())

    def remove_idle(self, version: Digest) -> bool:
        """The bundle is gone, unless somebody has used it within the hour; whether it is."""
        place, aside = self.place(version), self._folder / "drafts" / f"{os.getpid()}-{secrets.token_hex(8)}"
        with refusing("the version cannot be removed", place), self._alone():
            if not _is_idle(place):
                return False
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.rename(aside)  # at once: nobody finds half of it
        reach("bundle aside")
        remove_tree(aside)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else says that a bundle is used, or finds that none is, meanwhile."""
        with (self._folder / "lock").open("a") as file:
            if fcntl is not None:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield

    def _remove_abandoned(self) -> None:
        for draft in (self._folder / "drafts").glob("*"):
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > _ABANDONED_S:
                    remove_tree(draft)


def _write(folder: Path, contents: Contents) -> None:
    for path, data in contents.files.items():
        _place_file(folder / FILES / path, data)
    said = {
        "format": FORMAT,
        "notebook": contents.notebook,
        "files": {path: _checksum(data) for path, data in sorted(contents.files.items())},
        "packages": dict(sorted(contents.packages.items())),
        "python": contents.python,
        "settings": _plain(contents.settings),
        "schedules": _plain(contents.schedules),
        "remarks": list(contents.remarks),
    }
    _place_file(folder / MANIFEST, json.dumps(said, indent=1, sort_keys=True).encode())
    for place in (*(one for one in (folder / FILES).rglob("*") if one.is_dir()), folder / FILES):
        place.chmod(0o500)


def _place_file(path: Path, data: bytes) -> None:
    """The read-only file holds `data`, replaced whole where it did not; flushed, since a version outlives much."""
    with suppress(OSError):
        if not path.is_symlink() and path.read_bytes() == data:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}.{secrets.token_hex(6)}"
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o444)
    draft.replace(path)


def remove_tree(folder: Path) -> None:
    """The folder and all in it is gone, though it was read-only."""
    for place in (folder, *(one for one in folder.rglob("*") if one.is_dir() and not one.is_symlink())):
        with suppress(OSError):
            place.chmod(stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _checksum(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _is_idle(place: Path) -> bool:
    try:
        return time.time() - place.stat().st_mtime > _ABANDONED_S
    except FileNotFoundError:
        return False


def _missing(place: Path) -> ArtifactMissing:
    return ArtifactMissing(
        "The store has no bundle of that version", where=str(place), hint="deploy the notebook again"
    )


def _corrupt(place: Path, what: str) -> ArtifactCorrupt:
    return ArtifactCorrupt(
        f"The stored version is damaged: {what}",
        where=str(place),
        hint="deploy the same notebook again to mend it, or roll back to another version",
    )
