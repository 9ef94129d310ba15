"""A run driven by a process of its own, which outlives whoever asked for it: terminal, server, kernel, browser.

The process is noted in the run's folder before it takes the run. So whoever looks at runs afterwards finds out should
it have ended without taking it, and says so in the run: a run that was asked for never just waits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict

from jupyter_dataops.config import Settings, environment_of
from jupyter_dataops.errors import DataOpsError, EnvironmentRefused, IllegalMove
from jupyter_dataops.events import RunCrashed
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import Clock, RunStore
from jupyter_dataops.records import RunnerRecord, RunRecord
from jupyter_dataops.runners import is_gone, runner_of
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout, SystemClock, open_run_store

OUTPUT_NAME: Final = "runner.log"
"""What the process printed, in the run's folder."""
_NOTE_NAME: Final = "runner.json"
_LAST_WORDS_BYTES: Final = 4_096
_OF_ANOTHER: Final = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "JPY_INTERRUPT_EVENT", "JPY_API_TOKEN", "MPLBACKEND")
"""Environment variables about the kernel that asks, which the runner, and its kernels, are not."""


class Detached(Struct, frozen=True):
    """A process that was started for a run."""

    process: subprocess.Popen[bytes]
    output: Path
    """What it prints."""

    def when_ended(self, then: Callable[[], None]) -> None:
        """Have `then` called, in a thread, once the process has ended; who lives long must, else it stays a zombie."""

        def wait() -> None:
            self.process.wait()
            then()

        threading.Thread(target=wait, name="dataops-runner-end", daemon=True).start()


def start_detached(run: RunRecord, settings: Settings) -> Detached:
    """A process of its own drives the queued or crashed run.

    It works with `settings`, wherever it runs, and in the notebook's folder, so that nothing depends on where whoever
    asks for it happens to be.

    Raises
    ------
    EnvironmentRefused
        No process can be started; the run has crashed with that as its reason.
    """
    folder = Layout.of(settings).run(run.run_id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / OUTPUT_NAME).open("ab") as output:
            process = _spawn(run, settings, output)
        _note(folder, process.pid)
    except OSError as error:
        refusal = EnvironmentRefused(
            f"no process can be started for the run: {error.strerror or error}", where=f"run {run.run_id}"
        )
        with closing(open_run_store(settings)) as store:
            give_up(store, run, SystemClock(), str(refusal))
        raise refusal from error
    return Detached(process, folder / OUTPUT_NAME)


def _spawn(run: RunRecord, settings: Settings, output: Any) -> subprocess.Popen[bytes]:
    # -P: modules beside the notebook that are called like ours, or like Python's own, are none of the runner's.
    arguments = [sys.executable, "-P", "-m", "jupyter_dataops", "execute", run.run_id, "--store", settings.store]
    working_dir = Path(run.options["working_dir"])
    return subprocess.Popen(  # noqa: S603
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=working_dir if working_dir.is_dir() else None,
        env=_environment(os.environ, settings),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "DETACHED_PROCESS", 0),
    )


def _environment(own: Mapping[str, str], settings: Settings) -> dict[str, str]:
    return {name: value for name, value in own.items() if name not in _OF_ANOTHER} | environment_of(settings)


def _note(folder: Path, pid: int) -> None:
    """Which process is to take the run; one that has ended already is noted as such."""
    draft = folder / f".{_NOTE_NAME}"
    draft.write_text(json.dumps(asdict(runner_of(pid))), "utf-8")
    draft.replace(folder / _NOTE_NAME)


def find_stillborn_runs(store: RunStore, layout: Layout, clock: Clock) -> list[RunId]:
    """Queued runs whose process ended before it took them are ``crashed``.

    A queued run for which no process was started waits for whoever executes it, and is left alone. One short query
    where no run is queued.
    """
    return [run.run_id for run in store.get_queued_runs() if _is_stillborn(store, layout, run, clock)]


def _is_stillborn(store: RunStore, layout: Layout, run: RunRecord, clock: Clock) -> bool:
    folder = layout.run(run.run_id)
    noted = _noted(folder)
    if noted is None or not is_gone(noted):
        return False
    words = last_words(folder / OUTPUT_NAME)
    reason = f"its runner (process {noted.pid}) ended before it took the run{f': {words}' if words else ''}"
    return give_up(store, run, clock, reason)


def _noted(folder: Path) -> RunnerRecord | None:
    try:
        return RunnerRecord(**json.loads((folder / _NOTE_NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def last_words(path: Path) -> str:
    r"""The last line of a file that says something, with what an error suggests to do; empty where there is none.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "runner.log"
    >>> _ = path.write_text("Traceback ...\n  File ...\nModuleNotFoundError: no module named click\n")
    >>> last_words(path)
    'ModuleNotFoundError: no module named click'
    """
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST_WORDS_BYTES))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
        said = [index for index, line in enumerate(lines) if not line.startswith("->")]
        return " ".join(lines[said[-1] :]) if said else ""
    return ""


def give_up(store: RunStore, run: RunRecord, clock: Clock, reason: str) -> bool:
    """The run is ``crashed`` if it is still queued; whether it was this call that said so."""
    if store.get_run(run.run_id).state is not RunState.QUEUED:
        return False
    crashed = RunCrashed(run_id=run.run_id, at=clock.now(), reason=reason, lease_until=run.lease_until)
    try:
        store.apply(crashed, run.token)
    except IllegalMove:  # somebody has taken it meanwhile
        return False
    return True


def give_up_after(error: DataOpsError, run: RunRecord, settings: Settings) -> None:
    """The run, which its own process could not even take because of `error`, is ``crashed`` and says why."""
    with closing(open_run_store(settings)) as store:
        give_up(store, run, SystemClock(), str(error).replace("\n  -> ", ": "))
