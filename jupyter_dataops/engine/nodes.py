"""Every node of a run as its runner knows it: what it is, how it stands, what it has handed on.

The records here are those that the store will have once what is noted in the journal is said, since both are made by
folding the same events. Where the store then refuses, the run is another runner's, and this one stops.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from jupyter_dataops.engine.checks import said_of
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.models import Expands, NodeWork
from jupyter_dataops.engine.ready import Ready
from jupyter_dataops.engine.trigger_rules import Verdict, reason_for
from jupyter_dataops.engine.verdict import Inner, Judgement, judge
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import (
    NodeCancelled,
    NodeEvent,
    NodeExpanded,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeReopened,
    NodeRetrying,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    node_run_after,
)
from jupyter_dataops.ids import NodeName, RunId, Token, new_token
from jupyter_dataops.plan.models import Action
from jupyter_dataops.records import NOTHING_WRITTEN, Failure, NodeRunRecord, OutputRecord, ResultRecord, Usage
from jupyter_dataops.states import CheckSeverity, NodeState


class _Fact(TypedDict):
    run_id: RunId
    at: datetime
    node: NodeName


class Nodes:
    """The nodes, checks and children of one run, and every way in which one changes.

    Parameters
    ----------
    work
        All nodes, a group before what it has expanded to.
    slots
        How many may run at once.
    """

    def __init__(self, journal: Journal, work: Sequence[NodeWork], slots: int) -> None:
        self.ready = Ready(slots)
        self.work: dict[NodeName, NodeWork] = {}
        self.records: dict[NodeName, NodeRunRecord] = {}
        self.outputs: dict[NodeName, Mapping[str, OutputRecord]] = {}
        """Of every node that has some."""
        self._why: dict[NodeName, str] = {}
        """Why each node that has been queued runs at all; what it waits for meanwhile is another matter."""
        self.ending_because: str | None = None
        """Why nothing starts any more."""
        self.fatal: NodeName | None = None
        """The first node whose failure no tolerance of a group around it allows."""
        self._journal = journal
        self.ready.add(work)
        for position, item in enumerate(work):
            self._take_in(item, _record(journal.run_id, item, position))

    # -- asked

    def get_upstream_reason(self, node: NodeName, verdict: Verdict) -> str:
        """Why the trigger rule of `node` decided so; empty for a child that had nothing to wait for."""
        item = self.work[node]
        if item.parent is not None and not item.upstream and verdict is Verdict.RUN:
            return ""
        if item.severity is not None:  # A check goes by its node alone, not by its fellow checks.
            return reason_for(item.trigger, verdict, {item.upstream[0]: self.ready.get_state(item.upstream[0])})
        states = {source: self.ready.get_standing(source) for source in item.upstream}
        said = {
            source: said_of(self.ready.get_failed_checks(source))
            for source, state in states.items()
            if state is NodeState.FAILED and self.ready.get_state(source).has_outputs
        }
        return reason_for(item.trigger, verdict, states, said)

    def judge(self, group: NodeName | None) -> Judgement:
        """How the children of `group`, or the nodes of the run itself, end it."""
        if group is not None:
            children = [self.work[child] for child in self.ready.get_children(group)]
            return judge(children, self.ready.get_state, self.ready.get_standing)
        items = [item for item in self.work.values() if item.parent is None]
        tolerated = sum(
            self.ready.count_failed_children(node)
            for node, item in self.work.items()
            if item.expands is Expands.FIRST and self.ready.get_state(node) is NodeState.SUCCEEDED
        )
        checks = [item for item in self.work.values() if item.parent is not None and item.severity is not None]
        return judge(items, self.ready.get_state, self.ready.get_standing, Inner(checks, tolerated))

    def is_group_at_once(self, node: NodeName) -> bool:
        """`node` makes no attempt of its own: it expands first, or has expanded before and was opened again."""
        return self.work[node].expands is Expands.FIRST or self.ready.count_children(node) > 0

    def get_interrupted(self) -> list[NodeName]:
        """Nodes that are running according to the store, and have not expanded: what ran for them is gone."""
        return [
            node
            for node, record in self.records.items()
            if record.state is NodeState.RUNNING and not self.ready.count_children(node)
        ]

    def get_queued_groups(self) -> list[NodeName]:
        """Groups that are queued according to the store: nothing keeps them from expanding."""
        return [
            node
            for node, record in self.records.items()
            if record.state is NodeState.QUEUED and self.is_group_at_once(node)
        ]

    # -- restored

    def restore(self, records: Sequence[NodeRunRecord]) -> None:
        """Everything is as the store says; call it once, first."""
        for record in records:
            self.records[record.node] = record
            state = record.state
            if state.has_outputs or (state is NodeState.RUNNING and record.outputs):
                self.outputs[record.node] = record.outputs
            if state.is_done:
                self.ready.finish(record.node, state)
        for record in records:
            match record.state:
                case NodeState.QUEUED if not self.is_group_at_once(record.node):
                    self.ready.queue(record.node)
                case NodeState.QUEUED:
                    self.ready.hold(record.node)
                case NodeState.RETRYING if record.not_before is not None:
                    self.ready.defer(record.node, record.not_before)
                case NodeState.RUNNING if self.ready.count_children(record.node):
                    self.ready.expand(record.node)
                case NodeState.RUNNING:
                    self.ready.run_without_slot(record.node)
        failed = (record.node for record in records if record.state is NodeState.FAILED)
        self.fatal = next((node for node in failed if not self._is_tolerated(node)), None)

    # -- before an attempt

    def queue(self, node: NodeName, reason: str) -> None:
        """`node` waits for a slot; a group that needs none is queued all the same."""
        self._why[node] = reason
        self._queue(node, reason)

    def queue_again(self, node: NodeName) -> None:
        """`node`, which waited for its next attempt, waits for a slot."""
        self._queue(node, f"attempt {self.records[node].attempt + 1} is due")

    def _queue(self, node: NodeName, reason: str) -> None:
        self._note(NodeQueued(**self._fact(node), reason=reason))
        if self.is_group_at_once(node):
            self.ready.hold(node)
        else:
            self.ready.queue(node)

    def hold(self, node: NodeName, reason: str) -> None:
        """`node`, whose turn it was, stays queued and gives its turn away."""
        self.ready.hold(node)
        if self.records[node].reason != reason:
            self._note(NodeHeld(**self._fact(node), reason=reason))

    def start(self, node: NodeName, token: Token, notebook: str, log: str) -> datetime:
        """The next attempt of `node` began; the instant is returned."""
        attempt = self.records[node].attempt + 1
        reason = self._why.get(node, self.work[node].decision.reason)
        event = NodeStarted(**self._fact(node), attempt=attempt, token=token, notebook=notebook, log=log, reason=reason)
        self._note(event)
        return event.at

    def refuse(self, node: NodeName, failure: Failure) -> None:
        """The queued `node` cannot be started as configured: its attempt begins and ends in one breath."""
        # Only a node that has started can fail.
        self.start(node, new_token(), NOTHING_WRITTEN, NOTHING_WRITTEN)
        self.fail(node, failure, failure.headline)

    # -- groups

    def expand(
        self,
        node: NodeName,
        children: Sequence[NodeWork],
        parameters: Mapping[str, Any] | None,
        outputs: Mapping[str, OutputRecord],
        usage: Usage | None = None,
    ) -> None:
        """`node` is a group, of `children` besides those that it has already."""
        records = tuple(_record(self._journal.run_id, item, place) for place, item in enumerate(children))
        self._note(
            NodeExpanded(**self._fact(node), children=records, parameters=parameters, outputs=outputs, usage=usage)
        )
        if outputs:
            self.outputs[node] = outputs
        self.ready.add(children)
        for item, record in zip(children, records, strict=True):
            self._take_in(item, record)
        self.ready.expand(node)
        self.settle_planned(children)

    def settle_planned(self, work: Sequence[NodeWork]) -> None:
        """Those of `work` that are pending, and that the plan reuses or leaves out, are done."""
        for item in work:
            if self.ready.get_state(item.node) is not NodeState.PENDING:
                continue
            if item.decision.action is Action.SKIP:
                self.skip(item.node, item.decision.reason)
            elif item.decision.action is Action.REUSE:
                self._reuse_as_planned(item)

    # -- ends

    def succeed(
        self,
        node: NodeName,
        outputs: Mapping[str, OutputRecord],
        usage: Usage | None = None,
        result: ResultRecord | None = None,
    ) -> None:
        """Its attempt, or all children, ended well; later runs find that by `result`."""
        publishes = self._published_with(node)
        self._note(NodeSucceeded(**self._fact(node), outputs=outputs, usage=usage, result=result, publishes=publishes))
        self.outputs[node] = outputs
        self.ready.finish(node, NodeState.SUCCEEDED)

    def reuse(self, node: NodeName, source: RunId, outputs: Mapping[str, OutputRecord], reason: str) -> None:
        """The result that the run `source` computed stands for running it."""
        publishes = self._published_with(node)
        self._note(
            NodeReused(**self._fact(node), source_run_id=source, outputs=outputs, reason=reason, publishes=publishes)
        )
        self.outputs[node] = outputs
        self.ready.finish(node, NodeState.REUSED)

    def fail(self, node: NodeName, failure: Failure, reason: str, usage: Usage | None = None) -> None:
        """Its last attempt, or too many children, failed."""
        self._note(NodeFailed(**self._fact(node), failure=failure, reason=reason, usage=usage))
        self.outputs.pop(node, None)
        self.ready.finish(node, NodeState.FAILED)
        if self.fatal is None and not self._is_tolerated(node):
            self.fatal = node

    def retry(
        self, node: NodeName, failure: Failure, not_before: datetime, reason: str, usage: Usage | None = None
    ) -> None:
        """Its attempt failed; another starts, not before then."""
        self._note(NodeRetrying(**self._fact(node), failure=failure, not_before=not_before, reason=reason, usage=usage))
        self.ready.defer(node, not_before)

    def cancel(self, node: NodeName, reason: str, failure: Failure | None = None, usage: Usage | None = None) -> None:
        """It was stopped, or never starts."""
        self._note(NodeCancelled(**self._fact(node), reason=reason, failure=failure, usage=usage))
        self.outputs.pop(node, None)
        self.ready.finish(node, NodeState.CANCELLED)

    def skip(self, node: NodeName, reason: str) -> None:
        """A condition, a trigger rule or the plan said no."""
        self._note(NodeSkipped(**self._fact(node), reason=reason))
        self.ready.finish(node, NodeState.SKIPPED)

    def upstream_fail(self, node: NodeName, reason: str) -> None:
        """A node it needs failed."""
        self._note(NodeUpstreamFailed(**self._fact(node), reason=reason))
        self.ready.finish(node, NodeState.UPSTREAM_FAILED)

    # -- opened again

    def take_reopened(self, records: Sequence[NodeRunRecord]) -> None:
        """These done nodes are pending according to the store, since somebody wants them tried again.

        Where the run is ending, they end at once.
        """
        todo = []
        for record in records:
            self.records[record.node] = record
            todo += self._open(record.node)
        if self.ending_because is None:
            self._follow(todo)
            return
        for record in records:
            self.cancel(record.node, self.ending_because)

    def reopen(self, node: NodeName, reason: str) -> None:
        """The done `node` is pending again, and with it those whose end has lost its ground by that."""
        self._fold(NodeReopened(**self._fact(node), reason=reason, by=""), self._journal.say)
        self._follow(self._open(node))

    def reopen_groundless(self) -> None:
        """What a dead runner had no time for: nodes whose end has lost its ground are pending again."""
        for node in list(self.records):
            if self.ready.has_lost_its_ground(node):
                self.reopen(node, "a node that it goes by is tried again")

    def _follow(self, touched: Sequence[tuple[NodeName, NodeName]]) -> None:
        # Not by recursion: ten thousand nodes may hang below one another.
        todo = deque(touched)
        while todo:
            node, cause = todo.popleft()
            if not self.ready.has_lost_its_ground(node):
                continue
            self._journal.say_noted()  # What is refused below is this event, and nothing before it.
            try:
                event = NodeReopened(**self._fact(node), reason=f"`{cause}` is tried again", by="")
                self._fold(event, self._journal.say)
            except IllegalMove:
                # Somebody cancelled the run, or opened this very node, a moment ago: the next look at the store tells.
                self._journal.get_cancel_reason()
                continue
            todo.extend(self._open(node))

    def _open(self, node: NodeName) -> list[tuple[NodeName, NodeName]]:
        return [(other, node) for other in self.ready.reopen(node)]

    # -- within

    def _note(self, event: NodeEvent) -> None:
        self._fold(event, self._journal.note)

    def _fold(self, event: NodeEvent, tell: Callable[[NodeEvent], None]) -> None:
        tell(event)
        self.records[event.node] = node_run_after(self.records[event.node], event)

    def _fact(self, node: NodeName) -> _Fact:
        return {"run_id": self._journal.run_id, "at": self._journal.now(), "node": node}

    def _take_in(self, item: NodeWork, record: NodeRunRecord) -> None:
        self.work[item.node] = item
        self.records[item.node] = record

    def _reuse_as_planned(self, item: NodeWork) -> None:
        decision = item.decision
        if decision.source_run_id is None:
            raise ValueError(f"the plan reuses `{item.node}` without saying from which run")
        self.reuse(item.node, decision.source_run_id, decision.outputs, decision.reason)

    def _published_with(self, node: NodeName) -> Mapping[str, str]:
        """Assets that are published once `node` has ended well: those of what is certain then."""
        confirmed = self.ready.get_confirmed(node)
        return {} if confirmed is None else self.work[confirmed].assets

    def _is_tolerated(self, node: NodeName) -> bool:
        """Whether the run can still succeed although `node` fails, as far as the groups around it go."""
        item = self.work[node]
        if item.severity is CheckSeverity.WARN:
            return True
        if item.parent is None:
            return False
        group = self.work[item.parent]
        failed = self.ready.count_failed_children(group.node) + (not self.ready.get_state(node).is_done)
        is_within = group.expands is Expands.FIRST and group.tolerance.allows(
            failed, of=self.ready.count_children(group.node)
        )
        return is_within or self._is_tolerated(group.node)


def _record(run_id: RunId, item: NodeWork, position: int) -> NodeRunRecord:
    return NodeRunRecord(
        run_id=run_id,
        node=item.node,
        position=position,
        parent=item.parent,
        key=item.key,
        item=item.item,
        severity=item.severity,
        reason=item.decision.reason,
        fingerprint=item.decision.fingerprint,
        source_run_id=item.decision.source_run_id,
    )
