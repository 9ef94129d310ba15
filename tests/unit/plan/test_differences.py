"""One change after the other to a node that worked: each is found, and the likely cause comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.comparison import compare
from jupyter_dataops.plan.differences import Difference, Kind, ranked
from jupyter_dataops.plan.executions import Execution
from jupyter_dataops.plan.fingerprint import UNKNOWN
from jupyter_dataops.records import ArtifactRecord, Failure, NodeRunRecord, OutputRecord, Usage
from jupyter_dataops.states import FailureCause
from tests.support.clock import START

NODE = NodeName("train")
MIB = 1 << 20


def frame(digest: str = "old", rows: int = 3, **columns: str) -> OutputRecord:
    known = columns or {"price": "float64", "town": "str"}
    artifact = ArtifactRecord(Digest(digest), "pandas", "pandas.DataFrame", 10, (rows, len(known)), known)
    return OutputRecord("df", artifact)


def record(run_id: str, seconds: float = 10.0, **fingerprint: str) -> NodeRunRecord:
    known = {"files": "f", "environment": "e", "modules": "m", "assets": "s", "packages:numpy": "1.26", **fingerprint}
    ended = START + timedelta(seconds=seconds)
    return NodeRunRecord(RunId(run_id), NODE, 0, fingerprint=known, started_at=START, finished_at=ended)


WORKED = Execution(
    run_id=RunId("run1"),
    record=record("run1"),
    code="m = fit(df)\nprint(m)",
    forms=("m", "p"),
    setup={"fit": ("one",), "limit": ("two",)},
    setup_code="def fit(df): ...",
    parameters={"n": "3"},
    reads={"df": NodeName("clean")},
    inputs={"df": frame()},
    usage=Usage("3.11.4", {"pandas": "2.2.0", "numpy": "1.26"}, 100 * MIB),
    gates="trigger:all_success",
)
SAME = replace(WORKED, run_id=RunId("run2"), record=record("run2"))


def failed(ename: str = "ValueError", evalue: str = "it went wrong") -> Failure:
    return Failure(FailureCause.EXCEPTION, ename, evalue)


CHANGES: dict[str, tuple[dict[str, Any], Kind, str]] = {
    "code": ({"code": "m = fit(df, 2)\nprint(m)", "forms": ("m2", "p")}, Kind.CODE, "its code was edited"),
    "kernel": ({"forms": ("m", "p", "other")}, Kind.CODE, "its kernel, or the imports it takes from others, changed"),
    "setup": ({"setup": {"fit": ("other",), "limit": ("two",)}}, Kind.SETUP, "setup that it uses was edited: `fit`"),
    "module": ({"record": record("run2", modules="other")}, Kind.MODULES, "a module that it depends on changed"),
    "planned package": (
        {"record": record("run2", **{"packages:numpy": "2.0"})},
        Kind.PACKAGES,
        "package numpy is 2.0 and was 1.26",
    ),
    "parameter": ({"parameters": {"n": "4"}}, Kind.PARAMETERS, "parameter `n` is 4 and was 3"),
    "new parameter": (
        {"parameters": {"n": "3", "k": "1"}},
        Kind.PARAMETERS,
        "parameter `k` is 1 and was not there",
    ),
    "source": ({"reads": {"df": NodeName("load")}}, Kind.INPUTS, "`df` comes from `load` and came from `clean`"),
    "unread": ({"reads": {}}, Kind.INPUTS, "it no longer reads `df` of `clean`"),
    "read anew": ({"reads": {"df": "clean", "x": "a"}}, Kind.INPUTS, "it reads `x` of `a` now"),
    "gate": ({"gates": "trigger:always"}, Kind.INPUTS, "it runs by `trigger:always` and ran by `trigger:all_success`"),
    "content": (
        {"inputs": {"df": frame("new", town="str")}},
        Kind.CONTENT,
        "`df` has lost the column `price` (from `clean`)",
    ),
    "package": (
        {"usage": Usage("3.11.4", {"pandas": "3.0.0"})},
        Kind.PACKAGES,
        "package pandas is 3.0.0 and was 2.2.0",
    ),
    "asset": ({"record": record("run2", assets="other")}, Kind.ASSETS, "an asset that it depends on changed"),
    "python": ({"usage": Usage("3.12.1", {})}, Kind.PACKAGES, "Python is 3.12.1 and was 3.11.4"),
    "environment": (
        {"record": record("run2", environment="other")},
        Kind.ENVIRONMENT,
        "an environment variable that it depends on changed",
    ),
    "file": ({"record": record("run2", files="other")}, Kind.FILES, "a file that it depends on changed"),
    "memory": (
        {"usage": Usage("3.11.4", {}, 1000 * MIB)},
        Kind.MEMORY,
        "it took 10.0 times the memory: 1,000 MiB, and 100 MiB then",
    ),
    "duration": ({"record": record("run2", 30)}, Kind.DURATION, "it took 3.0 times as long: 30.0 s, and 10.0 s then"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_found_and_named(name: str) -> None:
    fields, kind, sentence = CHANGES[name]
    [found] = compare(WORKED, replace(SAME, **fields))
    assert (found.kind, found.sentence, found.node) == (kind, sentence, NODE)


def test_nothing_differs_between_equal_runs() -> None:
    assert compare(WORKED, SAME) == []


def test_there_is_a_change_for_every_kind() -> None:
    assert {kind for _, kind, _ in CHANGES.values()} == set(Kind)


def test_without_anything_else_to_go_by_kinds_come_in_their_documented_order() -> None:
    apart = (
        *("code", "setup", "module", "parameter", "source"),
        *("content", "asset", "package", "environment", "file", "memory", "duration"),
    )
    every: list[Difference] = []
    for name in reversed(apart):
        every += compare(WORKED, replace(SAME, **CHANGES[name][0]))
    assert [one.kind for one in ranked(every, NODE, failed())] == list(Kind)


@pytest.mark.parametrize(
    ("name", "evalue"),
    [
        ("content", "'price'"),
        ("parameter", "n must be below 4"),
        ("setup", "fit() got an unexpected argument"),
        ("package", "pandas has no attribute 'append'"),
        ("source", "df is empty"),
    ],
)
def test_what_the_message_names_comes_before_an_edited_cell(name: str, evalue: str) -> None:
    both = compare(WORKED, replace(SAME, **{**CHANGES["code"][0], **CHANGES[name][0]}))
    first = ranked(both, NODE, failed(evalue=evalue))[0]
    assert first.kind is CHANGES[name][1]
    assert first.is_pointed_at


def test_an_edited_line_that_is_the_one_that_failed_comes_first() -> None:
    both = compare(WORKED, replace(SAME, **{**CHANGES["code"][0], **CHANGES["content"][0]}))
    found = ranked(both, NODE, failed(evalue="'price' and more"), line="m = fit(df, 2)")
    assert [(one.kind, one.is_pointed_at) for one in found] == [(Kind.CODE, True), (Kind.CONTENT, True)]


def test_what_differs_in_the_node_itself_comes_before_what_differs_above() -> None:
    [own] = compare(WORKED, replace(SAME, **CHANGES["code"][0]))
    above = replace(own, node=NodeName("clean"))
    assert ranked([above, own], NODE, failed()) == [own, above]


def test_a_content_that_cannot_be_looked_into_comes_behind_one_that_can() -> None:
    blind = OutputRecord("z", ArtifactRecord(Digest("new"), "pickle", "Model", 10))
    known = replace(blind, artifact=replace(blind.artifact, digest=Digest("old")))
    reads = {"z": NodeName("a"), "df": NodeName("clean")}
    old = replace(WORKED, inputs={"z": known, "df": frame()}, reads=reads)
    new = replace(SAME, inputs={"z": blind, "df": frame("new", 9)}, reads=reads)
    assert [one.name for one in ranked(compare(old, new), NODE, failed())] == ["df", "z"]


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": {"n": "3", "k": "1"}},
        {"setup": {**WORKED.setup, "k": ("x",)}},
        {"reads": {"df": "clean", "k": "a"}},
    ],
)
def test_what_only_the_edited_code_uses_is_told_with_the_code(fields: dict[str, Any]) -> None:
    [found] = compare(WORKED, replace(SAME, **CHANGES["code"][0], **fields))
    assert found.kind is Kind.CODE


def test_code_comes_as_a_unified_diff() -> None:
    [found] = compare(WORKED, replace(SAME, **CHANGES["code"][0]))
    assert found.diff.splitlines() == [
        "--- run run1",
        "+++ run run2",
        "@@ -1,2 +1,2 @@",
        "-m = fit(df)",
        "+m = fit(df, 2)",
        " print(m)",
    ]


def test_setup_that_does_not_only_define_is_told_in_words() -> None:
    acts = "what it does besides defining names"
    [found] = compare(WORKED, replace(SAME, setup={**WORKED.setup, acts: ("now",)}))
    assert found.sentence == f"setup that it uses was edited: {acts}"


def test_an_input_that_was_not_there_then_is_no_change_of_content() -> None:
    assert compare(replace(WORKED, inputs={}), SAME) == []


def test_a_package_that_the_failed_attempt_did_not_come_to_import_is_no_difference() -> None:
    assert compare(WORKED, replace(SAME, usage=Usage("3.11.4", {}))) == []


def test_a_kernel_that_tells_nothing_differs_in_nothing() -> None:
    assert compare(WORKED, replace(SAME, usage=None)) == []


@pytest.mark.parametrize(("then", "now"), [(0.1, 0.9), (10.0, 15.0), (10.0, 2.0)])
def test_a_little_more_time_is_noise(then: float, now: float) -> None:
    assert compare(replace(WORKED, record=record("run1", then)), replace(SAME, record=record("run2", now))) == []


def test_a_component_that_could_not_be_computed_is_not_said_to_have_changed() -> None:
    assert compare(WORKED, replace(SAME, record=record("run2", files=UNKNOWN))) == []


@pytest.mark.parametrize(
    ("then", "now", "sentence"),
    [
        ("aa", "bb", "file `x.csv` changed: aa -> bb"),
        (None, "bb", "file `x.csv` is there now"),
        ("aa", None, "file `x.csv` is missing now"),
    ],
)
def test_a_file_is_named_with_old_and_new_content(then: str | None, now: str | None, sentence: str) -> None:
    old, new = ({"files:x.csv": value} if value else {} for value in (then, now))
    [found] = compare(
        replace(WORKED, record=record("run1", **old)), replace(SAME, record=record("run2", files="other", **new))
    )
    assert (found.kind, found.name, found.sentence) == (Kind.FILES, "x.csv", sentence)


def test_of_an_environment_variable_nothing_is_shown_that_was_made_from_its_value() -> None:
    old, new = replace(WORKED, record=record("run1", **{"environment:KEY": "d1"})), record("run2")
    changed = replace(SAME, record=replace(new, fingerprint={"environment": "x", "environment:KEY": "d2"}))
    [found] = [one for one in compare(old, changed) if one.kind is Kind.ENVIRONMENT]
    assert found.sentence == "environment variable `KEY` has another value"
    assert "d1" not in str(found.as_json())
    assert "d2" not in str(found.as_json())


def test_values_that_can_be_opened_are() -> None:
    new = replace(SAME, inputs={"df": frame("new")})
    assert compare(WORKED, new)[0].is_known is False
    [found] = compare(WORKED, new, lambda _old, _new: ({"a": 1}, {"a": 2}))
    assert found.sentence == "`df` has other values at `a` (from `clean`)"
    assert found.lines == ("`a` is 2 and was 1",)


@pytest.mark.parametrize(
    ("then", "now", "sentence"),
    [
        ("one", "two", "asset `sales` has a newer version, with other content"),
        (None, "two", "asset `sales` is there now"),
        ("one", None, "asset `sales` is not loaded any more"),
    ],
)
def test_the_asset_that_changed_is_named(then: str | None, now: str | None, sentence: str) -> None:
    def ran(run_id: str, content: str | None) -> Execution:
        single = {"assets:sales": content} if content is not None else {}
        return replace(WORKED, record=record(run_id, assets=content or "", **single))

    [found] = compare(ran("run1", then), ran("run2", now))
    assert (found.kind, found.name, found.sentence, found.old, found.new) == (
        Kind.ASSETS,
        "sales",
        sentence,
        then,
        now,
    )


def test_both_versions_of_an_asset_are_told_where_they_are_known() -> None:
    def ran(run_id: str, version: int) -> Execution:
        content = {"assets": f"s{version}", "assets:sales": f"d{version}"}
        return replace(WORKED, record=record(run_id, **content), loaded={"sales": f"sales@{version}"})

    [found] = compare(ran("run1", 1), ran("run2", 3))
    assert found.sentence == "asset `sales` has a newer version, with other content: sales@1 -> sales@3"
    assert (found.old, found.new) == ("sales@1", "sales@3")
