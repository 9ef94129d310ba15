"""Lists whose elements are artifacts already."""

from __future__ import annotations

import threading

import pytest

from jupyter_dataops.errors import ArtifactCorrupt, ArtifactMissing, UnstorableValue
from jupyter_dataops.ids import Digest
from tests.support.artifacts import namespace


def put(store, **values):
    return store.put(values, {})


def test_a_collection_loads_as_the_list_of_its_values_in_order(store):
    outputs = [put(store, x=value)["x"] for value in (3, "a", [1])]
    collected = store.collect("x", outputs)
    assert store.get(collected.artifact, "x", {}) == [3, "a", [1]]
    assert store.get(collected.artifact.digest, "x", {}) == [3, "a", [1]]
    assert (collected.name, collected.artifact.type, collected.truthy) == ("x", "list", True)
    assert collected.artifact.preview == "[3, a, [1]]"


def test_an_empty_collection_is_an_empty_list(store):
    collected = store.collect("x", [])
    assert store.get(collected.artifact, "x", {}) == []
    assert collected.truthy is False


def test_elements_of_equal_content_are_objects_apart(store):
    one = put(store, x=[1])["x"]
    first, second = store.get(store.collect("x", [one, one]).artifact, "x", {})
    first.append(2)
    assert second == [1]


def test_elements_of_equal_content_that_were_stored_with_others_are_objects_apart(store):
    rows = [1]
    both = put(store, x=rows, y=rows)
    home: dict[str, object] = {}
    first, second = store.get(store.collect("x", [both["x"], both["x"]]).artifact, "x", home)
    assert first is not second


def test_what_one_child_stored_together_comes_back_as_one_object_from_two_collections(store):
    rows = [1]
    both = put(store, x=rows, y=rows)
    home: dict[str, object] = {}
    xs = store.get(store.collect("x", [both["x"], both["x"]]).artifact, "x", home)
    ys = store.get(store.collect("y", [both["y"], both["y"]]).artifact, "y", home)
    assert [x is y for x, y in zip(xs, ys, strict=True)] == [True, True]


def test_collections_of_collections_are_lists_of_lists(store):
    inner = store.collect("x", [put(store, x=[1])["x"]] * 2)
    loaded = store.get(store.collect("x", [inner, inner]).artifact, "x", {})
    assert loaded == [[[1], [1]], [[1], [1]]]
    assert len({id(value) for row in loaded for value in row}) == 4


def test_nothing_is_loaded_to_make_one(store):
    """Not even where it could not be: the values' owner may have packages that the collector lacks."""
    unloadable = put(store, x=1)["x"]
    missing = type(unloadable)("x", type(unloadable.artifact)(Digest("blake3:" + "0" * 64), "pickle", "Model", 10))
    collected = store.collect("x", [missing])
    assert collected.artifact.size_bytes > 10
    assert collected.artifact.preview == "[<Model>]"
    with pytest.raises(ArtifactMissing):
        store.get(collected.artifact, "x", {})


def test_a_collection_needs_and_shares_what_its_values_do(store):
    home = namespace("def g(): return 1\nf = lambda: g()", rows=[1])
    f = store.put({"x": home["f"]}, home)["x"]
    rows = store.put({"x": home["rows"]}, home, loaded={"given": home["rows"]})["x"]
    collected = store.collect("x", [rows, f])
    assert (collected.needs, collected.shares) == (("g",), ("given",))
    loaded = store.get(collected.artifact, "x", home)[1]
    assert loaded() == 1


def test_values_in_a_collection_are_verified(store, tmp_path):
    value = put(store, x=threading.Thread.__init__.__doc__)["x"]
    collected = store.collect("x", [value])
    (path,) = (tmp_path / "artifacts").glob(f"blake3/*/*/{value.artifact.digest.partition(':')[2]}")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)
    with pytest.raises(ArtifactCorrupt):
        store.get(collected.artifact, "x", {})


def test_a_long_preview_says_how_many_there_are(store):
    collected = store.collect("x", [put(store, x=1)["x"]] * 300)
    assert collected.artifact.preview.endswith("1, ... 300 in all]")


@pytest.mark.parametrize(
    ("source", "ties"),
    [
        ("def g(): return 1\nx = [lambda: g()]", "'g'"),
        ("class Model: pass\nx = Model()", "'Model'"),
        ("def f(): return 1\nx = f", "'f'"),
    ],
)
def test_what_relies_on_its_notebook_does_not_go_abroad(store, source, ties):
    home = namespace(source)
    setup = frozenset(home) - {"x", "__name__", "__builtins__"}
    with pytest.raises(UnstorableValue, match=f"'x' cannot be handed on to another notebook: it relies on {ties}"):
        store.put({"x": home["x"]}, home, by_reference=setup, abroad=frozenset({"x"}))


def test_plain_data_and_functions_of_their_own_go_abroad(store):
    home = namespace("x = [1]\ny = lambda n: n + len([1])")
    outputs = store.put({"x": home["x"], "y": home["y"]}, home, abroad=frozenset({"x", "y"}))
    assert store.get(outputs["y"].artifact, "y", {"__name__": "__main__"})(1) == 2
