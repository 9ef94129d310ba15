"""How far a run is, from its node runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import NodeRunRecord, RunOverview
from jupyter_dataops.states import NodeState

_EVER: Final = datetime.max.replace(tzinfo=UTC)


class Failed(Struct, frozen=True):
    """A node run that failed."""

    node: NodeName
    parent: NodeName | None
    finished_at: datetime | None


def overview_of(node_runs: Iterable[NodeRunRecord]) -> RunOverview:
    """How far the run is that has exactly these node runs."""
    listed = list(node_runs)
    counts = Counter(one.state for one in listed if one.parent is None and one.severity is None)
    failed = [Failed(one.node, one.parent, one.finished_at) for one in listed if one.state is NodeState.FAILED]
    return overview(counts, failed)


def overview(counts: Mapping[NodeState, int], failed: Sequence[Failed]) -> RunOverview:
    """The same from numbers, and from all that failed.

    Examples
    --------
    >>> group, child = Failed(NodeName("score"), None, None), Failed(NodeName("score[a]"), NodeName("score"), None)
    >>> overview({NodeState.FAILED: 1}, [group, child]).failed
    ('score[a]',)
    """
    groups = {one.parent for one in failed}
    own = sorted(
        (one for one in failed if one.node not in groups), key=lambda one: (one.finished_at or _EVER, one.node)
    )
    return RunOverview(dict(counts), tuple(one.node for one in own))
