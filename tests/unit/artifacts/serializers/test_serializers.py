from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from importlib.metadata import EntryPoint

import pandas as pd
import pytest

from jupyter_dataops.artifacts.serializers import (
    PREVIEW_CHARACTERS,
    Description,
    Serializers,
    describe_any,
    serializers_of,
    type_name,
)
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import ArtifactError
from tests.support.artifacts import BUILT_IN


class Celsius(float):
    pass


class CelsiusSerializer:
    """What a third party would write."""

    name = "celsius"
    priority = 100
    signed = False

    def handles(self, value):
        return type(value) is Celsius

    def dump(self, value, sink, scope):
        sink.write(f"{float(value)} C".encode())

    def load(self, buffers, scope):
        return Celsius(bytes(buffers[0]).decode().removesuffix(" C"))

    def describe(self, value):
        return Description("celsius", f"{value} °C")


def test_a_third_party_serializer_is_found_by_its_entry_point_and_serves(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "third_party", sys.modules[__name__])
    row = EntryPoint("celsius", "third_party:CelsiusSerializer", "jupyter_dataops.serializers")
    store = ContentArtifactStore(tmp_path, serializers_of([row]))
    output = store.put({"t": Celsius(21.5)}, {})["t"]
    assert (output.artifact.serializer, output.artifact.type, output.artifact.preview) == (
        "celsius",
        "celsius",
        "21.5 °C",
    )
    loaded = store.get(output.artifact, "t", {})
    assert (type(loaded), loaded) == (Celsius, 21.5)


def test_an_entry_point_that_cannot_be_loaded_is_named():
    with pytest.raises(ArtifactError, match=r"'broken' \(no.such:Thing\) cannot be loaded"):
        serializers_of([EntryPoint("broken", "no.such:Thing", "group")])


def test_an_artifact_of_a_serializer_that_is_not_installed_says_so(tmp_path):
    digest = ContentArtifactStore(tmp_path, Serializers([CelsiusSerializer()])).put({"t": Celsius(1)}, {})["t"].artifact
    with pytest.raises(ArtifactError, match="no serializer named 'celsius'"):
        ContentArtifactStore(tmp_path, BUILT_IN).get(digest, "t", {})


def test_the_highest_priority_is_asked_first_and_pickle_last():
    names = [serializer.name for serializer in BUILT_IN.handling({})]
    assert names == ["json", "pickle"]


def test_no_serializer_imports_its_library_to_look_at_a_value():
    program = (
        "import sys\nfrom tests.support.artifacts import BUILT_IN\n"
        "for value in (1, 'x', [1], object(), sys): BUILT_IN.handling(value)[0].describe(value)\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_types_are_named_as_people_import_them():
    assert [type_name(kind) for kind in (pd.DataFrame, OrderedDict, int)] == [
        "pandas.DataFrame",
        "collections.OrderedDict",
        "int",
    ]


class Rude:
    def __repr__(self):
        raise RuntimeError


def test_a_preview_is_short_whatever_the_value():
    assert len(describe_any(["x" * 5000] * 100).preview) <= PREVIEW_CHARACTERS
    assert describe_any(list(range(10**6))).preview.endswith("...]")
    assert "Rude" in describe_any(Rude()).preview
