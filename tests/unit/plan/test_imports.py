from __future__ import annotations

import pytest

from jupyter_dataops.plan.imports import Imports
from jupyter_dataops.plan.statements import imports_in, statements


def found(source: str) -> Imports:
    return imports_in(statements(source))


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a, b.c as d", "a b.c"),
        ("from a import b, c", "a a.b a.c"),
        ("from a import *", "a"),
        ("from . import a\nfrom ..b import c", ".a ..b ..b.c"),
        ("def f():\n    import inside", "inside"),
        ("try:\n    import fast\nexcept ImportError:\n    fast = None", "fast"),
        ("importlib.import_module('a.b')", "a.b"),
        ("%matplotlib inline\nimport a", "a"),
        ("%%time\nimport a", "a"),
        ("x = 1", ""),
        ("%%bash\nimport a", ""),
    ],
)
def test_every_import_counts_wherever_it_stands(source: str, modules: str) -> None:
    assert found(source) == Imports(frozenset(modules.split()))


def test_what_is_put_on_the_path_and_what_is_run_is_told() -> None:
    assert found("import sys\nsys.path.append('src')\nsys.path.insert(0, '../lib')").places == {"src", "../lib"}
    assert found("%run -i helpers.py 1").scripts == {"helpers.py"}


@pytest.mark.parametrize(
    "source",
    [
        "importlib.import_module(name)",
        "__import__(name)",
        "sys.path.append(folder)",
        "sys.path = []",
        "sys.path += ['src']",
        "%run",
    ],
)
def test_what_the_text_does_not_tell_is_said_not_to_be_known(source: str) -> None:
    assert not found(source).is_known


def test_code_of_another_language_imports_nothing_that_is_known_of() -> None:
    assert imports_in(statements("library(dplyr)", "R")) == Imports()
