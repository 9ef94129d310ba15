"""What every `ArtifactStore` does, wherever its content lies."""

from __future__ import annotations

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import ArtifactMissing, UnstorableValue
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import ArtifactStore
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from tests.support.artifacts import BUILT_IN, namespace


@pytest.fixture(params=["folder", "file url", "fsspec"])
def store(request, tmp_path) -> ArtifactStore:
    places = {
        "folder": str(tmp_path),
        "file url": tmp_path.as_uri(),
        "fsspec": f"memory://{uuid.uuid4().hex}/artifacts",
    }
    return ContentArtifactStore(places[request.param], BUILT_IN)


VALUES = {
    "number": 1,
    "text": "x",
    "rows": [{"a": [1.5, None]}],
    "pair": (1, {2}),
    "array": np.arange(200_000.0),
    "table": pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
}


def test_values_come_back_by_name(store):
    outputs = store.put(VALUES, {})
    assert set(outputs) == set(VALUES)
    for name, output in outputs.items():
        assert isinstance(output, OutputRecord)
        assert isinstance(output.artifact, ArtifactRecord)
        assert output.name == name
        loaded = store.get(output.artifact, name, {})
        assert type(loaded) is type(VALUES[name])
        if name == "table":
            pd.testing.assert_frame_equal(loaded, VALUES[name])
        else:
            np.testing.assert_equal(loaded, VALUES[name])


def test_a_record_says_what_is_stored(store):
    artifact = store.put(VALUES, {})["table"].artifact
    assert (artifact.type, artifact.shape, artifact.columns) == ("pandas.DataFrame", (2, 2), {"a": "int64", "b": "str"})
    assert 0 < len(artifact.preview) <= 2_000
    assert artifact.size_bytes > 0


def test_equal_content_has_one_address(store):
    first, second = (store.put({"x": [1, 2]}, {})["x"].artifact.digest for _ in range(2))
    assert first == second


def test_names_that_share_an_object_stay_one_object(store):
    rows = [1]
    outputs = store.put({"a": rows, "b": (rows,)}, {})
    home = {}
    assert store.get(outputs["b"].artifact, "b", home)[0] is store.get(outputs["a"].artifact, "a", home)


def test_changing_what_was_loaded_changes_nothing_stored(store):
    artifact = store.put({"array": np.zeros(200_000)}, {})["array"].artifact
    store.get(artifact, "array", {})[:] = 1
    assert not store.get(artifact, "array", {}).any()


def test_functions_get_the_loading_namespace(store):
    home = namespace("def f(): return k")
    outputs = store.put({"f": home["f"]}, home)
    assert outputs["f"].needs == ("k",)
    assert store.get(outputs["f"].artifact, "f", namespace(k=2))() == 2


def test_what_cannot_be_stored_is_refused(store):
    with pytest.raises(UnstorableValue, match="'rows' cannot be stored"):
        store.put({"rows": (x for x in ())}, {})


def test_an_address_without_content_is_missing(store):
    with pytest.raises(ArtifactMissing):
        store.get(Digest("blake3:" + "0" * 64), "x", {})


def test_many_writers_of_the_same_values_do_not_disturb_each_other(store):
    with ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(lambda i: store.put({"x": ("same", i % 3)}, {})["x"].artifact, range(24)))
    assert len({artifact.digest for artifact in digests}) == 3
    assert {store.get(artifact, "x", {}) for artifact in digests} == {("same", 0), ("same", 1), ("same", 2)}


def test_another_process_reads_what_this_one_wrote(tmp_path):
    store = ContentArtifactStore(tmp_path, BUILT_IN)
    home = namespace("class A:\n    def twice(self): return 2 * k\na = A()")
    digest = store.put({"a": home["a"]}, home)["a"].artifact.digest
    program = (
        "from jupyter_dataops.artifacts.store import ContentArtifactStore\n"
        "from tests.support.artifacts import BUILT_IN\n"
        "k = 21\n"
        f"a = ContentArtifactStore({str(tmp_path)!r}, BUILT_IN).get({digest!r}, 'a', globals())\n"
        "print(type(a).__name__, a.twice())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "A 42"


def test_what_is_there_is_told_without_loading_it(store):
    outputs = store.put(VALUES, {})
    assert all(store.holds(output.artifact) for output in outputs.values())
    assert not store.holds(ArtifactRecord(Digest("blake3:" + "0" * 64), "json", "int", 1))


def test_a_collection_is_there_if_all_that_it_refers_to_is(store):
    parts = [store.put({"x": value}, {})["x"] for value in (1, 2)]
    assert store.holds(store.collect("x", parts).artifact)
    gone = replace(parts[0], artifact=replace(parts[0].artifact, digest=Digest("blake3:" + "0" * 64)))
    assert not store.holds(store.collect("x", [*parts, gone]).artifact)
