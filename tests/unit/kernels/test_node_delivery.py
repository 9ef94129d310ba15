"""What a node does with what it has bound beside handing it on: elements, parameters, verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import UndeclaredMutation, UnstorableValue
from jupyter_dataops.kernels.protocol import OUTPUTS_MIMETYPE, PARAMETERS_MIMETYPE, VERDICT_MIMETYPE, outputs_from_json
from jupyter_dataops.node import NodeContext
from tests.support.artifacts import BUILT_IN


class Bench:
    """A context whose displays are kept."""

    def __init__(self, folder: Path, node: str = "etl", **names: Any) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", **names}
        self.shown: list[dict[str, Any]] = []
        store = ContentArtifactStore(folder, BUILT_IN)
        self.context = NodeContext(self.namespace, store, node=node, where="run r1", publish=self.shown.append)

    @property
    def last(self) -> dict[str, Any]:
        return self.shown[-1]


def test_elements_travel_with_the_output_that_they_are_of(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cities=["berlin", "rome"], n=2)
    bench.context.save("cities", "n", each=["cities"])
    outputs = outputs_from_json(bench.last[OUTPUTS_MIMETYPE])
    assert [item.key for item in outputs["cities"].items or ()] == ["berlin", "rome"]
    assert outputs["n"].items is None


def test_what_has_no_elements_is_refused_and_the_rest_is_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cities=5, n=2)
    with pytest.raises(UnstorableValue, match=r"no elements for 'each:'.*'score' would read it"):
        bench.context.save("cities", "n", each=["cities"], readers={"cities": ["score"]})
    assert list(bench.last[OUTPUTS_MIMETYPE]) == ["n"]


def test_what_relies_on_its_notebook_is_kept_from_another_and_the_rest_is_stored(tmp_path: Path) -> None:
    bench = Bench(tmp_path, n=2)
    exec("def helper(): return 1\nf = lambda: helper()", bench.namespace)
    with pytest.raises(UnstorableValue, match="relies on 'helper'"):
        bench.context.save("f", "n", abroad=["f", "n"])
    assert list(bench.last[OUTPUTS_MIMETYPE]) == ["n"]


def test_parameters_are_given_as_they_are(tmp_path: Path) -> None:
    values = {"a": 1, "b": "ü", "c": [1.5, None, True], "d": {"x": {"y": []}}}
    bench = Bench(tmp_path, **values)
    bench.context.give(*values, "never", to="etl.ipynb")
    assert bench.last[PARAMETERS_MIMETYPE] == values
    assert bench.last["text/plain"].splitlines()[0] == "a = 1"


def test_no_parameters_are_said_to_be_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.context.give(to="etl.ipynb")
    assert bench.last == {PARAMETERS_MIMETYPE: {}, "text/plain": "no parameters for etl.ipynb"}


@pytest.mark.parametrize("value", [{1, 2}, (1, 2), {1: 2}, float("nan"), float("inf"), "\ud800", object(), b"x", [{1}]])
def test_what_would_arrive_as_something_else_is_no_parameter(tmp_path: Path, value: Any) -> None:
    bench = Bench(tmp_path, country=value)
    kind = type(value).__name__
    with pytest.raises(UnstorableValue, match=f"'country', a {kind}, cannot be a parameter of etl.ipynb"):
        bench.context.give("country", to="etl.ipynb")
    assert bench.shown == []


def test_a_check_shows_its_verdict(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "check:clean/many", n=3)
    bench.namespace |= {"In": ["", "assert n > 2"], "Out": {}}
    bench.context.verdict()
    assert bench.last[VERDICT_MIMETYPE]["passed"] is True
    bench.namespace |= {"In": ["", "n > 5"], "Out": {1: False}}
    bench.context.verdict()
    assert bench.last[VERDICT_MIMETYPE] == {
        "passed": False,
        "sentence": "n > 5 is False",
        "facts": {"values": {"n": "3"}},
    }


def test_a_check_that_changes_what_others_read_has_no_verdict(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "etl/check:clean/many", rows=[2, 1])
    bench.context.watch("rows")
    bench.namespace["rows"].sort()
    with pytest.raises(UndeclaredMutation, match="check 'etl/check:clean/many' changed 'rows'") as raised:
        bench.context.verdict()
    assert "out:" not in raised.value.hint
    assert bench.shown == []


def test_an_element_counts_as_an_input_beside_the_value_it_is_of(tmp_path: Path) -> None:
    first = Bench(tmp_path, rows=[[1], [2]])
    first.context.save("rows", each=["rows"])
    rows = outputs_from_json(first.last[OUTPUTS_MIMETYPE])["rows"]
    second = Bench(tmp_path, "score[x]")
    second.namespace["rows"] = second.context.load("rows", rows.artifact.digest)
    assert rows.items is not None
    second.namespace["row"] = second.context.load("rows", rows.items[0].output.artifact.digest)
    second.namespace |= {"same": second.namespace["row"], "part": second.namespace["rows"][1]}
    second.context.save("same", "part")
    handed_on = outputs_from_json(second.last[OUTPUTS_MIMETYPE])
    assert {name: one.shares for name, one in handed_on.items()} == {"same": ("rows",), "part": ("rows",)}
