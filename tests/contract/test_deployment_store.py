"""What every deployment store does, whichever keeps it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from jupyter_dataops.errors import DeploymentNotFound, LiveMoved
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import DeploymentStore, Move, NewVersion
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.states import MoveKind
from jupyter_dataops.wiring import Stores
from tests.support.stores import BY, at


@pytest.fixture
def store(kept: Stores) -> DeploymentStore:
    return kept.deployments


def add(store: DeploymentStore, digest: str = "aaaaaa1", name: str = "etl", **more: Any) -> VersionRecord:
    fields = {"notebook": "/home/ana/etl.ipynb", "created_by": BY, "details": {"nodes": 3}, **more}
    return store.add_version(NewVersion(name=name, digest=Digest(f"sha256:{digest}"), **fields), at())


def move(store: DeploymentStore, number: int, expected: int | None, **more: Any) -> MoveRecord:
    fields = {"name": "etl", "environment": "prod", "kind": MoveKind.DEPLOY, "by": BY, "details": {}, **more}
    return store.move_live(Move(number=number, expected=expected, **fields), at(5))


def live(store: DeploymentStore, **more: Any) -> dict[tuple[str, str], int]:
    return {(one.name, one.environment): one.number for one in store.get_live(**more)}


def test_versions_are_numbered_from_one_for_each_deployment(store: DeploymentStore) -> None:
    assert [add(store, "aa").number, add(store, "bb").number, add(store, "aa", "other").number] == [1, 2, 1]
    assert store.get_names() == ["etl", "other"]


def test_a_version_is_kept_as_it_was_given(store: DeploymentStore) -> None:
    added = add(store)
    assert store.get_version("etl", 1) == added
    assert added == VersionRecord("etl", 1, Digest("sha256:aaaaaa1"), "/home/ana/etl.ipynb", at(), BY, {"nodes": 3})


def test_the_same_contents_make_no_second_version(store: DeploymentStore) -> None:
    first = add(store, "aa")
    add(store, "bb")
    assert add(store, "aa", created_by="somebody else", notebook="/elsewhere.ipynb") == first
    assert [one.number for one in store.get_versions("etl")] == [2, 1]


def test_the_newest_versions_come_first(store: DeploymentStore) -> None:
    for digest in ("aa", "bb", "cc"):
        add(store, digest)
    add(store, "aa", "other")
    assert [one.number for one in store.get_versions("etl", limit=2)] == [3, 2]
    assert [one.label for one in store.get_versions()] == ["other@1", "etl@3", "etl@2", "etl@1"]


def test_a_version_is_found_by_the_beginning_of_its_digest(store: DeploymentStore) -> None:
    for digest in ("abc1", "abc2", "abf0", "ac00"):
        add(store, digest)
    assert [one.number for one in store.find_digest("etl", "abc")] == [2, 1]
    assert [one.number for one in store.find_digest("etl", "abf0")] == [3]
    assert store.find_digest("etl", "ad") == []
    assert store.find_digest("other", "abc") == []


def test_deployments_are_found_by_their_notebook(store: DeploymentStore) -> None:
    add(store, "aa", "one", notebook="/a.ipynb")
    add(store, "bb", "one", notebook="/a.ipynb")
    add(store, "aa", "two", notebook="/a.ipynb")
    add(store, "aa", "three", notebook="/b.ipynb")
    assert list(store.find_deployments("/a.ipynb")) == ["one", "two"]


def test_what_is_not_there_is_named_with_what_is(store: DeploymentStore) -> None:
    add(store)
    with pytest.raises(DeploymentNotFound, match=r"did you mean 'etl'\?"):
        store.get_version("elt", 1)
    with pytest.raises(DeploymentNotFound, match=r"no version 2\n.*only version 1"):
        store.get_version("etl", 2)
    with pytest.raises(DeploymentNotFound):
        move(store, 2, None)
    assert live(store) == {}


def test_a_pointer_moves_and_its_history_is_kept(store: DeploymentStore) -> None:
    add(store, "aa")
    add(store, "bb")
    first = move(store, 1, None, details={"test_run_id": "bcd"})
    second = move(store, 2, 1)
    third = move(store, 1, 2, kind=MoveKind.ROLLBACK)
    assert live(store) == {("etl", "prod"): 1}
    assert store.get_live("etl", "prod") == [third]
    assert store.get_moves("etl") == [third, second, first]
    assert store.get_moves("etl", limit=1) == [third]
    assert (third.previous, third.kind, third.by, third.at) == (2, MoveKind.ROLLBACK, BY, at(5))
    assert first.details == {"test_run_id": "bcd"}


def test_each_environment_has_a_pointer_of_its_own(store: DeploymentStore) -> None:
    add(store, "aa")
    add(store, "bb")
    add(store, "aa", "other")
    move(store, 2, None, environment="dev")
    move(store, 1, None)
    move(store, 1, None, name="other")
    assert live(store) == {("etl", "dev"): 2, ("etl", "prod"): 1, ("other", "prod"): 1}
    assert live(store, name="etl") == {("etl", "dev"): 2, ("etl", "prod"): 1}
    assert live(store, environment="prod") == {("etl", "prod"): 1, ("other", "prod"): 1}
    assert [one.environment for one in store.get_moves("etl", "dev")] == ["dev"]


@pytest.mark.parametrize("expected", [None, 2])
def test_a_pointer_that_was_moved_meanwhile_stays(store: DeploymentStore, expected: int | None) -> None:
    add(store, "aa")
    add(store, "bb")
    move(store, 1, None)
    with pytest.raises(LiveMoved, match="moved meanwhile") as refused:
        move(store, 2, expected)
    assert refused.value.present == 1
    assert live(store) == {("etl", "prod"): 1}
    assert len(store.get_moves("etl")) == 1


def test_of_many_who_move_a_pointer_at_once_one_does(store: DeploymentStore) -> None:
    for digest in "abcdefgh":
        add(store, digest * 6)
    outcomes: list[object] = []

    def try_it(number: int) -> None:
        try:
            outcomes.append(move(store, number, None).number)
        except LiveMoved as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes))[1:] == [str(LiveMoved)] * 7
    assert list(live(store).values()) == [one for one in outcomes if isinstance(one, int)]


def test_of_many_who_add_one_version_at_once_there_is_one(store: DeploymentStore) -> None:
    threads = [threading.Thread(target=add, args=(store,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in store.get_versions("etl")] == [1]
