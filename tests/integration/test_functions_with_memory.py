"""Functions that remember their calls: their memory does not travel, so a second node that calls one is refused."""

from __future__ import annotations

import random

import pytest

from jupyter_dataops.errors import UndeclaredMutation
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import run_nodes


@pytest.mark.parametrize(
    "define",
    [
        "def f(calls=[]):\n    calls.append(1)\n    return len(calls)",
        "def counted(g):\n    calls = []\n    return lambda: calls.append(1) or len(calls)\n@counted\ndef f():\n    pass",
    ],
)
def test_what_a_function_remembers_is_not_lost_silently(define, tmp_path):
    made = notebook(cell(define, "node:a"), cell("i = f()", "node:b"), cell("j = f()", "node:c"))
    with pytest.raises(UndeclaredMutation, match="changed what the function 'f' remembers"):
        run_nodes(made, tmp_path, random.Random(0))


def test_a_function_without_memory_is_called_in_any_node(tmp_path):
    define = "import functools\nk = 2\n@functools.wraps(print)\ndef f(n=k):\n    return n + k"
    made = notebook(cell(define, "node:a"), cell("i = f()", "node:b"), cell("j = f()", "node:c"))
    assert run_nodes(made, tmp_path, random.Random(0))["j"] == 4
