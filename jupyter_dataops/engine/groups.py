"""Groups: what a node expands to, and how it ends when its children are done."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.engine.conditions import Undecidable, first_obstacle
from jupyter_dataops.engine.failures import config_invalid, undecidable
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.models import Collect, Examine, Expand, Expands, Expansion
from jupyter_dataops.engine.nodes import Nodes
from jupyter_dataops.engine.reusing import Reusing
from jupyter_dataops.errors import DataOpsError, StoreError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import Failure, OutputRecord, Usage
from jupyter_dataops.states import FailureCause, NodeState, RunState

_SHOWN = 5
_FAILED = frozenset({NodeState.FAILED, NodeState.UPSTREAM_FAILED})


class Groups:
    """Expands nodes, and ends those that have expanded.

    Parameters
    ----------
    examine
        Has the last word on a group that has succeeded, as on an attempt.
    """

    def __init__(
        self,
        nodes: Nodes,
        journal: Journal,
        reusing: Reusing,
        *,
        expand: Expand,
        collect: Collect,
        examine: Examine | None,
    ) -> None:
        self._reusing = reusing
        self._nodes = nodes
        self._journal = journal
        self._expand = expand
        self._collect = collect
        self._examine = examine

    def begin(self, node: NodeName, reason: str) -> None:
        """The pending `node`, which may run and makes no attempt of its own, has expanded, or is done.

        Where it has children, because somebody opened it again, it goes on with these.
        """
        if self._nodes.ready.count_children(node):
            self._nodes.queue(node, reason)
            self.go_on(node)
            return
        found = self._first_expansion(node)
        if isinstance(found, Expansion) and not found.children:
            # Before it is queued: a queued node can only run.
            self._nodes.skip(node, "there is nothing to run it for: what its each: goes over is empty")
            return
        self._nodes.queue(node, reason)
        self._enter(node, found)

    def go_on(self, node: NodeName) -> None:
        """The queued `node` has expanded, or failed; those of its earlier children that failed are tried again."""
        if not self._nodes.ready.count_children(node):
            self._enter(node, self._first_expansion(node))
            return
        record = self._nodes.records[node]
        self._nodes.expand(node, (), record.parameters, record.outputs)
        children = [self._nodes.records[child] for child in self._nodes.ready.get_children(node)]
        if all(child.state.is_done for child in children):
            for child in children:
                if self._nodes.ready.get_state(child.node) is NodeState.FAILED:
                    self._nodes.reopen(child.node, f"`{node}` is tried again")

    def expand_after(
        self,
        node: NodeName,
        outputs: Mapping[str, OutputRecord],
        parameters: Mapping[str, Any] | None,
        usage: Usage | None,
    ) -> None:
        """`node`, whose own attempt ended well, has expanded, or failed."""
        if self._nodes.ending_because is not None:
            self._nodes.cancel(node, self._nodes.ending_because, usage=usage)
            return
        known = ChainMap({node: outputs}, self._nodes.outputs)
        found = self._expansion(node, known, parameters)
        if isinstance(found, Failure):
            self._nodes.fail(node, found, found.evalue, usage)
        else:
            self._nodes.expand(node, found.children, found.parameters, outputs, usage)

    def end(self, node: NodeName) -> None:
        """The group `node`, whose children are all done, is done."""
        is_each = self._nodes.work[node].expands is Expands.FIRST
        failure = self._failure_of_each(node) if is_each else self._failure_of_notebook(node)
        if failure is not None:
            self._nodes.fail(node, failure, failure.evalue)
        elif any(state is NodeState.CANCELLED for state in self._states(node)):
            self._nodes.cancel(node, self._nodes.ending_because or "nodes that it expanded to were cancelled")
        else:
            self._succeed(node)

    def _succeed(self, node: NodeName) -> None:
        try:
            outputs = self._journal.patiently(lambda: self._collect(node, self._nodes.outputs))
        except StoreError:
            raise
        except DataOpsError as error:
            self._nodes.fail(node, config_invalid(error), str(error))
            return
        objection = self._examine(node, ChainMap({node: outputs}, self._nodes.outputs)) if self._examine else None
        if objection is None:
            self._nodes.succeed(node, outputs, result=self._reusing.get_result(node))
        else:
            self._nodes.fail(node, objection, objection.evalue)

    def _first_expansion(self, node: NodeName) -> Expansion | Failure:
        obstacle = first_obstacle(self._nodes.work[node].conditions, self._nodes.outputs)
        if isinstance(obstacle, Undecidable):
            return undecidable(obstacle.reason)
        return self._expansion(node, self._nodes.outputs, None)

    def _expansion(
        self,
        node: NodeName,
        outputs: Mapping[NodeName, Mapping[str, OutputRecord]],
        parameters: Mapping[str, Any] | None,
    ) -> Expansion | Failure:
        try:
            return self._journal.patiently(lambda: self._expand(node, outputs, parameters))
        except StoreError:
            raise
        except DataOpsError as error:
            return config_invalid(error)

    def _enter(self, node: NodeName, found: Expansion | Failure) -> None:
        if isinstance(found, Failure):
            self._nodes.refuse(node, found)
        else:
            self._nodes.expand(node, found.children, found.parameters, {})

    # -- how a group ends

    def _states(self, node: NodeName) -> Sequence[NodeState]:
        return [self._nodes.ready.get_state(child) for child in self._nodes.ready.get_children(node)]

    def _failure_of_each(self, node: NodeName) -> Failure | None:
        children = self._nodes.ready.get_children(node)
        failed = [child for child in children if self._nodes.ready.get_state(child) in _FAILED]
        if self._nodes.work[node].tolerance.allows(len(failed), of=len(children)):
            return None
        keys = [self._nodes.work[child].key or child for child in failed]
        more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
        return self._like(failed[0], f"{len(failed)} of {len(children)} failed: {', '.join(keys[:_SHOWN])}{more}")

    def _failure_of_notebook(self, node: NodeName) -> Failure | None:
        judgement = self._nodes.judge(node)
        if judgement.state is RunState.SUCCEEDED:
            return None
        failed = [child for child in judgement.at_fault if self._nodes.ready.get_state(child) in _FAILED]
        failed.sort(key=lambda child: self._nodes.ready.get_state(child) is not NodeState.FAILED)
        return self._like(failed[0], judgement.reason) if failed else None

    def _like(self, child: NodeName, sentence: str) -> Failure:
        """The failure of a group: what happened in the first child that failed, and a sentence about all."""
        failure = self._nodes.records[child].failure
        if failure is None:
            return Failure(FailureCause.UPSTREAM, "UpstreamFailed", sentence)
        return replace(failure, evalue=sentence)
