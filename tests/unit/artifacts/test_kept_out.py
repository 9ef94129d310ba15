"""Values that hold a secret are kept out of the store."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_dataops.artifacts.content import SEAL_BYTES, Draft
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import UnstorableValue
from jupyter_dataops.secrets import Masker
from tests.support.artifacts import BUILT_IN

SECRET = "hunter2lake"


@pytest.fixture
def guarded(tmp_path: Path) -> ContentArtifactStore:
    return ContentArtifactStore(
        tmp_path / "artifacts", BUILT_IN, masker=Masker({"OTHER": "not there", "TOKEN": SECRET})
    )


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "artifacts").rglob("*") if path.is_file())


VALUES: dict[str, Any] = {
    "text": f"Bearer {SECRET}",
    "bytes": SECRET.encode(),
    "dict": {"headers": [{"auth": SECRET}]},
    "key": {SECRET: 1},
    "object": SimpleNamespace(token=SECRET),
    "large": ["x" * 1000] * 5000 + [SECRET],
    "numpy": np.array(["a", SECRET]),
    "numpy objects": np.array(["a", SECRET, 1], dtype=object),
    "pandas": pd.DataFrame({"a": ["x", SECRET]}),
    "pandas column": pd.DataFrame({SECRET: [1]}),
    "pandas category": pd.DataFrame({"a": pd.Categorical(["x", SECRET])}),
    "pandas attrs": pd.DataFrame({"a": [1]}),
    "polars": pl.DataFrame({"a": ["x", SECRET]}),
    "arrow": pa.table({"a": ["x", SECRET]}),
    "function": lambda token=SECRET: token,
}
VALUES["pandas attrs"].attrs["source"] = f"https://me:{SECRET}@host"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_that_holds_a_secret_is_refused_and_leaves_nothing(guarded, tmp_path, value):
    with pytest.raises(UnstorableValue, match="'rows' holds the value of the secret 'TOKEN'") as refused:
        guarded.put({"rows": value}, {})
    assert (refused.value.variable, refused.value.secret) == ("rows", "TOKEN")
    assert "os.environ['TOKEN']" in refused.value.hint
    assert SECRET not in str(refused.value)
    assert SECRET.encode() not in stored(tmp_path)
    assert not list((tmp_path / "artifacts" / "tmp").iterdir())


def test_values_without_a_secret_are_stored_as_ever(guarded):
    outputs = guarded.put({"rows": [1, 2], "table": pd.DataFrame({"a": [1]})}, {})
    assert guarded.get(outputs["rows"].artifact, "rows", {}) == [1, 2]
    assert guarded.get(outputs["table"].artifact, "table", {}).a.tolist() == [1]


def test_of_values_that_share_an_object_the_one_with_the_secret_is_named(guarded):
    shared = [1]
    with pytest.raises(UnstorableValue) as refused:
        guarded.put({"plain": {"x": shared}, "auth": {"x": shared, "token": SECRET}, "other": [shared]}, {})
    assert refused.value.variable == "auth"


def test_an_element_that_holds_a_secret_is_refused(guarded, tmp_path):
    with pytest.raises(UnstorableValue, match="'hosts'"):
        guarded.put({"hosts": ["a", f"me:{SECRET}@b"]}, {}, each=frozenset({"hosts"}))
    assert SECRET.encode() not in stored(tmp_path)


def test_a_serializer_that_gives_up_midway_does_not_count(guarded):
    # JSON begins with the text and gives up at the object; pickle begins anew.
    with pytest.raises(UnstorableValue, match="'rows' holds"):
        guarded.put({"rows": [SECRET, object()]}, {})
    outputs = guarded.put({"rows": ["harmless", SimpleNamespace(a=1)]}, {})
    assert guarded.get(outputs["rows"].artifact, "rows", {})[0] == "harmless"


def test_nothing_reaches_the_disk_from_the_piece_with_a_secret_on():
    file = io.BytesIO()
    draft = Draft(file, "nowhere", None, Masker({"TOKEN": SECRET}))
    for piece in (b"begin", f"auth: {SECRET}".encode(), b"end"):
        draft.write(piece)
    assert (file.getvalue(), draft.secret) == (b"begin", "TOKEN")
    with pytest.raises(UnstorableValue):
        draft.seal(bytes(SEAL_BYTES))
    draft.rewind()
    draft.write(b"other")
    assert (file.getvalue(), draft.secret) == (b"other", None)
