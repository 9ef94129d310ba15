"""One pipeline in two environments, by configuration alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.notebooks import cell
from tests.support.shell import Shell, open_shell

pytestmark = pytest.mark.kernel

FILE = """
project = "orders"
[parameters]
country = "us"
rows = 2

[secrets]
TOKEN = "file:dev.env#TOKEN"

[env.dev]
store = "dev"

[env.prod]
store = "prod"
artifacts = "prod-values"
jobs = 1

[env.prod.parameters]
country = "de"

[env.prod.secrets]
TOKEN = "file:prod.token"

[env.prod.retry]
retries = 1
"""
NOTEBOOK = (
    cell("country = 'fr'\nrows = 1\nlimit = 5", "parameters"),
    cell("import os", "setup"),
    cell(
        "from pathlib import Path\nmark = Path(f'mark-{country}')\nseen = mark.exists()\nmark.touch()\n"
        "assert seen, os.environ['TOKEN']",
        "node:flaky",
    ),
    cell("data = [country] * rows\nlength = len(os.environ['TOKEN'])", "node:load", "secret:TOKEN", "out:length"),
)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as shell:
        del shell.environment["DATAOPS_STORE"]
        shell.write(FILE, "dataops.toml")
        shell.write("TOKEN=of-development\n", "dev.env").chmod(0o600)
        shell.write("of-production-itself\n", "prod.token").chmod(0o600)
        shell.save(*NOTEBOOK)
        yield shell


def test_the_same_notebook_runs_in_two_environments_by_configuration_alone(shell: Shell) -> None:
    dev = shell.run("run", "etl.ipynb", "--env", "dev", exit_code=1)
    shell.environment["DATAOPS_ENV"] = "prod"
    prod = shell.run("run", "etl.ipynb", "-p", "rows", "3")

    assert (dev["environment"], dev["parameters"]) == ("dev", {"country": "us", "rows": 2})
    assert (prod["environment"], prod["parameters"]) == ("prod", {"country": "de", "rows": 3})
    attempts = [{node["node"]: node["attempt"] for node in run["nodes"]} for run in (dev, prod)]
    assert attempts == [{"flaky": 1, "load": 1}, {"flaky": 2, "load": 1}], "production retries by default"
    previews = [run["nodes"][1]["outputs"]["length"]["preview"] for run in (dev, prod)]
    assert previews == [str(len("of-development")), str(len("of-production-itself"))]
    assert (shell.folder / "dev" / "artifacts").is_dir()
    assert not (shell.folder / "prod" / "artifacts").exists()
    assert (shell.folder / "prod-values").is_dir()
    assert [run["run_id"] for run in shell.run("runs")["runs"]] == [prod["run_id"]]
    assert [run["environment"] for run in shell.run("runs", "--env", "dev")["runs"]] == ["dev"]
    assert "***" in shell.call("logs", "last", "--env", "dev").out + dev["nodes"][0]["error"]["evalue"]
    assert "environment: prod" in shell.call("show", "last").out


def test_a_detached_run_and_a_retry_have_the_settings_of_its_environment(shell: Shell) -> None:
    started = shell.run("run", "etl.ipynb", "--env", "prod", "--detach")["run_id"]
    shell.write("[env.prod]\nstore = 'elsewhere'\n", "dataops.toml")  # what the runner has was decided before
    shell.call("logs", started, "--follow", "--store", "prod")
    run = shell.run("show", started, "--store", "prod")
    assert (run["state"], run["environment"], run["parameters"]["country"]) == ("succeeded", "prod", "de")

    shell.write(FILE, "dataops.toml")
    again = shell.run("retry", started, "--store", "prod", "--node", "load")
    assert (again["state"], again["environment"]) == ("succeeded", "prod")
    refused = shell.call("retry", started, "--store", "prod", "--env", "dev", exit_code=2).err
    assert "was started in environment 'prod', not in 'dev'" in refused
    planned = shell.call("retry", started, "--store", "prod", "--env", "dev", "--dry-run", exit_code=2).err
    assert "was started in environment 'prod', not in 'dev'" in planned


def test_nodes_do_not_see_whom_the_runner_tells(shell: Shell) -> None:
    shell.write(
        'store = "s"\n[notifications.us]\nurls = ["json://hook/key"]\n[parameters]\ncontry = "de"\n', "dataops.toml"
    )
    shell.save(
        cell("country = 'fr'", "parameters"),
        cell("import os\nprint(*(name for name in os.environ if name.startswith('DATAOPS_')))", "node:a"),
    )
    called = shell.call("run", "etl.ipynb", "--detach")
    assert "'contry' is none of etl.ipynb: did you mean 'country'?" in called.err
    shell.call("logs", "last", "--follow")
    printed = shell.call("logs", "last", "a").out
    assert "DATAOPS_STORE" in printed
    assert "DATAOPS_NOTIFICATIONS" not in printed


def test_every_verb_that_looks_at_a_notebook_says_that_a_configured_parameter_looks_misspelt(shell: Shell) -> None:
    shell.write("[env.prod.parameters]\ncontry = 'fr'\n", "dataops.toml")
    shell.save(cell("country = 'de'", "parameters"), cell("print(country)", "node:load"))
    said = "warning: the configured parameter 'contry' is none of etl.ipynb: did you mean 'country'?"

    for words in (
        ("check", "etl.ipynb"),
        ("deploy", "etl.ipynb", "--dry-run"),
        ("deploy", "etl.ipynb"),
        ("run", "etl.ipynb", "--dry-run"),
    ):
        assert shell.call(*words, "--env", "prod").err.splitlines().count(said) == 1, words
    assert shell.run("deploy", "etl.ipynb", "--env", "prod")["is_live"]  # JSON stays on stdout, by itself
    assert said not in shell.call("check", "etl.ipynb").err


def test_what_is_configured_is_shown_with_where(shell: Shell) -> None:
    shown = shell.run("config", "etl.ipynb", "--env", "prod")
    settings = {one["key"]: one for one in shown["settings"]}

    assert (shown["environment"], shown["environments"]) == ("prod", ["dev", "prod"])
    assert shown["project"] == "orders"
    assert "\nproject: orders\n" in shell.call("config", "etl.ipynb").out
    assert settings["parameters.country"]["value"] == "de"
    assert settings["parameters.country"]["from"].endswith("dataops.toml, [env.prod.parameters]")
    assert settings["parameters.limit"]["from"] == "the parameters cell of etl.ipynb"
    assert settings["secrets.TOKEN"]["value"].endswith("prod.token")
    assert "of-production-itself" not in str(shown)
    assert "did you mean 'prod'?" in shell.call("config", "--env", "prdo", exit_code=2).err


def test_schedules_of_a_file_are_shown_and_then_brought_into_the_store_of_their_environment(shell: Shell) -> None:
    text = FILE + '[schedules.nightly]\nnotebook = "etl.ipynb"\ncron = "0 6 * * *"\nenv = "prod"\n'
    shell.write(text, "dataops.toml")
    planned = shell.run("schedule", "sync", "--env", "prod", "--dry-run")
    assert (planned["added"], planned["applied"]) == (["nightly"], False)
    assert shell.run("schedule", "sync", "--yes")["elsewhere"] == {"nightly": "prod"}

    called = shell.call("schedule", "sync", "--env", "prod", "--yes")
    assert called.out.startswith("+ nightly: cron 0 6 * * * tz=UTC, ")
    assert shell.run("schedule", "sync", "--env", "prod", "--yes")["same"] == ["nightly"]

    shell.write(text.replace("0 6", "30 6"), "dataops.toml")
    shown = shell.call("schedule", "sync", "--env", "prod", "--dry-run").out
    assert "trigger: cron 0 6 * * * tz=UTC -> cron 30 6 * * * tz=UTC" in shown
    shell.write(FILE, "dataops.toml")
    pruned = shell.run("schedule", "sync", "--env", "prod", "--yes", "--prune")
    assert (pruned["removed"], pruned["pruned"]) == (["nightly"], True)
    assert "--yes or --dry-run" in shell.call("schedule", "sync", "--json", exit_code=2).err


def test_nothing_is_applied_without_an_answer(shell: Shell) -> None:
    shell.write(FILE + '[schedules.nightly]\nnotebook = "etl.ipynb"\nevery = "1h"\n', "dataops.toml")
    refused = shell.call("schedule", "sync", exit_code=130)  # nobody is there to answer
    assert "Apply?" in refused.out + refused.err
    assert shell.run("schedule", "sync", "--dry-run")["added"] == ["nightly"]


def test_artifacts_may_lie_behind_a_url_for_every_process_of_a_run(shell: Shell) -> None:
    address = f"dir::file://{shell.folder}/far"  # an fsspec URL that is no local path to us
    shell.write(f"store = 's'\nartifacts = '{address}'\n", "dataops.toml")
    shell.save(cell("x = [1, 2]", "node:a"), cell("y = sum(x)", "node:b", "out:y"))
    run = shell.run("run", "etl.ipynb")
    assert run["state"] == "succeeded"
    assert list((shell.folder / "far").rglob(run["nodes"][1]["outputs"]["y"]["digest"].rpartition(":")[2]))

    shell.write("store = 's'\n", "dataops.toml")  # a run's values are where they were put
    again = shell.run("retry", "last", "--node", "b")
    assert [node["state"] for node in again["nodes"]] == ["reused", "succeeded"]
    assert not (shell.folder / "s" / "artifacts").exists()

    shell.write("store = 's'\nartifacts = 'nosuch://bucket'\n", "dataops.toml")
    assert "nothing here can go to the artifact store" in shell.call("run", "etl.ipynb", exit_code=3).err
