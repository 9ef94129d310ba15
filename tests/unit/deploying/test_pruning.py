"""Files of old versions go, but for what somebody runs, or would go back to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jupyter_dataops import Pipeline
from jupyter_dataops.cli.group import program
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.deploying.launch import launch_version
from jupyter_dataops.deploying.moving import rollback
from jupyter_dataops.deploying.pruning import find_unneeded, prune
from jupyter_dataops.deploying.versions import bundles_of, list_versions, without_files
from jupyter_dataops.errors import ArtifactMissing, DeploymentNotFound, UsageError
from jupyter_dataops.wiring import Layout
from tests.support.crashing import kill_at
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]


@pytest.fixture
def five(save: Save, settings: Settings) -> Settings:
    """The settings of a store with five versions, of which the last is live, and which nobody has used lately."""
    for value in range(1, 6):
        deploy(save(cell(f"x = {value}", "node:a")), "prod")
    grow_old(settings)
    return settings


def grow_old(settings: Settings) -> None:
    for bundle in Layout.of(settings).deployments.iterdir():
        os.utime(bundle, (0, 0))


def unneeded(settings: Settings, keep: int = 1, name: str | None = None) -> list[str]:
    return [one.version.label for one in find_unneeded(settings, keep, name)]


def test_what_is_live_newest_or_gone_back_to_stays(five: Settings, save: Save) -> None:
    assert unneeded(five) == ["etl@3", "etl@2", "etl@1"]
    assert unneeded(five, keep=4) == ["etl@1"]
    deploy(save(cell("x = 2", "node:a")), "dev")
    grow_old(five)
    assert unneeded(five) == ["etl@3", "etl@1"]
    rollback("etl", "prod", five)
    grow_old(five)
    assert unneeded(five) == ["etl@1"], "version 3 would be the next to go back to"


def test_what_a_run_goes_on_with_stays_until_it_has_ended(five: Settings) -> None:
    run = launch_version("etl@1", None, five)
    grow_old(five)
    assert unneeded(five) == ["etl@3", "etl@2"]
    run.execute(progress=False)
    assert unneeded(five) == ["etl@3", "etl@2", "etl@1"]


def test_what_was_made_ready_within_the_hour_stays(five: Settings) -> None:
    found = find_unneeded(five, 1)
    launch_version("etl@2", None, five).cancel()
    assert unneeded(five) == ["etl@3", "etl@1"]
    assert [one.version.number for one in prune(five, found, 1)] == [3, 1], (
        "also where it was found to be unneeded before"
    )


def test_files_that_several_deployments_share_stay_while_one_needs_them(five: Settings, save: Save) -> None:
    deploy(save(cell("x = 1", "node:a")), "prod", name="trial")
    grow_old(five)
    assert unneeded(five) == unneeded(five, name="etl") == ["etl@3", "etl@2"]


def test_a_version_without_files_stays_on_record_and_is_mended_by_deploying(five: Settings, save: Save) -> None:
    found = find_unneeded(five, 1)
    gone = prune(five, found, 1)
    assert [one.version for one in gone] == [one.version for one in found]
    assert all(one.size_bytes > 0 for one in gone)
    assert len(list_versions(five)) == 5
    assert without_files(five, list_versions(five)) == {one.version.digest for one in gone}
    assert unneeded(five) == []
    with pytest.raises(ArtifactMissing, match="no bundle of that version"):
        rollback("etl", "prod", five, to="1")
    assert deploy(save(cell("x = 1", "node:a")), "prod").version.number == 1


def test_what_makes_no_sense_is_refused(five: Settings) -> None:
    with pytest.raises(DeploymentNotFound):
        unneeded(five, name="other")
    with pytest.raises(UsageError, match="at least one"):
        unneeded(five, keep=0)


def test_who_is_killed_while_clearing_leaves_each_version_whole_or_none_of_it(five: Settings) -> None:
    kill_at(
        "bundle aside",
        "from jupyter_dataops.config import Settings\nfrom jupyter_dataops.deploying.pruning import *\n"
        f"settings = Settings(store={five.store!r}, jobs=1)\nprune(settings, find_unneeded(settings, 1), 1)",
    )
    versions = list_versions(five)
    gone = without_files(five, versions)
    assert [one.number for one in versions if one.digest in gone] == [3]
    assert [bundles_of(five).read(one.digest).notebook for one in versions if one.digest not in gone]
    assert unneeded(five) == ["etl@2", "etl@1"], "the next one goes on"


def test_on_the_command_line_it_is_shown_asked_and_done(five: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_STORE", five.store)
    monkeypatch.chdir(Path(five.store).parent)

    def call(*words: str, **more: Any) -> Any:
        return CliRunner().invoke(program, ["versions", "etl", *words], **more)

    shown = call("--prune", "--keep", "4", "--dry-run")
    assert (shown.exit_code, shown.stdout.splitlines()[0].partition(":")[0]) == (0, "- etl@1")
    assert call("--prune", "--keep", "4", input="n\n").exit_code == 0
    assert unneeded(five, keep=4) == ["etl@1"]
    done = json.loads(call("--prune", "--keep", "4", "--yes", "--json").stdout)
    assert (done["applied"], [one["version"] for one in done["pruned"]]) == (True, [1])
    assert "no files" in call().stdout
    assert {one["version"]: one["pruned"] for one in json.loads(call("--json").stdout)["versions"]}[1]
    assert call("--keep", "4").exit_code == 2
    assert "nothing to remove" in call("--prune", "--keep", "4").stderr
