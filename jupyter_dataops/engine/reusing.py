"""Earlier results in a run: taken where they hold, waited for where another run makes them, left for later runs.

Whether one holds is decided by `Recall`, when all above a node is done. Who is about to compute a result that others
may use claims it first, as a slot of a pool with one slot that has the result's key as its name: so a claim is durable,
and ends with its holder's attempt, or lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jupyter_dataops.engine.checks import has_failed
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.models import Recall
from jupyter_dataops.engine.nodes import Nodes
from jupyter_dataops.engine.pools import claim_of
from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.earlier import NOTHING_KNOWN, Prospect
from jupyter_dataops.records import ResultRecord
from jupyter_dataops.states import NodeState

_FAILED: Final = frozenset({NodeState.FAILED, NodeState.UPSTREAM_FAILED})


class Reusing:
    """What is known of the results of a run's nodes before, and after, they are computed."""

    def __init__(self, nodes: Nodes, journal: Journal, recall: Recall) -> None:
        self._nodes = nodes
        self._journal = journal
        self._recall = recall
        self._prospects: dict[NodeName, Prospect] = {}
        self._imperfect: set[NodeName] = set()
        """Groups that succeeded although something in them failed."""

    def take(self, node: NodeName) -> bool:
        """Whether `node`, which may run, is done: an earlier result of it holds."""
        prospect = self._look(node)
        self._prospects[node] = prospect
        if prospect.earlier is None:
            return False
        past = prospect.earlier.node_run
        self._nodes.reuse(node, past.source_run_id or past.run_id, past.outputs, prospect.reason)
        return True

    def prepare(self, node: NodeName) -> None:
        """`node`, which is about to run, has been asked about: it has not where its run was resumed."""
        if node not in self._prospects:
            self._prospects[node] = self._look(node)

    def get_reason(self, node: NodeName) -> str:
        """Why `node` runs."""
        return self._known(node).reason or self._nodes.records[node].reason

    def get_claim(self, node: NodeName) -> Mapping[str, int]:
        """What `node` has to take before it runs, so that nobody computes the same at the same time."""
        prospect = self._known(node)
        return {claim_of(prospect.result.key): 1} if prospect.may_reuse and prospect.result is not None else {}

    def get_result(self, node: NodeName) -> ResultRecord | None:
        """By what later runs find what `node` has just made; `None` where they must not."""
        children = self._nodes.ready.get_children(node)
        if any(self._nodes.ready.get_state(child) in _FAILED or child in self._imperfect for child in children):
            self._imperfect.add(node)
            return None
        before = self._known(node).result
        if before is None:
            return None
        return self._recall.confirm(node, self._nodes.records, before)

    def _known(self, node: NodeName) -> Prospect:
        return self._prospects.get(node, NOTHING_KNOWN)

    def _look(self, node: NodeName) -> Prospect:
        for source in self._nodes.work[node].upstream:
            # It runs because of a failure, or in spite of one, or before all is there: no result of better times
            # stands for it.
            if not self._nodes.ready.get_state(source).is_done or has_failed(self._nodes.ready.get_standing(source)):
                return NOTHING_KNOWN
        try:
            return self._recall.find(node, self._nodes.records)
        except StoreUnavailable:
            return self._journal.patiently(lambda: self._recall.find(node, self._nodes.records))
