"""Which imports may be done before there is a kernel."""

from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.imports_ahead import imports_ahead
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def found(*sources: str, tag: str = "node:a") -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = imports_ahead([read_pipeline(notebook(*(cell(source, tag) for source in sources)), "n")])
    assert told.why_none is None
    return told.imports


def why_none(*sources: str) -> str:
    told = imports_ahead([read_pipeline(notebook(*(cell(source, "node:a") for source in sources)), "n")])
    assert told.imports == ()
    assert told.why_none is not None
    return told.why_none


def test_imports_at_the_top_of_cells_are_taken_in_order_each_once() -> None:
    sources = (
        "import pandas as pd, numpy\nfrom sklearn.svm import SVC, LinearSVC",
        "x = 1\nimport pandas\nfrom sklearn.svm import SVR",
    )
    assert found(*sources) == (("pandas", ()), ("numpy", ()), ("sklearn.svm", ("SVC", "LinearSVC", "SVR")))


@pytest.mark.parametrize("tag", ["setup", "parameters", "node:a", "check:a"])
def test_every_cell_that_a_kernel_runs_counts(tag: str) -> None:
    cells = [cell("1", "node:a"), cell("import json", tag)] if tag == "check:a" else [cell("import json", tag)]
    assert imports_ahead([read_pipeline(notebook(*cells), "n")]).imports == (("json", ()),)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    import pandas",
        "try:\n    import pandas\nexcept ImportError:\n    pandas = None",
        "if True:\n    import pandas",
        "from . import local",
        "from __future__ import annotations",
        "import = 3",
    ],
)
def test_what_may_not_be_imported_or_not_yet_is_left_to_the_node(source: str) -> None:
    assert found(source) == ()


def test_a_star_takes_the_module() -> None:
    assert found("from math import *") == (("math", ()),)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import os\nos.environ['A'] = '1'", "os.environ['A']"),
        ("import os\ndel os.environ['A']", "os.environ['A']"),
        ("import os\nos.environ.update(A='1')", "os.environ"),
        ("import os\nos.environ |= {'A': '1'}", "os.environ"),
        ("from os import environ\nenviron.setdefault('A', '1')", "environ"),
        ("import os\nos.putenv('A', '1')", "putenv(...)"),
        ("from dotenv import load_dotenv\nload_dotenv()", "load_dotenv(...)"),
        ("import sys\nsys.path.insert(0, 'lib')", "sys.path"),
        ("import sys\nsys.path += ['lib']", "sys.path"),
        ("import sys\nsys.modules['a'] = None", "sys.modules['a']"),
        ("%env A=1", "%env"),
        ("%set_env A 1", "%set_env"),
        ("def f():\n    import os\n    os.environ['A'] = '1'", "os.environ['A']"),
    ],
)
def test_a_notebook_that_changes_what_importing_does_imports_by_itself(source: str, what: str) -> None:
    assert f"cell 2 changes `{what}`" in why_none("import numpy", source)


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "import os\nos.environ.get('A')", "path = sys.path[0]"]
)
def test_to_look_is_not_to_change(source: str) -> None:
    assert ("numpy", ()) in found("import numpy", source)


def test_several_notebooks_are_one() -> None:
    one = read_pipeline(notebook(cell("import json", "node:a")), "a")
    other = read_pipeline(notebook(cell("import csv", "node:b")), "b")
    assert imports_ahead([one, other]).imports == (("json", ()), ("csv", ()))
