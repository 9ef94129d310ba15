"""Runners of pipelines, and what is done to them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import Settings
from jupyter_dataops.crash_points import POINTS
from jupyter_dataops.errors import UsageError
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.soak.pipelines import Known, write_pipeline
from tests.support.invariants import age_drafts, left_behind, processes_of, violations

_REPOSITORY: Final = Path(__file__).parents[2]
_WITH_KERNELS: Final = (sys.executable, "-m", "jupyter_dataops")
_WITHOUT_KERNELS: Final = (sys.executable, "-m", "tests.support.crash_runner")
_ACTS: Final = ("kill runner", "kill kernel", "sleep", "cancel", "retry", *["nothing"] * 4)
_AT_ONCE: Final = 3
_LEASE_S: Final = 3.0
_PATIENCE_S: Final = 120.0
_LINGERS_S: Final = 5.0
"""For how long a process of a run that has ended may take to be gone."""
_EXIT_CODES: Final = (0, 1, 2, 3, 130)
_EXCUSES: Final = (
    FailureCause.KERNEL_DIED,
    FailureCause.OUT_OF_MEMORY,
    FailureCause.LEASE_LOST,
    FailureCause.UPSTREAM,
)
"""Why a node may fail whose code is right: too much was killed."""


@dataclass(slots=True)
class _Runner:
    process: subprocess.Popen[bytes]
    was_killed: bool = False
    asleep: threading.Timer | None = None
    """Wakes it. Nobody else can: it may be asleep with the database's lock, for which everybody waits."""


@dataclass(slots=True)
class Chaos:
    """One store in `folder`, several runners at a time, and what has become of them. Every choice comes from `seed`."""

    folder: Path
    seed: int
    chance: random.Random = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    violations: dict[str, None] = field(default_factory=dict)
    """Each once, in the order in which they were seen."""
    _runners: list[_Runner] = field(default_factory=list)
    _known: dict[str, Known] = field(default_factory=dict)
    """By notebook."""
    _seen: dict[str, int] = field(default_factory=dict)
    """Run to the last of its events that was looked at."""
    _lingering: dict[int, float] = field(default_factory=dict)
    """Process of a run that has ended to when it was first seen."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def settings(self) -> Settings:
        return Settings(store=str(self.store), jobs=2, actor="chaos")

    def get_runs(self) -> list[Run]:
        """Every run, newest first; dead runners are found by this look."""
        return list_runs(self.settings, limit=10_000)

    def step(self) -> None:
        """Something happens."""
        self._reap()
        runs = self.get_runs()
        if len(self._runners) < _AT_ONCE:
            unfinished = [run for run in runs if run.state in (RunState.CRASHED, RunState.QUEUED)]
            if unfinished and self.chance.random() < 0.7:
                self._start("resume", self.chance.choice(unfinished).run_id)
            else:
                self._start("run", str(self._write().path))
        match self.chance.choice(_ACTS):
            case "kill runner" if self._runners:
                self._kill_runner()
            case "kill kernel":
                self._kill_kernel(runs)
            case "sleep" if self._runners:
                self._put_to_sleep()
            case "cancel" if self.chance.random() < 0.3:
                self._cancel(runs)
            case "retry" if self.chance.random() < 0.3:
                self._retry(runs)
            case _:
                pass

    def run_undisturbed(self) -> Run:
        """A new pipeline has run to its end."""
        self._finish("run", str(self._write().path))
        return self.get_runs()[0]

    def look(self) -> None:
        """What is wrong now, of any run that has changed since the last look."""
        runs = self.get_runs()
        for run in runs:
            self._look_at(run)
        self._look_for_processes({run.run_id for run in runs if run.state.is_terminal})

    def settle(self) -> None:
        """Every run has ended, undisturbed, and nothing is left of any."""
        self._await_runners()
        while unfinished := [run for run in self.get_runs() if run.state in (RunState.CRASHED, RunState.QUEUED)]:
            self._finish("resume", unfinished[0].run_id)
        age_drafts(self.store)
        self.look()
        runs = self.get_runs()
        self._say(*left_behind(self.store, [run.run_id for run in runs]))
        for run in runs:
            self._judge(run)

    # -- what is done

    def _write(self) -> Known:
        number = len(self._known)
        known = write_pipeline(self.folder, number, random.Random(f"{self.seed}/{number}"))
        self._known[str(known.path)] = known
        return known

    def _start(self, verb: str, what: str) -> None:
        program = self.chance.choice([_WITH_KERNELS, _WITHOUT_KERNELS])
        environment = self._environment()
        if self.chance.random() < 0.5:
            environment["DATAOPS_CRASH_AT"] = f"{self.chance.choice(list(POINTS))}@{self.chance.randint(1, 2)}"
        quiet = subprocess.DEVNULL
        command = [*program, verb, what]
        runner = subprocess.Popen(command, cwd=self.folder, env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
        self._runners.append(_Runner(runner))
        self.counts[f"started: {verb}"] += 1

    def _finish(self, verb: str, what: str) -> None:
        """Done without kernels, and left alone."""
        command = [*_WITHOUT_KERNELS, verb, what]
        done = subprocess.run(command, cwd=self.folder, env=self._environment(), capture_output=True, check=False)
        if done.returncode != 0:
            self._say(f"{verb} {what}, left alone, exits with {done.returncode}: {done.stderr.decode()}")

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(_REPOSITORY),
            "DATAOPS_STORE": str(self.store),
            "DATAOPS_LEASE_S": str(_LEASE_S),
            "DATAOPS_JOBS": "2",
        }

    def _kill_runner(self) -> None:
        runner = self.chance.choice(self._runners)
        runner.was_killed = True
        runner.process.kill()

    def _kill_kernel(self, runs: Sequence[Run]) -> None:
        kernels = [process for process, _ in processes_of([run.run_id for run in runs if not run.state.is_terminal])]
        if kernels:
            with suppress(psutil.Error):  # it has ended meanwhile
                self.chance.choice(kernels).kill()
                self.counts["killed: kernels"] += 1

    def _put_to_sleep(self) -> None:
        runner = self.chance.choice(self._runners)
        seconds = self.chance.uniform(0.5, 3 * _LEASE_S)
        if runner.asleep is None or not runner.asleep.is_alive():
            runner.process.send_signal(signal.SIGSTOP)
            runner.asleep = threading.Timer(seconds, runner.process.send_signal, [signal.SIGCONT])
            runner.asleep.start()
            self.counts[f"put to sleep {'past' if seconds > _LEASE_S else 'within'} their lease: runners"] += 1

    def _cancel(self, runs: Sequence[Run]) -> None:
        if going := [run for run in runs if run.state is RunState.RUNNING]:
            with suppress(UsageError):  # it has ended meanwhile
                self.chance.choice(going).cancel("chaos")
                self.counts["cancelled on request: runs"] += 1

    def _retry(self, runs: Sequence[Run]) -> None:
        if over := [run for run in runs if run.state.is_terminal]:
            self._start("retry", self.chance.choice(over).run_id)

    # -- what is seen

    def _reap(self) -> None:
        for runner in [runner for runner in self._runners if runner.process.poll() is not None]:
            self._runners.remove(runner)
            self._count_end(runner)

    def _count_end(self, runner: _Runner) -> None:
        match runner.process.returncode:
            case -9 if runner.was_killed:
                self.counts["killed: runners"] += 1
            case -9:
                self.counts["killed: runners, by themselves, at a crash point"] += 1
            case code if code not in _EXIT_CODES:
                self._say(f"a runner exits with {code}")

    def _await_runners(self) -> None:
        for runner in self._runners:
            try:
                runner.process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._say(f"a runner hangs: {runner.process.args!r}")
                runner.process.kill()
                runner.process.wait()
        self._reap()

    def _look_at(self, run: Run) -> None:
        seen = self._seen.get(run.run_id, 0)
        if fresh := run.events(after=seen):
            self._seen[run.run_id] = fresh[-1].seq
            self.counts["looks"] += 1
            with run.store() as store:
                self._say(*violations(store, run.artifacts, run.run_id))

    def _look_for_processes(self, ended: set[str]) -> None:
        now = time.monotonic()
        left = {process.pid: run for process, run in processes_of(ended)}
        self._lingering = {pid: self._lingering.get(pid, now) for pid in left}
        for pid, since in self._lingering.items():
            if now - since > _LINGERS_S:
                self._say(f"process {pid} has outlived run {left[pid]}, or its runner")

    def _judge(self, run: Run) -> None:
        self.counts["runs"] += 1
        self.counts[f"runs that ended {run.state}"] += 1
        self.counts["attempts"] += sum(map(len, run.get_attempts().values()))
        if run.state not in (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED):
            self._say(f"run {run.run_id} is {run.state}")
        if run.state is RunState.SUCCEEDED and run.load("end", "end") != self._known[str(run.notebook)].end:
            self._say(f"run {run.run_id} ended with a wrong result")
        if run.state is not RunState.CANCELLED:  # there, what fails while the run ends is not tried again
            self._say(*_failed_by_themselves(run))

    def _say(self, *found: str) -> None:
        self.violations |= dict.fromkeys(found)


def _failed_by_themselves(run: Run) -> list[str]:
    found = []
    for name, node_run in run.nodes.items():
        failure = node_run.record.failure
        if node_run.state is NodeState.FAILED and (failure is None or failure.cause not in _EXCUSES):
            found.append(f"`{name}` of run {run.run_id} failed by itself: {node_run.reason}: {failure}")
    return found
