"""Notebooks that break tools of this kind: each prints what it prints from top to bottom, or is refused with a code."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import UndeclaredMutation, UnstorableValue
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell, notebook, text
from tests.support.one_kernel import analysed, run_all, run_nodes
from tests.support.shell import Shell, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR

ORDERS = 3


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as made:
        yield made


def edges(made: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {f"{edge.source} -> {edge.target}": edge.names for edge in analysed(made).flow.edges}


def assert_same_result(folder: Path, made: dict[str, Any], *names: str) -> None:
    """`names` are in the last node what they are after running all cells, in whatever order the nodes ran."""
    expected = run_all(made)
    for seed in range(ORDERS):
        found = run_nodes(made, folder / str(seed), random.Random(seed))
        assert {name: found[name] for name in names} == {name: expected[name] for name in names}


# -- data flow


def diamond(left: str, *tags: str) -> dict[str, Any]:
    return notebook(
        cell("rows = [3, 1, 2]", "node:load"),
        cell(left, "node:left", *tags),
        cell("total = sum(rows)", "node:right"),
        cell("result = (largest, total)", "node:join"),
    )


def test_a_diamond_whose_arm_visibly_changes_the_value_gives_what_one_kernel_gives(tmp_path: Path) -> None:
    made = diamond("rows[0] = 30\nlargest = max(rows)")
    assert_same_result(tmp_path, made, "result")
    assert edges(made)["left -> right"] == ("rows",)


def test_a_diamond_whose_arm_changes_the_value_unseen_stops_and_names_the_cure(tmp_path: Path) -> None:
    made = diamond("rows.append(40)\nlargest = max(rows)")
    assert run_all(made)["result"] == (40, 46)
    with pytest.raises(UndeclaredMutation, match="out:rows"):
        run_nodes(made, tmp_path)


def test_that_cure_gives_what_one_kernel_gives(tmp_path: Path) -> None:
    assert_same_result(tmp_path, diamond("rows.append(40)\nlargest = max(rows)", "out:rows"), "result")


def test_an_order_only_edge_holds_beside_a_data_edge(tmp_path: Path) -> None:
    made = notebook(
        cell("x = 1", "node:make"),
        cell("print('table created')", "node:create-table"),
        cell("y = x + 1", "node:insert", "after:create-table"),
        cell("z = y + x", "node:report", "after:make"),
    )
    assert edges(made) == {
        "make -> insert": ("x",),
        "create-table -> insert": (),
        "insert -> report": ("y",),
        "make -> report": ("x",),
    }
    assert_same_result(tmp_path, made, "z")


def test_a_parameter_that_a_node_rebinds_is_new_below_and_old_beside(tmp_path: Path) -> None:
    made = notebook(
        cell("limit = 10", "parameters"),
        cell("before = limit", "node:before"),
        cell("limit = limit * 2", "node:double"),
        cell("after = limit", "node:after"),
        cell("result = (before, after, limit)", "node:all"),
    )
    assert_same_result(tmp_path, made, "result")
    assert edges(made)["double -> after"] == ("limit",)
    assert "double -> before" not in edges(made)


def test_a_comprehension_variable_does_not_shadow_the_outer_name(tmp_path: Path) -> None:
    made = notebook(
        cell("x = 'outer'\nxs = [1, 2]", "node:outer"),
        cell("squares = [x * x for x in xs]\ntable = {x: {x for x in xs} for x in xs}", "node:inner"),
        cell("result = (x, squares, table)", "node:read"),
    )
    assert_same_result(tmp_path, made, "result")
    assert edges(made) == {"outer -> inner": ("xs",), "outer -> read": ("x",), "inner -> read": ("squares", "table")}


def test_a_function_may_name_what_a_node_below_binds(tmp_path: Path) -> None:
    made = notebook(
        cell("def area(r):\n    return factor * r * r", "node:define"),
        cell("factor = 3", "node:constant"),
        cell("result = area(2)", "node:use"),
    )
    assert_same_result(tmp_path, made, "result")
    assert edges(made)["constant -> use"] == ("factor",)


def test_a_name_bound_only_further_down_fails_as_it_does_from_top_to_bottom(tmp_path: Path) -> None:
    made = notebook(cell("y = x + 1", "node:early"), cell("x = 1", "node:late"))
    (found,) = [found for found in analysed(made).diagnostics if found.code == "DO006"]
    assert (found.node, "'x'" in found.message) == ("early", True)
    for run in (run_all, lambda made: run_nodes(made, tmp_path)):
        with pytest.raises(NameError, match="'x' is not defined"):
            run(made)


def test_a_class_of_one_node_is_the_class_of_its_instances_in_another(tmp_path: Path) -> None:
    made = notebook(
        cell("class Base: pass\nclass Point(Base):\n    def __init__(self, x): self.x = x", "node:classes"),
        cell("p = Point(3)", "node:make"),
        cell("q = Point(4)\nresult = (isinstance(p, Point), isinstance(p, Base), type(p) is type(q), p.x)", "node:ask"),
    )
    assert run_all(made)["result"] == (True, True, True, 3)
    assert_same_result(tmp_path, made, "result")


def test_two_nodes_that_bind_the_same_loop_variable_do_not_depend_on_each_other(tmp_path: Path) -> None:
    made = notebook(
        cell("a = []\nfor i in range(3):\n    a.append(i)", "node:first"),
        cell("b = []\nfor i in range(5):\n    b.append(i)", "node:second"),
        cell("result = (a, b, i)", "node:last"),
    )
    assert_same_result(tmp_path, made, "result")
    assert edges(made)["second -> last"] == ("b", "i")


def test_a_frame_rebound_three_times_is_handed_from_each_to_the_next(tmp_path: Path) -> None:
    made = notebook(
        cell("import pandas as pd", "setup"),
        cell("df = pd.DataFrame({'a': [3, 1, None]})", "node:load"),
        cell("raw_rows = len(df)", "node:count"),
        cell("df = df.dropna()", "node:clean"),
        cell("df = df.sort_values('a').reset_index(drop=True)", "node:sort"),
        cell("df['b'] = df['a'] * 2", "node:enrich"),
        cell("result = (raw_rows, df.to_dict('list'))", "node:report"),
    )
    assert_same_result(tmp_path, made, "result")
    assert [name for name in edges(made) if "df" in edges(made)[name]] == [
        "load -> count",
        "load -> clean",
        "clean -> sort",
        "sort -> enrich",
        "enrich -> report",
    ]


def test_metadata_and_tags_of_an_early_kale_are_understood(tmp_path: Path) -> None:
    old = {
        "docker_image": "",
        "experiment": {"id": "", "name": ""},
        "pipeline_description": "",
        "pipeline_name": "old-one",
        "snapshot_volumes": False,
        "volumes": [{"annotations": [], "mount_point": "/data", "name": "d", "size": 5, "size_type": "Gi"}],
    }
    made = notebook(
        cell("import math", "imports"),
        cell("n = 2", "pipeline-parameters"),
        cell("x = math.sqrt(n)", "block:root"),
        cell("print('not here')", "skip"),
        cell("x = round(x, 3)", "block:"),
        cell("result = x + 1", "block:add", "prev:root"),
        kubeflow_notebook=old,
    )
    assert analysed(made).spec.name == "old-one"
    assert edges(made) == {"root -> add": ("x",)}
    assert_same_result(tmp_path, made, "result")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import threading\nheld = threading.Lock()", "lock"),
        ("held = (n for n in range(3))", "generator"),
        ("import sys\nheld = sys.__stdout__  # an open file", "TextIOWrapper"),
    ],
    ids=["lock", "generator", "open file"],
)
def test_what_cannot_be_stored_is_refused_by_name_type_and_cure(source: str, kind: str, tmp_path: Path) -> None:
    made = notebook(cell(source, "node:make"), cell("held", "node:use"))
    with pytest.raises(UnstorableValue) as refused:
        run_nodes(made, tmp_path)
    message = str(refused.value)
    assert "'held'" in message
    assert kind in message
    assert "node 'use' would read it" in message
    assert "make it in a setup cell, or keep both cells in one node" in message


# -- refused before anything starts


def refused(shell: Shell, code: str) -> str:
    """What `run` says about the notebook; nothing was started."""
    shown = shell.call("run", "etl.ipynb", exit_code=2).err
    assert code in shown
    assert "->" in shown
    assert shell.call("runs", "--json").json == {"runs": []}
    return shown


def test_a_syntax_error_is_told_with_its_cell_and_line(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"), cell("y = x\nif y\n    pass", "node:b"))
    shown = refused(shell, "DO005")
    assert "cell 2" in shown
    assert "line 2" in shown


def test_a_notebook_without_cells_has_no_nodes(shell: Shell) -> None:
    shell.save()
    refused(shell, "DO020")


def test_a_notebook_for_another_language_is_refused(shell: Shell) -> None:
    shell.save(cell("x <- 1", "node:a"), kernel="ir", language="R")
    assert "'ir' runs r, not Python" in refused(shell, "DO021")


def test_an_emoji_as_node_name_is_a_bad_value(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:🚀"))
    assert "node:🚀" in refused(shell, "DO003")


def test_a_notebook_without_parameters_takes_none_and_says_how_to_declare_them(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    shown = shell.call("run", "etl.ipynb", "-p", "x", "2", exit_code=2).err
    assert "unknown parameter 'x'" in shown
    assert "`parameters`" in shown


# -- in kernels


@pytest.mark.kernel
def test_independent_roots_overlap_in_time(shell: Shell) -> None:
    shell.save(
        cell(WAIT_FOR, "setup"),
        cell("note('left.here')\nwait_for('right.here')\na = 1", "node:left"),
        cell("note('right.here')\nwait_for('left.here')\nb = 2", "node:right"),
    )
    run = shell.run("run", "etl.ipynb", "--jobs", "2")
    assert states(run) == {"left": "succeeded", "right": "succeeded"}
    left, right = (
        [datetime.fromisoformat(node_of(run, name)[moment]) for moment in ("started_at", "finished_at")]
        for name in ("left", "right")
    )
    assert max(left[0], right[0]) < min(left[1], right[1])


OLD_FORMAT = """\
{"nbformat": 4, "nbformat_minor": 0, "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
 "cells": %s}
"""
MAGICS = "%%time\nlisted = !echo one; echo two\nsize = len(listed)"


def old_cell(source: str, *tags: str) -> dict[str, Any]:
    made = cell(source, *tags)
    return {**made, "source": made["source"].splitlines(keepends=True)}


@pytest.fixture(scope="module")
def old_notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Any]]:
    """The run, and the executed whole, of a notebook in format 4.0, with Windows line ends, without cell ids."""
    with open_shell(tmp_path_factory.mktemp("old")) as shell:
        cells = [
            text("# A note"),
            old_cell("größe = '🚀'\r\ndef double(x):\r\n    return 2 * x\r\n", "setup"),
            old_cell(MAGICS.replace("\n", "\r\n"), "node:Load-Data", "hide-input"),
            old_cell("raise ValueError('expected')", "raises-exception"),
            old_cell("class Point:\n    def __init__(self, x): self.x = x\np = Point(double(size))"),
            old_cell("print(größe, listed, size, p.x, isinstance(p, Point), double(4))", "node:REPORT", "collapsed"),
        ]
        shell.write((OLD_FORMAT % json.dumps(cells, ensure_ascii=False)).replace("\n", "\r\n"))
        run = shell.run("run", "etl.ipynb", "-o", "out.ipynb")
        assert "🚀" in shell.call("logs", "last", "REPORT").out
        yield run, nbformat.reads((shell.folder / "out.ipynb").read_text("utf-8"), as_version=4)


def printed(executed_cell: Any) -> str:
    return "".join(output.text for output in executed_cell.outputs if output.output_type == "stream")


@pytest.mark.kernel
def test_node_names_keep_dash_and_capitals(old_notebook: Any) -> None:
    assert states(old_notebook[0]) == {"Load-Data": "succeeded", "REPORT": "succeeded"}


@pytest.mark.kernel
def test_a_time_magic_is_transparent_and_a_shell_assignment_binds(old_notebook: Any) -> None:
    run, executed = old_notebook
    assert {"listed", "size"} <= node_of(run, "Load-Data")["outputs"].keys()
    assert "Wall time" in printed(executed.cells[2])
    assert "['one', 'two'] 2 4" in printed(executed.cells[5])


@pytest.mark.kernel
def test_tags_of_others_keep_their_meaning(old_notebook: Any) -> None:
    executed = old_notebook[1]
    assert executed.cells[3].outputs[0].ename == "ValueError"
    assert executed.cells[2].metadata.tags == ["node:Load-Data", "hide-input"]


@pytest.mark.kernel
def test_windows_line_ends_and_emoji_in_text_make_no_difference(old_notebook: Any) -> None:
    assert printed(old_notebook[1].cells[5]) == "🚀 ['one', 'two'] 2 4 True 8\n"


@pytest.mark.kernel
def test_a_notebook_of_format_4_0_gets_its_outputs_cell_by_cell(old_notebook: Any) -> None:
    executed = old_notebook[1]
    nbformat.validate(executed)
    assert [bool(each.outputs) for each in executed.cells[1:]] == [False, True, True, False, True]


@pytest.mark.kernel
def test_two_hundred_cells_run_in_document_order_also_where_ids_repeat(shell: Shell) -> None:
    half = [cell("seen.append(len(seen))\nprint(len(seen))", cell_id="same") for _ in range(99)]
    shell.save(
        cell("seen = []", "node:first", cell_id="same"),
        *half,
        cell("before = len(seen)\nseen = [*seen]", "node:second", cell_id="same"),
        *half,
    )
    run = shell.run("run", "etl.ipynb", "-o", "out.ipynb")
    assert states(run) == {"first": "succeeded", "second": "succeeded"}
    executed = nbformat.reads((shell.folder / "out.ipynb").read_text(), as_version=4)
    assert len(executed.cells) == 200
    assert list(map(printed, executed.cells)) == [
        "",
        *(f"{n}\n" for n in range(1, 100)),
        "",
        *(f"{n}\n" for n in range(100, 199)),
    ]


@pytest.mark.kernel
def test_what_cannot_be_stored_stops_its_readers_and_keeps_the_rest(shell: Shell) -> None:
    shell.save(
        cell("import threading\nkept, lock = [1, 2], threading.Lock()", "node:make"),
        cell("with lock:\n    kept", "node:use"),
        cell("x = 1", "node:other"),
    )
    run = shell.run("run", "etl.ipynb", exit_code=1)
    assert states(run) == {"make": "failed", "use": "upstream_failed", "other": "succeeded"}
    assert node_of(run, "make")["cause"] == "unstorable_output"
    said = node_of(run, "make")["error"]["evalue"]
    for fact in ("'lock'", "_thread.lock", "'use'", "setup"):
        assert fact in said


VALUES = {
    "items": [1, "two", None, [3.5]],
    "nothing": None,
    "minus": -3,
    "quoted": """it's "quoted" \\ {x}""",
    "lines": "first\nsecond\n",
}
PARAMETERS = "items = [0]\nnothing: int = 1\nminus = 1\nquoted = ''\nlines = ''"
SHOW = "import json\nprint(json.dumps([items, nothing, minus, quoted, lines]))"


@pytest.mark.kernel
def test_parameters_of_every_kind_arrive_as_they_are(shell: Shell) -> None:
    path = shell.save(cell(PARAMETERS, "parameters"), cell(SHOW, "node:show"))
    file = shell.write("items: [1, two, null, [3.5]]\nlines: |\n  first\n  second\nminus: 7\n", "given.yaml")
    given = ["-f", file.name, "-p", "nothing", "None", "-p", "minus", "-3", "-p", "quoted", VALUES["quoted"]]
    run = shell.run("run", path.name, *given)
    assert run["parameters"] == VALUES
    assert json.loads(shell.last()["show"].log) == list(VALUES.values())


@pytest.mark.kernel
def test_the_same_parameters_arrive_through_python(tmp_path: Path) -> None:
    path = tmp_path / "show.ipynb"
    path.write_text(json.dumps(notebook(cell(PARAMETERS, "parameters"), cell(SHOW, "node:show"))))
    settings = Settings(store=str(tmp_path / "store"), jobs=1)
    run = Pipeline(path, settings=settings).run(VALUES, progress=False)
    assert run.state is RunState.SUCCEEDED
    assert run["show"].state is NodeState.SUCCEEDED
    assert json.loads(run["show"].log) == list(VALUES.values())
