from __future__ import annotations

import numpy as np
import pytest

ARRAYS = {
    "ints": np.arange(6).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every second": np.arange(10)[::2],
    "nan": np.array([np.nan, -0.0, np.inf]),
    "bools": np.array([True, False]),
    "text": np.array(["a", "äöü"]),
    "bytes": np.array([b"a", b"abc"]),
    "times": np.array(["2026-01-01", "NaT"], "M8[D]"),
    "complex": np.array([1 + 2j]),
    "no dimension": np.array(5.0),
    "no rows": np.zeros((0, 3), "f4"),
    "other byte order": np.array([1, 2], ">i4"),
    "large": np.arange(300_000.0),
}
PICKLED = {
    "objects": np.array([1, "x"], dtype=object),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "masked": np.ma.array([1, 2], mask=[True, False]),
    "scalar": np.float32(1.5),
    "strings": np.array(["a", "b"], dtype=np.dtypes.StringDType()),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_plain_arrays_come_back_exactly_and_can_be_changed(store, name):
    value = ARRAYS[name]
    artifact = store.put({"v": value}, {})["v"].artifact
    loaded = store.get(artifact, "v", {})
    assert (artifact.serializer, loaded.dtype, loaded.shape) == ("numpy", value.dtype, value.shape)
    assert loaded.tobytes() == value.tobytes()
    if value.size:
        loaded[...] = loaded.flat[-1]
        assert store.get(artifact, "v", {}).tobytes() == value.tobytes()


def test_memory_order_is_kept(round_trip):
    assert round_trip(ARRAYS["fortran"])[0].flags.f_contiguous


@pytest.mark.parametrize("name", PICKLED)
def test_other_arrays_are_pickled(round_trip, name):
    loaded, artifact = round_trip(PICKLED[name])
    assert artifact.serializer == "pickle"
    assert type(loaded) is type(PICKLED[name])
    assert loaded.dtype == PICKLED[name].dtype
    assert repr(loaded) == repr(PICKLED[name])


def test_a_read_only_array_stays_read_only(round_trip):
    array = np.arange(3)
    array.flags.writeable = False
    assert not round_trip(array)[0].flags.writeable


def test_two_equal_arrays_do_not_become_one(store):
    outputs = store.put({"a": np.zeros(300_000), "b": np.zeros(300_000)}, {})
    assert outputs["a"].artifact.digest == outputs["b"].artifact.digest
    a, b = (store.get(outputs[name].artifact, name, {}) for name in "ab")
    a[0] = 1
    assert b[0] == 0


def test_an_array_is_described_by_type_shape_and_beginning(round_trip):
    _, artifact = round_trip(np.arange(100_000.0))
    assert (artifact.type, artifact.shape) == ("numpy.ndarray", (100_000,))
    assert artifact.preview.startswith("float64\narray([0.0000e+00")
