"""What the coordinator is told of each node, check and child: who it waits for, and how it is tried."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from jupyter_dataops.api.scopes import Scope
from jupyter_dataops.engine.models import BoundCondition, Expands, NodeWork
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.models import Decision
from jupyter_dataops.records import ItemRecord
from jupyter_dataops.spec.models import NodeOptions, RetryPolicy, TriggerRule
from jupyter_dataops.spec.options import with_retry_defaults


def notebook_work(scope: Scope, decisions: Iterable[Decision]) -> list[NodeWork]:
    """The nodes and checks of a notebook.

    Parameters
    ----------
    decisions
        By names in the notebook.
    """
    upstream: dict[NodeName, list[NodeName]] = {node: [] for node in scope.analysed.spec.nodes}
    for edge in scope.analysed.flow.edges:
        upstream[edge.target].append(scope.name(edge.source))
    checks = scope.analysed.spec.checks
    return [
        _check_work(scope, decision)
        if decision.node in checks
        else _node_work(scope, decision, tuple(upstream[decision.node]))
        for decision in decisions
    ]


def child_work(scope: Scope, node: NodeName, decision: Decision, item: ItemRecord) -> NodeWork:
    """A child of an ``each:`` node.

    Parameters
    ----------
    node
        The node's name in its notebook.
    decision
        By the child's name in the run.
    """
    options = scope.analysed.spec.nodes[node].options
    return NodeWork(
        decision=decision,
        upstream=(),
        trigger=TriggerRule.ALL_SUCCESS,
        retry=with_retry_defaults(options, scope.retry),
        timeout_s=options.timeout_s,
        parent=scope.name(node),
        key=item.key,
        item=item.output,
        pools=scope.slots(options.pools),
        expands=Expands.AFTER_ITS_ATTEMPT if options.notebook is not None else None,
    )


def _node_work(scope: Scope, decision: Decision, upstream: tuple[NodeName, ...]) -> NodeWork:
    options = scope.analysed.spec.nodes[decision.node].options
    reads = scope.analysed.flow.nodes[decision.node].reads
    return NodeWork(
        decision=replace(decision, node=scope.name(decision.node)),
        upstream=upstream,
        trigger=options.trigger,
        retry=with_retry_defaults(options, scope.retry),
        timeout_s=options.timeout_s,
        conditions=tuple(
            BoundCondition(condition, scope.name(reads[condition.variable])) for condition in options.conditions
        ),
        parent=scope.group,
        pools=scope.slots(options.pools) if options.each is None else {},
        expands=_expands(options),
        tolerance=options.tolerance,
        assets=options.assets if scope.publishes else {},
    )


def _expands(options: NodeOptions) -> Expands | None:
    if options.each is not None:
        return Expands.FIRST
    return Expands.AFTER_ITS_ATTEMPT if options.notebook is not None else None


def _check_work(scope: Scope, decision: Decision) -> NodeWork:
    check = scope.analysed.spec.checks[decision.node]
    return NodeWork(
        decision=replace(decision, node=scope.name(decision.node)),
        upstream=(scope.name(check.node),),
        trigger=TriggerRule.ALL_SUCCESS,
        retry=RetryPolicy(),
        timeout_s=check.timeout_s,
        parent=scope.group,
        severity=check.severity,
        pools=scope.pools,
    )
