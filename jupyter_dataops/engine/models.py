"""What the coordinator is given. Values and callables only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from jupyter_dataops.events import Event
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import CellFinished, NodeJob
from jupyter_dataops.plan.models import Decision
from jupyter_dataops.records import Failure, OutputRecord
from jupyter_dataops.spec.models import Condition, RetryPolicy, TriggerRule

Observer = Callable[[Event | CellFinished], None]
"""Called by the coordinator, in its own thread, after the event is durable. Must not raise or block."""

Examine = Callable[[NodeName, Mapping[NodeName, Mapping[str, OutputRecord]]], Failure | None]
"""Why the node, whose attempt ended well, has failed all the same, given every output so far, its own included."""


@dataclass(frozen=True, slots=True)
class BoundCondition:
    """A ``when:``/``unless:`` with the node whose output decides it."""

    condition: Condition
    producer: NodeName


@dataclass(frozen=True, slots=True)
class NodeWork:
    """One node, as the coordinator sees it."""

    decision: Decision
    upstream: tuple[NodeName, ...]
    """Direct upstream: every edge's source."""
    trigger: TriggerRule
    retry: RetryPolicy
    timeout_s: float | None
    conditions: tuple[BoundCondition, ...] = ()


class MakeJob(Protocol):
    """Builds one attempt's job."""

    def __call__(
        self,
        node: NodeName,
        attempt: int,
        token: Token,
        outputs: Mapping[NodeName, Mapping[str, OutputRecord]],
    ) -> NodeJob:
        """The job of `node`, given the outputs of every node that has some so far.

        Raises
        ------
        DataOpsError
            It cannot be started as configured; the node then fails with cause ``config_invalid``.
        """
        ...
