"""What every store of assets does, whichever keeps it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import AssetNotFound, IllegalMove
from jupyter_dataops.events import NodeFailed, NodeQueued, NodeRetrying, NodeReused, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import AssetStore
from jupyter_dataops.records import AssetUse, LoadedAsset, OutputRecord, Usage
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from jupyter_dataops.wiring import Stores
from tests.support.published import loaded_of, publish
from tests.support.schedules import a_schedule
from tests.support.stores import RUN, TOKEN, a_failure, a_node, a_run, a_start, an_output, at, keep

CHECK = "check:a/sound"
AGAIN = RunId("bcd2345679")


@pytest.fixture
def store(kept: Stores) -> AssetStore:
    return kept.assets


def begin(kept: Stores, run_id: str = RUN, *, checks: tuple[str, ...] = (), **fields: object) -> None:
    """A run is at work, and its node `a` too."""
    nodes = [a_node("a", run_id=run_id)]
    nodes += [a_node(check, run_id=run_id, severity=CheckSeverity.ERROR) for check in checks]
    keep(kept.runs, a_run(run_id, **{"options": {"name": "etl"}, **fields}), *nodes)
    kept.runs.apply(a_start(run_id), None)
    start(kept, "a", run_id)


def start(kept: Stores, node: str, run_id: str = RUN, attempt: int = 1) -> None:
    key = {"run_id": RunId(run_id), "node": NodeName(node), "at": at(6), "reason": "so"}
    kept.runs.apply(NodeQueued(**key), TOKEN)
    kept.runs.apply(NodeStarted(**key, attempt=attempt, token=Token("t"), notebook="n", log="l"), TOKEN)


def success(
    node: str = "a",
    run_id: str = RUN,
    seconds: float = 7,
    outputs: Mapping[str, OutputRecord] | None = None,
    publishes: Mapping[str, str] | None = None,
) -> NodeSucceeded:
    return NodeSucceeded(
        run_id=RunId(run_id),
        node=NodeName(node),
        at=at(seconds),
        outputs=({"df": an_output()} if node == "a" else {}) if outputs is None else outputs,
        publishes={"sales": "df"} if publishes is None else publishes,
    )


def reuse(run_id: str = AGAIN, source: str = RUN) -> NodeReused:
    return NodeReused(
        run_id=RunId(run_id),
        node=NodeName("a"),
        at=at(20),
        source_run_id=RunId(source),
        outputs={"df": an_output()},
        reason="it still holds",
        publishes={"sales": "df"},
    )


def begin_again(kept: Stores) -> None:
    """Another run, in which nothing has been decided."""
    keep(kept.runs, a_run(AGAIN), a_node("a", run_id=AGAIN))
    kept.runs.apply(a_start(AGAIN), None)


def signals(kept: Stores, name: str = "sales") -> list[object]:
    return [one.verdict["version"] for one in kept.schedules.get_signals(f"asset:{name}", at(0))]


# -- with the event


def test_a_success_and_what_it_publishes_are_stored_together(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    (asset,) = store.get_newest()
    assert (asset.name, asset.version, asset.variable, asset.artifact) == ("sales", 1, "df", an_output().artifact)
    assert (asset.run_id, asset.source_run_id, asset.node, asset.published_at) == (RUN, RUN, "a", at(7))
    assert (asset.notebook, asset.pipeline) == ("/home/ana/etl.ipynb", "etl")


def test_what_waits_for_the_asset_is_told_of_the_version(kept: Stores) -> None:
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    (signal,) = kept.schedules.get_new_signals(0)
    digest = an_output().artifact.digest
    assert (signal.source, signal.at) == ("asset:sales", at(7))
    assert signal.verdict == {"version": 1, "run_id": RUN, "node": "a", "digest": digest}


def test_a_version_counts_as_seen_after_all_that_was_decided(kept: Stores) -> None:
    kept.schedules.add_schedule(replace(a_schedule(), considered_until=at(500)), "ana", at(0))
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    (signal,) = kept.schedules.get_new_signals(0)
    assert signal.at > at(500)


def test_a_success_that_is_refused_publishes_nothing(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    with pytest.raises(IllegalMove):
        kept.runs.apply(success(), Token("another runner's"))
    with pytest.raises(IllegalMove):
        kept.runs.apply_all([success(), success()], TOKEN)
    assert (store.get_newest(), kept.schedules.get_new_signals(0)) == ([], [])
    kept.runs.apply(success(), TOKEN)
    assert (store.get_asset("sales").version, signals(kept)) == (1, [1])


def test_a_success_without_assets_publishes_nothing(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    kept.runs.apply(success(publishes={}), TOKEN)
    assert (store.get_newest(), kept.schedules.get_last_signal()) == ([], 0)


def test_what_the_node_has_not_bound_is_not_published(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    kept.runs.apply(success(publishes={"sales": "df", "extra": "nowhere"}), TOKEN)
    assert [asset.name for asset in store.get_newest()] == ["sales"]


def test_one_node_publishes_several_assets_and_one_value_under_two_names(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    outputs = {"df": an_output(), "model": an_output("model")}
    kept.runs.apply(success(outputs=outputs, publishes={"sales": "df", "copy": "df", "model": "model"}), TOKEN)
    assert [(one.name, one.variable, one.version) for one in store.get_newest()] == [
        ("copy", "df", 1),
        ("model", "model", 1),
        ("sales", "df", 1),
    ]


# -- numbers


def test_each_run_that_succeeds_publishes_the_next_number_of_that_asset_alone(kept: Stores, store: AssetStore) -> None:
    for number, run_id in enumerate(("r1", "r2", "r3")):
        begin(kept, run_id)
        extra = {"other": "df"} if number == 1 else {}
        kept.runs.apply(success(run_id=run_id, seconds=10 + number, publishes={"sales": "df", **extra}), TOKEN)
    assert [(one.version, one.run_id) for one in store.get_asset_versions("sales")] == [(3, "r3"), (2, "r2"), (1, "r1")]
    assert [(one.name, one.version, one.run_id) for one in store.get_newest()] == [
        ("other", 1, "r2"),
        ("sales", 3, "r3"),
    ]
    assert (signals(kept), signals(kept, "other")) == ([1, 2, 3], [1])


def test_a_version_is_found_by_its_number_and_the_newest_without_one(kept: Stores, store: AssetStore) -> None:
    for run_id in ("r1", "r2"):
        begin(kept, run_id)
        kept.runs.apply(success(run_id=run_id, outputs={"df": replace(an_output(run_id), name="df")}), TOKEN)
    assert (store.get_asset("sales").run_id, store.get_asset("sales", 1).run_id) == ("r2", "r1")
    assert store.get_asset("sales", 1).artifact == an_output("r1").artifact
    assert [one.version for one in store.get_asset_versions("sales", limit=1)] == [2]


@pytest.mark.parametrize("version", [0, -1, 2])
def test_a_version_that_is_not_there_is_refused_with_those_that_are(
    kept: Stores, store: AssetStore, version: int
) -> None:
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    with pytest.raises(AssetNotFound, match=f"asset 'sales' has no version {version}\n  -> there is only version 1"):
        store.get_asset("sales", version)


def test_a_name_that_nobody_has_published_is_refused_with_the_one_spelled_alike(
    kept: Stores, store: AssetStore
) -> None:
    with pytest.raises(AssetNotFound, match="tag a node `asset:salse`, and run it"):
        store.get_asset("salse")
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    with pytest.raises(AssetNotFound, match="did you mean 'sales'"):
        store.get_asset("salse")
    with pytest.raises(AssetNotFound, match="jupyter dataops assets"):
        store.get_asset("weather", 1)
    assert store.get_asset_versions("salse") == []


# -- reuse


def test_a_result_that_is_published_is_not_published_again_where_it_is_reused(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    kept.runs.apply(success(), TOKEN)
    begin_again(kept)
    kept.runs.apply(reuse(), TOKEN)
    assert (store.get_asset("sales").version, signals(kept)) == (1, [1])


def test_a_reused_result_that_was_never_published_is(kept: Stores, store: AssetStore) -> None:
    begin(kept)
    kept.runs.apply(success(publishes={}), TOKEN)
    begin_again(kept)
    kept.runs.apply(reuse(), TOKEN)
    asset = store.get_asset("sales")
    assert (asset.version, asset.run_id, asset.source_run_id) == (1, AGAIN, RUN)


def results(kept: Stores, *, values: str, run_ids: str = "r1 r2") -> None:
    """Runs that each compute one of these values, and publish it."""
    for number, (run_id, value) in enumerate(zip(run_ids.split(), values.split(), strict=True)):
        begin(kept, run_id)
        outputs = {"df": replace(an_output(value), name="df")}
        kept.runs.apply(success(run_id=run_id, seconds=10 + number, outputs=outputs), TOKEN)


def test_a_reused_result_that_another_one_followed_is_the_newest_again(kept: Stores, store: AssetStore) -> None:
    results(kept, values="one two")
    begin_again(kept)
    kept.runs.apply(replace(reuse(source="r1"), outputs={"df": replace(an_output("one"), name="df")}), TOKEN)
    newest = store.get_asset("sales")
    assert (newest.version, newest.run_id, newest.source_run_id) == (3, AGAIN, "r1")
    assert newest.artifact == store.get_asset("sales", 1).artifact
    assert signals(kept) == [1, 2, 3]


def test_a_reused_result_that_is_the_newest_already_is_not_published_again(kept: Stores, store: AssetStore) -> None:
    results(kept, values="one two")
    for run_id in (AGAIN, "bcd234567b"):
        keep(kept.runs, a_run(run_id), a_node("a", run_id=run_id))
        kept.runs.apply(a_start(run_id), None)
        kept.runs.apply(replace(reuse(run_id, "r1"), outputs={"df": replace(an_output("one"), name="df")}), TOKEN)
    assert store.get_asset("sales").version == 3


def test_a_reused_result_with_the_content_of_the_newest_is_not_published_again(kept: Stores, store: AssetStore) -> None:
    results(kept, values="one one")
    begin_again(kept)
    kept.runs.apply(replace(reuse(source="r1"), outputs={"df": replace(an_output("one"), name="df")}), TOKEN)
    assert store.get_asset("sales").version == 2


def test_what_other_nodes_have_published_since_makes_nothing_new(kept: Stores, store: AssetStore) -> None:
    results(kept, values="one", run_ids="r1")
    begin(kept, "other", notebook="/home/eva/theirs.ipynb")
    kept.runs.apply(success(run_id="other", outputs={"df": replace(an_output("two"), name="df")}), TOKEN)
    begin_again(kept)
    kept.runs.apply(replace(reuse(source="r1"), outputs={"df": replace(an_output("one"), name="df")}), TOKEN)
    assert store.get_asset("sales").run_id == "other"


def test_what_a_run_has_published_is_found_by_the_run(kept: Stores, store: AssetStore) -> None:
    begin(kept, "r1")
    kept.runs.apply(success(run_id="r1", publishes={"sales": "df", "copy": "df"}), TOKEN)
    begin(kept, "r2")
    kept.runs.apply(success(run_id="r2"), TOKEN)
    assert [one.label for one in store.get_published_by(RunId("r1"))] == ["copy@1", "sales@1"]
    assert [one.label for one in store.get_published_by(RunId("r2"))] == ["sales@2"]
    assert store.get_published_by(RunId("r3")) == []


# -- checks


def test_a_check_that_passed_publishes_what_its_node_has_made(kept: Stores, store: AssetStore) -> None:
    begin(kept, checks=(CHECK,))
    kept.runs.apply(success(publishes={}), TOKEN)
    start(kept, CHECK)
    assert store.get_newest() == []
    kept.runs.apply(success(CHECK, seconds=9), TOKEN)
    asset = store.get_asset("sales")
    assert (asset.node, asset.run_id, asset.artifact, asset.published_at) == ("a", RUN, an_output().artifact, at(9))


def test_a_check_of_a_reused_node_publishes_once_what_that_has(kept: Stores, store: AssetStore) -> None:
    begin(kept, checks=(CHECK,))
    kept.runs.apply(success(publishes={}), TOKEN)
    start(kept, CHECK)
    failed = {"run_id": RUN, "node": NodeName(CHECK), "at": at(9), "failure": a_failure(), "reason": "so"}
    kept.runs.apply(NodeFailed(**failed), TOKEN)
    for run_id in (AGAIN, "bcd234567b"):
        nodes = a_node("a", run_id=run_id), a_node(CHECK, run_id=run_id, severity=CheckSeverity.ERROR)
        keep(kept.runs, a_run(run_id), *nodes)
        kept.runs.apply(a_start(run_id), None)
        kept.runs.apply(replace(reuse(run_id), publishes={}), TOKEN)
        start(kept, CHECK, run_id)
        kept.runs.apply(success(CHECK, run_id), TOKEN)
    assert [(one.version, one.run_id, one.source_run_id) for one in store.get_asset_versions("sales")] == [
        (1, AGAIN, RUN)
    ]


# -- who has loaded it


def uses(store: AssetStore, version: int = 1, limit: int = 50) -> list[tuple[str, str | None]]:
    return [(one.run_id, one.source_run_id) for one in store.get_uses(store.get_asset("sales", version), limit)]


def test_the_node_runs_that_have_loaded_a_version_are_found_newest_run_first(kept: Stores, store: AssetStore) -> None:
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "r2", {"sales": "df"})
    first, second = store.get_asset("sales", 1), store.get_asset("sales", 2)
    publish(kept, "u1", {}, loaded=[loaded_of(first)], notebook="/home/eva/report.ipynb")
    publish(kept, "u2", {}, loaded=[loaded_of(second)])
    publish(kept, "u3", {}, loaded=[loaded_of(first), loaded_of(second)])
    assert (uses(store, 1), uses(store, 2)) == ([("u3", None), ("u1", None)], [("u3", None), ("u2", None)])
    assert uses(store, 1, limit=1) == [("u3", None)]
    assert [one.run_id for one in store.get_uses(first, 1, notebook="/home/eva/report.ipynb")] == ["u1"]
    assert store.get_uses(first)[-1] == AssetUse(
        run_id=RunId("u1"),
        node=NodeName("a"),
        node_state=NodeState.SUCCEEDED,
        source_run_id=None,
        notebook="/home/eva/report.ipynb",
        run_state=RunState.RUNNING,
        created_at=at(),
    )


def test_a_run_that_reuses_what_was_computed_from_a_version_is_found_too(kept: Stores, store: AssetStore) -> None:
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "u1", {}, loaded=[loaded_of(store.get_asset("sales"))])
    publish(kept, "u2", {}, source="u1")
    publish(kept, "u3", {})
    assert uses(store) == [("u2", "u1"), ("u1", None)]


def test_a_version_of_that_name_and_number_of_another_store_is_not_meant(kept: Stores, store: AssetStore) -> None:
    publish(kept, "r1", {"sales": "df"})
    theirs = loaded_of(store.get_asset("sales"), run_id=RunId("theirs"), store="/teams/store")
    publish(kept, "u1", {}, loaded=[theirs])
    assert uses(store) == []


def test_the_last_attempt_of_a_node_counts(kept: Stores, store: AssetStore) -> None:
    for run_id in ("r1", "r2"):
        publish(kept, run_id, {"sales": "df"})
    begin(kept)
    key = {"run_id": RUN, "node": NodeName("a"), "at": at(8)}
    told = {"failure": a_failure(), "not_before": at(9), "reason": "once more"}
    kept.runs.apply(NodeRetrying(**key, **told, usage=loading(store, 1)), TOKEN)
    assert (uses(store, 1), uses(store, 2)) == ([(RUN, None)], [])
    start(kept, "a", attempt=2)
    kept.runs.apply(replace(success(publishes={}), usage=loading(store, 2)), TOKEN)
    assert (uses(store, 1), uses(store, 2)) == ([], [(RUN, None)])


def loading(store: AssetStore, version: int) -> Usage:
    asset = store.get_asset("sales", version)
    return Usage(loaded=(LoadedAsset(asset.name, asset.version, asset.run_id, asset.notebook),))
