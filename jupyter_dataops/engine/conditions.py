"""``when:`` and ``unless:``, decided from what the producing nodes stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from jupyter_dataops.engine.models import BoundCondition
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import OutputRecord


class NotMet(Struct, frozen=True):
    """A condition says no: the node is skipped."""

    reason: str


class Undecidable(Struct, frozen=True):
    """A condition has no answer: the node fails, since running and skipping would both be a guess."""

    reason: str


def first_obstacle(
    conditions: Sequence[BoundCondition], outputs: Mapping[NodeName, Mapping[str, OutputRecord]]
) -> NotMet | Undecidable | None:
    """What keeps a node from running; `None` if all `conditions` are met. One without an answer comes first."""
    obstacles = [obstacle for bound in conditions if (obstacle := _obstacle(bound, outputs)) is not None]
    return min(obstacles, key=lambda obstacle: isinstance(obstacle, NotMet), default=None)


def _obstacle(
    bound: BoundCondition, outputs: Mapping[NodeName, Mapping[str, OutputRecord]]
) -> NotMet | Undecidable | None:
    variable, producer = bound.condition.variable, bound.producer
    tag = f"{'when' if bound.condition.wanted else 'unless'}:{variable}"
    output = outputs.get(producer, {}).get(variable)
    if output is None:
        return Undecidable(f"{tag} cannot be decided: `{producer}` has stored no `{variable}`")
    if output.truthy is None:
        return Undecidable(
            f"{tag} cannot be decided: `{variable}` is a {output.artifact.type}, which is neither true nor false; "
            f"in `{producer}` make a variable that is, such as `flag = len({variable}) > 0`"
        )
    if output.truthy is not bound.condition.wanted:
        return NotMet(f"{tag}: `{variable}` is {'true' if output.truthy else 'false'}")
    return None
