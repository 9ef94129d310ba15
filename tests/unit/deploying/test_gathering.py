"""The same input is the same version; any byte of meaning makes another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_dataops.api.bundles import Contents, version_digest
from jupyter_dataops.deploying import gathering
from jupyter_dataops.deploying.canonical import canonical_notebook
from jupyter_dataops.errors import NotDeployable
from tests.support.deployments import gathered, project, version_of
from tests.support.notebooks import cell, notebook, text

HELPER = {"helper.py": "import deeper\nONE = deeper.ONE\n", "deeper.py": "ONE = 1\n"}


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """The notebook at `path` as `edit` leaves it, in another order of keys."""
    found = json.loads(path.read_text("utf-8"))
    edit(found)
    path.write_text(json.dumps(found, sort_keys=True, indent=4), "utf-8")


def ran(found: dict[str, Any]) -> None:
    found["metadata"]["language_info"]["version"] = "3.99.0"
    found["metadata"]["kernelspec"]["display_name"] = "My own Python"
    found["metadata"]["widgets"] = {"state": {}}
    for one in found["cells"]:
        one |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "hello"}]}
        one["id"] = "new" + one["id"]
        one["metadata"] |= {"collapsed": True, "execution": {"iopub.status.busy": "2026-01-31T12:00:00Z"}}
        one["source"] = one["source"].splitlines(keepends=True)


def with_other_line_ends(path: Path) -> None:
    for one in path.parent.glob("*.py"):
        one.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    edited(path, lambda found: [one.update(source=one["source"].replace("\n", "\r\n")) for one in found["cells"]])


def touched(path: Path) -> None:
    for one in path.parent.iterdir():
        os.utime(one, (1, 1))


def compiled(path: Path) -> None:
    (path.parent / "__pycache__").mkdir()
    (path.parent / "__pycache__" / "helper.cpython-311.pyc").write_bytes(b"...")
    (path.parent / "not_imported.py").write_text("1")


@pytest.mark.parametrize(
    "change", [lambda path: edited(path, ran), with_other_line_ends, touched, compiled], ids=lambda one: one.__name__
)
def test_what_means_nothing_makes_no_version(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = project(tmp_path, files=HELPER)
    before = version_of(path)
    change(path)
    assert version_of(path) == before


def test_where_the_project_lies_makes_no_version(tmp_path: Path) -> None:
    path = project(tmp_path / "here", files=HELPER)
    shutil.copytree(tmp_path / "here", tmp_path / "far" / "away")
    assert version_of(tmp_path / "far" / "away" / path.name) == version_of(path)


def test_every_change_of_meaning_makes_a_version(tmp_path: Path) -> None:
    path = project(tmp_path, cell("import helper\nx = helper.ONE", "node:a"), text("# Title"), files=HELPER)
    seen = {version_of(path)}

    def changed(edit: Callable[[dict[str, Any]], object]) -> None:
        edited(path, edit)
        seen.add(version_of(path))

    changed(lambda found: found["cells"][0].update(source="import helper\nx = helper.ONE "))
    changed(lambda found: found["cells"][0]["metadata"].update(tags=["node:a", "retries:1"]))
    changed(lambda found: found["cells"].append(cell("y = x", "node:b")))
    changed(lambda found: found["cells"].reverse())
    changed(lambda found: found["metadata"].update(dataops={"owner": "ana"}))
    changed(lambda found: found["metadata"]["kernelspec"].update(name="other"))
    changed(lambda found: found["cells"][1].update(source="# Another title"))
    (tmp_path / "deeper.py").write_text("ONE = 2\n")
    seen.add(version_of(path))
    seen.add(version_of(path, settings={"parameters": {"a": 1}}))
    seen.add(version_of(path, settings={"parameters": {"a": 2}}))
    seen.add(version_of(path, schedules={"nightly": {"cron": "0 6 * * *"}}))

    assert len(seen) == 12


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_byte_of_a_module_makes_another_version(data: st.DataObject) -> None:
    module = data.draw(st.binary(min_size=1, max_size=40))
    place = data.draw(st.integers(0, len(module) - 1))
    other = bytearray(module)
    other[place] ^= data.draw(st.integers(1, 255))
    versions = {version_digest(Contents("a.ipynb", {"a.ipynb": b"{}", "m.py": one})) for one in (module, bytes(other))}
    assert len(versions) == 2


NAMES = st.text("abc/.", min_size=1, max_size=6)
CONTENTS = st.builds(
    Contents,
    NAMES,
    st.dictionaries(NAMES, st.binary(max_size=6), max_size=3),
    st.dictionaries(NAMES, NAMES, max_size=2),
    NAMES,
    st.dictionaries(NAMES, st.one_of(st.integers(), NAMES), max_size=2),
    st.dictionaries(NAMES, NAMES, max_size=2),
)


@given(CONTENTS, CONTENTS)
@settings(max_examples=300, deadline=None)
def test_different_contents_have_different_addresses(one: Contents, other: Contents) -> None:
    assert (version_digest(one) == version_digest(other)) == (one == other)


@given(
    st.lists(
        st.builds(
            cell,
            st.text(max_size=20),
            st.sampled_from(["node:a", "setup", "note"]),
            cell_id=st.sampled_from([None, "c1", "other"]),
        ),
        max_size=4,
    )
)
def test_the_canonical_form_is_its_own(cells: list[dict[str, Any]]) -> None:
    once = canonical_notebook(notebook(*cells))
    assert canonical_notebook(json.loads(once)) == once


def test_a_version_has_what_the_notebook_runs_imports_and_declares(tmp_path: Path) -> None:
    path = project(
        tmp_path / "flows",
        cell("import sys; sys.path.append('../lib')", "setup"),
        cell("import shared\nfrom pkg import inner", "node:a"),
        cell("", "node:sub", "notebook:parts/sub.ipynb", "out:y"),
        cell("print(open('query.sql').read())", "node:b", "in:query.sql", "in:https://example.org/x", "out:made.txt"),
        cell("open('made.txt')", "node:c", "in:made.txt"),
        cell("%run script.py", "node:d"),
        files={
            "pkg/__init__.py": "",
            "pkg/inner.py": "",
            "pkg/template.html": "<p>",
            "pkg/__pycache__/x.pyc": "",
            "query.sql": "select 1\r\n",
            "script.py": "import by_script",
            "by_script.py": "",
            "parts/near.py": "",
            "other.py": "",
        },
    )
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.py").write_text("")
    project(tmp_path / "flows" / "parts", cell("import near\ny = 1", "node:s"), name="sub.ipynb", files={})

    found = gathered(path)

    assert found.notebook == "flows/etl.ipynb"
    assert sorted(found.files) == [
        "flows/by_script.py",
        "flows/etl.ipynb",
        "flows/parts/near.py",
        "flows/parts/sub.ipynb",
        "flows/pkg/__init__.py",
        "flows/pkg/inner.py",
        "flows/pkg/template.html",
        "flows/query.sql",
        "flows/script.py",
        "lib/shared.py",
    ]
    assert found.files["flows/query.sql"] == b"select 1\n"
    assert found.remarks == ()


def test_versions_of_packages_are_recorded_and_so_is_python(tmp_path: Path) -> None:
    found = gathered(project(tmp_path, cell("import numpy, json\nx = numpy.ones(1)", "node:a")))
    assert list(found.packages) == ["numpy"]
    assert found.python.count(".") == 2


def test_a_module_found_through_the_environment_is_put_beside_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project(tmp_path / "here", files={})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "helper.py").write_text("ONE = 1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    assert sorted(gathered(path).files) == ["etl.ipynb", "helper.py"]


def test_a_module_at_an_absolute_path_cannot_be_taken_along(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.py").write_text("")
    path = project(tmp_path / "here", cell(f"import sys; sys.path.insert(0, {str(tmp_path / 'lib')!r})\nimport shared"))
    with pytest.raises(NotDeployable, match="shared lies in"):
        gathered(path)


def test_data_do_not_belong_into_a_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "LARGEST_BYTES", 1 << 20)
    path = project(tmp_path, cell("open('big.csv')", "node:a", "in:big.csv"), files={"big.csv": "x" * (2 << 20)})
    with pytest.raises(NotDeployable, match=r"big\.csv \(2 MB\)"):
        gathered(path)


def test_what_cannot_be_known_is_said(tmp_path: Path) -> None:
    path = project(
        tmp_path,
        cell("import importlib\nname = 'a'\nimportlib.import_module(name)", "node:a"),
        cell("open('orders.csv')", "node:b", "in:orders.csv"),
    )
    assert [remark.partition(":")[0].partition(",")[0] for remark in gathered(path).remarks] == [
        "what its code imports cannot all be told",
        "`orders.csv`",
    ]


def test_a_version_has_the_modules_that_its_conditions_ask(tmp_path: Path) -> None:
    files = {"checks.py": "import deeper\ndef ready(): ...\n", "deeper.py": "", "when.py": "", "other.py": ""}
    cells = (cell("x = 1", "node:a"), cell("import when\nwhen", "skip", "now"))
    path = project(tmp_path, *cells, files=files)
    schedules = {
        "one": {"condition": "checks:ready"},
        "two": {"trigger": "asset sales & condition cell:now"},
        "three": {"condition": "other:ready", "deployed": False},
        "four": {"trigger": "nonsense ("},
        "five": {"condition": "no_such_module:ready"},
    }
    assert set(gathered(path, schedules=schedules).files) == {"etl.ipynb", "checks.py", "deeper.py", "when.py"}
    assert set(gathered(path).files) == {"etl.ipynb"}
    assert gathered(path, schedules=schedules).packages == gathered(path).packages
