from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline, Run, open_run
from jupyter_dataops.api.environments import settings_of
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import ConfigError, EnvironmentRefused, ParameterError, UsageError
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]
CELLS = (cell("country = 'us'\ndays: int = 3", "parameters"), cell("x = country * days", "node:a", "out:x"))


def configured(pipeline: Pipeline, **settings: Any) -> Pipeline:
    return Pipeline(pipeline.path, settings=replace(pipeline.settings, **settings))


def test_configured_parameters_lie_between_the_notebook_and_what_is_given(save: Save) -> None:
    pipeline = configured(save(*CELLS), parameters={"country": "de"})
    assert pipeline.run(progress=False).load("a", "x") == "dedede"
    assert pipeline.run({"country": "fr"}, progress=False).load("a", "x") == "frfrfr"
    assert pipeline.run(progress=False).parameters == {"country": "de"}


def test_parameters_of_other_notebooks_are_left_to_them(save: Save) -> None:
    pipeline = configured(save(*CELLS), parameters={"month": 3})
    assert pipeline.create_run().parameters == {}


def test_a_configured_parameter_of_the_wrong_type_is_refused_before_anything_is_stored(save: Save) -> None:
    pipeline = configured(save(*CELLS), parameters={"days": "many"}, environment="prod")
    for ask in (pipeline.plan, pipeline.create_run, lambda: pipeline.create_run({"days": 1})):
        with pytest.raises(ParameterError, match="'days' takes int, not str") as refused:
            ask()
        assert "environment 'prod'" in str(refused.value)
        assert "jupyter dataops config" in str(refused.value)
    assert pipeline.runs() == []


@pytest.fixture
def fails_once(tmp_path: Path) -> dict[str, Any]:
    mark = f"Path({str(tmp_path / 'mark')!r})"
    code = f"from pathlib import Path\nfirst = not {mark}.exists()\n{mark}.touch()\nassert not first"
    return cell(code, "node:a")


def test_a_node_that_does_not_say_is_retried_as_configured(save: Save, fails_once: dict[str, Any]) -> None:
    pipeline = configured(save(fails_once), retry={"retries": "1", "retry_on": ("AssertionError",)})
    run = pipeline.run(progress=False)
    assert run.state is RunState.SUCCEEDED
    assert run["a"].record.attempt == 2


def test_what_the_notebook_says_about_retries_counts(save: Save) -> None:
    tagged = cell("1 / 0", "node:a", "retries:0")
    run = configured(save(tagged), retry={"retries": "2"}).run(progress=False)
    assert run["a"].record.attempt == 1


def test_the_executing_side_has_the_defaults_of_when_the_run_was_made(save: Save, fails_once: dict[str, Any]) -> None:
    made = configured(save(fails_once), retry={"retries": "1"}).create_run()
    run = open_run(made.run_id, replace(made.settings, retry={})).execute(progress=False)
    assert run["a"].record.attempt == 2


def test_retries_change_neither_reasons_nor_fingerprints(save: Save) -> None:
    plain = save(*CELLS)
    patient = configured(plain, retry={"retries": "5"})
    assert plain.plan().decisions == patient.plan().decisions
    plain.run(progress=False)
    assert patient.run(changed=True, progress=False)["a"].state is NodeState.REUSED


def in_environment(tmp_path: Path, pipeline: Pipeline, name: str) -> Pipeline:
    (tmp_path / "dataops.toml").write_text("[env.prod]\njobs = 1\n[env.prod.pools]\ngpu = 2\n[env.dev]\n")
    return configured(pipeline, environment=name)


def test_a_run_remembers_its_environment_and_is_retried_in_it(save: Save, tmp_path: Path) -> None:
    run = in_environment(tmp_path, save(cell("1 / 0", "node:a")), "prod").run(progress=False)
    assert (run.environment, run.to_json()["environment"]) == ("prod", "prod")

    again = open_run(run.run_id, replace(run.settings, environment="", pools={}))
    assert settings_of(again.record, again.settings).pools == {"gpu": 2}
    assert again.create_retry().environment == "prod"


@pytest.mark.parametrize(("own", "chosen", "hint"), [("prod", "dev", "--env prod"), ("", "dev", "unset DATAOPS_ENV")])
def test_a_run_is_not_gone_on_with_in_another_environment(
    save: Save, tmp_path: Path, own: str, chosen: str, hint: str
) -> None:
    run = in_environment(tmp_path, save(cell("1 / 0", "node:a")), own).create_run()
    other = Run(run.record, replace(run.settings, environment=chosen))
    for go_on in (lambda: other.execute(progress=False), other.create_retry):
        with pytest.raises(UsageError, match=f"not in '{chosen}'") as refused:
            go_on()
        assert hint in str(refused.value)
    assert other.refresh().state is RunState.QUEUED


def test_an_environment_that_is_gone_is_said(save: Save, tmp_path: Path) -> None:
    run = in_environment(tmp_path, save(cell("1 / 0", "node:a")), "prod").run(progress=False)
    (tmp_path / "dataops.toml").write_text("[env.production]\n")
    with pytest.raises(ConfigError, match="no environment 'prod'"):
        open_run(run.run_id, replace(run.settings, environment="")).create_retry()


def test_a_selection_takes_results_of_its_own_environment_alone(save: Save, tmp_path: Path) -> None:
    cells = cell("x = 1", "node:a"), cell("y = x + 1", "node:b")
    dev, prod = (in_environment(tmp_path, save(*cells), name) for name in ("dev", "prod"))
    prod.run(progress=False)
    with pytest.raises(UsageError, match="a"):
        dev.plan(select="b")
    assert prod.plan(select="b").decisions


def test_artifacts_lie_where_they_are_configured_and_are_found_there_later(save: Save, tmp_path: Path) -> None:
    pipeline = configured(save(*CELLS), artifacts=str(tmp_path / "values"))
    run = pipeline.run(progress=False)
    assert (tmp_path / "values").is_dir()
    assert not (Path(run.settings.store) / "artifacts").exists()

    again = open_run(run.run_id, replace(run.settings, artifacts=None))
    assert again.load("a", "x") == "ususus"
    assert again.create_retry().record.options["artifacts"] == str(tmp_path / "values")


def test_a_place_that_nothing_here_can_go_to_is_refused_before_anything_is_stored(save: Save) -> None:
    pipeline = configured(save(*CELLS), artifacts="nosuch://bucket/x")
    with pytest.raises(EnvironmentRefused, match="nosuch"):
        pipeline.create_run()
    assert pipeline.runs() == []


def test_a_run_of_an_earlier_version_goes_on_as_it_is_asked(save: Save) -> None:
    run = save(*CELLS).create_run()
    old = replace(run.record, options={key: one for key, one in run.record.options.items() if key != "environment"})
    settings = Settings(store="/s", jobs=1, environment="prod")
    assert settings_of(old, settings) is settings
