"""What every deployment store does, whichever keeps it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import DeploymentNotFound, IllegalMove, LiveMoved, ScheduleExists
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import DeploymentStore, Move, NewVersion
from jupyter_dataops.records import MoveRecord, PollRecord, ScheduleChange, ScheduleRecord, VersionRecord
from jupyter_dataops.states import FireFate, MoveKind
from jupyter_dataops.wiring import Stores
from tests.support.schedules import a_fire, a_schedule, a_turn, on
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


def schedules(kept: Stores) -> dict[str, ScheduleRecord]:
    return {one.name: one for one in kept.schedules.get_schedules()}


def new(name: str, **fields: Any) -> ScheduleChange:
    return ScheduleChange(None, a_schedule(name, f"id-{name}", origin="deployment etl in prod", **fields))


def test_a_version_becomes_live_with_its_schedules_in_one_go(kept: Stores) -> None:
    store = kept.deployments
    add(store, "aa")
    add(store, "bb")
    move(store, 1, None, schedules=[new("hourly"), new("nightly")])
    there = schedules(kept)
    assert sorted(there) == ["hourly", "nightly"]
    edited = replace(there["nightly"], parameters={"n": 1})
    gone = replace(there["hourly"], removed_at=at(5))
    weekly = replace(new("weekly").after, name="hourly")
    changes = [
        ScheduleChange(there["hourly"], gone),
        ScheduleChange(there["nightly"], edited),
        ScheduleChange(None, weekly),
    ]
    move(store, 2, 1, schedules=changes)
    after = schedules(kept)
    assert {name: one.schedule_id for name, one in after.items()} == {"hourly": "id-weekly", "nightly": "id-nightly"}
    assert (after["nightly"].parameters, after["nightly"].version) == ({"n": 1}, 2)
    described = kept.schedules.get_described("deployment etl in prod")
    assert [one.schedule_id for one in described] == ["id-hourly", "id-weekly", "id-nightly"]
    actions = [(one.action, one.schedule) for one in kept.runs.get_audit() if one.schedule]
    assert actions == [
        ("add_schedule", "hourly"),
        ("add_schedule", "nightly"),
        ("remove_schedule", "hourly"),
        ("edit_schedule", "nightly"),
        ("add_schedule", "hourly"),
    ]


def test_where_a_schedule_is_not_as_it_was_read_nothing_moves(kept: Stores) -> None:
    store = kept.deployments
    add(store, "aa")
    add(store, "bb")
    move(store, 1, None, schedules=[new("nightly")])
    seen = schedules(kept)["nightly"]
    kept.schedules.change_schedule(seen, replace(seen, paused_at=at(1)), "pause_schedule", BY, at(1))
    late = ScheduleChange(seen, replace(seen, parameters={"n": 1}))
    taken = ScheduleChange(None, a_schedule("nightly", "another"))
    for change, error in ((late, IllegalMove), (taken, ScheduleExists)):
        with pytest.raises(error):
            move(store, 2, 1, schedules=[new("hourly"), change])
    assert live(store) == {("etl", "prod"): 1}
    assert {name: (one.is_paused, one.parameters) for name, one in schedules(kept).items()} == {"nightly": (True, {})}
    with pytest.raises(LiveMoved):
        move(store, 2, None, schedules=[new("hourly")])
    assert list(schedules(kept)) == ["nightly"]


def test_a_schedule_that_comes_back_is_the_same_and_knows_nothing_of_the_time_between(kept: Stores) -> None:
    store = kept.deployments
    add(store, "aa")
    move(store, 1, None, schedules=[new("nightly")])
    first = schedules(kept)["nightly"]
    missed = a_fire(on(1), FireFate.MISSED, schedule_id=first.schedule_id)
    kept.schedules.decide([a_turn(first, missed)], on(1))
    poll = kept.schedules.take_poll(PollRecord(first.schedule_id, "file:a", at()), at(1))
    assert poll is not None
    kept.schedules.keep_poll(poll, {"digest": "x"}, None, at(1))
    there = schedules(kept)["nightly"]
    move(store, 1, 1, schedules=[ScheduleChange(there, replace(there, removed_at=at(5), paused_at=at(4)))])
    gone = kept.schedules.get_schedule(first.schedule_id)
    back = ScheduleChange(gone, replace(gone, removed_at=None, considered_until=on(9)))
    move(store, 1, 1, schedules=[back])
    after = schedules(kept)["nightly"]
    assert (after.schedule_id, after.is_paused, after.considered_until) == (first.schedule_id, True, on(9))
    assert (there.fired_at, after.fired_at) == (on(1), None)
    assert [fire.fire_time for fire in kept.schedules.get_fires(after.schedule_id)] == [on(1)]
    (asked,) = kept.schedules.get_polls()
    assert (asked.seen, asked.seq > poll.seq) == ({}, True)
    assert not kept.schedules.keep_poll(poll, {"digest": "y"}, {"changed": ["a"]}, at(9))
