from __future__ import annotations

import json
import pickle
import socket
import sqlite3
import threading
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jupyter_dataops.artifacts import envelope
from jupyter_dataops.artifacts import store as store_module
from jupyter_dataops.artifacts.content import path_of
from jupyter_dataops.artifacts.serializers import Serializers
from jupyter_dataops.artifacts.serializers.json_values import JsonSerializer
from jupyter_dataops.artifacts.serializers.pickles import PickleSerializer
from jupyter_dataops.artifacts.signing import KEY_NAME
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactError, ArtifactMissing, UnstorableValue
from tests.support.artifacts import BUILT_IN, namespace


def test_names_that_share_an_object_come_back_as_one(store):
    rows = [1]
    outputs = store.put({"rows": rows, "index": {"rows": rows}, "n": 1}, {})
    assert outputs["rows"].artifact.digest == outputs["index"].artifact.digest
    assert outputs["rows"].artifact.members == ("index", "rows")
    assert (outputs["rows"].artifact.type, outputs["index"].artifact.type) == ("list", "dict")
    assert outputs["n"].artifact.members == ()
    home: dict[str, object] = {}
    loaded = {name: store.get(outputs[name].artifact, name, home) for name in outputs}
    loaded["rows"].append(2)
    assert loaded["index"] == {"rows": [1, 2]}


def test_names_stored_together_are_loaded_anew_for_another_namespace(store):
    rows = [1]
    artifact = store.put({"a": rows, "b": rows}, {})["a"].artifact
    first, second = {}, {}
    assert store.get(artifact, "a", first) is store.get(artifact, "b", first)
    assert store.get(artifact, "a", first) is not store.get(artifact, "a", second)


def test_equal_values_of_two_names_do_not_become_one(store):
    outputs = store.put({"a": [1], "b": [1]}, {})
    a, b = (store.get(outputs[name].artifact, name, {}) for name in "ab")
    assert a is not b


def test_an_array_and_its_view_share_memory_again(store):
    array = np.zeros(1000)
    outputs = store.put({"array": array, "head": array[:5]}, {})
    home: dict[str, object] = {}
    loaded = store.get(outputs["array"].artifact, "array", home)
    loaded[0] = 1
    assert store.get(outputs["head"].artifact, "head", home)[0] == 1


def test_a_table_under_two_names_is_one_table_and_its_preview_is_a_table(store):
    table = pd.DataFrame({"a": [1]})
    outputs = store.put({"df": table, "same": table}, {})
    home: dict[str, object] = {}
    assert store.get(outputs["df"].artifact, "df", home) is store.get(outputs["same"].artifact, "same", home)
    assert outputs["df"].artifact.columns == {"a": "int64"}


def test_an_unknown_member_is_missing(store):
    rows = [1]
    artifact = store.put({"a": rows, "b": rows}, {})["a"].artifact
    with pytest.raises(ArtifactMissing, match="no value named 'c'"):
        store.get(artifact, "c", {})


def test_a_value_is_found_by_its_digest_alone(store):
    assert store.get(store.put({"x": 5}, {})["x"].artifact.digest, "x", {}) == 5


def test_truth_is_recorded_where_it_is_defined(store):
    values = {"yes": [1], "no": "", "table": pd.DataFrame({"a": [1]}), "array": np.ones(1), "odd": pd.NA}
    outputs = store.put(values, {})
    assert {name: output.truthy for name, output in outputs.items()} == {
        "yes": True,
        "no": False,
        "table": None,
        "array": None,
        "odd": None,
    }


def test_needs_and_shares_are_recorded(store):
    home = namespace("rows = []\ndef f(): return g(rows)")
    outputs = store.put({"f": home["f"], "out": [home["rows"]]}, home, loaded={"rows": home["rows"]})
    assert outputs["f"].needs == ("g", "rows")
    assert outputs["out"].shares == ("rows",)
    assert outputs["f"].shares == ()


def test_a_loaded_function_sees_the_namespace_it_is_loaded_into(store):
    home = namespace("def f(): return k")
    artifact = store.put({"f": home["f"]}, home)["f"].artifact
    away = namespace(k=3)
    assert store.get(artifact, "f", away)() == 3


def test_an_instance_and_its_class_from_two_artifacts_belong_together(store):
    home = namespace("class A: pass\na = A()")
    outputs = store.put({"A": home["A"], "a": home["a"]}, home)
    assert outputs["A"].artifact.members == ()
    artifacts = {name: output.artifact for name, output in outputs.items()}
    del home, outputs
    away = namespace()
    loaded = {name: store.get(artifact, name, away) for name, artifact in artifacts.items()}
    assert isinstance(loaded["a"], loaded["A"])


def test_an_instance_of_a_setup_class_is_an_instance_of_the_readers_class(store):
    source = "class A: pass"
    home, away = namespace(source + "\na = A()"), namespace(source)
    artifact = store.put({"a": home["a"]}, home, by_reference=frozenset({"A"}))["a"].artifact
    assert isinstance(store.get(artifact, "a", away), away["A"])


class Cache:
    def __init__(self, content):
        self.content = content


async def coroutine():
    pass


@pytest.fixture
def connection():
    opened = sqlite3.connect(":memory:")
    yield opened
    opened.close()


@pytest.fixture
def unstorable(tmp_path, connection):
    running = coroutine()
    with (tmp_path / "f").open("w+") as file, (tmp_path / "f").open("rb") as binary, socket.socket() as opened:
        yield {
            "generator": (x for x in ()),
            "_io.TextIOWrapper": file,
            "_io.BufferedReader": binary,
            "_thread.lock": threading.Lock(),
            "socket.socket": opened,
            "sqlite3.Connection": connection,
            "threading.Thread": threading.Thread(),
            "coroutine": running,
            "memoryview": memoryview(b"x"),
        }
    running.close()


@pytest.mark.parametrize(
    "kind",
    ["generator", "_io.TextIOWrapper", "_io.BufferedReader", "_thread.lock", "socket.socket", "sqlite3.Connection",
     "coroutine", "memoryview"],
)  # fmt: skip
def test_what_cannot_be_stored_is_named_with_its_place_and_cure(store, tmp_path, unstorable, kind):
    model = {"name": "m", "cache": [Cache(unstorable[kind])]}
    with pytest.raises(UnstorableValue) as caught:
        store.put({"model": model}, {})
    error = caught.value
    assert (error.variable, error.path) == ("model", "model['cache'][0].content")
    assert error.type.endswith(kind)
    assert "keep both cells in one node" in str(error)
    assert "'model' cannot be stored" in error.message
    pickle.loads(pickle.dumps(error))
    assert not [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file() and path.name != KEY_NAME]


def test_a_thread_is_named_by_what_it_holds(store, unstorable):
    with pytest.raises(UnstorableValue, match=r"'worker' cannot be stored: worker\.\w+"):
        store.put({"worker": unstorable["threading.Thread"]}, {})


def test_the_variable_itself_is_named_plainly(store, unstorable):
    with pytest.raises(UnstorableValue, match=r"'rows' cannot be stored: it is a generator"):
        store.put({"rows": unstorable["generator"]}, {})


def test_of_names_stored_together_the_right_one_is_named(store, unstorable):
    shared = [1]
    with pytest.raises(UnstorableValue) as caught:
        store.put({"a": shared, "b": [shared, unstorable["generator"]]}, {})
    assert (caught.value.variable, caught.value.path) == ("b", "b[1]")


def test_an_error_of_the_values_own_is_not_blamed_on_the_disk(store):
    class Faulty:
        def __reduce__(self):
            raise PermissionError(13, "mine")

    with pytest.raises(UnstorableValue, match="mine"):
        store.put({"x": Faulty()}, {})


def test_what_was_stored_before_stays_when_a_later_value_cannot_be(store, unstorable):
    artifact = store.put({"x": (1,)}, {})["x"].artifact
    with pytest.raises(UnstorableValue):
        store.put({"y": unstorable["generator"]}, {})
    assert store.get(artifact, "x", {}) == (1,)


def test_a_value_over_the_limit_is_refused_by_name(tmp_path):
    small = ContentArtifactStore(tmp_path, BUILT_IN, max_artifact_bytes=1000)
    small.put({"x": "fits"}, {})
    for value in ("x" * 2000, np.zeros(500), pd.DataFrame({"a": range(500)}), (b"x" * 2000,)):
        with pytest.raises(ArtifactError, match=r"more than 1,000 bytes.*\(big\)"):
            small.put({"big": value}, {})
    assert not list((tmp_path / "tmp").iterdir())


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_a_pickle_signed_by_another_store_is_not_loaded(tmp_path):
    trace = tmp_path / "went-off"
    mine, other = (ContentArtifactStore(tmp_path / name, BUILT_IN) for name in ("mine", "other"))
    mine.put({"x": (1,)}, {})
    artifact = other.put({"x": Bomb(trace)}, {})["x"].artifact
    place = tmp_path / "mine" / path_of(artifact.digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((tmp_path / "other" / path_of(artifact.digest)).read_bytes())
    with pytest.raises(ArtifactCorrupt, match="not signed with this store's key"):
        mine.get(artifact, "x", {})
    assert not trace.exists()
    other.get(artifact, "x", {})
    assert trace.exists()


def test_an_unsigned_pickle_is_not_loaded(tmp_path, store):
    artifact = store.put({"x": (1,)}, {})["x"].artifact
    place = tmp_path / "artifacts" / path_of(artifact.digest)
    place.chmod(0o600)
    place.write_bytes(place.read_bytes()[:-32] + bytes(32))
    with pytest.raises(ArtifactCorrupt, match="not signed"):
        store.get(artifact, "x", {})


def test_a_pickle_of_another_python_is_refused_with_both_versions(store, monkeypatch):
    monkeypatch.setattr(envelope, "PYTHON", "3.99")
    artifact = store.put({"x": (1,)}, {})["x"].artifact
    monkeypatch.undo()
    with pytest.raises(ArtifactError, match=r"written by Python 3\.99 and this is Python 3\.\d+"):
        store.get(artifact, "x", {})


def test_a_value_whose_package_is_missing_says_so(store):
    home = namespace("class A: pass\nA.__module__ = 'm'")
    artifact = store.put({"f": (home["A"],)}, home, by_reference=frozenset())["f"].artifact
    source = namespace("class B: pass\nb = B()")
    reference = store.put({"b": source["b"]}, source, by_reference=frozenset({"B"}))["b"].artifact
    store.get(artifact, "f", {})
    with pytest.raises(ArtifactError, match="cannot be loaded: KeyError"):
        store.get(reference, "b", {})


def test_without_given_serializers_the_installed_ones_serve(tmp_path, monkeypatch):
    row = EntryPoint("json", "jupyter_dataops.artifacts.serializers.json_values:JsonSerializer", "group")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [row])
    store_module.installed_serializers.cache_clear()
    try:
        plain = ContentArtifactStore(tmp_path)
        assert plain.get(plain.put({"x": [1]}, {})["x"].artifact, "x", {}) == [1]
        with pytest.raises(UnstorableValue, match="no installed serializer handles it"):
            plain.put({"x": object()}, {})
    finally:
        store_module.installed_serializers.cache_clear()


def test_a_preview_that_fails_loses_nothing(store):
    class Rude:
        def __repr__(self):
            raise RuntimeError

        def __bool__(self):
            raise RuntimeError

    output = store.put({"x": Rude()}, {})["x"]
    assert output.truthy is None
    assert "Rude" in output.artifact.preview


class CopyingSerializer(JsonSerializer):
    """Takes any dict, and does not care which of its parts are the same."""

    name = "copying"
    priority = 99

    def dump(self, value, sink, scope):
        sink.write(json.dumps(value).encode())


def test_names_stored_together_are_never_given_to_a_serializer_that_may_lose_identity(tmp_path):
    store = ContentArtifactStore(tmp_path, Serializers([CopyingSerializer(), PickleSerializer()]))
    rows = [1]
    outputs = store.put({"a": rows, "b": rows, "c": {"k": 1}}, {})
    assert [outputs[name].artifact.serializer for name in "abc"] == ["pickle", "pickle", "copying"]
