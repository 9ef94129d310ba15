"""Retrying: a run that has ended, as a new run; one node, while its run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jupyter_dataops.api.asset_digests import newest_assets
from jupyter_dataops.api.deployed import prepare_files
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.launch import Request
from jupyter_dataops.api.reading import AnalysedNotebook, read_notebook
from jupyter_dataops.control import wake
from jupyter_dataops.errors import IllegalMove, UsageError
from jupyter_dataops.events import NodeReopened
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.plan.executions import parameter_values
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.plan.neighbours import closure, neighbours
from jupyter_dataops.plan.retry import Asked, Present, plan_reopening, plan_retry
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.spec.parameters import check_parameters
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from jupyter_dataops.wiring import Layout, SystemClock

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

_REOPENABLE: Final = (NodeState.FAILED, NodeState.UPSTREAM_FAILED, NodeState.SKIPPED)


class Selected(Struct, frozen=True):
    """What a retry is asked to run; nothing: all that has no valid result."""

    nodes: Sequence[str] = ()
    """These, and what is below them."""
    select: str | None = None
    """Just what this means, in dbt's words; see `jupyter_dataops.graph.select`."""


class PlannedRetry(Struct, frozen=True):
    """A retry that nobody has stored yet."""

    analysed: AnalysedNotebook
    """The notebook as it is now."""
    plan: Plan
    parameters: Mapping[str, Any]

    def request(self, run: Run, selected: Selected, jobs: int | None, fail_fast: bool | None) -> Request:
        """How the new run is asked for: as `run` was, but for what is given."""
        options = run.record.options
        return Request(
            notebook=run.notebook,
            working_dir=Path(options["working_dir"]),
            parameters=self.parameters,
            jobs=jobs or options["jobs"],
            fail_fast=options["fail_fast"] if fail_fast is None else fail_fast,
            select=selected.select,
            parent_run_id=run.run_id,
            deployment=options.get("deployment"),
        )


def prepare_retry(run: Run, selected: Selected, parameters: Mapping[str, Any]) -> PlannedRetry:
    """What a retry of `run` would do; the notebook is read anew. A run of a version keeps to that version.

    Raises
    ------
    UsageError
        The run has not ended, or the selection means nothing.
    InvalidPipeline, NodeNotFound, ParameterError
    """
    run.refresh()
    _require_ended(run)
    prepare_files(run.record, Layout.of(run.settings))
    analysed = read_notebook(run.notebook)
    analysed.require_valid()
    given = {**run.parameters, **parameters}
    check_parameters(analysed.parameters, given)
    previous = {name: node_run.record for name, node_run in run.nodes.items()}
    before = parameter_values(run.snapshot.parameters, run.parameters)
    now = parameter_values(analysed.parameters, given)
    present = Present(
        flow=analysed.flow,
        fingerprints=fingerprints_of(
            analysed, given, Path(run.record.options["working_dir"]), assets=newest_assets(run.settings)
        ),
        warns=frozenset(name for name, check in analysed.spec.checks.items() if check.severity is CheckSeverity.WARN),
        parameters={
            name: f"{before.get(name, 'none')} -> {now[name]}" for name in now if before.get(name) != now[name]
        },
    )
    asked = _asked(analysed, selected, {name: record.state for name, record in previous.items()})
    previous |= _inside_reused(run, previous, _groups(analysed) if not asked.names else asked.names)
    return PlannedRetry(analysed, plan_retry(present, run.record, previous, asked), given)


def _asked(analysed: AnalysedNotebook, selected: Selected, states: Mapping[NodeName, NodeState]) -> Asked:
    if selected.select is None:
        return Asked(tuple(NodeName(node) for node in dict.fromkeys(selected.nodes)))
    if selected.nodes:
        raise UsageError(
            "a retry takes nodes or a selection, not both", hint="write the nodes into the selection: `a+`"
        )
    from jupyter_dataops.graph.select import select  # noqa: PLC0415 - networkx costs 0.1 s

    known = {**dict.fromkeys(analysed.spec.checks, NodeState.PENDING), **states}
    chosen = select(analysed.graph, selected.select, known)
    if not chosen:
        raise UsageError(f"nothing in the run is `{selected.select}`", hint="see `show` for the states of its nodes")
    in_order = dict.fromkeys((*states, *analysed.spec.nodes, *analysed.spec.checks))
    return Asked(tuple(name for name in in_order if name in chosen), and_below=False)


def _groups(analysed: AnalysedNotebook) -> list[NodeName]:
    options = ((name, node.options) for name, node in analysed.spec.nodes.items())
    return [name for name, one in options if one.each is not None or one.notebook is not None]


def _inside_reused(
    run: Run, previous: Mapping[NodeName, NodeRunRecord], names: Sequence[NodeName]
) -> dict[NodeName, NodeRunRecord]:
    """What groups that this run reused expanded to in the run that computed them, as far as `names` ask for it."""
    owners = {owner_of(name) for name in names if name not in previous or name == owner_of(name)}
    sources = {previous[owner].source_run_id for owner in owners if owner in previous}
    found: dict[NodeName, NodeRunRecord] = {}
    with run.store() as store:
        for source in sorted(filter(None, sources)):
            found |= {
                one.node: one for one in store.get_node_runs(source) if one.parent and owner_of(one.node) in owners
            }
    return found


def _require_ended(run: Run) -> None:
    if run.state.is_terminal:
        return
    raise UsageError(
        f"run {run.run_id} is still {run.state}",
        hint="wait for its end, or cancel it first; `retry RUN --node NODE` tries one node again while it goes on",
    )


def reopen_node(run: Run, name: str, by: str) -> None:
    """The runner of `run`, which goes on, tries the node again, and decides anew what is below.

    Raises
    ------
    NodeNotFound
        The run has no such node.
    UsageError
        The run is not at work, or the node has not failed, or been skipped, in it.
    """
    node = _require_reopenable(run, name)
    control = run.record.control
    if control is None or not wake(control):
        raise UsageError(
            f"the runner of run {run.run_id} does not answer",
            hint=f"`jupyter dataops show {run.run_id}` says whether it still is there",
        )
    asked = NodeReopened(run_id=run.run_id, at=SystemClock().now(), node=node, reason="its retry was asked for", by=by)
    with run.store() as store:
        try:
            store.apply(asked, None)
        except IllegalMove:
            run.refresh()
            _require_reopenable(run, name)
            raise
    wake(control)


def plan_reopen(run: Run, names: Sequence[str]) -> Plan:
    """What `reopen_node` would ask for, of each. Raises as it does."""
    nodes = [_require_reopenable(run, name) for name in names]
    _, below = neighbours(run.snapshot.flow)
    records = {other: node_run.record for other, node_run in run.nodes.items()}
    return plan_reopening(records, nodes, closure(map(owner_of, nodes), below))


def _require_reopenable(run: Run, name: str) -> NodeName:
    run.refresh()
    if run.state is not RunState.RUNNING:
        raise UsageError(f"run {run.run_id} is {run.state}: it tries no node again", hint="retry it when it has ended")
    found = run[name]
    state = found.state
    if state not in _REOPENABLE:
        ended = "what has ended well stays; retry it when the run has ended" if state.is_done else "wait for its end"
        raise UsageError(f"node `{name}` is {state} in run {run.run_id}, which goes on", hint=ended)
    return found.node


def is_edited_since(run: Run, name: str) -> bool:
    """Whether the node's cells in the notebook are not those that the run pinned, and goes on with."""
    owner = owner_of(name)
    then, now = run.snapshot.spec, read_notebook(run.notebook).spec
    return _sources(then, owner) != _sources(now, owner)


def _sources(spec: Any, node: NodeName) -> list[str] | None:
    return [cell.source for cell in spec.nodes[node].cells] if node in spec.nodes else None
