import pytest

from jupyter_dataops.spec.models import Condition, NodeOptions, RetryPolicy, Tolerance, TriggerRule
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def read(*tags: str, **settings):
    spec = read_pipeline(notebook(cell("x = 1", "node:a", *tags), dataops=settings), "p")
    return spec.nodes["a"].options, spec.problems


def test_without_tags_everything_has_its_default():
    assert read() == (NodeOptions(), ())


def test_every_option_reaches_its_field():
    options, problems = read(
        "after:b", "after:c", "in:df", "in:rows.csv", "out:y", "out:dir/", "when:fresh", "unless:done",
        "trigger:all_done", "retries:3", "retry_delay:2s", "retry_backoff:2", "retry_max_delay:1m", "retry_jitter:full",
        "retry_on:OSError", "retry_on:KeyError", "give_up_on:ValueError", "infra_retries:1", "on_crash:hold", "timeout:10m", "cache:1d",
        "env:REGION", "secret:TOKEN", "kernel:py", "each:row=rows", "tolerate:10%", "notebook:sub.ipynb", "pool:db=2", "resource:GPU=1",
        "asset:model", "description:makes x", "owner:ada", "label:k:v",
    )  # fmt: skip
    assert problems == ()
    assert options == NodeOptions(
        after=("b", "c"),
        inputs=("df",),
        outputs=("y",),
        input_files=("rows.csv",),
        output_files=("dir/",),
        conditions=(Condition("fresh", wanted=True), Condition("done", wanted=False)),
        trigger=TriggerRule.ALL_DONE,
        retry=RetryPolicy(3, 2.0, 2.0, 60.0, "full", ("OSError", "KeyError"), ("ValueError",), 1, hold_on_crash=True),
        retry_said=frozenset(RetryPolicy.__struct_fields__),
        timeout_s=600.0,
        cache="1d",
        env=("REGION",),
        secrets=("TOKEN",),
        kernel="py",
        each=("row", "rows"),
        tolerance=Tolerance(percent=10.0),
        notebook="sub.ipynb",
        pools={"db": 2},
        resources={"GPU": 1.0},
        assets={"model": "model"},
        description="makes x",
        owner="ada",
        foreign=("label:k:v",),
    )


def test_options_may_stand_on_any_cell_of_the_node():
    spec = read_pipeline(notebook(cell("x = 1", "node:a"), cell("x += 1", "retries:2"), cell("", "after:b")), "p")
    assert spec.nodes["a"].options.retry.retries == 2
    assert spec.nodes["a"].options.after == ("b",)


def test_two_values_for_one_option_are_an_error_that_names_both_cells():
    spec = read_pipeline(notebook(cell("x = 1", "node:a", "retries:2"), cell("x += 1", "retries:3")), "p")
    (problem,) = spec.problems
    assert problem.code == "DO004"
    assert problem.message == "node 'a' is given 'retries:2' and 'retries:3', on cell 1 (c0) and on cell 2 (c1)"
    assert (problem.cell_id, problem.cell_index, problem.node) == ("c1", 1, "a")
    assert spec.nodes["a"].options.retry.retries == 2


def test_two_values_on_one_cell_are_an_error_too():
    _, (problem,) = read("timeout:1m", "timeout:2m")
    assert problem.message == "node 'a' is given 'timeout:1m' and 'timeout:2m', both on cell 1 (c0)"


@pytest.mark.parametrize(
    "tags",
    [
        ("retries:2", "retries:2"),
        ("timeout:60s", "timeout:1m"),
        ("pool:a", "pool:b"),
        ("pool:a", "pool:a=1"),
        ("in:x", "in:x"),
    ],
)
def test_the_same_value_twice_is_fine(tags):
    assert read(*tags)[1] == ()


def test_a_repeated_value_is_kept_once():
    assert read("after:b", "in:x", "after:c", "after:b", "in:x")[0] == NodeOptions(after=("b", "c"), inputs=("x",))


def test_one_pool_with_two_sizes_is_an_error():
    assert [problem.code for problem in read("pool:db=1", "pool:db=2")[1]] == ["DO004"]


def test_metadata_gives_every_node_its_defaults():
    options, problems = read(
        retries=2,
        retry_delay="5s",
        retry_on=["OSError", "KeyError"],
        timeout=30,
        name="etl",
        owner="ada",
        retry_backoff=1.5,
    )
    assert problems == ()
    assert options.retry == RetryPolicy(2, 5.0, 1.5, retry_on=("OSError", "KeyError"))
    assert (options.timeout_s, options.owner) == (30.0, "ada")


def test_a_nodes_own_tag_replaces_a_default():
    options, problems = read("retries:0", "retry_on:ValueError", retries=2, retry_on="OSError")
    assert problems == ()
    assert options.retry == RetryPolicy(0, retry_on=("ValueError",))


@pytest.mark.parametrize(
    ("settings", "code", "hint"),
    [
        ({"retrys": 2}, "DO010", "did you mean 'retries'?"),
        ({"after": "b"}, "DO010", "'after' is for single nodes: tag a cell of the node instead"),
        ({"timeout": "soon"}, "DO003", "correct or remove metadata.dataops.timeout"),
        ({"timeout": None}, "DO003", "correct or remove metadata.dataops.timeout"),
        ({"retries": [1, 2]}, "DO003", "correct or remove metadata.dataops.retries"),
        ({"name": 3}, "DO003", "correct or remove it"),
    ],
)
def test_a_bad_setting_is_explained(settings, code, hint):
    _, (problem,) = read(**settings)
    assert (problem.code, problem.hint, problem.cell_id) == (code, hint, None)
    assert f"metadata.dataops.{next(iter(settings))}" in problem.message


def test_an_unknown_setting_lists_those_that_exist():
    _, (problem,) = read(zzzz=1)
    assert problem.hint.startswith("the settings are: name, retries")
