"""A plan: per node, what will be done and why. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import OutputRecord


class Action(StrEnum):
    """What the plan does with a node."""

    RUN = "run"
    REUSE = "reuse"
    SKIP = "skip"


class Decision(Struct, frozen=True):
    """One node's part of the plan."""

    node: NodeName
    action: Action
    reason: str
    """One sentence anyone can read."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    """Component to digest; see `jupyter_dataops.plan.fingerprint`."""
    source_run_id: RunId | None = None
    """For `Action.REUSE`: the run whose result is taken."""
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    """For `Action.REUSE`: the outputs taken."""


class Plan(Struct, frozen=True):
    """A decision for every node and check, in document order, each one's checks directly behind it."""

    decisions: tuple[Decision, ...]
    mode: str
    """``full``, ``changed``, ``from_failure``, ``selection`` or ``resume``."""
    only: tuple[NodeName, ...] = ()
    """What a retry was asked for by name: nodes, checks, children. These run; what else a group of theirs has expanded
    to is reused where it holds."""
