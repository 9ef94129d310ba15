from __future__ import annotations

import pytest

from jupyter_dataops.artifacts.parts import all_parts, find_unstorable
from jupyter_dataops.artifacts.pickling import Scope
from tests.support.artifacts import namespace


class Box:
    def __init__(self, content):
        self.content = content


def path_of_generator(value):
    found = find_unstorable(value, Scope({}), "x")
    assert found is not None
    return found[0].path


def generator():
    return (x for x in ())


def test_cycles_end():
    ring = []
    ring.append({"ring": ring})
    assert len(all_parts(ring, Scope({}))) == 2
    assert find_unstorable(ring, Scope({}), "x") is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (generator(), "x"),
        ([1, generator()], "x[1]"),
        ({"k": (generator(),)}, "x['k'][0]"),
        ({(1, (2,)): [generator()]}, "x[...][0]"),
        (Box({"a": Box(generator())}), "x.content['a'].content"),
        ({generator()}, "x"),
    ],
)
def test_the_path_to_what_cannot_be_stored_reads_like_code(value, path):
    assert path_of_generator(value) == path


def test_the_nearest_of_several_is_found():
    assert path_of_generator([[[generator()]], generator()]) == "x[1]"


def test_what_a_function_closes_over_is_part_of_it():
    home = namespace("def make(rows):\n    return lambda: rows\nf = make([1])")
    assert [1] in all_parts(home["f"], Scope(home))


def test_what_cannot_be_stored_does_not_hide_the_rest():
    rows = [1]
    assert any(part is rows for part in all_parts([generator(), rows], Scope({})))
