"""Why a run failed: where, with what error, and what differs from when that node last succeeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.api.executions import Executions, PastRun
from jupyter_dataops.api.explanation import Explanation, Place
from jupyter_dataops.api.scopes import Scope
from jupyter_dataops.ids import NodeName, RunId, parts_of
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.comparison import Open, compare
from jupyter_dataops.plan.differences import STATIC, Difference, Kind, ranked
from jupyter_dataops.plan.executions import cells_of
from jupyter_dataops.records import ArtifactRecord, Failure, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.report.looks import tolerated_among
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import CAUSE_MEANINGS, CheckSeverity, NodeState, RunState

SEARCHED: Final = 50
"""How many runs of the notebook are searched for an earlier success."""
AROUND: Final = 2
"""Lines shown above and below the one that failed."""
LARGEST_OPENED_BYTES: Final = 64 << 20
"""Larger values are compared by their descriptions: opening one takes a second or so per gigabyte, and its memory."""
_MOST_COMPARED: Final = 50
"""Nodes that are compared at most: the failed one, and those above it."""
_ABOVE: Final = STATIC | {Kind.CONTENT, Kind.PACKAGES}
"""What is told of nodes above the one that failed."""
_HANDLERS: Final = (TriggerRule.ALL_FAILED, TriggerRule.ONE_FAILED, TriggerRule.ONE_SUCCESS)


def explain_run(run_id: RunId, store: RunStore, read: Callable[[ArtifactRecord], Any]) -> Explanation:
    """Why a run ended as it did.

    Parameters
    ----------
    read
        A stored value, if it can be read without running code that came with it, else `None`.

    Notes
    -----
    Searches at most `SEARCHED` earlier runs, and opens only values that differ and are not too large.
    """
    executions = Executions(store)
    run = executions.run(run_id)
    failed = failures_of(run)
    going_on = tuple(name for name, record in run.nodes.items() if _was_going_on(run.record, record))
    if not failed or run.record.state is RunState.SUCCEEDED:
        return Explanation(run.record, _without_failure(run.record, failed, going_on), going_on=going_on)
    first = failed[0]
    place = place_of(first.failure, run.scope_of(first.node), first.node)
    before = _last_success(executions, store, run.record, first.node)
    found: tuple[Difference, ...] = ()
    if before is not None:
        differing = _differences(executions, run, before, first.node, _opener(read))
        line = place.failed_line if place is not None else ""
        found = tuple(ranked(differing, first.node, first.failure, line))
    return Explanation(
        run=run.record,
        verdict=_verdict(first, before, found),
        failed=first,
        place=place,
        others=tuple(record.node for record in failed[1:]),
        going_on=going_on,
        compared_with=before,
        differences=found,
    )


def failures_of(run: PastRun) -> list[NodeRunRecord]:
    """What failed, in order of time; what a node handled or tolerated, and checks that only warn, last.

    A group that failed because of what is in it is left out: that is what failed.
    """
    failed = [record for record in run.nodes.values() if record.state is NodeState.FAILED]
    groups = {record.parent for record in failed}
    handled = _handled(run) | tolerated_among(run.nodes.values())
    return sorted(
        (record for record in failed if record.node not in groups),
        key=lambda one: (
            one.severity is CheckSeverity.WARN,
            one.node in handled,
            one.finished_at or run.record.created_at,
        ),
    )


def _handled(run: PastRun) -> set[NodeName]:
    """Nodes of the notebook whose failure a node directly below took, by its trigger rule."""
    spec = run.analysed.spec
    return {
        edge.source
        for edge in run.analysed.flow.edges
        if spec.nodes[edge.target].options.trigger in _HANDLERS
        and edge.target in run.nodes
        and run.nodes[edge.target].state is NodeState.SUCCEEDED
    }


def _was_going_on(run: RunRecord, record: NodeRunRecord) -> bool:
    if run.state is RunState.CRASHED:
        return record.state is NodeState.RUNNING and record.attempt > 0
    return record.state is NodeState.CANCELLED and record.failure is not None


def _without_failure(run: RunRecord, failed: Sequence[NodeRunRecord], going_on: Sequence[NodeName]) -> str:
    at_work = f"; at work then: {_names(going_on)}" if going_on else ""
    match run.state:
        case RunState.SUCCEEDED:
            beside = f"; {_names([record.node for record in failed])} failed, which stopped nothing" if failed else ""
            return f"The run succeeded: there is nothing to explain{beside}."
        case RunState.QUEUED:
            return "No runner has taken the run yet."
        case RunState.CRASHED:
            return f"The code is not to blame as far as is known: {run.reason}. `resume` goes on with it."
        case RunState.CANCELLED | RunState.CANCELLING:
            return f"The run was stopped: {run.reason}{at_work}."
        case RunState.FAILED:
            return f"No node failed; the run did because: {run.reason}."
        case _:
            return "The run goes on, and nothing has failed so far."


def _names(names: Sequence[NodeName]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def place_of(failure: Failure | None, scope: Scope | None, name: NodeName) -> Place | None:
    """Where in its notebook (`scope`) the attempt at a node run or check failed; `None` where that is not known."""
    if failure is None or scope is None:
        return None
    cells = [one for one in scope.analysed.spec.cells if one.id == failure.cell_id]
    local = parts_of(name).local
    if not cells and local in scope.analysed.spec.checks:  # its verdict is that of its last cell
        cells = list(cells_of(scope.analysed.spec, local))
    if not cells:
        return None
    cell = cells[-1]
    lines = list(enumerate(cell.source.splitlines(), 1))
    around = failure.line or 1
    shown = tuple(lines[max(0, around - 1 - AROUND) : around + AROUND])
    return Place(cell.id, cell.index, failure.line, shown, scope.path)


def _last_success(executions: Executions, store: RunStore, run: RunRecord, name: NodeName) -> NodeRunRecord | None:
    """The node run that computed what `name` last had before this run, in one of the same notebook or deployment."""
    for earlier in _alike(store, run):
        if earlier.created_at >= run.created_at or earlier.run_id == run.run_id:
            continue
        found = next((one for one in store.get_node_runs(earlier.run_id) if one.node == name), None)
        if found is not None and found.state.has_outputs:
            execution = executions.of(found.run_id, name)
            if execution is not None:
                return execution.record
    return None


def _alike(store: RunStore, run: RunRecord) -> Iterator[RunRecord]:
    """Runs of the same notebook, and of other versions of the same deployment, newest first of each."""
    yield from store.get_runs(run.notebook, SEARCHED)
    version = deployment_of(run)
    if version is not None:
        for other in store.get_runs(limit=SEARCHED):
            its = deployment_of(other)
            if its is not None and its.name == version.name and its.digest != version.digest:
                yield other


def _opener(read: Callable[[ArtifactRecord], Any]) -> Open:
    def open_both(old: OutputRecord, new: OutputRecord) -> tuple[Any, Any] | None:
        artifacts = old.artifact, new.artifact
        if any(one.size_bytes > LARGEST_OPENED_BYTES or one.members for one in artifacts):
            return None
        then, now = map(read, artifacts)
        return None if then is None or now is None else (then, now)

    return open_both


def _differences(
    executions: Executions, run: PastRun, before: NodeRunRecord, name: NodeName, open_both: Open
) -> list[Difference]:
    """What differs in the node, and above it wherever that changed what the node got."""
    found: list[Difference] = []
    waiting, seen = [name], {name}
    while waiting and len(seen) <= _MOST_COMPARED:
        node = waiting.pop(0)
        old, new = executions.of(before.run_id, node), executions.of(run.record.run_id, node)
        if old is None or new is None:
            continue
        differing = compare(old, new, open_both)
        found += differing if node == name else [one for one in differing if one.kind in _ABOVE]
        changed = (new.reads.get(one.name) for one in differing if one.kind is Kind.CONTENT)
        for source in changed:
            if source is not None and source not in seen:
                seen.add(source)
                waiting.append(source)
    return found


def _verdict(failed: NodeRunRecord, before: NodeRunRecord | None, differences: Sequence[Difference]) -> str:
    what = f"`{failed.node}` failed first: {_error(failed)}."
    if failed.failure is not None and failed.failure.cause.is_infrastructure:
        what += f" The machine failed, not the code as far as is known: {CAUSE_MEANINGS[failed.failure.cause]}."
    if before is None:
        return f"{what} It has not succeeded in an earlier run, so there is nothing to compare with."
    since = f"since its last success in run {before.run_id}"
    if not differences:
        return (
            f"{what} Nothing that is recorded differs {since}: it may be flaky (the network, the clock, chance), or "
            "depend on something undeclared; `retry` shows which."
        )
    first = differences[0]
    whose = "" if first.node == failed.node else f"of `{first.node}`, above it: "
    return f"{what} Most likely {since}: {whose}{first.sentence}.{_origin(first, failed.node, differences)}"


def _origin(first: Difference, node: NodeName, differences: Sequence[Difference]) -> str:
    """What made an input differ, where that was found above."""
    if first.kind is not Kind.CONTENT:
        return ""
    above = next((one for one in differences if one.node != node and one.kind is not Kind.CONTENT), None)
    return f" That goes back to `{above.node}`: {above.sentence}." if above is not None else ""


def _error(failed: NodeRunRecord) -> str:
    if failed.failure is None:
        return failed.reason
    return failed.failure.headline.rstrip(": .")
