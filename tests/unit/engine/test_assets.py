"""What a run publishes, and when: once it is certain that the node which made it has succeeded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.states import RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.coordinated import (
    Coordinated,
    check,
    children,
    each,
    left_out,
    members,
    node,
    output,
    reused,
    runs_notebook,
)
from tests.support.executor import Does, dies, objects, raises

NOT_NULL, UNIQUE = "check:a/not_null", "check:a/unique"


def publishing(work: NodeWork, assets: Mapping[str, str] | None = None) -> NodeWork:
    """`work` with the tag ``asset:sales=df``."""
    return replace(work, assets=assets or {"sales": "df"})


MAKES = Does(outputs={"df": output("df")})


def world_of(*work: NodeWork, script: Mapping[str, Does | list[Does]] | None = None, **options: Any) -> Coordinated:
    """A world in which `a` makes `df`, unless `script` has something else for it."""
    return Coordinated(*work, script={"a": MAKES, **(script or {})}, **options)


def published(world: Coordinated) -> list[str]:
    assert isinstance(world.store, MemoryRunStore)
    return [f"{asset.name}@{asset.version} {asset.node}" for asset in world.store.shelf.assets]


def published_with(world: Coordinated) -> list[tuple[str, str | None]]:
    """Which events publish something."""
    events = world.store.get_events(world.run_id)
    return [(event.kind, event.node) for event in events if event.data.get("publishes")]


def test_a_node_that_succeeds_publishes_with_its_success() -> None:
    world = world_of(publishing(node("a")), node("b", "a"))
    world.execute()
    assert published(world) == ["sales@1 a"]
    assert published_with(world) == [("NodeSucceeded", "a")]


@pytest.mark.parametrize("does", [raises(), dies()])
def test_a_node_that_fails_publishes_nothing(does: Does) -> None:
    world = world_of(publishing(node("a")), script={"a": does})
    assert world.execute().state is RunState.FAILED
    assert published(world) == []


def test_a_node_publishes_although_the_run_fails_elsewhere() -> None:
    world = world_of(publishing(node("a")), node("b", "a"), script={"b": raises()})
    assert world.execute().state is RunState.FAILED
    assert published(world) == ["sales@1 a"]


def test_a_node_that_is_tried_again_publishes_once() -> None:
    world = world_of(publishing(node("a", retries=2)), script={"a": [raises(), raises(), MAKES]})
    world.execute()
    assert published(world) == ["sales@1 a"]


# -- checks


def test_what_is_checked_is_published_with_the_last_of_its_checks() -> None:
    world = world_of(publishing(node("a")), check("a", "not_null"), check("a", "unique"), jobs=1)
    world.execute()
    assert published(world) == ["sales@1 a"]
    assert published_with(world) == [("NodeSucceeded", UNIQUE)]


@pytest.mark.parametrize("failing", [NOT_NULL, UNIQUE])
def test_what_a_check_objects_to_is_not_published(failing: str) -> None:
    world = world_of(
        publishing(node("a")), check("a", "not_null"), check("a", "unique"), script={failing: objects()}, jobs=1
    )
    world.execute()
    assert (world.state("a"), published(world)) == ("succeeded", [])


def test_a_check_that_only_warns_keeps_nothing_from_being_published() -> None:
    world = world_of(publishing(node("a")), check("a", "unique", warn=True), script={UNIQUE: objects()})
    world.execute()
    assert published_with(world) == [("NodeSucceeded", "a")]


def test_a_check_that_nobody_asked_for_keeps_nothing_from_being_published() -> None:
    skipped = replace(check("a", "unique"), decision=left_out(UNIQUE).decision)
    world = world_of(publishing(node("a")), skipped)
    world.execute()
    assert published(world) == ["sales@1 a"]


def test_a_check_that_is_tried_again_and_passes_publishes() -> None:
    world = world_of(
        publishing(node("a")), check("a", "unique"), node("long"), script={UNIQUE: [objects(), Does()], "long": Does(9)}
    )
    world.at(5, lambda: world.reopen(UNIQUE))
    world.execute()
    assert (world.state(UNIQUE), published(world)) == ("succeeded", ["sales@1 a"])


# -- reuse


def test_a_reused_node_tells_the_store_what_it_would_publish() -> None:
    world = world_of(publishing(reused("a")))
    world.execute()
    assert published_with(world) == [("NodeReused", "a")]


def test_a_node_that_is_left_out_publishes_nothing() -> None:
    world = world_of(publishing(left_out("a")), node("b"))
    world.execute()
    assert published_with(world) == []


# -- groups


def test_an_each_node_publishes_the_list_of_what_its_children_made() -> None:
    group = publishing(each("score", "cities"), {"scores": "all"})
    world = world_of(node("cities"), group, expansions={"score": children("score", "berlin paris")})
    world.execute()
    assert isinstance(world.store, MemoryRunStore)
    (asset,) = world.store.shelf.assets
    assert (asset.label, asset.node, asset.artifact.digest) == ("scores@1", "score", "sha256:[berlin paris]")


def test_nodes_of_a_notebook_that_a_node_runs_publish_as_any_other() -> None:
    inner = members("etl", publishing(node("clean")), node("load", "clean"))
    world = world_of(runs_notebook("etl"), expansions={"etl": inner}, script={"etl/clean": MAKES})
    world.execute()
    assert published(world) == ["sales@1 etl/clean"]
