"""From a notebook to a live version, promoted and rolled back, without kernels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from jupyter_dataops import Pipeline
from jupyter_dataops.api.assets import list_assets
from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.cli.group import program
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import Outcome, create_test, deploy, finish, foresee_deploy, prepare
from jupyter_dataops.deploying.description import describe_outcome
from jupyter_dataops.deploying.launch import Wishes, launch_version, resolve
from jupyter_dataops.deploying.moving import Promotion, foresee_promote, foresee_rollback, promote, rollback
from jupyter_dataops.deploying.policy import read_policy
from jupyter_dataops.deploying.versions import (
    default_name,
    find_either,
    list_live,
    list_moves,
    list_versions,
    split_label,
)
from jupyter_dataops.errors import (
    AnotherNotebook,
    DeploymentNotFound,
    InvalidPipeline,
    LiveMoved,
    PolicyViolated,
    StoreError,
    UsageError,
)
from jupyter_dataops.ids import new_run_id
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]


def deployed(save: Save, source: str = "x = 1", environment: str = "prod", **more: Any) -> Outcome:
    return deploy(save(cell(source, "node:a")), environment, **more)


def live(settings: Settings) -> dict[tuple[str, str], int]:
    return {(one.name, one.environment): one.number for one in list_live(settings)}


def test_what_is_deployed_is_live_and_runs(save: Save, settings: Settings) -> None:
    outcome = deployed(save)
    assert (outcome.version.label, outcome.is_new, outcome.is_live, outcome.previous) == ("etl@1", True, True, None)
    assert live(settings) == {("etl", "prod"): 1}
    run = launch_version("etl", "prod", settings).execute(progress=False)
    assert run.state is RunState.SUCCEEDED
    said = deployment_of(run.record)
    assert said is not None
    assert (said.label, said.digest) == ("etl@1 (prod)", outcome.version.digest)
    assert Path(said.files).is_relative_to(Path(settings.store) / "working")


def test_the_same_notebook_makes_no_second_version(save: Save, settings: Settings) -> None:
    deployed(save)
    again = deployed(save)
    assert (again.version.number, again.is_new, again.is_live, again.move) == (1, False, True, None)
    assert len(list_versions(settings)) == len(list_moves(settings, "etl")) == 1


def test_a_version_that_was_there_before_becomes_live_again(save: Save, settings: Settings) -> None:
    deployed(save)
    deployed(save, "x = 2")
    back = deployed(save)
    assert (back.version.number, back.is_new, back.previous) == (1, False, 2)
    assert live(settings) == {("etl", "prod"): 1}


@pytest.mark.parametrize("source", ["x = = 1"])
def test_what_is_not_valid_is_not_deployed(save: Save, settings: Settings, source: str) -> None:
    with pytest.raises(InvalidPipeline):
        deployed(save, source)
    assert list_versions(settings) == []


def test_a_test_that_fails_leaves_what_was_live(save: Save, settings: Settings) -> None:
    deployed(save)
    outcome = deployed(save, "x = 1 / 0", test={})
    assert (outcome.version.number, outcome.has_passed, outcome.is_live) == (2, False, False)
    assert describe_outcome(outcome)["test"]["state"] == "failed"
    assert live(settings) == {("etl", "prod"): 1}


def test_a_test_that_succeeds_is_on_record(save: Save, settings: Settings) -> None:
    outcome = deployed(save, test={})
    assert outcome.test is not None
    assert list_moves(settings, "etl")[0].details == {"test_run_id": outcome.test.run_id}
    assert deployment_of(outcome.test.record).is_test  # type: ignore[union-attr]
    assert resolve("etl", "prod", settings).is_tested
    assert deployed(save, test={}).move is not None  # tested once more: also that is on record


def test_the_test_of_a_version_publishes_nothing_and_its_runs_do(save: Save, settings: Settings) -> None:
    outcome = deploy(save(cell("x = 1", "node:a", "asset:x")), "prod", test={})
    assert outcome.has_passed
    assert list_assets(settings) == []
    run = launch_version("etl", "prod", settings).execute(progress=False)
    assert [(one.label, one.run_id) for one in list_assets(settings)] == [("x@1", run.run_id)]


def test_what_becomes_live_without_a_test_says_that_its_last_one_failed(save: Save) -> None:
    failing = deployed(save, "x = 1 / 0", test={})
    assert failing.remarks == ()
    outcome = deployed(save, "x = 1 / 0")
    assert (outcome.is_live, outcome.remarks) == (True, (f"its test {failing.test.run_id} failed",))  # type: ignore[union-attr]
    assert describe_outcome(outcome)["remarks"] == list(outcome.remarks)
    assert deployed(save, "x = 1 / 0", test={}).remarks == ()


def test_a_test_that_was_cancelled_or_mended_is_no_remark(save: Save) -> None:
    pipeline = save(cell("ok = 1", "parameters"), cell("x = 1 / ok", "node:a"))
    failing = deploy(pipeline, "prod", test={"ok": 0})
    assert failing.test is not None
    prepared = prepare(pipeline, "prod", tests=True)
    create_test(prepared).cancel()
    assert deploy(pipeline, "dev").remarks == (f"its test {failing.test.run_id} failed",)
    assert failing.test.retry(parameters={"ok": 1}, progress=False).state is RunState.SUCCEEDED
    assert deploy(pipeline, "prod").remarks == ()


def test_a_policy_is_asked_before_and_after_the_test(save: Save, settings: Settings) -> None:
    with pytest.raises(PolicyViolated, match="DP001"):
        deployed(save, policy=read_policy(["owner"]))
    assert list_versions(settings) == []
    pickles = save(cell("class A: pass\nx = {A}", "node:a"), cell("print(x)", "node:b"))
    with pytest.raises(PolicyViolated, match="DP003"):
        deploy(pickles, "prod", policy=read_policy(["no_pickles"]), test={})
    assert live(settings) == {}


def test_who_was_overtaken_moves_nothing(save: Save, settings: Settings) -> None:
    deployed(save)
    slow = save(cell("x = 2", "node:a"))
    prepared = prepare(slow, "prod")
    test = create_test(prepared).execute(progress=False)
    deployed(save, "x = 3")
    with pytest.raises(LiveMoved, match="version 1 was live, now it is version 3"):
        finish(prepared, test)
    assert live(settings) == {("etl", "prod"): 3}


def test_going_back_goes_further_each_time(save: Save, settings: Settings) -> None:
    for value in (1, 2, 3):
        deployed(save, f"x = {value}")
    assert rollback("etl", "prod", settings).number == 2
    assert rollback("etl", "prod", settings).number == 1
    with pytest.raises(UsageError, match="none to go back to"):
        rollback("etl", "prod", settings)
    assert rollback("etl", "prod", settings, to="3").number == 3
    deployed(save, "x = 4")
    assert rollback("etl", "prod", settings).number == 3
    with pytest.raises(UsageError, match="live in prod already"):
        rollback("etl", "prod", settings, to="3")


def test_going_back_keeps_its_place_where_a_version_was_live_twice(save: Save, settings: Settings) -> None:
    for value in (1, 2, 3, 2, 4):
        deployed(save, f"x = {value}")
    gone_back_to = []
    for _ in range(4):
        foreseen = foresee_rollback("etl", "prod", settings).number
        gone_back_to.append(rollback("etl", "prod", settings).number)
        assert gone_back_to[-1] == foreseen
    assert gone_back_to == [2, 3, 2, 1]
    with pytest.raises(UsageError, match="none to go back to"):
        foresee_rollback("etl", "prod", settings)
    rollback("etl", "prod", settings, to="4")
    deployed(save, "x = 5")
    assert [rollback("etl", "prod", settings).number for _ in range(2)] == [4, 1]


def test_promoting_moves_the_very_version(save: Save, settings: Settings) -> None:
    outcome = deployed(save, environment="dev", test={})
    other = replace(settings, store=settings.store + "-prod", policy=("tested",))
    move = promote(Promotion("etl", "dev", "prod", settings, other))
    assert move.details == {"promoted_from": "dev", "test_run_id": outcome.test.run_id}  # type: ignore[union-attr]
    assert list_versions(other)[0].digest == outcome.version.digest
    with pytest.raises(UsageError, match="live in prod already"):
        promote(Promotion("etl", "dev", "prod", settings, other))
    with pytest.raises(UsageError, match="are one environment"):
        promote(Promotion("etl", "dev", "dev", settings, settings))
    with pytest.raises(DeploymentNotFound, match="no version of etl is live in 'stage'"):
        promote(Promotion("etl", "stage", "prod", settings, settings))


def test_a_notebook_elsewhere_does_not_take_the_place_of_what_is_live_unasked(save: Save, settings: Settings) -> None:
    first = deployed(save)
    other = save(cell("y = 5", "node:b"), name="other/etl.ipynb")
    for attempt in (deploy, foresee_deploy):
        with pytest.raises(
            UsageError, match=r"'etl' is of another notebook: etl@1 was made from .*project/etl"
        ) as refused:
            attempt(other, "prod")
        assert "--name other-etl" in refused.value.hint
        assert "--takeover" in refused.value.hint
    with pytest.raises(UsageError, match="another notebook"):
        deploy(other, "dev")  # nothing is live there: but its versions would be mixed with those of the first
    assert [one.label for one in list_versions(settings)] == ["etl@1"]
    assert live(settings) == {("etl", "prod"): 1}

    assert deploy(other, "prod", name="other-etl").is_live
    assert deploy(other, "prod", takeover=True).previous == first.version.number
    assert deploy(save(cell("y = 6", "node:b"), name="other/etl.ipynb"), "prod").is_live  # now it is of this one
    with pytest.raises(UsageError, match="another notebook"):
        deployed(save)


def test_the_same_contents_elsewhere_take_nobodys_place(save: Save) -> None:
    first = deployed(save)
    again = deploy(save(cell("x = 1", "node:a"), name="clone/etl.ipynb"), "prod")
    assert (again.version, again.move) == (first.version, None)


def test_a_project_that_was_moved_says_that_the_former_place_is_empty(save: Save, tmp_path: Path) -> None:
    deployed(save)
    (tmp_path / "project").rename(tmp_path / "moved")
    moved = save(cell("x = 2", "node:a"), name="moved/etl.ipynb")
    with pytest.raises(UsageError, match=r"no longer there"):
        deploy(moved, "prod")
    assert deploy(moved, "prod", takeover=True).is_live


def clone(save: Save, name: str, source: str, *, project: str = "sales", path: str = "daily/etl.ipynb") -> Pipeline:
    """A checkout of a project, with a notebook in it."""
    pipeline = save(cell(source, "node:a"), name=f"{name}/{path}")
    (pipeline.path.parents[len(Path(path).parts) - 1] / "dataops.toml").write_text(f'project = "{project}"')
    return pipeline


def test_all_clones_of_a_project_that_has_a_name_deploy_the_same_notebook(save: Save, settings: Settings) -> None:
    first = deploy(clone(save, "ana", "x = 1"), "prod")
    assert foresee_deploy(clone(save, "ben", "x = 2"), "prod").previous == 1
    assert deploy(clone(save, "ben", "x = 2"), "prod").previous == 1
    assert deploy(clone(save, "ana", "x = 3"), "prod").previous == 2
    assert first.version.details["project"] == {"name": "sales", "path": "daily/etl.ipynb"}
    alone = deploy(save(cell("x = 1", "node:a"), name="no/etl.ipynb"), "prod", name="other")
    assert alone.version.digest == first.version.digest  # whose it is has no part in what it is

    own = replace(settings, store=f"{settings.store}-of-dev")
    deploy(clone(save, "eva", "x = 4"), "stage")
    deploy(Pipeline(clone(save, "eva", "x = 4").path, settings=own), "dev")
    assert promote(Promotion("etl", "dev", "prod", own, settings)).previous == 3


@pytest.mark.parametrize("other", [{"project": "stock"}, {"path": "weekly/etl.ipynb"}, {"path": "etl.ipynb"}])
def test_another_project_or_another_path_in_it_is_another_notebook(save: Save, other: dict[str, str]) -> None:
    deploy(clone(save, "ana", "x = 1"), "prod")
    with pytest.raises(AnotherNotebook) as refused:
        deploy(clone(save, "ben", "x = 2", **other), "prod")
    assert refused.value.hint.endswith("--takeover")


def test_a_refused_notebook_is_told_what_the_name_of_a_project_would_do(save: Save) -> None:
    deployed(save)
    with pytest.raises(AnotherNotebook) as refused:
        deploy(save(cell("x = 2", "node:a"), name="ben/etl.ipynb"), "prod")
    assert refused.value.hint.endswith('no checkout is asked again once its dataops.toml says project = "NAME"')
    named = clone(save, "ben", "x = 2", path="etl.ipynb")
    with pytest.raises(AnotherNotebook) as refused:
        deploy(named, "prod")
    assert refused.value.hint.endswith('this once: etl@1 was made before dataops.toml said project = "sales"')
    assert deploy(named, "prod", takeover=True).is_live
    with pytest.raises(AnotherNotebook) as refused:
        deployed(save, "x = 3")
    assert refused.value.hint.endswith('says project = "sales"')
    assert deploy(clone(save, "project", "x = 3", path="etl.ipynb"), "prod").is_live


def test_promoting_does_not_take_the_place_of_another_notebook_unasked(save: Save, settings: Settings) -> None:
    own = replace(settings, store=f"{settings.store}-of-dev")
    deployed(save)
    deploy(save(cell("y = 5", "node:b"), name="other/etl.ipynb", own=own), "dev")
    wanted = Promotion("etl", "dev", "prod", own, settings)
    with pytest.raises(UsageError, match=r"etl@1 was made from .*project/etl"):
        promote(wanted)
    assert [one.label for one in list_versions(settings)] == ["etl@1"]
    assert promote(replace(wanted, takeover=True)).number == 2


def test_what_a_promotion_would_do_is_said_and_nothing_done(save: Save, settings: Settings) -> None:
    deployed(save, environment="dev")
    deployed(save, "x = 2", "dev")
    other = replace(settings, store=f"{settings.store}-of-prod")
    wanted = Promotion("etl", "dev", "prod", settings, other)
    foreseen = foresee_promote(wanted)
    assert (foreseen.label, foreseen.environment, foreseen.previous, foreseen.is_new) == ("etl@1", "prod", None, True)
    assert list_versions(other) == []
    assert promote(wanted).number == foreseen.number
    assert foresee_promote(wanted).is_live
    with pytest.raises(PolicyViolated):
        foresee_promote(replace(wanted, policy=read_policy(["owner"])))


def test_what_going_back_would_do_is_said_and_nothing_done(save: Save, settings: Settings) -> None:
    deployed(save)
    with pytest.raises(UsageError, match="first version"):
        foresee_rollback("etl", "prod", settings)
    deployed(save, "x = 2")
    foreseen = foresee_rollback("etl", "prod", settings)
    assert (foreseen.label, foreseen.previous, foreseen.is_live) == ("etl@1", 2, False)
    assert live(settings) == {("etl", "prod"): 2}


def test_going_back_warns_where_the_policy_lets_no_run_start(save: Save, settings: Settings) -> None:
    deployed(save)
    deployed(save, "x = 2")
    refusing = replace(settings, policy=("owner",))
    warned = "runs of etl@1 will be refused, those of its schedules too: the policy forbids etl@1 to start in prod"
    (foreseen,) = foresee_rollback("etl", "prod", refusing).remarks
    assert foreseen.startswith(warned)
    assert "DP001" in foreseen
    assert live(settings) == {("etl", "prod"): 2}
    move = rollback("etl", "prod", refusing)
    assert (move.number, move.details["remarks"]) == (1, [foreseen])
    deployed(save, "x = 3")
    assert "remarks" not in rollback("etl", "prod", settings).details


def test_the_warning_of_going_back_is_printed_beforehand_and_afterwards(
    save: Save, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(save)
    deployed(save, "x = 2")
    (tmp_path / "dataops.toml").write_text('[env.prod]\npolicy = ["owner"]\n')
    monkeypatch.setenv("DATAOPS_STORE", settings.store)
    monkeypatch.chdir(tmp_path)
    for options in (["--dry-run"], []):
        said = CliRunner().invoke(program, ["rollback", "etl", "--env", "prod", *options])
        assert (said.exit_code, "note: runs of etl@1 will be refused" in said.stderr) == (0, True), said.output


def test_promoting_asks_the_policy_of_the_target(save: Save, settings: Settings) -> None:
    deployed(save, environment="dev")
    with pytest.raises(PolicyViolated, match=r"forbids etl@1 to become live in prod:\n  DP005"):
        promote(Promotion("etl", "dev", "prod", settings, replace(settings, policy=("tested",))))
    assert live(settings) == {("etl", "dev"): 1}


def test_a_policy_is_asked_when_a_run_starts(save: Save, settings: Settings) -> None:
    deployed(save)
    with pytest.raises(PolicyViolated, match="forbids etl@1 to start in prod"):
        launch_version("etl", "prod", replace(settings, policy=("owner",)))


def test_a_run_id_made_beforehand_makes_one_run(save: Save, settings: Settings) -> None:
    deployed(save)
    wishes = Wishes(run_id=new_run_id())
    assert launch_version("etl", "prod", settings, wishes).run_id == wishes.run_id
    with pytest.raises(StoreError):
        launch_version("etl", "prod", settings, wishes)


def test_a_version_is_meant_by_name_number_digest_environment_or_notebook(save: Save, settings: Settings) -> None:
    first, second = deployed(save), deployed(save, "x = 2")
    rollback("etl", "prod", settings)
    digest = second.version.digest.rpartition(":")[2]
    notebook = Path(first.version.notebook)

    def meant(wanted: str | Path, environment: str | None = None) -> int:
        return resolve(wanted, environment, settings).version.number

    assert meant("etl", "prod") == meant(notebook, "prod") == 1
    assert meant("etl@2") == meant("etl@v2") == meant(f"etl@{digest[:8]}") == 2
    assert find_either(settings, "etl", "prod").number == 1
    for wanted in ("etl@3", "etl@abcdef0", "other@1"):
        with pytest.raises(DeploymentNotFound):
            meant(wanted)
    with pytest.raises(DeploymentNotFound, match="is not deployed"):
        meant("/somewhere/else.ipynb", "prod")
    deployed(save, name="another")
    with pytest.raises(DeploymentNotFound, match="is deployed as another, etl"):
        meant(notebook, "prod")


def test_runs_of_versions_are_listed_with_those_of_their_notebook(
    save: Save, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAOPS_STORE", settings.store)
    pipeline = save(cell("x = 1", "node:a"))
    own = pipeline.run(progress=False).run_id
    deploy(pipeline, "prod")
    first = launch_version("etl", "prod", settings).run_id
    deployed(save, "x = 2")
    second = launch_version("etl", "prod", settings).run_id
    (pipeline.path.parent / "dataops.toml").write_text("[env.prod]\n[env.dev]\n")
    monkeypatch.chdir(pipeline.path.parent)

    def listed(*words: str) -> list[str]:
        return CliRunner().invoke(program, ["runs", "-q", *words]).stdout.split()

    assert listed("etl.ipynb") == [second, first, own]
    assert listed("etl") == listed()[:2] == [second, first]
    assert listed("etl@1") == listed("etl", "--version", "1") == listed("etl.ipynb", "--version", "1") == [first]
    assert listed("etl", "--env", "prod") == [second, first]
    assert listed("etl", "--env", "dev") == []
    for words, said in (
        (("etk.ipynb",), "etl.ipynb'?"),
        (("etk",), "did you mean 'etl'?"),
        (("etl@7",), "has no version 7"),
        (("--version", "1"), "name it, or its notebook"),
        (("etl@1", "--version", "2"), "another version"),
    ):
        refused = CliRunner().invoke(program, ["runs", *words])
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr


def test_versions_are_compared_by_environments_also_those_with_stores_of_their_own(
    save: Save, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAOPS_STORE", "")
    pipeline = save(cell("x = 1", "node:a"))
    folder = pipeline.path.parent
    monkeypatch.chdir(folder)
    (folder / "dataops.toml").write_text("[env.dev]\nstore = 'dev'\n[env.prod]\nstore = 'prod'\n[env.stage]\n")
    for environment, source in (("dev", "x = 2"), ("prod", "x = 1")):
        own = replace(settings, store=str(folder / environment), environment=environment)
        deploy(save(cell(source, "node:a"), own=own), environment)

    def diff(*words: str) -> Result:
        return CliRunner().invoke(program, ["diff", "etl", *words])

    assert "-x = 1" in diff("prod", "dev").stdout
    assert "no version of etl is live in 'stage'" in find_error(diff("dev", "stage", "--store", "dev"))
    assert "did you mean 'prod'?" in find_error(diff("1", "prdo", "--env", "prod"))
    assert "has no version 7" in find_error(diff("1", "7", "--env", "prod"))


def find_error(result: Result) -> str:
    assert result.exit_code == 2, result.output
    return result.stderr


def test_parameters_of_the_environment_are_those_the_version_took_along(save: Save, settings: Settings) -> None:
    pipeline = save(cell("day = 1", "parameters"), cell("x = day", "node:a"))
    toml = pipeline.path.parent / "dataops.toml"
    toml.write_text("[parameters]\nday = 2\n[env.prod.parameters]\nday = 3\n")
    deploy(pipeline, "prod")
    toml.write_text("[parameters]\nday = 20\n[env.prod.parameters]\nday = 30\n")
    assert launch_version("etl", "prod", replace(settings, parameters={"day": 30})).parameters == {"day": 3}
    assert launch_version("etl", "prod", settings, Wishes({"day": 4})).parameters == {"day": 4}
    assert launch_version("etl@1", None, settings).parameters == {"day": 2}


def test_a_retry_keeps_to_the_version(save: Save, settings: Settings) -> None:
    deployed(save, "x = 1 / 0")
    run = launch_version("etl", "prod", settings).execute(progress=False)
    assert run.state is RunState.FAILED
    deployed(save, "x = 2")
    again = run.retry(progress=False)
    assert (again.state, deployment_of(again.record)) == (RunState.FAILED, deployment_of(run.record))
    assert again.environment == "prod"


@pytest.mark.parametrize("name", ["a b", "1st", "../etl", "", "x" * 101])
def test_a_name_is_one_that_a_shell_takes(save: Save, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        deployed(save, name=name)
    with pytest.raises(UsageError):
        deployed(save, environment=name)


def test_any_pipeline_has_a_name_to_be_deployed_under() -> None:
    for name in ("Flights, daily", "2026", "…", "ö" * 200, "a.b-c_d"):
        assert split_label(default_name(name)) == (default_name(name), None)
