"""What the coordinator is given. Values and callables only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct, field

from jupyter_dataops.events import Event
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import CellFinished, NodeJob
from jupyter_dataops.plan.earlier import NOTHING_KNOWN, Prospect
from jupyter_dataops.plan.models import Decision
from jupyter_dataops.records import Failure, NodeRunRecord, OutputRecord, ResultRecord
from jupyter_dataops.spec.models import Condition, RetryPolicy, Tolerance, TriggerRule
from jupyter_dataops.states import CheckSeverity

Observer = Callable[[Event | CellFinished], None]
"""Called by the coordinator, in its own thread, after the event is durable. Must not raise or block."""

Examine = Callable[[NodeName, Mapping[NodeName, Mapping[str, OutputRecord]]], Failure | None]
"""Why the node, whose attempt ended well, has failed all the same, given every output so far, its own included."""


class BoundCondition(Struct, frozen=True):
    """A ``when:``/``unless:`` with the node whose output decides it."""

    condition: Condition
    producer: NodeName


class Expands(StrEnum):
    """When a node becomes a group, which is done when its children are."""

    FIRST = "first"
    """Instead of an attempt of its own (``each:``)."""
    AFTER_ITS_ATTEMPT = "after_its_attempt"
    """Once its attempt has ended well (``notebook:``)."""


class NodeWork(Struct, frozen=True):
    """One node, child or check, as the coordinator sees it."""

    decision: Decision
    upstream: tuple[NodeName, ...]
    """Direct upstream: every edge's source, by its name in the run. For a check: its node, alone."""
    trigger: TriggerRule
    retry: RetryPolicy
    timeout_s: float | None
    conditions: tuple[BoundCondition, ...] = ()
    parent: NodeName | None = None
    """The group it is a child of."""
    key: str | None = None
    item: OutputRecord | None = None
    severity: CheckSeverity | None = None
    """Of a check; `None`: it is a node."""
    pools: Mapping[str, int] = field(default_factory=dict)
    expands: Expands | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    """For ``each:``: how many children may fail."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """What it publishes once it has succeeded, and its blocking checks have passed: asset to variable."""

    @property
    def node(self) -> NodeName:
        """Its name in the run."""
        return self.decision.node

    @property
    def blocks(self) -> bool:
        """It is a check, and nodes below the checked one wait for it."""
        return self.severity is CheckSeverity.ERROR


class Expansion(Struct, frozen=True):
    """What a node becomes."""

    children: tuple[NodeWork, ...]
    """In order. Their upstream are siblings; checks stand behind their node."""
    parameters: Mapping[str, Any] | None = None
    """Values that a ``notebook:`` is given."""


class Expand(Protocol):
    """Says what a group's children are. Called once per expansion, before its event."""

    def __call__(
        self,
        node: NodeName,
        outputs: Mapping[NodeName, Mapping[str, OutputRecord]],
        parameters: Mapping[str, Any] | None,
    ) -> Expansion:
        """The children of `node`; none where the value of its ``each:`` is empty.

        Parameters
        ----------
        outputs
            Of every node that has some so far; of `node`, what its own attempt has handed on.
        parameters
            What the node's own attempt reported, for a ``notebook:``.

        Raises
        ------
        DataOpsError
            It cannot; the node then fails with cause ``config_invalid``.
        """
        ...


class Collect(Protocol):
    """Says what a group hands on, once its children are done and it has succeeded."""

    def __call__(
        self, node: NodeName, outputs: Mapping[NodeName, Mapping[str, OutputRecord]]
    ) -> Mapping[str, OutputRecord]:
        """The outputs of the group `node`, from those of its children among `outputs`. Raises `DataOpsError`.

        Under `node` itself, `outputs` has what its own attempt has handed on (`NodeExpanded.outputs`).
        """
        ...


class Recall(Protocol):
    """Knows the results of earlier runs."""

    def find(self, node: NodeName, records: Mapping[NodeName, NodeRunRecord]) -> Prospect:
        """What is known of the result of `node`, which may run; `records` has everything above it, done.

        Called when its trigger rule has let it go on, and again when it has claimed to compute its result. Raises
        `StoreUnavailable`.
        """
        ...

    def confirm(
        self, node: NodeName, records: Mapping[NodeName, NodeRunRecord], before: ResultRecord
    ) -> ResultRecord | None:
        """`before`, completed, once `node` has ended well; `None` where what it was computed from changed meanwhile."""
        ...


class Forgetful:
    """Knows of no earlier result, and has none remembered; a `Recall`."""

    def find(self, *_asked: object) -> Prospect:
        """Nothing is known."""
        return NOTHING_KNOWN

    def confirm(self, *_asked: object) -> None:
        """Nothing is remembered."""


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
