"""Whether an earlier result still holds. Pure.

What cannot be known speaks against it: a component that could not be computed, then or now, equals nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.models import Action, Decision
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.states import CAUSE_MEANINGS, FailureCause, NodeState

Fingerprints = Mapping[NodeName, Mapping[str, str]]
"""The fingerprint of every node and check, by component."""

ParameterChanges = Mapping[str, str]
"""Parameter whose value differs to ``OLD -> NEW``, as shown."""

CHANGED: Final[Mapping[str, str]] = {
    "version": "what a fingerprint counts changed with the version of jupyter-dataops",
    "code": "its code changed",
    "inputs": "what it reads or waits for changed",
    "setup": "setup that it uses changed",
    "parameters": "a parameter that it reads changed",
    "files": "a file that it reads changed",
    "environment": "an environment variable that it depends on changed",
    "modules": "a module that it imports changed",
    "packages": "a package that it imports, or its Python, changed",
    "assets": "an asset that it loads changed",
}
"""What to say where a component of the fingerprint differs."""

_UNFINISHED: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: "it never started",
    NodeState.QUEUED: "it never started",
    NodeState.RUNNING: "it was cut off while running",
    NodeState.RETRYING: "it was still to be tried again",
    NodeState.FAILED: "it failed",
    NodeState.UPSTREAM_FAILED: "a node it needs failed, so it never ran",
    NodeState.CANCELLED: "it was cancelled",
}


def staleness(
    past: NodeRunRecord | None, fingerprint: Mapping[str, str], run_id: RunId, parameters: ParameterChanges
) -> str | None:
    """Why a node has no result that holds; `None` if it has one, or was skipped for reasons that still hold."""
    if past is None:
        return f"it is new since run {run_id}"
    if past.state in _UNFINISHED:
        return f"{_UNFINISHED[past.state]} in run {run_id}"
    counts = ("inputs",) if past.state is NodeState.SKIPPED else COMPONENTS
    change = change_since(past, fingerprint, counts, parameters)
    return None if change is None else f"{change} since run {run_id}"


def failed_inside(records: Mapping[NodeName, NodeRunRecord]) -> dict[NodeName, list[NodeRunRecord]]:
    """Elements that failed, by every node run that they are inside of; costs a look at each record."""
    found: dict[NodeName, list[NodeRunRecord]] = {}
    for record in records.values():
        if record.key is not None and record.state is NodeState.FAILED:
            around = record.parent
            while around is not None:
                found.setdefault(around, []).append(record)
                around = records[around].parent if around in records else None
    return found


def failed_elements(name: NodeName, failed: Mapping[NodeName, Sequence[NodeRunRecord]]) -> str | None:
    """What failed inside a node that succeeded all the same, as so many of its elements may; `None`: nothing did.

    Parameters
    ----------
    failed
        See `failed_inside`.
    """
    inside = failed.get(name)
    if not inside:
        return None
    own = sum(record.parent == name for record in inside)
    what = f"{own} of its elements" if own else f"`{inside[0].node}`"
    return f"{what} failed in run {inside[0].run_id} (tolerated)"


def change_since(
    past: NodeRunRecord,
    fingerprint: Mapping[str, str],
    components: Iterable[str] = COMPONENTS,
    parameters: ParameterChanges | None = None,
) -> str | None:
    """What speaks against `fingerprint` being that of `past`; `None`: nothing."""
    if not past.fingerprint:
        return "nothing is known about what it was computed from"
    if past.fingerprint.get("version") != fingerprint.get("version"):
        return CHANGED["version"]  # Nothing else can be compared.
    both = {
        component: (past.fingerprint.get(component, UNKNOWN), fingerprint.get(component, UNKNOWN))
        for component in components
    }
    changes = [
        f"its {component} may have changed" if UNKNOWN in (then, now) else _named(component, parameters or {})
        for component, (then, now) in both.items()
        if UNKNOWN in (then, now) or then != now
    ]
    return " and ".join(changes) or None


def _named(component: str, parameters: ParameterChanges) -> str:
    if component != "parameters" or not parameters:
        return CHANGED[component]
    return f"{CHANGED[component]} ({', '.join(f'`{name}`: {change}' for name, change in parameters.items())})"


def surely_differs(past: NodeRunRecord, fingerprint: Mapping[str, str]) -> bool:
    """Whether a component is known, then and now, and differs: more than that it cannot be told to be equal."""
    return any(
        UNKNOWN not in (then := past.fingerprint.get(component, UNKNOWN), now) and then != now
        for component, now in fingerprint.items()
    )


def lack(
    source: NodeRunRecord | None, target: NodeRunRecord | None, names: Collection[str], fingerprint: Mapping[str, str]
) -> str | None:
    """Why a node has to run for the sake of another, which runs; `None` if its earlier result will do.

    Parameters
    ----------
    source, target
        Their earlier node runs.
    names
        What the other reads of it.
    fingerprint
        That of the other, now.
    """
    if source is None:
        return None
    missing = [name for name in names if name not in source.outputs]
    if not missing or (source.state is NodeState.SKIPPED and not _reads_anew(target, fingerprint)):
        return None
    return f"reads `{missing[0]}`, which run {source.run_id} did not store"


def lack_of_elements(source: NodeRunRecord | None, names: Collection[str]) -> str | None:
    """Why a node has to run for the sake of another, which runs for each element of one of `names`."""
    outputs = source.outputs if source is not None else {}
    whole = [name for name in sorted(names) if name in outputs and outputs[name].items is None]
    return f"runs for each element of `{whole[0]}`, which were not stored one by one then" if whole else None


def _reads_anew(past: NodeRunRecord | None, fingerprint: Mapping[str, str]) -> bool:
    return past is None or change_since(past, fingerprint, ("inputs",)) is not None


def verdict_against(past: NodeRunRecord | None) -> bool:
    """Whether a check came to its verdict, and that was no: not that its kernel died or it took too long."""
    return past is not None and past.state is NodeState.FAILED and not _ended_otherwise(past)


def without_verdict(past: NodeRunRecord) -> str | None:
    """How a failed check ended without a verdict; `None` if it has one."""
    return CAUSE_MEANINGS[past.failure.cause] if past.failure and _ended_otherwise(past) else None


def _ended_otherwise(past: NodeRunRecord) -> bool:
    return past.failure is not None and past.failure.cause in _NO_VERDICT


_NO_VERDICT: Final = frozenset(
    {FailureCause.TIMEOUT, FailureCause.CONFIG_INVALID, *(cause for cause in FailureCause if cause.is_infrastructure)}
)


def reuse(past: NodeRunRecord, reason: str) -> Decision:
    """Take the result of `past`, with the fingerprint of its computation: a later plan compares that."""
    return Decision(past.node, Action.REUSE, reason, past.fingerprint, computed_by(past), past.outputs)


def computed_by(past: NodeRunRecord) -> RunId:
    """The run that computed a result."""
    return past.source_run_id or past.run_id
