"""One node of a run, as a user sees it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_dataops.api.attempts import attempts_at, chosen, no_such_attempt
from jupyter_dataops.errors import ArtifactMissing
from jupyter_dataops.ids import NodeName, parts_of
from jupyter_dataops.logs import LogLine, printed, read_log
from jupyter_dataops.records import AttemptRecord, Failure, NodeRunRecord, OutputRecord
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    from jupyter_dataops.api.restoring import Restored
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.spec.models import Cell


class NodeRun:
    """One node in one run: its state, why it has it, and what it left.

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.api.pipeline import Pipeline
    >>> from jupyter_dataops.config import Settings
    >>> settings = Settings(store=tempfile.mkdtemp(), jobs=2)
    >>> node_run = Pipeline("example_notebooks/flights.ipynb", settings=settings).create_run()["clean"]
    >>> node_run.state, node_run.reason
    (<NodeState.PENDING: 'pending'>, 'a full run runs every node')
    >>> node_run.log, node_run.attempt, dict(node_run.outputs)
    ('', 0, {})
    >>> node_run.notebook_path()
    Traceback (most recent call last):
    jupyter_dataops.errors.UsageError: node 'clean' has no attempt (run ...)
      -> it is pending: a full run runs every node
    """

    def __init__(self, record: NodeRunRecord, run: Run) -> None:
        self.record = record
        self._run = run

    @property
    def node(self) -> NodeName:
        """The node's name."""
        return self.record.node

    @property
    def state(self) -> NodeState:
        """Its state when the run was last read."""
        return self.record.state

    @property
    def reason(self) -> str:
        """Why it is in this state, one sentence."""
        return self.record.reason

    @property
    def attempt(self) -> int:
        """Number of the latest attempt, from 1; 0 if it never ran in this run."""
        return self.record.attempt

    @property
    def failure(self) -> Failure | None:
        """Why the latest attempt failed."""
        return self.record.failure

    @property
    def outputs(self) -> Mapping[str, OutputRecord]:
        """What it handed on, by name; described, not loaded."""
        return self.record.outputs

    @property
    def duration_s(self) -> float | None:
        """Seconds of the latest attempt."""
        return self.record.duration_s

    @property
    def key(self) -> str | None:
        """Of a child of an ``each:`` node: which element it is for."""
        return self.record.key

    @property
    def children(self) -> Sequence[NodeRun]:
        """What it has expanded to, without checks; empty unless it is an ``each:`` or ``notebook:`` node that has."""
        return [one for one in self._run.nodes.values() if one.record.parent == self.node and not one.is_check]

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells of the notebook that it is a node of, as it was run."""
        from jupyter_dataops.api.executions import Executions  # noqa: PLC0415 - reads notebooks, as few commands do

        if parts_of(self.node).group is None:
            return self._run.snapshot.spec.cells
        with self._run.store() as store:
            scope = Executions(store).run(self.record.run_id).scope_of(self.node)
        return scope.analysed.spec.cells if scope else ()

    @property
    def is_check(self) -> bool:
        """It is a check of a node."""
        return self.record.severity is not None

    @property
    def attempts(self) -> Sequence[AttemptRecord]:
        """Every attempt; a reused node shows those of the run that computed it."""
        with self._run.store() as store:
            return attempts_at(store, self.record)

    def _attempt(self, number: int | None) -> AttemptRecord:
        found = chosen(self.attempts, number)
        if found is not None and found.has_files:
            return found
        children = self.children
        expanded = f"it ran as {len(children)} nodes; name one, such as '{children[0].node}'" if children else ""
        raise no_such_attempt(self.record, number, hint=expanded)

    def notebook_path(self, attempt: int | None = None) -> Path:
        """The executed notebook of an attempt, by default the latest. Raises `UsageError` if there is none."""
        return Path(self._attempt(attempt).notebook)

    def log_path(self, attempt: int | None = None) -> Path:
        """The log of an attempt, by default the latest. Raises `UsageError` if there is none."""
        return Path(self._attempt(attempt).log)

    def log_lines(self, attempt: int | None = None) -> Iterator[LogLine]:
        """The log of an attempt, by default the latest."""
        return (line for line, _ in read_log(self.log_path(attempt)))

    @property
    def log(self) -> str:
        """Everything that the node's code printed, displayed or raised in its latest attempt; empty if it never ran."""
        attempts = self.attempts
        return printed(line for line, _ in read_log(Path(attempts[-1].log))) if attempts else ""

    def load(self, name: str) -> Any:
        """The value that the node handed on as `name`.

        Raises
        ------
        ArtifactMissing
            It handed on no such name; the hint lists those it did.
        """
        if name not in self.outputs:
            close = difflib.get_close_matches(name, self.outputs, 1)
            known = ", ".join(self.outputs) or "none"
            raise ArtifactMissing(
                f"node '{self.node}' has no output '{name}'",
                where=f"run {self.record.run_id}",
                hint=f"did you mean '{close[0]}'?" if close else f"its outputs: {known}; `out:{name}` would keep it",
            )
        return self._run.artifacts.get(self.outputs[name].artifact, name, {"__name__": "__main__"})

    def restore(self, namespace: dict[str, Any] | None = None, *, attempt: int | None = None) -> Restored:
        """What an attempt, by default the latest, started with, to run, edit and debug the node's cells right there.

        Parameters and setup are run as the run pinned them, then the inputs of that attempt are loaded.

        Parameters
        ----------
        namespace
            Where names are bound; `None`: the notebook that this is called in.

        Raises
        ------
        UsageError
            There is no such attempt.
        ArtifactMissing, ArtifactCorrupt, ArtifactError
            An input cannot be loaded.
        EnvironmentRefused
            A cell of setup failed.
        """
        from jupyter_dataops.api.restoring import restore_node  # noqa: PLC0415 - reads notebooks, as few commands do

        return restore_node(self._run, self.node, attempt, namespace)

    def __repr__(self) -> str:
        return f"<NodeRun {self.node}: {self.state}>"
