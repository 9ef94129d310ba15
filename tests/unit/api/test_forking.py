"""Which run forks its kernels, and after which imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_dataops.api.forking import fork_request
from jupyter_dataops.api.reading import analyse_text
from jupyter_dataops.config import Settings
from jupyter_dataops.wiring import ForkRequest
from tests.support.notebooks import cell, notebook


def request(folder: Path, source: str, *tags: str, jobs: int = 3, **settings: Any) -> ForkRequest | None:
    cells = [cell(source, *(tags or ("node:a",)))]
    analysed = analyse_text(json.dumps(notebook(*cells)), "n.ipynb", "n")
    return fork_request([analysed], folder, Settings(store=str(folder / "store"), jobs=2, **settings), jobs)


def test_what_the_notebook_imports_is_imported_ahead(tmp_path: Path) -> None:
    assert request(tmp_path, "import json") == ForkRequest("python3", 1, (("json", ()),), most=1)


def test_as_many_kernels_stand_by_as_nodes_run_at_once_but_not_any_number(tmp_path: Path) -> None:
    def ahead(jobs: int, *tags: str) -> int:
        found = request(tmp_path, "1", *tags, jobs=jobs)
        assert found is not None
        return found.ahead

    assert [ahead(jobs, "node:a") for jobs in (1, 2, 64)] == [1, 1, 1]
    assert [ahead(jobs, "node:a", "each:x=xs") for jobs in (1, 2, 64)] == [1, 2, 4]


def test_how_many_kernels_nodes_need_is_known_unless_it_turns_out_as_they_run(tmp_path: Path) -> None:
    for tags, most in ((("node:a",), 1), (("node:a", "each:x=xs"), None), (("node:a", "notebook:b.ipynb"), None)):
        found = request(tmp_path, "1", *tags)
        assert found is not None
        assert found.most == most


def test_a_setting_turns_it_off(tmp_path: Path) -> None:
    assert request(tmp_path, "import json", fork=False) is None


def test_a_setting_names_modules_that_are_left_to_the_nodes(tmp_path: Path) -> None:
    found = request(tmp_path, "import json, csv.reader", no_preload=("csv",))
    assert found == ForkRequest(
        "python3", 1, (("json", ()),), ("csv was not imported ahead: the setting `no_preload` says so",), most=1
    )


def test_a_module_beside_the_notebook_is_left_to_the_nodes(tmp_path: Path) -> None:
    (tmp_path / "csv.py").touch()
    (tmp_path / "json").mkdir()
    found = request(tmp_path, "import json.tool, csv, math")
    assert found is not None
    assert found.imports == (("math", ()),)
    assert found.remarks == tuple(
        f"{name} was not imported ahead: the folder '{tmp_path.name}', where nodes run, holds one of that name"
        for name in ("json", "csv")
    )


def test_where_nothing_may_be_imported_ahead_the_remark_says_why(tmp_path: Path) -> None:
    found = request(tmp_path, "import os, numpy\nos.environ['A'] = '1'")
    assert found is not None
    assert found.imports == ()
    assert found.remarks[0].startswith("nothing was imported ahead: cell 1 changes `os.environ['A']`")
