"""Each rule forbids what it says, and nothing else; a user's own rule may; what fails, forbids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.config.policy_forms import RULE_FORMS
from jupyter_dataops.deploying.deploy import contents_of
from jupyter_dataops.deploying.policy import judge, read_policy, require_allowed
from jupyter_dataops.deploying.policy_rules import POLICY_RULES
from jupyter_dataops.deploying.view import OutputView, PipelineView, Stage
from jupyter_dataops.deploying.viewing import Circumstances, view_of
from jupyter_dataops.errors import ConfigError, PolicyViolated
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]
Cells = tuple[dict[str, Any], ...]

# Rule as written, cells that it forbids with the place it names, cells that it allows.
CASES: list[tuple[str, Cells, str, Cells]] = [
    ("owner", (cell("x = 1", "node:a"),), "", (cell("x = 1", "node:a", "owner:ana"),)),
    (
        "owner",
        (cell("x = 1", "node:a", "owner:ana"), cell("y = x", "node:b")),
        "cell 2",
        (cell("x = 1", "node:a", "owner:ana"), cell("y = x", "node:b", "owner:bo")),
    ),
    (
        "no_absolute_paths",
        (cell("x = open('/home/ana/x.csv')", "node:a"),),
        "cell 1, node a",
        (cell("x = open('x.csv')", "node:a"),),
    ),
    ("checks", (cell("x = 1", "node:a"),), "", (cell("x = 1", "node:a"), cell("assert x", "check:a"))),
    (
        "checks=2",
        (cell("x = 1", "node:a"), cell("assert x", "check:a")),
        "",
        (cell("x = 1", "node:a"), cell("assert x", "check:a"), cell("assert x > 0", "check:a")),
    ),
    ("max_retries", (cell("x = 1", "node:a", "retries:4"),), "cell 1", (cell("x = 1", "node:a", "retries:3"),)),
    ("max_retries=0", (cell("x = 1", "node:a", "retries:1"),), "cell 1", (cell("x = 1", "node:a"),)),
    ("kernels", (cell("x = 1", "node:a", "kernel:other"),), "cell 1", (cell("x = 1", "node:a"),)),
    ("kernels=other", (cell("x = 1", "node:a"),), "cell 1", (cell("x = 1", "node:a", "kernel:other"),)),
    ("kernels=python3|other", (cell("x = 1", "node:a", "kernel:third"),), "cell 1", (cell("x = 1", "node:a"),)),
    ("timeouts", (cell("x = 1", "node:a"),), "cell 1", (cell("x = 1", "node:a", "timeout:1h"),)),
    ("no_warnings", (cell("print(total)", "node:a"),), "cell 1, node a", (cell("print(1)", "node:a"),)),
    (
        "pinned_parameters=day",
        (cell("day = 1\nother = 2", "parameters"), cell("x = day", "node:a")),
        "",
        (cell("other = 2", "parameters"), cell("x = other", "node:a")),
    ),
    (
        "complete",
        (cell("import importlib\nx = importlib.import_module(str(1))", "node:a"),),
        "",
        (cell("import json", "node:a"),),
    ),
]


def judged(pipeline: Pipeline, *written: str, stage: Stage = Stage.DEPLOY, **more: Any) -> list[tuple[str, str]]:
    view = view_of(pipeline, contents_of(pipeline), Circumstances(stage, "prod", **more))
    found = judge(read_policy(written), view, pipeline.path.parent)
    assert all(one.severity.value == "error" and one.hint for one in found)
    return [(one.code, one.place) for one in found]


@pytest.mark.parametrize(
    ("written", "forbidden", "place", "allowed"), CASES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_rule_forbids_what_it_says_and_nothing_else(
    save: Save, written: str, forbidden: Cells, place: str, allowed: Cells
) -> None:
    code = POLICY_RULES[written.partition("=")[0]].code
    assert judged(save(*forbidden), written) == [(code, place)]
    assert judged(save(*allowed), written) == []


def test_every_rule_has_a_case_and_a_code_of_its_own() -> None:
    tested = {written.partition("=")[0] for written, *_ in CASES} | {"no_pickles", "tested", "same_packages"}
    assert tested == set(POLICY_RULES) == set(RULE_FORMS)
    assert [rule.code for rule in POLICY_RULES.values()] == [f"DP{n:03}" for n in range(1, len(POLICY_RULES) + 1)]


def test_a_parameter_is_pinned_by_environment_caller_or_every_schedule(save: Save) -> None:
    pipeline = save(cell("day = 1", "parameters"), cell("x = day", "node:a"))
    assert judged(pipeline, "pinned_parameters") == [("DP006", "")]
    assert judged(pipeline, "pinned_parameters", given={"day": 2}) == []


def test_a_pinned_parameter_that_is_misspelt_forbids_and_one_of_another_notebook_does_not(save: Save) -> None:
    pipeline = save(cell("country = 'de'", "parameters"), cell("x = country", "node:a"))
    view = view_of(pipeline, contents_of(pipeline), Circumstances(Stage.DEPLOY, "prod"))
    (found,) = judge(read_policy(["pinned_parameters=contry|day"]), view)
    assert "asks for the parameter `contry`" in found.message
    assert "did you mean 'country'?" in found.hint


def test_a_pickle_that_is_handed_on_is_seen_in_the_latest_run_of_these_cells(save: Save) -> None:
    pipeline = save(cell("class A: pass\nx = {A}\ny = 1", "node:a"), cell("print(x, y)", "node:b"))
    assert judged(pipeline, "no_pickles") == []  # nothing has run, so nothing is known
    assert pipeline.run(progress=False).state.value == "succeeded"
    assert judged(pipeline, "no_pickles") == [("DP003", "cell 1")]
    edited = save(cell("x = [1]\ny = 1", "node:a"), cell("print(x, y)", "node:b"))
    assert judged(edited, "no_pickles") == []


def test_a_test_is_asked_for_where_a_version_becomes_live_or_starts(save: Save) -> None:
    pipeline = save(cell("x = 1", "node:a"))
    assert judged(pipeline, "tested", stage=Stage.CHECK) == []
    for stage in (Stage.DEPLOY, Stage.LAUNCH):
        assert judged(pipeline, "tested", stage=stage) == [("DP005", "")]
        assert judged(pipeline, "tested", stage=stage, is_tested=True) == []


def test_packages_are_compared_where_a_version_starts(save: Save) -> None:
    pipeline = save(cell("import numpy", "node:a"))
    assert judged(pipeline, "same_packages", stage=Stage.LAUNCH) == []
    assert judged(pipeline, "same_packages", stage=Stage.LAUNCH, installed={"numpy": "0.1"}) == [("DP012", "")]
    assert judged(pipeline, "same_packages", installed={}) == []


OWN = """
def texts(pipeline):
    for node in pipeline.nodes:
        yield f"{node.name} is bad in {pipeline.environment}", "be good"
def one(pipeline):
    return "no"
def nothing(pipeline):
    pass
def broken(pipeline):
    return 1 / 0
def odd(pipeline):
    return [3]
def leaves(pipeline):
    raise SystemExit(0)
def talks(pipeline):
    print("hm")
class Rules:
    def __call__(self, pipeline):
        return ["from an object"]
rules = Rules()
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("texts", ["a is bad in prod (own_rules:texts)", "b is bad in prod (own_rules:texts)"]),
        ("one", ["no (own_rules:one)"]),
        ("nothing", []),
        ("rules", ["from an object (own_rules:rules)"]),
        ("broken", ["the rule own_rules:broken itself failed: ZeroDivisionError: division by zero"]),
        ("leaves", ["the rule own_rules:leaves itself failed: SystemExit: 0"]),
        ("talks", []),
        ("odd", ["the rule own_rules:odd returned 3, which is no problem"]),
        ("missing", ["the rule own_rules:missing itself failed: AttributeError: module 'own_rules' has no attribute 'missing'"]),
    ],
)  # fmt: skip
def test_a_rule_of_the_users_own_is_asked_and_one_that_fails_forbids(
    save: Save, capsys: pytest.CaptureFixture[str], name: str, said: list[str]
) -> None:
    pipeline = save(cell("x = 1", "node:a"), cell("y = x", "node:b"))
    (pipeline.path.parent / "own_rules.py").write_text(OWN)
    view = view_of(pipeline, contents_of(pipeline), Circumstances(Stage.DEPLOY, "prod"))
    found = judge(read_policy([f"own_rules:{name}"]), view, pipeline.path.parent)
    assert [one.message for one in found] == said
    assert {one.code for one in found} <= {"DP100"}
    assert capsys.readouterr().out == "", "what is printed there would be taken for an answer"


def test_a_rule_of_a_module_that_is_not_there_forbids() -> None:
    view = PipelineView("etl", "/etl.ipynb", "prod", Stage.DEPLOY, ())
    (found,) = judge(read_policy(["no_such_module_here:rule"]), view)
    assert "itself failed: ModuleNotFoundError" in found.message


def test_all_violations_are_told_at_once_with_what_to_do() -> None:
    outputs = (OutputView("a", "model", "Model", "pickle"),)
    view = PipelineView("etl", "/etl.ipynb", "prod", Stage.LAUNCH, (), outputs=outputs)
    with pytest.raises(PolicyViolated) as forbidden:
        require_allowed(read_policy(["no_pickles", "tested"]), view)
    assert str(forbidden.value) == (
        "the policy forbids etl to start in prod:\n"
        "  DP003 node `a` hands on `model`, a Model, which only a pickle can hold"
        " -> hand on a table, an array, text or JSON-able values instead\n"
        "  DP005 no test run of this version has succeeded -> deploy it with --test\n"
        "  -> nothing was started"
    )
    assert [one.code for one in forbidden.value.violations] == ["DP003", "DP005"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ownr", r"did you mean 'owner'\?"),
        ("zzz", "the rules are owner"),
        ("owner=ana", "'owner', which takes none"),
        ("max_retries=many", "takes a number"),
        ("kernels=", "takes names"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(written: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_policy([written])


def test_what_is_imported_for_a_rule_leaves_the_path_as_it_was(tmp_path: Path) -> None:
    import sys

    before = list(sys.path)
    view = PipelineView("etl", "/etl.ipynb", "prod", Stage.DEPLOY, ())
    judge(read_policy(["no_such_module_here:rule"]), view, tmp_path)
    assert sys.path == before
