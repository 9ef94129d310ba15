"""Generated notebooks, executed twice: top to bottom in one namespace, and node by node as the flow says."""

from __future__ import annotations

import builtins
from contextlib import suppress
from graphlib import TopologicalSorter
from types import FunctionType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.spec.models import PipelineSpec, Role, Severity
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

NAMES = ("a", "b", "c", "d")
names = st.sampled_from(NAMES)
LAST = "\n".join(f"try:\n    seen_{name} = {name}\nexcept NameError:\n    seen_{name} = 'unbound'" for name in NAMES)


@st.composite
def statements(draw) -> str:
    x, y, z = draw(names), draw(names), draw(names)
    return draw(
        st.sampled_from(
            [
                f"{x} = 1",
                f"{x} = [{draw(st.integers(0, 3))}]",
                f"{x} = [{y}, 1]",
                f"{x} = 0 if {y} else [2]",
                f"{x} = {y} == {z}",
                f"{x} = [len([{y} for {y} in range(2)])]",
                f"{x} += [1]",
                f"{x}[0] = 5",
                f"{x}.append(3)",
                f"del {x}",
                f"if {y}:\n    {x} = 7",
                f"if {y}:\n    {x} = 8\nelse:\n    {z} = [9]",
                f"for {x} in range({draw(st.integers(0, 2))}):\n    {y} = {x}",
                f"try:\n    {x} = [{y}[0]]\nexcept Exception:\n    {z} = 4",
                f"try:\n    {x}\nexcept NameError:\n    {x} = 6",
                f"def {x}():\n    return {y}",
                f"def {x}():\n    global {y}\n    {y} = {z}",
                f"def {x}():\n    {y}[0] = 11",
                f"def {x}():\n    return {y}()",
                f"{x} = {y}()",
                f"{x} = lambda: {y}",
                f"{x} = [{y}][0]() if callable({y}) else 12",
                f"with suppress(Exception):\n    {x} = {y}()\n    {z} = 1",
                f"from math import pi as {x}",
                f"{x} = [value for value in [{y}] if {z}]",
                f"{x} = lambda: [{y}, {z}]\n{y} = 13",
            ]
        )
    )


sources = st.lists(statements(), min_size=1, max_size=3).map("\n".join)
tags = st.sampled_from(["setup", "node:p", "node:q", "node:r", "node:s", "node:t"])
pages = st.lists(st.tuples(sources, tags), min_size=2, max_size=7)
START = "from contextlib import suppress\na = 0\nb = [1]\n"


class Refused(Exception):
    """What the run itself would refuse: a watched value was changed."""


def fresh() -> dict[str, object]:
    return {"__builtins__": builtins, "__name__": "__main__"}


def moved(value: object, namespace: dict[str, object], memo: dict[int, object]) -> object:
    """The value as it comes back from the store: a copy, functions over the reader's namespace."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, FunctionType):
        memo[id(value)] = FunctionType(value.__code__, namespace, value.__name__, value.__defaults__, value.__closure__)
    elif isinstance(value, list):
        memo[id(value)] = copy = []
        copy.extend(moved(item, namespace, memo) for item in value)
    else:
        memo[id(value)] = value
    return memo[id(value)]


def shown(value: object) -> object:
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value.__code__.co_code if isinstance(value, FunctionType) else value


def lists_in(value: object) -> set[int]:
    found: set[int] = set()
    while isinstance(value, list):
        found.add(id(value))
        for item in value:
            found |= lists_in(item)
        break
    return found


def run_all(spec: PipelineSpec) -> dict[str, object]:
    """*Run All*; notebooks in which two names share a list are left out, for the store alone can tell."""
    namespace = fresh()
    for one in spec.cells_with(Role.SETUP, Role.NODE):
        exec(compile(one.source, "<all>", "exec"), namespace)
        shared = [lists_in(namespace.get(name)) for name in NAMES]
        assume(sum(map(len, shared)) == len(set().union(*shared)))
    return namespace


def run_nodes(spec: PipelineSpec, flow: Flow) -> dict[str, object]:
    kept: dict[str, dict[str, object]] = {}
    upstream = {name: set(node.reads.values()) for name, node in flow.nodes.items()}
    namespace = fresh()
    for name in TopologicalSorter(upstream).static_order():
        namespace = fresh()
        node = flow.nodes[name]
        for one in spec.cells_with(Role.SETUP):
            exec(compile(one.source, "<setup>", "exec"), namespace)
        exec("\n".join(node.imports), namespace)
        memos: dict[str, dict[int, object]] = {}
        for variable, producer in node.reads.items():
            if variable in kept[producer]:
                memo = memos.setdefault(producer, {})
                namespace[variable] = moved(kept[producer][variable], namespace, memo)
        before = {variable: shown(namespace[variable]) for variable in node.watched if variable in namespace}
        bound = set(namespace)
        for one in spec.nodes[name].cells:
            exec(compile(one.source, f"<{name}>", "exec"), namespace)
        if any(shown(namespace.get(variable)) != value for variable, value in before.items()):
            raise Refused
        if any(variable in bound and variable not in namespace for variable in node.outputs):
            raise Refused
        kept[name] = {variable: namespace[variable] for variable in node.outputs if variable in namespace}
    return kept


@settings(max_examples=300, deadline=None)
@given(pages)
def test_a_pipeline_ends_as_run_all_or_says_why_not(page):
    cells = [cell(START, "setup"), *(cell(source, tag) for source, tag in page)]
    seen = " ".join(f"out:seen_{name}" for name in NAMES).split()
    spec = read_pipeline(notebook(*cells, cell(LAST, "node:last", *seen)), "p")
    flow = analyse(spec)
    if any(problem.severity is Severity.ERROR for problem in (*flow.problems, *spec.problems)):
        return
    try:
        expected = run_all(spec)
    except Exception:
        assume(False)
    with suppress(Refused):
        last = run_nodes(spec, flow)["last"]
        assert {name: shown(last[f"seen_{name}"]) for name in NAMES} == {
            name: shown(expected[f"seen_{name}"]) for name in NAMES
        }


def test_a_node_that_leaves_a_name_of_setup_unbound_is_refused() -> None:
    removes = "a = 1\ndel a\nwith suppress(Exception):\n    a = a()\n    a = 1"
    spec = read_pipeline(notebook(cell(f"{START}\na = 1", "setup"), cell(removes, "node:p"), cell("a", "node:q")), "p")
    with pytest.raises(Refused):
        run_nodes(spec, analyse(spec))
