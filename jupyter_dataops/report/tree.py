"""A run's node runs as rows: what a node expanded to, and its checks, indented below it; large groups folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName, checked_by, parts_of
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.report.looks import is_at_fault
from jupyter_dataops.states import NodeState

FOLD_OVER: Final = 20
"""A group with more children is one row, with its failed children, at most so many, below."""


class Row(Struct, frozen=True):
    """One node run, and where it stands."""

    node_run: NodeRunRecord
    depth: int = 0
    children: Mapping[NodeState, int] = field(default_factory=dict)
    """How many children are in each state; empty where it has none."""
    is_folded: bool = False
    """Not every child has a row."""

    @property
    def progress(self) -> tuple[int, int] | None:
        """Children that are done, and children altogether."""
        if not self.children:
            return None
        return sum(count for state, count in self.children.items() if state.is_done), sum(self.children.values())

    @property
    def progress_text(self) -> str:
        """The same as text, and how many failed, which the state of a group that tolerates failures does not tell.

        Examples
        --------
        >>> from jupyter_dataops.ids import RunId
        >>> group = NodeRunRecord(RunId("r"), NodeName("score"), 0)
        >>> Row(group, children={NodeState.SUCCEEDED: 495, NodeState.FAILED: 5}).progress_text
        '500/500, 5 failed'
        """
        if self.progress is None:
            return ""
        failed = self.children.get(NodeState.FAILED, 0)
        return f"{self.progress[0]}/{self.progress[1]}{f', {failed} failed' if failed else ''}"


def rows_of(node_runs: Iterable[NodeRunRecord], fold_over: int = FOLD_OVER) -> list[Row]:
    """A row for each of `node_runs`, in document order, children and checks below their node.

    Examples
    --------
    >>> from jupyter_dataops.ids import RunId
    >>> def made(name, parent=None):
    ...     return NodeRunRecord(RunId("r"), NodeName(name), 0, parent=parent)
    >>> rows = rows_of([made("score[a]", "score"), made("score")])
    >>> [(row.node_run.node, row.depth, row.progress) for row in rows]
    [('score', 0, (0, 1)), ('score[a]', 1, None)]
    """
    below = children_of(node_runs)
    return list(_rows(below, None, 0, fold_over))


def children_of(node_runs: Iterable[NodeRunRecord]) -> Mapping[NodeName | None, Sequence[NodeRunRecord]]:
    """Those with the same parent, checks included, by position; `None` has the pipeline's own."""
    below: dict[NodeName | None, list[NodeRunRecord]] = {}
    for node_run in node_runs:
        below.setdefault(node_run.parent, []).append(node_run)
    for siblings in below.values():
        siblings.sort(key=lambda one: one.position)
    return below


_Below = Mapping[NodeName | None, Sequence[NodeRunRecord]]


def _rows(below: _Below, parent: NodeName | None, depth: int, fold_over: int) -> Iterator[Row]:
    siblings = below.get(parent, ())
    folds = parent is not None and _is_many(siblings, fold_over)
    for node_run in _telling(below, siblings, fold_over) if folds else siblings:
        own = below.get(node_run.node, ())
        counts = Counter(child.state for child in own if child.severity is None)
        children = {state: counts[state] for state in NodeState if counts[state]}
        is_check = node_run.severity is not None
        yield Row(node_run, depth + is_check, children, is_folded=_is_many(own, fold_over))
        yield from _rows(below, node_run.node, depth + 1, fold_over)


def _is_many(siblings: Sequence[NodeRunRecord], fold_over: int) -> bool:
    return sum(one.severity is None for one in siblings) > fold_over


def _telling(below: _Below, siblings: Sequence[NodeRunRecord], limit: int) -> list[NodeRunRecord]:
    """Those that failed, or in which something did."""
    return [one for one in siblings if _has_failed(below, one)][:limit]


def _has_failed(below: _Below, node_run: NodeRunRecord) -> bool:
    return is_at_fault(node_run) or any(_has_failed(below, child) for child in below.get(node_run.node, ()))


def node_and_check(name: str) -> tuple[NodeName, str]:
    """Which node a check, named as in a run, checks, and what the check is called.

    Examples
    --------
    >>> node_and_check("check:clean/not_null"), node_and_check("etl[de]/check:clean/x")
    (('clean', 'not_null'), ('etl[de]/clean', 'x'))
    """
    return checked_by(name), parts_of(name).local.partition("/")[2]
