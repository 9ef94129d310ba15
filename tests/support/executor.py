"""An executor that computes nothing: every attempt does what its script says, on a fake clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import AttemptFailed, AttemptReport, AttemptSucceeded, CellFinished, NodeJob, Report
from jupyter_dataops.records import Failure, OutputRecord, Usage
from jupyter_dataops.states import FailureCause
from tests.support.clock import FakeClock


@dataclass(frozen=True)
class Does:
    """What one attempt does: it takes `seconds`, then succeeds, or fails with `failure`."""

    seconds: float = 1.0
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    failure: Failure | None = None
    obeys_after_s: float | None = 0.0
    """How long it takes to end when it is interrupted; `None`: it must be killed."""
    parameters: Mapping[str, Any] | None = None
    usage: Usage | None = None


def raises(ename: str = "ValueError", evalue: str = "bad", *, seconds: float = 1.0, mro: tuple[str, ...] = ()) -> Does:
    return Does(seconds, failure=Failure(FailureCause.EXCEPTION, ename, evalue, mro=mro or (ename, "Exception")))


def objects(evalue: str = "negative", seconds: float = 1.0) -> Does:
    """A check that does not pass."""
    return Does(seconds, failure=Failure(FailureCause.CHECK_FAILED, "AssertionError", evalue))


def dies(cause: FailureCause = FailureCause.KERNEL_DIED, seconds: float = 1.0) -> Does:
    return Does(seconds, failure=Failure(cause, "DeadKernelError", "Kernel died"))


class FakeExecutor:
    """Keeps who started and stopped what, and when; `running` is what nobody has ended."""

    def __init__(self, clock: FakeClock, script: Mapping[str, Does | list[Does]] | None = None) -> None:
        self._clock = clock
        self._script = dict(script or {})
        self._reports: dict[Token, Report] = {}
        self.running: dict[Token, NodeJob] = {}
        self.most_at_once = 0
        self.started: list[tuple[float, NodeName, int]] = []
        self.stopped: list[tuple[float, NodeName, float]] = []
        self.is_closed = False
        self.on_submit: Callable[[NodeJob], None] = lambda job: None
        self.place_in_script: Callable[[NodeJob], int] = lambda job: job.attempt
        """Which item of a node's script an attempt does, from 1."""

    def started_nodes(self) -> list[str]:
        return [node for _, node, _ in self.started]

    def submit(self, job: NodeJob, report: Report) -> None:
        assert not self.is_closed
        self.on_submit(job)
        self.running[job.token] = job
        self._reports[job.token] = report
        self.most_at_once = max(self.most_at_once, len(self.running))
        self.started.append((self._clock.elapsed_s(), job.node, job.attempt))
        does = self.does(job)
        self._clock.at(does.seconds / 2, lambda: self._progress(job))
        end: AttemptReport = (
            AttemptFailed(job, does.failure, does.usage)
            if does.failure
            else AttemptSucceeded(job, does.outputs, does.usage, does.parameters)
        )
        self._clock.at(does.seconds, lambda: self._end(end))

    def does(self, job: NodeJob) -> Does:
        script = self._script.get(job.node, Does())
        return script[min(self.place_in_script(job), len(script)) - 1] if isinstance(script, list) else script

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        self.stopped.append((self._clock.elapsed_s(), job.node, grace_s))
        obeys = self.does(job).obeys_after_s
        self._clock.at(
            grace_s if obeys is None else min(obeys, grace_s), lambda: self._end(AttemptFailed(job, failure))
        )

    def report(self, report: AttemptReport) -> None:
        """Report out of turn, as a broken executor might."""
        self._reports[report.job.token](report)

    def close(self) -> None:
        self.is_closed = True
        self.running.clear()

    def _progress(self, job: NodeJob) -> None:
        if job.token in self.running:
            self._reports[job.token](CellFinished(job, 1, 2))

    def _end(self, report: AttemptReport) -> None:
        if self.running.pop(report.job.token, None) is not None:
            self._reports[report.job.token](report)
