from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jupyter_dataops.cli.face import Face
from jupyter_dataops.cli.group import VERBS
from jupyter_dataops.cli.verbs.assets import command
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import LoadedAsset
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.wiring import Stores
from tests.support.published import an_asset, loaded_of, publish
from tests.support.stores import open_kept
from tests.unit.cli.fakes import FakeFace, FakeRun, node_record, run_record

Call = Callable[..., Result]


@pytest.fixture
def kept(tmp_path: Path) -> Stores:
    return open_kept("sqlite", tmp_path)


def test_the_newest_version_of_each_asset_is_a_line(call: Call, kept: Stores, tmp_path: Path) -> None:
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "r2", {"sales": "df", "model": "df"})
    said = call(Face(), "assets", "--store", str(tmp_path)).stdout.splitlines()
    assert re.split(r"\s{2,}", said[0]) == ["asset", "type", "shape", "size", "node", "run", "notebook", "published"]
    assert [line.split()[:5] for line in said[1:]] == [
        ["model@1", "pandas.DataFrame", "3x2", "2.0", "KiB"],
        ["sales@2", "pandas.DataFrame", "3x2", "2.0", "KiB"],
    ]
    assert said[2].split()[5:8] == ["a", "r2", "etl.ipynb"]


def test_with_a_name_its_versions_are_listed_newest_first(call: Call, kept: Stores, tmp_path: Path) -> None:
    for run_id in ("r1", "r2", "r3"):
        publish(kept, run_id, {"sales": "df", "model": "df"})
    said = call(Face(), "assets", "sales", "--limit", "2", "--store", str(tmp_path)).stdout.splitlines()
    assert [line.split()[0] for line in said[1:]] == ["sales@3", "sales@2"]


def test_the_json_has_the_documented_keys(call: Call, kept: Stores, tmp_path: Path) -> None:
    publish(kept, "r1", {"sales": "df"})
    (found,) = json.loads(call(Face(), "assets", "sales", "--json", "--store", str(tmp_path)).stdout)["assets"]
    assert list(found) == documented("assets")
    assert (found["name"], found["version"], found["shape"], found["columns"]) == ("sales", 1, [3, 2], {"n": "int64"})
    assert (found["node"], found["run_id"], found["pipeline"]) == ("a", "r1", "etl")


def documented(key: str) -> list[str]:
    """The keys that an object of that list is said to have."""
    shape = re.search(rf'"{key}": \[{{(.*?)}}\]', command.json_shape)
    return re.findall(r'"(\w+)"', shape[1] if shape else "")


@pytest.fixture
def loading(kept: Stores) -> None:
    """Of two versions, the first was loaded by a run, whose result another one has reused."""
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "r2", {"sales": "df"})
    publish(kept, "u1", {}, loaded=[loaded_of(kept.assets.get_asset("sales", 1))], notebook="/teams/report.ipynb")
    publish(kept, "u2", {}, source="u1", notebook="/teams/report.ipynb")


@pytest.mark.usefixtures("loading")
def test_a_version_is_told_with_the_runs_that_have_loaded_it(call: Call, tmp_path: Path) -> None:
    said = call(Face(), "assets", "sales@1", "--store", str(tmp_path)).stdout.splitlines()
    assert [line.split()[0] for line in said[:2]] == ["asset", "sales@1"]
    assert said[1].split()[6] == "r1"
    assert said[3] == "sales@1 was loaded by:"
    assert re.split(r"\s{2,}", said[4]) == ["run", "state", "notebook", "node", "made", "reused from"]
    assert [(line.split()[0], line.split()[3:5], line.split()[-1]) for line in said[5:]] == [
        ("u2", ["report.ipynb", "a"], "u1"),
        ("u1", ["report.ipynb", "a"], said[6].split()[-1]),
    ]


@pytest.mark.usefixtures("loading")
def test_a_version_that_no_run_has_loaded_says_so(call: Call, tmp_path: Path) -> None:
    said = call(Face(), "assets", "sales@2", "--store", str(tmp_path)).stdout.splitlines()
    assert said[-1] == "no run has loaded sales@2"


@pytest.mark.usefixtures("loading")
def test_the_json_of_a_version_has_who_has_loaded_it(call: Call, tmp_path: Path) -> None:
    result = call(Face(), "assets", "sales@1", "--json", "--store", str(tmp_path))
    found = json.loads(result.stdout)
    assert [(one["name"], one["version"], one["run_id"]) for one in found["assets"]] == [("sales", 1, "r1")]
    assert [(one["run_id"], one["source_run_id"]) for one in found["loaded_by"]] == [("u2", "u1"), ("u1", None)]
    assert list(found["loaded_by"][0]) == documented("loaded_by")
    assert result.stderr == ""


@pytest.mark.usefixtures("loading")
def test_a_list_that_is_cut_says_so(call: Call, tmp_path: Path) -> None:
    result = call(Face(), "assets", "sales@1", "--limit", "1", "--json", "--store", str(tmp_path))
    assert [one["run_id"] for one in json.loads(result.stdout)["loaded_by"]] == ["u2"]
    assert "there are more: `--limit`" in result.stderr


@pytest.mark.usefixtures("loading")
@pytest.mark.parametrize(("asset", "said"), [("sales@x", "write sales@2"), ("sales@3", "there are versions 1 to 2")])
def test_a_version_that_is_none_is_refused(call: Call, tmp_path: Path, asset: str, said: str) -> None:
    result = call(Face(), "assets", asset, "--store", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_name_that_nobody_has_published_is_told_with_the_one_that_is_meant(
    call: Call, kept: Stores, tmp_path: Path
) -> None:
    publish(kept, "r1", {"sales": "df"})
    result = call(Face(), "assets", "sale", "--store", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'sales'" in result.stderr


def test_an_empty_store_says_how_to_publish(call: Call, tmp_path: Path) -> None:
    open_kept("sqlite", tmp_path).close()
    result = call(Face(), "assets", "--store", str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "asset:VARIABLE" in result.stderr
    assert json.loads(call(Face(), "assets", "--json", "--store", str(tmp_path)).stdout) == {"assets": []}


def test_the_table_of_verbs_says_what_its_help_does() -> None:
    assert (command.help or "").startswith(VERBS["assets"].help)


def a_run_with_assets() -> FakeRun:
    published = an_asset("clean_sales", 2, node=NodeName("load"))
    loaded = {"load": [LoadedAsset("rates", 4, RunId("r9"), "/teams/rates.ipynb")]}
    return FakeRun(
        run_record(RunState.SUCCEEDED), [node_record("load", NodeState.SUCCEEDED)], published=[published], loaded=loaded
    )


def test_a_run_shows_what_it_has_published_and_loaded(call: Call) -> None:
    said = call(FakeFace(a_run_with_assets()), "show", "last").stdout.splitlines()
    assert "load published clean_sales@2" in said
    assert "load loaded rates@4, published by run r9 of rates.ipynb" in said


def test_the_json_of_a_run_has_its_assets(call: Call) -> None:
    assets = json.loads(call(FakeFace(a_run_with_assets()), "show", "last", "--json").stdout)["assets"]
    assert assets == {
        "published": [{"name": "clean_sales", "version": 2, "node": "load"}],
        "loaded": [
            {
                "name": "rates",
                "version": 4,
                "node": "load",
                "run_id": "r9",
                "notebook": "/teams/rates.ipynb",
                "store": None,
            }
        ],
    }


@pytest.mark.parametrize("node", [(), ("load",)])
def test_why_tells_what_a_node_has_published_and_loaded(call: Call, node: tuple[str, ...]) -> None:
    said = call(FakeFace(a_run_with_assets()), "why", "last", *node).stdout
    assert "load published clean_sales@2" in said
    assert "load loaded rates@4, published by run r9 of rates.ipynb" in said


@pytest.mark.parametrize("verb", ["show", "why"])
@pytest.mark.parametrize("reason", ["", "asset rates@4 was published by run r9"])
def test_a_run_says_what_made_its_schedule_fire(call: Call, verb: str, reason: str) -> None:
    origin = {"name": "daily", "fire_time": "2026-01-31T06:00:00+00:00", "kind": "scheduled", "reason": reason}
    run = FakeRun(run_record(RunState.SUCCEEDED, options={"schedule": origin}))
    said = call(FakeFace(run), verb, "last").stdout
    line = next(
        one for one in said.splitlines() if one.strip().startswith("schedule: daily, scheduled, for 2026-01-31")
    )
    assert (reason in line, line.rstrip().endswith(":")) == (True, False)
