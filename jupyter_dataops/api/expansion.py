"""What a group expands to, and what it hands on: ``each:`` nodes, and nodes that run a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.past import Past
from jupyter_dataops.api.scopes import Outputs, Scope, Scopes
from jupyter_dataops.api.work import child_work, notebook_work
from jupyter_dataops.dataflow.models import Source
from jupyter_dataops.engine.models import Expansion, NodeWork
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.ids import NodeName, child_name, parts_of
from jupyter_dataops.interfaces import ArtifactStore
from jupyter_dataops.plan.aliasing import collected_together, seen_from_outside
from jupyter_dataops.plan.children import ELEMENT, INPUTS_CONTENT, Child, decide_child, never_expanded
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.models import Action, Decision
from jupyter_dataops.plan.neighbours import in_order
from jupyter_dataops.plan.retry import Asked, Present, plan_retry
from jupyter_dataops.plan.reuse import failed_elements
from jupyter_dataops.records import ItemRecord, NodeRunRecord, OutputRecord
from jupyter_dataops.states import CheckSeverity


class Expansions:
    """The groups of one run; see `jupyter_dataops.engine.models.Expand` and `Collect`.

    Parameters
    ----------
    only
        What a retry was asked for by name: these run, whatever holds.
    """

    def __init__(self, scopes: Scopes, artifacts: ArtifactStore, past: Past, only: Sequence[NodeName] = ()) -> None:
        self._scopes = scopes
        self._artifacts = artifacts
        self._past = past
        self._only = tuple(only)
        self._fingerprints: dict[NodeName, Mapping[str, str]] = {}
        self._children: dict[NodeName, tuple[NodeWork, ...]] = {}

    def start(self, node_runs: Sequence[NodeRunRecord], actions: Mapping[NodeName, Action]) -> list[NodeWork]:
        """Work for everything that the run's store knows of: a new run's nodes, a resumed one's children, too.

        Parameters
        ----------
        actions
            Of the run's own nodes and checks.
        """
        families: dict[NodeName | None, list[NodeRunRecord]] = {}
        for record in node_runs:
            families.setdefault(record.parent, []).append(record)

        def follow(parent: NodeName | None, scope: Scope) -> Iterator[NodeWork]:
            records = families.get(parent, [])
            decisions = [self._stored(record, actions) for record in records]
            if records and records[0].item is not None:
                node = parts_of(records[0].node).local
                family = [_stored_child(scope, node, *pair) for pair in zip(decisions, records, strict=True)]
            else:
                local = [replace(one, node=parts_of(one.node).local) for one in decisions]
                family = notebook_work(scope, local)
            if parent is not None:
                self._children[parent] = tuple(family)
            for work, record in zip(family, records, strict=True):
                self._know(work)
                yield work
                if record.node in families:
                    # What an `each:` node expands to is of its own notebook, what a `notebook:` node does, of that.
                    is_each = families[record.node][0].item is not None
                    inner = scope if is_each else self._scopes.open(record.node, record.parameters or {})
                    yield from follow(record.node, inner)

        return list(follow(None, self._scopes.own))

    def fingerprint_of(self, name: NodeName) -> Mapping[str, str]:
        """With which a node run that is there was planned."""
        return self._fingerprints[name]

    def _know(self, work: NodeWork) -> None:
        self._fingerprints[work.decision.node] = work.decision.fingerprint
        if work.item is not None and work.key is not None:
            self._scopes.elements[work.decision.node] = ItemRecord(work.key, work.item)

    def _stored(self, record: NodeRunRecord, actions: Mapping[NodeName, Action]) -> Decision:
        source = record.source_run_id
        action = actions.get(record.node)
        if action is None:  # A child: a skip that was planned is the only decision without a fingerprint.
            action = Action.RUN if record.fingerprint else Action.SKIP
            action = Action.REUSE if source is not None else action
        outputs: Mapping[str, OutputRecord] = {}
        if action is Action.REUSE and source is not None:
            outputs = self._past.of_run(source)[record.node].outputs
        return Decision(record.node, action, record.reason, record.fingerprint, source, outputs)

    def expand(self, node: NodeName, outputs: Outputs, parameters: Mapping[str, Any] | None) -> Expansion:
        """See `Expand`."""
        scope, here = self._scopes.of(node), parts_of(node)
        each = scope.analysed.spec.nodes[here.local].options.each
        if each is not None and here.key is None:
            children = tuple(self._each_children(scope, here.local, each[1], outputs))
            given = None
        else:
            given = dict(parameters or {})
            children = tuple(self._notebook_children(self._scopes.open(node, given)))
        self._children[node] = children
        for child in children:
            self._know(child)
        return Expansion(children, given)

    def collect(self, node: NodeName, outputs: Outputs) -> Mapping[str, OutputRecord]:
        """See `Collect`."""
        here = parts_of(node)
        options = self._scopes.of(node).analysed.spec.nodes[here.local].options
        is_each = options.each is not None and here.key is None
        return self._collected(node, outputs) if is_each else self._handed_out(node, outputs)

    # -- each:

    def _each_children(self, scope: Scope, node: NodeName, variable: str, outputs: Outputs) -> Iterator[NodeWork]:
        group, inside = scope.name(node), scope.outputs(outputs)
        flow = scope.analysed.flow
        producer = flow.producer_above(variable, node)
        record = None if producer is None or isinstance(producer, Source) else inside.get(producer, {}).get(variable)
        if record is None or record.items is None:
            raise EnvironmentRefused(
                f"`{group}` runs for each element of '{variable}', which `{producer}` has not stored one by one",
                hint=f"have `{producer}` run again: --node {producer}" if record else f"have `{producer}` bind it",
            )
        reads = {
            name: inside[one][name].artifact.digest
            for name, one in flow.nodes[node].reads.items()
            if name in inside.get(one, {})
        }
        template = {**self._fingerprints[group], INPUTS_CONTENT: digest(reads)}
        outputs_of_child = flow.nodes[node].outputs
        did_expand = self._past.did_expand(group)
        for item in record.items:
            fingerprint = {**template, ELEMENT: item.output.artifact.digest}
            child = Child(child_name(group, item.key), fingerprint, outputs_of_child)
            yield child_work(scope, node, self._decide_child(child, group, variable, did_expand=did_expand), item)

    def _decide_child(self, child: Child, group: NodeName, variable: str, *, did_expand: bool) -> Decision:
        parent = self._past.parent
        if parent is None:
            return Decision(child.name, Action.RUN, f"it is an element of `{variable}`", child.fingerprint)
        return decide_child(
            child,
            self._past.inside(group).get(child.name),
            parent,
            asked_for=self._asked_for(child.name),
            is_sibling_asked=any(name.startswith(f"{group}[") for name in self._only),
            tolerated=failed_elements(child.name, self._past.failed_inside(child.name)),
            did_expand=did_expand,
        )

    def _collected(self, group: NodeName, outputs: Outputs) -> dict[str, OutputRecord]:
        scope, node = self._scopes.of(group), parts_of(group).local
        done = [
            (child, outputs[child.decision.node]) for child in self._children[group] if child.decision.node in outputs
        ]
        handed_on: dict[str, OutputRecord] = {}
        for name in scope.flow_of(node).outputs:
            missing = [child.decision.node for child, found in done if name not in found]
            if done and len(missing) == len(done):
                continue
            if missing:
                raise EnvironmentRefused(
                    f"`{missing[0]}` has bound no '{name}', of which `{group}` hands on a list",
                    hint=f"bind '{name}' for every element: {name} = None, where there is nothing to say",
                )
            collected = self._artifacts.collect(name, [found[name] for _, found in done])
            if name in scope.each_of(node):
                items = (ItemRecord(child.key or "", found[name]) for child, found in done)
                collected = replace(collected, items=tuple(items))
            handed_on[name] = collected
        return collected_together(handed_on)

    # -- notebook:

    def _notebook_children(self, scope: Scope) -> list[NodeWork]:
        analysed, group = scope.analysed, scope.group or NodeName("")
        notebooks = self._scopes.notebooks
        prints = fingerprints_of(
            analysed, scope.parameters, scope.working_dir, notebooks, path=scope.path, assets=scope.assets
        )
        parent = self._past.parent
        is_asked = any(_is_within(group, one) for one in self._only)
        if parent is None or is_asked or not self._past.did_expand(group):
            reason = "its retry was asked for" if is_asked else f"`{group}` runs {scope.path}"
            if parent is not None and not is_asked:
                reason = never_expanded(parent.run_id)
            return notebook_work(
                scope, [Decision(name, Action.RUN, reason, prints.get(name, {})) for name in in_order(analysed.flow)]
            )
        earlier = {
            local: replace(record, node=local, parent=record.parent and _within(group, record.parent))
            for name, record in self._past.inside(group).items()
            if (local := _within(group, name)) is not None
        }
        asked = Asked(tuple(local for name in self._only if (local := _within(group, name)) in earlier and local))
        lacking = _lacking(analysed.flow.final, earlier)
        for node in lacking:
            earlier[node] = replace(earlier[node], fingerprint={})  # speaks against it, whatever else holds
        warns = frozenset(name for name, one in analysed.spec.checks.items() if one.severity is CheckSeverity.WARN)
        plan = plan_retry(Present(analysed.flow, prints, warns), parent, earlier, asked)
        return notebook_work(
            scope,
            [
                replace(
                    one, reason=f"`{group}` asks for `{lacking[one.node]}`, which run {parent.run_id} did not store"
                )
                if one.node in lacking and one.action is Action.RUN
                else one
                for one in plan.decisions
            ],
        )

    def _handed_out(self, group: NodeName, outputs: Outputs) -> dict[str, OutputRecord]:
        scope = self._scopes.opened_by(group)
        flow = scope.analysed.flow
        return {**outputs.get(group, {}), **seen_from_outside(flow, scope.outputs(outputs), flow.final)}

    def _asked_for(self, name: NodeName) -> NodeName | None:
        """What a retry asked for by name, where that is `name`, a group that it is in, or something in it."""
        return next((one for one in self._only if _is_within(name, one) or _is_within(one, name)), None)


def _is_within(name: NodeName, group: NodeName) -> bool:
    return name == group or name.startswith((f"{group}[", f"{group}/"))


def _stored_child(scope: Scope, node: NodeName, decision: Decision, record: NodeRunRecord) -> NodeWork:
    if record.item is None or record.key is None:
        raise ValueError(f"`{record.node}` is stored as a child of an each: node, and has no element")
    return child_work(scope, node, decision, ItemRecord(record.key, record.item))


def _within(group: NodeName, name: NodeName) -> NodeName | None:
    """The name that a node run has in the notebook that `group` runs; `None` if it is not in there."""
    return NodeName(name.removeprefix(f"{group}/")) if name.startswith(f"{group}/") else None


def _lacking(final: Mapping[str, NodeName], earlier: Mapping[NodeName, NodeRunRecord]) -> dict[NodeName, str]:
    """Nodes that have succeeded, and have not stored what the notebook outside asks for now."""
    return {
        node: name
        for name, node in final.items()
        if node in earlier and earlier[node].state.has_outputs and name not in earlier[node].outputs
    }
