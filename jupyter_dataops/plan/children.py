"""Whether a child of an ``each:`` node runs, or what it gave in the run that is retried still holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.models import Action, Decision
from jupyter_dataops.plan.reuse import change_since, computed_by, reuse, staleness
from jupyter_dataops.records import NodeRunRecord, RunRecord

ELEMENT: Final = "item"
"""Component of a child's fingerprint: the content of its element."""
INPUTS_CONTENT: Final = "values"
"""Component of a child's fingerprint: the content of all else that it reads."""

_CHANGED: Final[Mapping[str, str]] = {ELEMENT: "its element changed", INPUTS_CONTENT: "a value that it reads changed"}


class Child(Struct, frozen=True):
    """A child as it is now."""

    name: NodeName
    fingerprint: Mapping[str, str]
    outputs: tuple[str, ...]
    """What its node hands on."""


def decide_child(
    child: Child,
    past: NodeRunRecord | None,
    parent: RunRecord,
    *,
    asked_for: str | None,
    is_sibling_asked: bool,
    tolerated: str | None = None,
    did_expand: bool = True,
) -> Decision:
    """Reused where its earlier self, under the same key, succeeded on the same element, inputs and code; else run.

    Parameters
    ----------
    past
        The child of that name in `parent`, the run that is retried.
    asked_for
        What a retry asked for by name, if it was this child, or is inside.
    is_sibling_asked
        A retry asked for others of its group by name: then a change of the code does not speak against it.
    tolerated
        What failed inside it in `parent`, although it succeeded.
    did_expand
        Its group had children in `parent`, so that one that is not among them is new.
    """
    if asked_for is not None:
        reason = "its retry was asked for" if asked_for == child.name else f"a retry of `{asked_for}` was asked for"
        return Decision(child.name, Action.RUN, reason, child.fingerprint)
    if past is None and not did_expand:
        return Decision(child.name, Action.RUN, never_expanded(parent.run_id), child.fingerprint)
    changes = [] if past is None else [why for one, why in _CHANGED.items() if _differs(past, child, one)]
    against = f"{' and '.join(changes)} since run {parent.run_id}" if changes else None
    against = staleness(past, {}, parent.run_id, {}) if past is None or not past.state.has_outputs else against
    missing = [] if past is None else [name for name in child.outputs if name not in past.outputs]
    if past is None or against is not None or missing:
        against = against or f"`{missing[0]}` is needed, which run {parent.run_id} did not store"
        return Decision(child.name, Action.RUN, against, child.fingerprint)
    if tolerated is not None and not is_sibling_asked:
        return Decision(child.name, Action.RUN, tolerated, child.fingerprint)
    edited = change_since(past, child.fingerprint)
    if edited is None:
        return reuse(past, f"its result of run {computed_by(past)} still holds")
    if is_sibling_asked:
        return reuse(past, f"its result of run {computed_by(past)} is used, although {edited} since")
    return Decision(child.name, Action.RUN, f"{edited} since run {parent.run_id}", child.fingerprint)


def never_expanded(run_id: RunId) -> str:
    """Why the children of a group run that had none in `run_id`, the run that is retried."""
    return f"its group never got that far in run {run_id}"


def _differs(past: NodeRunRecord, child: Child, component: str) -> bool:
    return past.fingerprint.get(component) != child.fingerprint[component]
