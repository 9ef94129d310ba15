"""How every run store counts checks."""

from __future__ import annotations

from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.states import CheckSeverity, NodeState
from tests.support.stores import a_node, a_run, keep


def test_failed_checks_are_counted_by_run_and_severity(store: RunStore) -> None:
    warn, error = CheckSeverity.WARN, CheckSeverity.ERROR
    states = [
        (NodeState.FAILED, warn),
        (NodeState.FAILED, warn),
        (NodeState.FAILED, error),
        (NodeState.SUCCEEDED, error),
    ]
    checks = [
        a_node(f"check:a/{n}", state, run_id="r1", position=n, severity=severity)
        for n, (state, severity) in enumerate(states)
    ]
    keep(store, a_run("r1"), *checks, a_node("a", NodeState.FAILED, run_id="r1", position=9))
    keep(store, a_run("r2"), a_node("a", NodeState.FAILED, run_id="r2"))
    counts = store.count_failed_checks([RunId("r1"), RunId("r2"), RunId("gone")])
    assert {run_id: dict(count) for run_id, count in counts.items()} == {"r1": {warn: 2, error: 1}}
    assert store.count_failed_checks([]) == {}
