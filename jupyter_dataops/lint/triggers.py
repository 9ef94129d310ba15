"""``DO014``: nodes whose trigger rule or conditions no run can meet, shown by trying every way a run may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Final

from jupyter_dataops.ids import NodeName
from jupyter_dataops.lint.models import Subject
from jupyter_dataops.lint.structure import cell_tagged
from jupyter_dataops.spec.models import Condition, NodeSpec, Problem, Severity, TriggerRule


class End(StrEnum):
    """How an upstream node may end, as trigger rules see it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


Ends = frozenset[End]

# Rules only ask which ends are there, never how often: eight cases stand for any number of upstream nodes.
HOLDS: Final[Mapping[TriggerRule, Callable[[Ends], bool]]] = MappingProxyType(
    {
        TriggerRule.ALL_SUCCESS: lambda ends: ends <= {End.SUCCEEDED},
        TriggerRule.ALL_FAILED: lambda ends: ends <= {End.FAILED},
        TriggerRule.ALL_DONE: lambda ends: True,  # noqa: ARG005
        TriggerRule.ALL_SKIPPED: lambda ends: ends <= {End.SKIPPED},
        TriggerRule.ONE_SUCCESS: lambda ends: End.SUCCEEDED in ends,
        TriggerRule.ONE_FAILED: lambda ends: End.FAILED in ends,
        TriggerRule.ONE_DONE: lambda ends: bool(ends & {End.SUCCEEDED, End.FAILED}),
        TriggerRule.NONE_FAILED: lambda ends: End.FAILED not in ends,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: lambda ends: End.FAILED not in ends and End.SUCCEEDED in ends,
        TriggerRule.NONE_SKIPPED: lambda ends: End.SKIPPED not in ends,
        TriggerRule.ALWAYS: lambda ends: True,  # noqa: ARG005
    }
)
"""Whether a node with that rule runs, given the set of ends of its direct upstream."""

_FAILS_WITH_UPSTREAM: Final = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.ONE_SUCCESS,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)


def check_triggers(subject: Subject) -> Iterator[Problem]:
    """``DO014``, for each node that could never run."""
    spec = subject.spec
    upstream: dict[NodeName, set[NodeName]] = {name: set() for name in spec.nodes}
    for edge in subject.flow.edges:
        upstream[edge.target].add(edge.source)
    try:
        order = list(TopologicalSorter(upstream).static_order())
    except CycleError:
        return  # nothing can run, and DO001 says so
    ends: dict[NodeName, Ends] = {}
    for name in order:
        together = _together([ends[other] for other in upstream[name]])
        node = spec.nodes[name]
        ends[name] = _ends_of(node, together)
        if not any(HOLDS[node.options.trigger](case) for case in together):
            yield _never(subject, node, has_upstream=bool(upstream[name]))
        yield from _contradicting(subject, node)


def _together(upstream: list[Ends]) -> set[Ends]:
    """Every set of ends that upstream nodes may come to; a node is in one of its own possible ends."""
    cases: set[Ends] = {frozenset()}
    for possible in upstream:
        cases = {case | {end} for case in cases for end in possible}
    return cases


def _ends_of(node: NodeSpec, together: set[Ends]) -> Ends:
    rule = node.options.trigger
    ends: set[End] = {End.SKIPPED} if node.options.conditions or node.options.each else set()
    for case in together:
        if HOLDS[rule](case):
            ends |= {End.SUCCEEDED, End.FAILED}
        elif rule in _FAILS_WITH_UPSTREAM and End.FAILED in case:
            ends.add(End.FAILED)
        else:
            ends.add(End.SKIPPED)
    return frozenset(ends)


def _never(subject: Subject, node: NodeSpec, *, has_upstream: bool) -> Problem:
    rule = node.options.trigger
    cell = cell_tagged(subject.spec, node.name, "trigger", rule)
    why = "no run can bring its upstream nodes there" if has_upstream else "it has no upstream nodes"
    return Problem(
        "DO014",
        f"node '{node.name}' can never run: trigger:{rule} cannot hold, because {why}",
        "choose another trigger rule, or name what it waits for with 'after:NODE'",
        cell.id,
        cell.index,
        node.name,
        # A run of selected nodes skips others, which may yet make such a rule hold.
        Severity.WARNING if has_upstream else None,
        tag=f"trigger:{rule}",
    )


def _contradicting(subject: Subject, node: NodeSpec) -> Iterator[Problem]:
    conditions = node.options.conditions
    for condition in conditions:
        if condition.wanted and Condition(condition.variable, wanted=False) in conditions:
            cell = cell_tagged(subject.spec, node.name, "when", condition)
            yield Problem(
                "DO014",
                f"node '{node.name}' can never run: it has both 'when:{condition.variable}' and"
                f" 'unless:{condition.variable}'",
                "remove one of the two tags",
                cell.id,
                cell.index,
                node.name,
                tag=f"when:{condition.variable}",
            )
