"""Which run or node a name means, and what to say where it means none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from jupyter_dataops.errors import NodeNotFound, RunNotFound
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import RunRecord

LAST = "last"
"""The name that means the newest run. No run id is spelled so: ids have no vowels."""

MATCHES_SHOWN = 10
"""How many matches of an ambiguous prefix an error lists; a store need not look for more than one beyond."""


def run_meant(name: str, matches: Sequence[RunRecord], get_recent: Callable[[], Sequence[RunRecord]]) -> RunRecord:
    """The run with id `name`, or else the only one of `matches`: the runs whose id starts with it.

    Raises
    ------
    RunNotFound
        There is none, or several; the message lists them.
    """
    exact = [run for run in matches if run.run_id == name]
    if exact:
        return exact[0]
    if not matches:
        raise run_not_found(name, [run.run_id for run in get_recent()])
    if len(matches) > 1:
        shown = ", ".join(run.run_id for run in matches[:MATCHES_SHOWN])
        more = ", ..." if len(matches) > MATCHES_SHOWN else ""
        raise RunNotFound(
            f"Several runs start with {name!r}: {shown}{more}",
            hint="type one more letter or digit",
            run=name,
            matches=tuple(run.run_id for run in matches),
        )
    return matches[0]


def newest_of(runs: Sequence[RunRecord], notebook: str | None, environment: str | None = None) -> RunRecord:
    """The first of `runs`, the newest of `notebook` and `environment`. Raises `RunNotFound` where there is none."""
    if runs:
        return runs[0]
    whose = (f" of {notebook}" if notebook else "") + (f" in environment '{environment}'" if environment else "")
    raise RunNotFound(f"There is no run{whose} yet", hint="start one with `jupyter dataops run NOTEBOOK`", run=LAST)


def run_not_found(name: str, recent: Sequence[RunId] = ()) -> RunNotFound:
    """The error for an unknown run; its hint names the recent run spelled most alike."""
    alike = get_close_matches(name, recent, n=1)
    hint = f"did you mean {alike[0]}?" if alike else "`jupyter dataops runs` lists the runs of this store"
    return RunNotFound(f"There is no run {name!r} in this store", hint=hint, run=name)


def node_not_found(node: str, run_id: RunId, nodes: Sequence[NodeName]) -> NodeNotFound:
    """The error for a node that the run does not have; its hint names the one spelled most alike."""
    alike = get_close_matches(node, nodes, n=1)
    hint = f"did you mean {alike[0]!r}?" if alike else f"`jupyter dataops show {run_id}` lists its nodes"
    return NodeNotFound(f"There is no node {node!r} in run {run_id}", hint=hint, run=run_id, node=node)
