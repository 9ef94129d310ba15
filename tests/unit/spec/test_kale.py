import pytest

from jupyter_dataops.spec.kale import from_kale, is_foreign, pipeline_name
from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook, text


@pytest.mark.parametrize(
    ("kales", "ours"),
    [
        ("step:train", "node:train"),
        ("block:train", "node:train"),
        ("block:", None),
        ("step:", None),
        ("block:skip", "skip"),
        ("prev:load", "after:load"),
        ("prev:", None),
        ("imports", "setup"),
        ("functions", "setup"),
        ("pipeline-parameters", "parameters"),
        ("pipeline-metrics", "node:pipeline-metrics"),
        ("skip", "skip"),
        ("cache:enabled", "cache:on"),
        ("cache:disabled", "cache:off"),
        ("secret:db-credentials:password:DB_PASSWORD", "secret:DB_PASSWORD"),
        ("secret:TOKEN", "secret:TOKEN"),
        ("node:mine", "node:mine"),
        ("cache:1d", "cache:1d"),
        ("hide-input", "hide-input"),
    ],
)
def test_each_tag_has_its_translation(kales, ours):
    assert from_kale(kales) == ours


@pytest.mark.parametrize(
    "tag", ["limit:nvidia.com/gpu:1", "image:python:3.11-slim", "annotation:a/b:c", "label:x:y", "report:enabled"]
)
def test_options_for_kubernetes_are_foreign(tag):
    assert is_foreign(tag)


def kale_notebook(**metadata):
    return notebook(
        cell("import math", "imports"),
        cell("def square(x):\n    return x * x", "functions"),
        cell("n = 3", "pipeline-parameters"),
        cell("a = square(n)", "block:first", "limit:nvidia.com/gpu:1", "image:python:3.11"),
        cell("a += 1"),
        cell("print('look')", "skip"),
        cell("import os", "imports"),
        cell("b = a", "step:second", "prev:first", "cache:disabled"),
        cell("print(b)", "pipeline-metrics"),
        **metadata,
    )


def test_a_kale_notebook_reads_as_a_pipeline():
    spec = read_pipeline(kale_notebook(), "file")
    assert spec.problems == ()
    assert list(spec.nodes) == ["first", "second", "pipeline-metrics"]
    assert [one.index for one in spec.nodes["first"].cells] == [3, 4]
    assert spec.nodes["first"].options.foreign == ("limit:nvidia.com/gpu:1", "image:python:3.11")
    assert spec.nodes["second"].options.after == ("first",)
    assert spec.nodes["second"].options.cache == "off"
    assert [one.index for one in spec.cells_with(Role.SETUP)] == [0, 1, 6]
    assert [one.index for one in spec.cells_with(Role.PARAMETERS)] == [2]


@pytest.mark.parametrize(
    "settings", [None, [], "x", {}, {"pipeline_name": 3}, {"pipeline_name": " "}, {"volumes": [{}]}]
)
def test_old_or_odd_kale_metadata_is_tolerated(settings):
    assert pipeline_name({"kubeflow_notebook": settings}) is None
    assert read_pipeline(kale_notebook(kubeflow_notebook=settings), "file").name == "file"


def test_kales_pipeline_name_counts_unless_the_notebook_has_ours():
    settings = {"pipeline_name": "titanic", "docker_image": "", "experiment": {"id": "new", "name": "x"}, "volumes": []}
    assert read_pipeline(kale_notebook(kubeflow_notebook=settings), "file").name == "titanic"
    both = kale_notebook(kubeflow_notebook=settings, dataops={"name": "ours"})
    assert read_pipeline(both, "file").name == "ours"


def test_markdown_with_a_kale_tag_is_still_text():
    tagged = {**text("# hi"), "metadata": {"tags": ["step:a"]}}
    assert read_pipeline(notebook(tagged), "file").nodes == {}
