from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from jupyter_dataops.api.fingerprints import SteadyFingerprints, fingerprints_of
from jupyter_dataops.api.reading import analyse_text
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from tests.support.notebooks import cell, notebook


def changed(made, folder: Path, change) -> set[tuple[str, str]]:
    """(node, component) of every digest that differs after `change`."""
    analysed = analyse_text(json.dumps(made), "test.ipynb", "test")
    before = fingerprints_of(analysed, {}, folder)
    change()
    after = fingerprints_of(analysed, {}, folder)
    return {(node, part) for node in before for part in COMPONENTS if before[node][part] != after[node][part]}


def test_a_declared_file_counts_by_its_content(tmp_path):
    made = notebook(cell("x = 1", "node:a", "in:data/one.csv"), cell("y = 2", "node:b"))
    (tmp_path / "data").mkdir()
    data = tmp_path / "data" / "one.csv"
    assert changed(made, tmp_path, lambda: data.write_text("1")) == {("a", "files")}
    assert changed(made, tmp_path, lambda: data.write_text("1")) == set()
    assert changed(made, tmp_path, lambda: data.write_text("")) == {("a", "files")}


def test_a_folder_or_a_file_that_cannot_be_read_is_never_the_same(tmp_path):
    made = notebook(cell("x = 1", "node:a", "in:data/"), cell("y = 2", "node:b", "in:one.csv/two.csv"))
    (tmp_path / "data").mkdir()
    (tmp_path / "one.csv").touch()
    analysed = analyse_text(json.dumps(made), "test.ipynb", "test")
    found = fingerprints_of(analysed, {}, tmp_path)
    assert [found[node]["files"] for node in ("a", "b")] == [UNKNOWN, UNKNOWN]
    assert not any(name.startswith("files:") for node in found.values() for name in node)


def test_a_file_that_the_pipeline_makes_does_not_count(tmp_path):
    made = notebook(cell("x = 1", "node:a", "out:made.csv"), cell("y = 2", "node:b", "in:made.csv"))
    assert changed(made, tmp_path, lambda: (tmp_path / "made.csv").write_text("1")) == set()


def test_a_file_in_a_folder_that_the_pipeline_makes_does_not_count(tmp_path):
    made = notebook(cell("x = 1", "node:a", "out:made/"), cell("y = 2", "node:b", "in:./made/x.csv"))
    (tmp_path / "made").mkdir()
    assert changed(made, tmp_path, lambda: (tmp_path / "made" / "x.csv").write_text("1")) == set()


def test_a_declared_environment_variable_counts(tmp_path, monkeypatch):
    made = notebook(cell("x = 1", "node:a", "env:REGION"), cell("y = 2", "node:b"))
    monkeypatch.delenv("REGION", raising=False)
    assert changed(made, tmp_path, lambda: monkeypatch.setenv("REGION", "eu")) == {("a", "environment")}
    assert changed(made, tmp_path, lambda: monkeypatch.setenv("OTHER", "eu")) == set()


def test_single_files_and_variables_are_told_apart_and_secrets_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("REGION", "eu")
    monkeypatch.setenv("KEY", "hush, hush")
    (tmp_path / "one.csv").write_text("1")
    tags = ("node:a", "in:one.csv", "in:gone.csv", "env:REGION", "env:UNSET", "env:KEY", "secret:KEY")
    analysed = analyse_text(json.dumps(notebook(cell("x = 1", *tags))), "test.ipynb", "test")
    [found] = fingerprints_of(analysed, {}, tmp_path).values()
    things = {"files:one.csv", "environment:REGION", "packages:python", "packages:kernelspec"}
    assert set(found) - set(COMPONENTS) == things
    assert "eu" not in found.values()


SCRIPT = """
import json, sys
from pathlib import Path
from jupyter_dataops.api.fingerprints import SteadyFingerprints, fingerprints_of
from jupyter_dataops.api.reading import read_notebook
path = Path(sys.argv[1])
given = {"scale": {"k": 1, "j": [1, {"s", "t"}]}, "other": 3}
print(json.dumps(fingerprints_of(read_notebook(path), given, path.parent), sort_keys=True))
"""


def test_a_fingerprint_is_the_same_in_every_process(tmp_path):
    setup = "import numpy as np, helpers\nnames = {'a', 'b', 'c'}\ndef f(x, y=1): return np.abs(x) * scale"
    made = notebook(
        cell(setup, "setup"),
        cell("scale = 1", "parameters"),
        cell("x, z = 1, 2", "node:b", "in:data.csv", "env:REGION"),
        cell("y = f(x) + z + len(names) + helpers.n", "node:a"),
        cell("assert y", "check:a/positive"),
    )
    (tmp_path / "etl.ipynb").write_text(json.dumps(made))
    (tmp_path / "helpers.py").write_text("import json, pandas\nn = 1")
    (tmp_path / "data.csv").write_text("1")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "etl.ipynb")],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "REGION": "eu"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in (1, 2, 3, 4, 5)
    ]
    printed = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 5
    [found] = printed
    assert "modules:helpers.py" in found
    assert "packages:pandas" in found
    assert UNKNOWN not in json.loads(found)["a"].values()


def test_parameters_that_name_what_is_loaded_count_where_surroundings_are_looked_up_once(tmp_path):
    made = notebook(
        cell("from jupyter_dataops import load_asset\nname = 'sales'", "parameters"),
        cell("x = load_asset(name)", "node:a"),
    )
    analysed = analyse_text(json.dumps(made), "test.ipynb", "test")

    def newest(wanted):
        return {one: f"digest of {one[0] if isinstance(one, tuple) else one}" for one in wanted}

    steady = SteadyFingerprints(analysed, tmp_path, newest)

    assert [steady(given) for given in ({}, {"name": "stock"})] == [
        fingerprints_of(analysed, given, tmp_path, assets=newest) for given in ({}, {"name": "stock"})
    ]
