"""What is to be seen of files and conditions now, compared with what was seen before."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Any, Final

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.triggers import Condition, File
from jupyter_dataops.scheduling.asked_code import NotebookOf, working_copy
from jupyter_dataops.scheduling.polling import Look

PATIENCE_S: Final = 60.0
"""How long a condition may take to answer."""
MOST_NAMED: Final = 1_000
"""Of more files than these, it is known that they changed, but not which."""
_MOST_TOLD: Final = 20
_LAST_WORDS: Final = 2_000


class WorldLooker:
    """Looks at the disk, at what fsspec reads, and asks conditions in processes of their own.

    Relative paths, also those in a condition's code, are relative to the folder of the schedule's notebook: what a
    version waits for is no part of it.

    Parameters
    ----------
    notebook_of
        Where the code of a schedule's conditions is.
    """

    def __init__(self, patience_s: float = PATIENCE_S, notebook_of: NotebookOf = working_copy) -> None:
        self._patience_s = patience_s
        self._notebook_of = notebook_of
        self._lock = threading.Lock()
        self._asking: set[subprocess.Popen[str]] = set()
        self._is_closed = False

    def look(self, wanted: File | Condition, schedule: ScheduleRecord, before: Mapping[str, Any]) -> Look:
        """What is to be seen now; see `Looker.look`."""
        if isinstance(wanted, Condition):
            answer = self._answer(wanted.target, schedule)
            # Whom the end of the service has cut short has said nothing.
            return Look(dict(before)) if self._is_closed else condition_look(answer, before)
        try:
            stamps = _stamps(wanted.path, Path(schedule.notebook).parent)
        except Exception as error:  # noqa: BLE001 - whatever a file system raises is what was seen
            return Look({**before, "error": f"{type(error).__name__}: {error}"})
        return file_look(stamps, before)

    def close(self) -> None:
        """Whatever is being asked is ended. A second call does nothing."""
        with self._lock:
            self._is_closed = True
            asking = list(self._asking)
        for process in asking:
            process.kill()

    def _answer(self, target: str, schedule: ScheduleRecord) -> Mapping[str, Any]:
        try:
            notebook = self._notebook_of(schedule)
        except DataOpsError as error:
            return {"error": error.message}
        return self._ask(target, notebook, Path(schedule.notebook).parent)

    def _ask(self, target: str, notebook: Path, folder: Path) -> Mapping[str, Any]:
        # Nothing is written beside the code: it may be that of a version.
        command = [sys.executable, "-P", "-B", "-m", "jupyter_dataops.scheduling.asking", target, str(notebook)]
        with self._lock:
            if self._is_closed:
                return {"error": "the service stops"}
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                cwd=folder if folder.is_dir() else None,
                start_new_session=True,  # a Ctrl-C is for the service, which ends it
            )
            self._asking.add(process)
        try:
            said, complained = process.communicate(timeout=self._patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return {"error": f"no answer within {self._patience_s:g} s"}
        finally:
            with self._lock:
                self._asking.discard(process)
        with suppress(ValueError):
            return dict(json.loads(said))
        words = [line for line in complained.splitlines() if line.strip()]
        error = words[-1] if words else f"it ended with code {process.returncode}, without an answer"
        return {"error": error[:_LAST_WORDS]}


def condition_look(answer: Mapping[str, Any], before: Mapping[str, Any]) -> Look:
    """A signal where the answer is yes, and was no before.

    An answer that failed is none: what was known before stays.

    Examples
    --------
    >>> condition_look({"verdict": True, "shown": "3"}, {"verdict": False}).signal
    {'verdict': True, 'shown': '3'}
    >>> condition_look({"verdict": True, "shown": "3"}, {}).signal is None
    True
    """
    if "error" in answer:
        return Look({**before, "error": answer["error"]})
    is_new = bool(answer["verdict"]) and before.get("verdict") is False
    return Look(dict(answer), dict(answer) if is_new else None)


def file_look(stamps: Mapping[str, str], before: Mapping[str, Any]) -> Look:
    """A signal where a file is there that was not, or is not as it was. One that went is none.

    Examples
    --------
    >>> first = file_look({"a.csv": "3 1"}, {})
    >>> first.signal is None
    True
    >>> file_look({"a.csv": "4 2", "b.csv": "1 1"}, first.seen).signal
    {'changed': ['a.csv'], 'new': ['b.csv']}
    """
    digest = hashlib.sha256(json.dumps(sorted(stamps.items())).encode("utf-8", "surrogatepass")).hexdigest()
    seen: dict[str, Any] = {"count": len(stamps), "digest": digest}
    if len(stamps) <= MOST_NAMED:
        seen["files"] = dict(stamps)
    if "digest" not in before or before["digest"] == digest:
        return Look(seen)
    if "files" not in seen or "files" not in before:
        return Look(seen, {"count": len(stamps)})
    known: Mapping[str, str] = before["files"]
    changed = sorted(name for name in stamps if name in known and known[name] != stamps[name])
    new = sorted(stamps.keys() - known.keys())
    if not changed and not new:
        return Look(seen)
    return Look(seen, {"changed": changed[:_MOST_TOLD], "new": new[:_MOST_TOLD]})


def _stamps(path: str, folder: Path) -> dict[str, str]:
    """Name to what changes when a file does."""
    if "://" in path:
        return _remote_stamps(path)
    found = {}
    for name in glob(path, root_dir=folder, recursive=True):  # noqa: PTH207 - `Path.glob` takes no absolute pattern
        with suppress(OSError):  # it went while we looked
            stat = os.stat(folder / name)  # noqa: PTH116 - as `glob` says it, relative or not
            found[name] = f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
    return found


def _remote_stamps(url: str) -> dict[str, str]:
    import fsspec  # noqa: PLC0415 - few look at files elsewhere

    system, path = fsspec.core.url_to_fs(url)
    system.invalidate_cache()
    found = system.glob(path, detail=True)
    keys = ("size", "mtime", "LastModified", "last_modified", "updated", "ETag", "etag", "md5Hash")
    return {str(name): " ".join(str(info[key]) for key in keys if key in info) for name, info in found.items()}
