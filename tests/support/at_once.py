"""An executor whose attempts have ended when `submit` returns, handing on values that nobody can load."""

from __future__ import annotations

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import Digest, parts_of
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, NodeJob, Report
from jupyter_dataops.records import ArtifactRecord, Failure, ItemRecord, OutputRecord
from jupyter_dataops.states import FailureCause


class AtOnceExecutor:
    """Each attempt hands on what `flow` says that its node does; that of `failing` fails.

    Parameters
    ----------
    elements
        How many elements each value has over which an ``each:`` node runs.
    """

    def __init__(self, flow: Flow, failing: str | None = None, elements: int = 0) -> None:
        self._flow = flow
        self._failing = failing
        self._elements = elements

    def submit(self, job: NodeJob, report: Report) -> None:
        if job.node == self._failing:
            report(AttemptFailed(job, Failure(FailureCause.EXCEPTION, "ValueError", "as it should")))
            return
        node = self._flow.nodes[parts_of(job.node).local]
        report(AttemptSucceeded(job, {name: self._output(name, name in node.itemised) for name in node.outputs}))

    def _output(self, name: str, is_itemised: bool) -> OutputRecord:
        artifact = ArtifactRecord(Digest(f"blake3:{name.encode().hex():0>64}"), "json", "int", 1)
        one = OutputRecord(name, artifact)
        if not is_itemised:
            return one
        return OutputRecord(name, artifact, items=tuple(ItemRecord(f"k{n}", one) for n in range(self._elements)))

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """Nothing is ever running."""

    def close(self) -> None:
        """Nothing is held."""
