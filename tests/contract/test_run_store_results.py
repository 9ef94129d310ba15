"""Results that later runs find, in every run store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.events import NodeExpanded, NodeFailed, NodeQueued, NodeReused, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import OutputRecord, ResultRecord
from jupyter_dataops.states import CheckSeverity, FailureCause
from tests.support.stores import (
    a_failure,
    a_node,
    a_run,
    a_start,
    an_itemised_output,
    an_output,
    at,
    keep,
    open_kept,
)

NOTEBOOK = "/home/ana/etl.ipynb"


def begin(store: RunStore, run_id: str, *names: str, notebook: str = NOTEBOOK) -> Token:
    token = Token(f"of {run_id}")
    nodes = [
        a_node(
            name,
            run_id=run_id,
            position=place,
            severity=CheckSeverity.ERROR if name.startswith("check:") else None,
            fingerprint={"code": run_id},
        )
        for place, name in enumerate(names)
    ]
    keep(store, a_run(run_id, notebook=notebook), *nodes)
    store.apply(a_start(run_id, token, seconds=1), None)
    return token


def start(store: RunStore, token: Token, run_id: str, node: str, seconds: float) -> dict[str, Any]:
    fact = {"run_id": RunId(run_id), "node": NodeName(node), "at": at(seconds)}
    store.apply(NodeQueued(**fact, reason="ready"), token)
    store.apply(NodeStarted(**fact, attempt=1, token=Token("t"), notebook="n", log="l", reason="asked"), token)
    return fact


def succeed(
    store: RunStore,
    run_id: str,
    node: str = "a",
    key: str | None = "k",
    seconds: float = 5,
    notebook: str = NOTEBOOK,
    outputs: dict[str, OutputRecord] | None = None,
) -> ResultRecord:
    """A run of its own, whose node succeeds."""
    token = begin(store, run_id, node, notebook=notebook)
    fact = start(store, token, run_id, node, seconds)
    result = ResultRecord(key or "", {"x": "sha256:1"}, {"out.csv": "2"}, ("x",))
    given = {"df": an_output()} if outputs is None else outputs
    store.apply(NodeSucceeded(**fact, outputs=given, result=result if key else None), token)
    return result


def test_a_success_is_found_by_its_key_as_it_was_stored(store: RunStore) -> None:
    outputs = {"df": an_output(), "cities": an_itemised_output(2)}
    result = succeed(store, "r1", outputs=outputs)
    found = store.find_results(["k", "unknown"])
    assert list(found) == ["k"]
    assert found["k"].result == result
    assert found["k"].node_run == store.get_node_runs(RunId("r1"))[0]
    assert found["k"].node_run.outputs == outputs


def test_a_success_without_a_key_is_not_found(store: RunStore) -> None:
    succeed(store, "r1", key=None)
    assert store.find_results(["", "k"]) == {}
    assert store.find_latest_results(NOTEBOOK, [NodeName("a")]) == {}


def test_the_newest_of_several_under_one_key_is_found(store: RunStore) -> None:
    succeed(store, "r1")
    succeed(store, "r2", seconds=9)
    assert store.find_results(["k"])["k"].node_run.run_id == "r2"


def test_more_keys_than_a_statement_takes_are_looked_for(store: RunStore) -> None:
    succeed(store, "r1", key="k1499")
    assert list(store.find_results([f"k{n}" for n in range(1500)])) == ["k1499"]
    assert store.find_results([]) == {}


def test_the_latest_of_a_node_is_found_whatever_its_key(store: RunStore) -> None:
    for run_id, key, seconds in (("r1", "one", 5), ("r2", "two", 9), ("r3", "three", 7)):
        succeed(store, run_id, key=key, seconds=seconds)
    succeed(store, "r4", "b", key="four")
    succeed(store, "r5", key="five", seconds=20, notebook="/home/ana/other.ipynb")

    def latest(**before: Any) -> dict[str, str]:
        names = [NodeName("a"), NodeName("b"), NodeName("c")]
        return {name: one.node_run.run_id for name, one in store.find_latest_results(NOTEBOOK, names, **before).items()}

    assert latest() == {"a": "r2", "b": "r4"}
    assert latest(before=at(9)) == {"a": "r3", "b": "r4"}
    assert latest(before=at(5)) == {}


def fail_check(store: RunStore, token: Token, run_id: str, cause: FailureCause, seconds: float = 7) -> None:
    fact = start(store, token, run_id, "check:a/good", seconds)
    store.apply(NodeFailed(**fact, failure=a_failure(cause), reason="no"), token)


@pytest.mark.parametrize(("cause", "is_found"), [(FailureCause.CHECK_FAILED, False), (FailureCause.KERNEL_DIED, True)])
def test_a_result_that_a_blocking_check_found_wrong_is_not_found(
    store: RunStore, cause: FailureCause, is_found: bool
) -> None:
    token = begin(store, "r1", "a", "check:a/good", "b")
    for node in "ab":
        fact = start(store, token, "r1", node, 5)
        store.apply(NodeSucceeded(**fact, result=ResultRecord(f"k {node}", {})), token)
    fail_check(store, token, "r1", cause)
    assert set(store.find_results(["k a", "k b"])) == ({"k a", "k b"} if is_found else {"k b"})


def test_a_check_of_a_reused_result_speaks_of_the_run_that_computed_it(store: RunStore) -> None:
    succeed(store, "r1")
    token = begin(store, "r2", "a", "check:a/good")
    store.apply(
        NodeReused(
            run_id=RunId("r2"), node=NodeName("a"), at=at(6), source_run_id=RunId("r1"), outputs={}, reason="holds"
        ),
        token,
    )
    assert "k" in store.find_results(["k"])
    fail_check(store, token, "r2", FailureCause.CHECK_FAILED)
    assert store.find_results(["k"]) == {}


def test_a_check_inside_a_group_speaks_of_its_node_there(store: RunStore) -> None:
    token = begin(store, "r1", "g")
    fact = start(store, token, "r1", "g", 2)
    inner = [
        a_node("g/a", run_id="r1", parent="g"),
        a_node("g/check:a/good", run_id="r1", parent="g", position=1, severity=CheckSeverity.ERROR),
    ]
    store.apply(NodeExpanded(**fact, children=tuple(inner), parameters={}), token)
    made = start(store, token, "r1", "g/a", 5)
    store.apply(NodeSucceeded(**made, result=ResultRecord("k", {})), token)
    fact = start(store, token, "r1", "g/check:a/good", 6)
    store.apply(NodeFailed(**fact, failure=a_failure(FailureCause.CHECK_FAILED), reason="no"), token)
    assert store.find_results(["k"]) == {}


def test_a_queued_node_that_is_reused_frees_its_slots(store: RunStore) -> None:
    token, other = begin(store, "r1", "a"), begin(store, "r2", "a")
    fact = {"run_id": RunId("r1"), "node": NodeName("a"), "at": at(2)}
    store.apply(NodeQueued(**fact, reason="ready"), token)
    wanted = {"result k": 1}
    assert not store.take_slots(RunId("r1"), token, NodeName("a"), wanted, {}, at(3))
    assert store.take_slots(RunId("r2"), other, NodeName("a"), wanted, {}, at(3))
    store.apply(NodeReused(**fact, source_run_id=RunId("r0"), outputs={}, reason="holds"), token)
    assert not store.take_slots(RunId("r2"), other, NodeName("a"), wanted, {}, at(4))


def test_finding_results_costs_the_same_however_long_the_history(tmp_path: Path) -> None:
    store = open_kept("sqlite", tmp_path / "store").runs
    plans = []
    store._transactions.read(  # type: ignore[attr-defined]
        lambda connection: plans.extend(
            row[3]
            for question in (
                "SELECT * FROM results WHERE key IN ('a', 'b')",
                "SELECT key FROM results WHERE notebook = 'n' AND node = 'a' ORDER BY computed_at DESC LIMIT 1",
            )
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}")
        )
    )
    store.close()
    assert all(step.startswith("SEARCH results USING") and "INDEX" in step for step in plans), plans
