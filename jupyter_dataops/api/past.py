"""The run that a retry is of, as its children find their earlier selves there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jupyter_dataops.ids import NodeName, RunId, parts_of
from jupyter_dataops.plan.reuse import failed_inside
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import NodeState


class Past:
    """The node runs of the run that is retried, and of those that computed what it had reused.

    Parameters
    ----------
    parent
        The run that is retried; `None`: this is none.
    """

    def __init__(self, parent: RunRecord | None, get_node_runs: Callable[[RunId], Sequence[NodeRunRecord]]) -> None:
        self.parent = parent
        self._get_node_runs = get_node_runs
        self._runs: dict[RunId, dict[NodeName, NodeRunRecord]] = {}
        self._groups: dict[RunId, frozenset[NodeName | None]] = {}
        self._failed: dict[RunId, Mapping[NodeName, Sequence[NodeRunRecord]]] = {}

    def of_run(self, run_id: RunId) -> Mapping[NodeName, NodeRunRecord]:
        """All node runs of a run."""
        if run_id not in self._runs:
            self._runs[run_id] = {record.node: record for record in self._get_node_runs(run_id)}
        return self._runs[run_id]

    def did_expand(self, group: NodeName) -> bool:
        """Whether `group` is not known to have stopped short of having children."""
        found = self.inside(group)
        if group not in found or found[group].state is NodeState.SKIPPED or found[group].state.has_outputs:
            return True
        run_id = found[group].run_id
        if run_id not in self._groups:
            self._groups[run_id] = frozenset(record.parent for record in found.values())
        return group in self._groups[run_id]

    def failed_inside(self, group: NodeName) -> Mapping[NodeName, Sequence[NodeRunRecord]]:
        """Elements that failed in the run where those of `group` are; see `jupyter_dataops.plan.reuse`."""
        found = self.inside(group)
        if group not in found:
            return {}
        run_id = found[group].run_id
        if run_id not in self._failed:
            self._failed[run_id] = failed_inside(found)
        return self._failed[run_id]

    def inside(self, group: NodeName | None) -> Mapping[NodeName, NodeRunRecord]:
        """The node runs among which those of `group` are; where it was reused, the run that computed it has them."""
        if self.parent is None:
            return {}
        if group is None:
            return self.of_run(self.parent.run_id)
        here = parts_of(group)
        around = self.inside(here.group if here.key is None else NodeName(group[: group.rindex("[")]))
        record = around.get(group)
        return around if record is None or record.source_run_id is None else self.of_run(record.source_run_id)
