"""Whether an earlier success of a node can stand for running it, by all that it was computed from. Pure.

A result has a key: one digest over the node's fingerprint and the content of everything that reaches it from other
nodes. Equal keys, equal results; so a node below one that ran again is reused where that one made the same as before.
What analysis or the run cannot be sure of speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from math import inf
from typing import Final

from msgspec import Struct

from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.reuse import ParameterChanges, change_since, computed_by
from jupyter_dataops.records import EarlierResult, OutputRecord, ResultRecord
from jupyter_dataops.spec.values import format_duration, parse_duration

CHANGED: Final = "changed"
"""Mode of a run whose nodes are all reused where their results hold."""
FULL: Final = "full"

_SHOWN: Final = 3
_IMMUTABLE: Final = frozenset({"int", "float", "complex", "str", "bytes", "bool", "NoneType"})


def allowance_s(cache: str | None, mode: str, inside: Iterable[str | None] = ()) -> float:
    """How old a result may be to be reused, in seconds: 0 for never, infinity for any age.

    Parameters
    ----------
    cache
        What the node's tag says.
    inside
        What tags say of the nodes in a notebook that it runs.

    Examples
    --------
    >>> [allowance_s(cache, "full") for cache in (None, "on", "1d")]
    [0.0, inf, 86400.0]
    >>> [allowance_s(cache, "changed") for cache in (None, "off", "1d")]
    [inf, 0.0, 86400.0]
    """
    if mode not in (FULL, CHANGED):  # A retry has its own rules, and what is selected is meant to run.
        return 0.0
    own = (inf if mode == CHANGED else 0.0) if cache is None else _lasts_s(cache)
    return min(own, *(_lasts_s(one) for one in inside if one is not None), inf)


def _lasts_s(cache: str) -> float:
    return {"on": inf, "off": 0.0}[cache] if cache in ("on", "off") else parse_duration(cache)


def result_of(
    notebook: str,
    node: NodeName,
    fingerprint: Mapping[str, str],
    inputs: Mapping[str, str],
    watched: Collection[str] = (),
) -> ResultRecord | None:
    """How the result is found again; `None` where not all is known that it is computed from.

    Parameters
    ----------
    node
        Its name in the run.
    """
    components = {component: fingerprint.get(component, UNKNOWN) for component in COMPONENTS}
    if UNKNOWN in components.values() or UNKNOWN in inputs.values():
        return None
    key = digest([notebook, node, components, inputs])
    return ResultRecord(key, dict(inputs), watched=tuple(sorted(watched)))


def unknown_in(fingerprint: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Why `result_of` gave none.

    Examples
    --------
    >>> unknown_in({**dict.fromkeys(COMPONENTS, "1"), "files": UNKNOWN}, {})
    'its files cannot be determined, so that no earlier result of it is used'
    """
    found = [one for one in COMPONENTS if fingerprint.get(one, UNKNOWN) == UNKNOWN]
    found = found or [f"input ({name})" for name, content in inputs.items() if content == UNKNOWN]
    return f"its {' and '.join(found)} cannot be determined, so that no earlier result of it is used"


def at_risk(watched: Collection[str], inputs: Mapping[str, OutputRecord]) -> frozenset[str]:
    """Of the names that a node must not change in place unseen, those whose values can be changed at all."""
    known = (name for name in watched if name not in inputs or inputs[name].artifact.type not in _IMMUTABLE)
    return frozenset(known)


class Wanted(Struct, frozen=True):
    """What an earlier result must have to be used now."""

    outputs: tuple[str, ...]
    """What the node hands on."""
    itemised: frozenset[str]
    """The part of it whose elements must have been stored one by one."""
    watched: frozenset[str]
    """Inputs which it must be known not to change in place."""
    allowance_s: float


def objection(
    earlier: EarlierResult,
    wanted: Wanted,
    now: datetime,
    *,
    is_there: Callable[[OutputRecord], bool],
    digest_of: Callable[[str], str | None],
) -> str | None:
    """Why the node runs, although its result is known; `None`: it is used.

    Parameters
    ----------
    is_there
        Whether a value can be loaded.
    digest_of
        Of a file's content now, by its path as written.
    """
    past, result = earlier.node_run, earlier.result
    run_id = computed_by(past)
    if missing := [name for name in wanted.outputs if name not in past.outputs]:
        return f"`{missing[0]}` is needed, which run {run_id} did not store"
    if whole := [name for name in sorted(wanted.itemised) if past.outputs[name].items is None]:
        return f"the elements of `{whole[0]}` are needed, which run {run_id} did not store one by one"
    if unseen := sorted(wanted.watched.difference(result.watched)):
        return f"whether it changes `{unseen[0]}` in place, which a node below reads, was not watched in run {run_id}"
    if past.finished_at is None or (now - past.finished_at).total_seconds() > wanted.allowance_s:
        return f"its result of run {run_id} is older than {format_duration(wanted.allowance_s)}"
    if other := [path for path, content in result.files.items() if digest_of(path) != content]:
        return f"the file {other[0]} is not as it left it in run {run_id}"
    if gone := [name for name, output in past.outputs.items() if not is_there(output)]:
        return f"its `{gone[0]}` of run {run_id} is no longer in the artifact store"
    return None


def why_new(
    latest: EarlierResult | None,
    fingerprint: Mapping[str, str],
    inputs: Mapping[str, str] | None = None,
    parameters: ParameterChanges | None = None,
) -> str | None:
    """Why there is no result under the key of a node, given its newest one; `None`: no reason is known.

    Parameters
    ----------
    inputs
        `None`: not known yet.
    """
    if latest is None:
        return "it has no earlier success that can be used"
    past = latest.node_run
    if change := change_since(past, fingerprint, parameters=parameters):
        return f"{change} since run {computed_by(past)}"
    if inputs is None:
        return None
    then = latest.result.inputs
    other = [name for name in sorted({*then, *inputs}) if then.get(name) != inputs.get(name)]
    if not other:
        return f"its result of run {computed_by(past)} is not kept any more"
    shown = ", ".join(map(_called, other[:_SHOWN])) + (
        f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
    )
    are = "is" if len(other) == 1 else "are"
    return f"{shown} {are} not what {'it was' if len(other) == 1 else 'they were'} in run {computed_by(past)}"


def _called(name: str) -> str:
    kind, _, rest = name.partition(" ")
    return f"{kind} `{rest}`" if rest else f"`{name}`"


def why_reused(earlier: EarlierResult, ran_above: Collection[NodeName] = ()) -> str:
    """What to say of a node whose earlier result is used.

    Parameters
    ----------
    ran_above
        Direct upstream that ran in this run.
    """
    holds = f"its result of run {computed_by(earlier.node_run)} still holds"
    if not ran_above:
        return holds
    names = ", ".join(f"`{name}`" for name in list(ran_above)[:_SHOWN])
    return f"{holds}: {names} ran again, and what it reads of that is unchanged"


class Prospect(Struct, frozen=True):
    """What is known of a node's result before the node runs."""

    result: ResultRecord | None = None
    """How it will be found; `None`: not at all, since not all is known that it is computed from."""
    earlier: EarlierResult | None = None
    """The success that stands for running it; `None`: it runs."""
    reason: str = ""
    """Why it is reused, or runs; empty where nobody asked for reuse."""
    may_reuse: bool = False
    """Another run's result would do as well: who computes the same at the same time need not."""


NOTHING_KNOWN: Final = Prospect()
