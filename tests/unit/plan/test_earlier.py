from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.earlier import Wanted, allowance_s, at_risk, objection, result_of, why_new, why_reused
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.records import ArtifactRecord, EarlierResult, ItemRecord, NodeRunRecord, OutputRecord, ResultRecord
from jupyter_dataops.states import NodeState
from tests.support.clock import START

A = NodeName("a")
PRINTS = dict.fromkeys(COMPONENTS, "old")


def output(name: str, kind: str = "list", **more: Any) -> OutputRecord:
    return OutputRecord(name, ArtifactRecord(Digest(f"blake3:{name}"), "json", kind, 1), **more)


EARLIER = EarlierResult(
    ResultRecord("k", {"x": "1", "after load": "r0"}, {"out.csv": "2"}, ("x",)),
    NodeRunRecord(
        RunId("r1"),
        A,
        0,
        state=NodeState.SUCCEEDED,
        fingerprint=PRINTS,
        outputs={"df": output("df")},
        finished_at=START,
    ),
)
WANTED = Wanted(("df",), frozenset(), frozenset({"x"}), inf)


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_is_in_the_key_and_an_unknown_one_leaves_none(component: str) -> None:
    known = result_of("/nb.ipynb", A, PRINTS, {"x": "1"})
    other = result_of("/nb.ipynb", A, {**PRINTS, component: "new"}, {"x": "1"})
    assert known is not None
    assert other is not None
    assert known.key != other.key
    assert result_of("/nb.ipynb", A, {**PRINTS, component: UNKNOWN}, {"x": "1"}) is None
    missing = {one: found for one, found in PRINTS.items() if one != component}
    assert result_of("/nb.ipynb", A, missing, {"x": "1"}) is None


def test_single_things_in_a_fingerprint_are_not_in_the_key() -> None:
    one, other = (result_of("/nb.ipynb", A, {**PRINTS, **more}, {}) for more in ({}, {"packages:x": "1"}))
    assert one == other


@pytest.mark.parametrize(
    ("notebook", "node", "inputs"),
    [
        ("/other.ipynb", "a", {"x": "1"}),
        ("/nb.ipynb", "b", {"x": "1"}),
        ("/nb.ipynb", "a", {"x": "2"}),
        ("/nb.ipynb", "a", {"y": "1"}),
        ("/nb.ipynb", "a", {}),
        ("/nb.ipynb", "a", {"x": "1", "y": "1"}),
    ],
)
def test_notebook_node_and_every_input_by_name_are_in_the_key(notebook: str, node: str, inputs: dict[str, str]) -> None:
    known = result_of("/nb.ipynb", A, PRINTS, {"x": "1"})
    other = result_of(notebook, NodeName(node), PRINTS, inputs)
    assert known is not None
    assert other is not None
    assert known.key != other.key


def test_no_delimiter_makes_two_sets_of_inputs_one() -> None:
    keys = [
        result_of("/nb.ipynb", A, PRINTS, inputs)
        for inputs in ({"x": "1:y:2"}, {"x": "1", "y": "2"}, {"x:1": "y:2"}, {"x": "1,y=2"})
    ]
    assert len({one.key for one in keys if one is not None}) == 4


def test_an_unknown_input_leaves_no_key() -> None:
    assert result_of("/nb.ipynb", A, PRINTS, {"x": UNKNOWN}) is None


@pytest.mark.parametrize(
    ("cache", "mode", "inside", "seconds"),
    [
        (None, "full", (), 0.0),
        (None, "changed", (), inf),
        ("on", "full", (), inf),
        ("off", "changed", (), 0.0),
        ("1d", "changed", (), 86400.0),
        ("on", "selection", (), 0.0),
        ("on", "from_failure", (), 0.0),
        (None, "changed", (None, "1h", "1d"), 3600.0),
        ("on", "full", (None, "off"), 0.0),
        (None, "full", ("on",), 0.0),
    ],
)
def test_how_old_a_result_may_be(cache: str | None, mode: str, inside: tuple[str | None, ...], seconds: float) -> None:
    assert allowance_s(cache, mode, inside) == seconds


def why_not(wanted: Wanted = WANTED, earlier: EarlierResult = EARLIER, **now: Any) -> str | None:
    return objection(
        earlier,
        wanted,
        START + timedelta(seconds=now.get("seconds", 10)),
        is_there=now.get("is_there", lambda output: True),
        digest_of=now.get("digest_of", {"out.csv": "2"}.get),
    )


def test_what_holds_is_used() -> None:
    assert why_not() is None


ITEMISED = replace(WANTED, itemised=frozenset({"df"}))
WITH_ITEMS = replace(
    EARLIER, node_run=replace(EARLIER.node_run, outputs={"df": output("df", items=(ItemRecord("k", output("df")),))})
)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"wanted": replace(WANTED, outputs=("df", "n"))}, "`n` is needed, which run r1 did not store"),
        ({"wanted": ITEMISED}, "the elements of `df` are needed, which run r1 did not store one by one"),
        (
            {"wanted": replace(WANTED, watched=frozenset({"x", "y"}))},
            "whether it changes `y` in place, which a node below reads, was not watched in run r1",
        ),
        ({"wanted": replace(WANTED, allowance_s=5.0)}, "its result of run r1 is older than 5s"),
        ({"digest_of": {"out.csv": "3"}.get}, "the file out.csv is not as it left it in run r1"),
        ({"digest_of": {}.get}, "the file out.csv is not as it left it in run r1"),
        ({"is_there": lambda output: False}, "its `df` of run r1 is no longer in the artifact store"),
    ],
)
def test_what_speaks_against_a_result(given: dict[str, Any], reason: str) -> None:
    assert why_not(**given) == reason


def test_elements_that_were_stored_will_do() -> None:
    assert why_not(ITEMISED, WITH_ITEMS) is None


@pytest.mark.parametrize(
    ("prints", "inputs", "reason"),
    [
        ({"code": "new"}, None, "its code changed since run r1"),
        ({"version": "new"}, {}, "what a fingerprint counts changed with the version of jupyter-dataops since run r1"),
        ({}, None, None),
        ({}, {"x": "2", "after load": "r0"}, "`x` is not what it was in run r1"),
        ({}, {"x": "1", "after load": "r9"}, "after `load` is not what it was in run r1"),
        ({}, {}, "after `load`, `x` are not what they were in run r1"),
        ({}, EARLIER.result.inputs, "its result of run r1 is not kept any more"),
    ],
)
def test_why_there_is_no_result(prints: dict[str, str], inputs: Any, reason: str | None) -> None:
    assert why_new(EARLIER, {**PRINTS, **prints}, inputs) == reason


def test_why_there_never_was_one() -> None:
    assert why_new(None, PRINTS) == "it has no earlier success that can be used"


def test_why_one_is_used() -> None:
    assert why_reused(EARLIER) == "its result of run r1 still holds"
    assert why_reused(EARLIER, [NodeName("load")]) == (
        "its result of run r1 still holds: `load` ran again, and what it reads of that is unchanged"
    )


def test_what_cannot_change_is_not_at_risk() -> None:
    assert at_risk({"n", "df", "f"}, {"n": output("n", "int"), "df": output("df")}) == {"df", "f"}
