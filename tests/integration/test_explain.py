"""A pipeline that worked in real kernels; then something changes, and `explain` says what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.notebooks import cell
from tests.support.shell import Shell, open_shell

pytestmark = pytest.mark.kernel

FIT = "# fit\nweights = [row['kg'] for row in rows]\nmean = sum(weights) / len(weights)\nsmall_helper.use()"
ROWS = '[{"kg": 2}, {"kg": 4}]'


def story(fit: str = FIT) -> list[dict[str, Any]]:
    """load (from a file that no tag declares) -> fit, which has a check."""
    return [
        cell("import json\nfrom pathlib import Path\nimport small_helper", "setup"),
        cell("rows = json.loads(Path('rows.json').read_text())", "node:load"),
        cell(fit, "node:fit"),
        cell("mean > 0", "check:fit/positive"),
        cell("print('report', mean)", "node:report"),
    ]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, dict[str, Any]]]:
    """What was explained after each change to what had worked."""
    folder = tmp_path_factory.mktemp("explain")
    with open_shell(folder, PYTHONPATH=os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])) as shell:
        install(folder, "1.0")
        shell.write(ROWS, "rows.json")
        shell.save(*story())
        shell.run("run", "etl.ipynb")
        said: dict[str, Any] = {"succeeded": shell.call("explain", "last", "--json").json}

        def after(name: str) -> None:
            shell.run("run", "etl.ipynb", exit_code=1)
            said[name] = shell.call("explain", "last", "--json").json
            said[f"{name}, in words"] = shell.call("explain", "last").out

        shell.save(*story(FIT.replace("/ len", "/ length")))
        after("code")
        shell.save(*story())
        shell.write('[{"kg": 2}, {"g": 4000}]', "rows.json")
        after("content")
        shell.write('[{"kg": -2}, {"kg": -4}]', "rows.json")
        after("check")
        shell.write(ROWS, "rows.json")
        install(folder, "2.0", "raise RuntimeError('small_helper has changed its mind')")
        after("package")
        yield shell, said


def install(folder: Path, version: str, source: str = "return 1") -> None:
    """A distribution that the notebook imports, at this version."""
    for old in folder.glob("small_helper-*/*"):
        old.unlink()
    for old in folder.glob("small_helper-*"):
        old.rmdir()
    (folder / "small_helper.py").write_text(f"def use():\n    {source}\n")
    info = folder / f"small_helper-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: small_helper\nVersion: {version}\n")
    (info / "RECORD").write_text(f"small_helper.py,,\nsmall_helper-{version}.dist-info/METADATA,,\n")
    (info / "top_level.txt").write_text("small_helper\n")


def test_a_run_that_succeeded_says_so(told: Any) -> None:
    assert told[1]["succeeded"]["verdict"] == "The run succeeded: there is nothing to explain."


def test_an_edited_line_comes_first_and_is_shown_where_it_is(told: Any) -> None:
    found = told[1]["code"]
    first = found["differences"][0]
    assert (found["node"], found["error"]["ename"]) == ("fit", "NameError")
    assert (first["kind"], first["pointed_at"]) == ("code", True)
    assert "+mean = sum(weights) / length(weights)" in first["diff"]
    assert found["place"]["line"] == 3
    assert [line["line"] for line in found["place"]["source"]] == [1, 2, 3, 4]
    assert "> 3  mean = sum(weights) / length(weights)" in told[1]["code, in words"]
    assert found["traceback"].endswith("NameError: name 'length' is not defined")


def test_data_that_lacks_something_is_named(told: Any) -> None:
    found = told[1]["content"]
    first = found["differences"][0]
    assert (found["error"], first["kind"], first["name"]) == (
        {"ename": "KeyError", "evalue": "'kg'"},
        "content",
        "rows",
    )
    assert first["sentence"] == "`rows` has 1 other element (from `load`)"
    assert first["lines"] == ["[1] is {'g': 4000} and was {'kg': 4}"]


def test_a_failed_check_leads_back_to_the_data_of_its_node(told: Any) -> None:
    found = told[1]["check"]
    assert (found["node"], found["cause"]) == ("check:fit/positive", "check_failed")
    assert [(one["kind"], one["node"], one["name"]) for one in found["differences"]] == [
        ("content", "check:fit/positive", "mean"),
        ("content", "fit", "rows"),
    ]
    assert found["differences"][0]["sentence"] == "`mean` is -3.0 and was 3.0 (from `fit`)"


def test_another_version_of_a_package_is_named(told: Any) -> None:
    first = told[1]["package"]["differences"][0]
    assert (first["kind"], first["pointed_at"]) == ("packages", True)
    assert first["sentence"] == "package small-helper is 2.0 and was 1.0"
    assert "the error points here" in told[1]["package, in words"]
