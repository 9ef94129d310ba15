from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from jupyter_dataops.errors import NotebookUnreadable, UsageError
from jupyter_dataops.service.preview import literal
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.wire.pipelines import NotebookSource, Preview
from tests.support.notebooks import cell, notebook, text


def previewed(service: Service, *cells: dict[str, Any], path: str = "etl.ipynb", **metadata: Any) -> Preview:
    return service.answer("preview", NotebookSource(path=path, notebook=notebook(*cells, **metadata)))


def test_an_unsaved_notebook_is_read_with_its_graph(service: Service) -> None:
    made = previewed(
        service,
        cell("n = 3  # int: how many", "parameters"),
        text("Loads them."),
        cell("rows = list(range(n))", "node:load"),
        cell("assert rows", "check:load/some"),
        cell("print(rows)", "node:show", "after:load"),
    )
    assert (made.name, made.is_pipeline, made.can_run, made.language) == ("etl", True, True, "python")
    load, show = made.graph.nodes
    assert (load.name, load.description, load.downstream, load.checks) == (
        "load",
        "Loads them.",
        ["show"],
        ["check:load/some"],
    )
    assert (show.reads, show.upstream, show.tags) == (["rows"], ["load"], ["node:show", "after:load"])
    assert [(one.source, one.target, one.names, one.kind) for one in made.graph.edges] == [
        ("load", "show", ["rows"], "both")
    ]
    assert [(one.name, one.value, one.is_literal, one.type, one.help) for one in made.parameters] == [
        ("n", 3, True, "int", "how many")
    ]


def test_a_header_stands_above_the_first_cell_of_each_block(service: Service) -> None:
    made = previewed(
        service,
        cell("import os"),
        text("# Load"),
        cell("import re"),
        cell("x = 1", "node:a"),
        cell("y = 2"),
        cell("z = 3", "setup"),
        cell("w = y", "node:b"),
        cell("1", "skip"),
        cell("assert x", "check:a"),
        cell("v = 3", "node:a"),
    )
    assert [one.is_first for one in made.cells] == [
        True, False, False, True, False, True, True, False, True, False
    ]  # fmt: skip
    assert [one.node for one in made.cells][3:5] == ["a", "a"]
    assert made.cells[8].check == "check:a/check_1"


def test_diagnostics_come_with_cures(service: Service) -> None:
    made = previewed(service, cell("x = 1", "node:a", "time-out:1m"), cell("y = x", "node:b", "after:aa"))
    assert not made.can_run
    found = {one.code: one for one in made.diagnostics}
    assert [fix.title for fix in found["DO010"].fixes] == ["Change to timeout:1m"]
    assert found["DO002"].fixes[0].model_dump() == {
        "title": "Change to after:a",
        "changes": [{"cell_id": "c1", "tags": ["node:b", "after:a"]}],
    }


def test_what_says_the_same_is_read_once_whatever_its_outputs(service: Service) -> None:
    given = notebook(cell("x = 1", "node:a"))
    first = service.answer("preview", NotebookSource(path="etl.ipynb", notebook=given))
    given["cells"][0]["outputs"] = [{"output_type": "stream", "text": "x" * 10_000_000}]
    assert service.answer("preview", NotebookSource(path="etl.ipynb", notebook=given)) is first
    assert service.answer("preview", NotebookSource(path="other.ipynb", notebook=given)).name == "other"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"nbformat": 3, "cells": []},
        {"nbformat": 5, "cells": []},
        {"nbformat": 4},
        {"nbformat": 4, "cells": {}},
        {"nbformat": 4, "cells": [1]},
        {"nbformat": 4, "cells": [{"source": "x"}]},
        {"nbformat": 4, "cells": [{"cell_type": 3}]},
    ],
)
def test_what_is_no_notebook_is_refused(service: Service, given: dict[str, Any]) -> None:
    with pytest.raises(NotebookUnreadable):
        service.answer("preview", NotebookSource(path="etl.ipynb", notebook=given))


@pytest.mark.parametrize(
    "odd",
    [
        {"cell_type": "code"},
        {"cell_type": "code", "source": None, "metadata": None, "id": 3},
        {"cell_type": "code", "source": ["x = 1\n", 2], "metadata": {"tags": "node:a"}},
        {"cell_type": "code", "source": "x = 1", "metadata": {"tags": [1, None, "node:a", {}]}},
        {"cell_type": "code", "source": "x = " + "(" * 5_000 + ")" * 5_000, "metadata": {"tags": ["node:a"]}},
        {"cell_type": "code", "source": "x = " + "-" * 50_000 + "1", "metadata": {"tags": ["node:a"]}},
        {"cell_type": "code", "source": "\0", "metadata": {"tags": ["node:a", "", ":", "node:"]}},
        {"cell_type": "code", "source": "%%sql\nselect", "metadata": {"tags": ["node:a"]}},
        {"cell_type": "code", "source": "\udc80", "metadata": {"tags": ["node:a"]}},
        {"cell_type": "strange", "source": "x"},
    ],
)
def test_odd_cells_are_survived(service: Service, odd: dict[str, Any]) -> None:
    given = {"nbformat": 4, "metadata": [], "cells": [odd, cell("y = 1", "node:b")]}
    made = service.answer("preview", NotebookSource(path="etl.ipynb", notebook=given))
    assert len(made.cells) == 2
    made.model_dump_json()


def test_notebooks_that_nodes_run_are_seen_where_the_front_end_sees_them(
    service: Service, save: Callable[..., Path], root: Path
) -> None:
    save(cell("x = 1", "node:a"), name="sub.ipynb")
    (root.parent / "outside.ipynb").write_text((root / "sub.ipynb").read_text())
    codes = {
        named: [one.code for one in previewed(service, cell("1", "node:a", f"notebook:{named}")).diagnostics]
        for named in ("sub.ipynb", "missing.ipynb", "../outside.ipynb")
    }
    assert codes == {"sub.ipynb": [], "missing.ipynb": ["DO015"], "../outside.ipynb": ["DO015"]}


def test_a_path_that_is_none_here_is_previewed_all_the_same(service: Service) -> None:
    assert previewed(service, cell("1", "node:a", "notebook:x.ipynb"), path="../etl.ipynb").diagnostics == []


def test_a_notebook_is_read_as_last_saved_where_none_comes(service: Service, save: Callable[..., Path]) -> None:
    save(cell("x = 1", "node:a"))
    assert [one.name for one in service.answer("preview", NotebookSource(path="etl.ipynb")).graph.nodes] == ["a"]
    with pytest.raises(UsageError):
        service.answer("preview", NotebookSource(path="../etl.ipynb"))
    with pytest.raises(NotebookUnreadable):
        service.answer("preview", NotebookSource(path="missing.ipynb"))


@pytest.mark.parametrize(
    ("source", "value", "is_literal"),
    [
        ("1", 1, True),
        ("-1.5", -1.5, True),
        ("('a', None)", ["a", None], True),
        ("{'a': [True]}", {"a": [True]}, True),
        ("{1: 2}", None, False),
        ("b'x'", None, False),
        ("1e999", None, False),
        ("today()", None, False),
        ("", None, False),
    ],
)
def test_a_default_is_shown_as_json_where_json_has_it(source: str, value: Any, is_literal: bool) -> None:
    assert literal(source) == (value, is_literal)


def test_of_a_thousand_cells_only_those_that_were_edited_are_analysed_anew(service: Service) -> None:
    def cells(size: int, edited: str = "") -> list[dict[str, Any]]:
        body = "def f{0}(a):\n    return a + v{1}\nv{0} = f{0}({0})\nfor i in range(3):\n    t = i\ntotal = v{0}"
        sources = [body.format(at, max(at - 1, 0)) for at in range(size)]
        sources[size // 2] += edited
        return [cell("import math", "setup"), *(cell(one, f"node:n{at}") for at, one in enumerate(sources))]

    def parsed(*given: dict[str, Any]) -> int:
        """How often code was: seconds would say more about the machine."""
        count = 0

        def note(_frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event == "c_call" and argument is compile

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            found = previewed(service, *given)
        finally:
            sys.setprofile(before)
        assert len(found.cells) == 1001
        return count

    assert parsed(*cells(1000)) > 1000
    again = parsed(*cells(1000, "\ntotal = 1"))
    assert again < 20
