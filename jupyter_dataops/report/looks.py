"""How one node run looks: its state, or a check's verdict, as symbol, word and colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from jupyter_dataops.engine.verdict import tolerance_sentence
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.states import LOOKS, CheckSeverity, NodeState, RunState


class Shown(Struct, frozen=True):
    """What is drawn for a state or verdict: never colour alone."""

    symbol: str
    word: str
    colour: str
    """A terminal colour name."""
    fill: str
    """Fill colour in drawings, ``#rrggbb``."""

    def __str__(self) -> str:
        return f"{self.symbol} {self.word}"


PASSED: Final = Shown("✔", "passed", "green", "#c8e6c9")
WARNED: Final = Shown("⚠", "warned", "yellow", "#fff3c4")
CUT_OFF: Final = Shown(LOOKS[RunState.CRASHED].symbol, "running when the runner died", "magenta", "#e1bee7")


def shown(node_run: NodeRunRecord, run: RunState | None = None) -> Shown:
    """The state of a node, or what a check says.

    Parameters
    ----------
    run
        The state of its run: in one that has crashed, nothing is running any more.

    Examples
    --------
    >>> from jupyter_dataops.ids import NodeName, RunId
    >>> failed = {"run_id": RunId("r"), "node": NodeName("n"), "position": 0, "state": NodeState.FAILED}
    >>> for severity in (None, CheckSeverity.ERROR, CheckSeverity.WARN):
    ...     print(shown(NodeRunRecord(**failed, severity=severity)))
    ✘ failed
    ✘ failed
    ⚠ warned
    """
    if run is RunState.CRASHED and node_run.state is NodeState.RUNNING:
        return CUT_OFF
    if node_run.severity is not None:
        if node_run.state.has_outputs:
            return PASSED
        if node_run.state is NodeState.FAILED and node_run.severity is CheckSeverity.WARN:
            return WARNED
    return shown_state(node_run.state)


def shown_state(state: NodeState | RunState) -> Shown:
    """A state."""
    look = LOOKS[state]
    return Shown(look.symbol, state.value, look.colour, look.fill)


def is_at_fault(node_run: NodeRunRecord) -> bool:
    """It failed, and that is no mere warning."""
    return node_run.state is NodeState.FAILED and node_run.severity is not CheckSeverity.WARN


def count_states(node_runs: Iterable[NodeRunRecord]) -> dict[NodeState, int]:
    """How many nodes of the pipeline itself are in each state, in the states' order; states without one are left out.

    What nodes have expanded to counts with them, checks with `count_checks`.
    """
    counts = Counter(one.state for one in node_runs if one.parent is None and one.severity is None)
    return {state: counts[state] for state in NodeState if counts[state]}


def count_checks(node_runs: Iterable[NodeRunRecord]) -> dict[Shown, int]:
    """How many checks say what: passed, warned, then states."""
    counts = Counter(shown(one) for one in node_runs if one.severity is not None)
    order = [PASSED, WARNED, *(shown_state(state) for state in NodeState)]
    return {said: counts[said] for said in order if counts[said]}


def tolerated_among(node_runs: Iterable[NodeRunRecord]) -> set[NodeName]:
    """Elements that failed without their ``each:`` node failing for it, and all that is in these."""
    by_name = {one.node: one for one in node_runs}

    def is_within(one: NodeRunRecord) -> bool:
        group = by_name.get(one.parent) if one.parent else None
        return group is not None and (_is_tolerated(one, group) or is_within(group))

    return {name for name, one in by_name.items() if is_within(one)}


def _is_tolerated(child: NodeRunRecord, group: NodeRunRecord) -> bool:
    has_failed = child.state in (NodeState.FAILED, NodeState.UPSTREAM_FAILED)
    return has_failed and child.key is not None and group.state.has_outputs


def counts_sentence(node_runs: Iterable[NodeRunRecord]) -> str:
    """Nodes and checks, counted, and elements whose failure was tolerated.

    Examples
    --------
    >>> from jupyter_dataops.ids import NodeName, RunId
    >>> ok = {"run_id": RunId("r"), "position": 0, "state": NodeState.SUCCEEDED}
    >>> check = NodeRunRecord(node=NodeName("check:a/x"), severity=CheckSeverity.WARN, **ok)
    >>> counts_sentence([NodeRunRecord(node=NodeName("a"), **ok), check])
    '1 succeeded; 1 check passed'
    """
    by_name = {one.node: one for one in node_runs}
    nodes = ", ".join(f"{count} {state.value}" for state, count in count_states(by_name.values()).items())
    checks = _checks_sentence(count_checks(by_name.values()))
    children = [(one, by_name[one.parent]) for one in by_name.values() if one.parent and one.parent in by_name]
    tolerated = tolerance_sentence(sum(_is_tolerated(child, group) for child, group in children))
    return "; ".join(filter(None, (nodes, checks, tolerated)))


def _checks_sentence(said: Mapping[Shown, int]) -> str:
    if not said:
        return ""
    first, *others = [f"{count} {{}}{verdict.word}" for verdict, count in said.items()]
    noun = "check " if next(iter(said.values())) == 1 else "checks "
    return ", ".join([first.format(noun), *(other.format("") for other in others)])


def troubles_of(node_runs: Sequence[NodeRunRecord]) -> list[NodeRunRecord]:
    """Nodes and checks that failed, or warned, themselves: a group of which only children did is left out.

    Examples
    --------
    >>> from jupyter_dataops.ids import NodeName, RunId
    >>> failed = {"run_id": RunId("r"), "position": 0, "state": NodeState.FAILED}
    >>> child = NodeRunRecord(node=NodeName("a[1]"), parent=NodeName("a"), **failed)
    >>> [trouble.node for trouble in troubles_of([NodeRunRecord(node=NodeName("a"), **failed), child])]
    ['a[1]']
    """
    blamed = {one.parent for one in node_runs if is_at_fault(one)}
    return [one for one in node_runs if one.state is NodeState.FAILED and one.node not in blamed]
