from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.config import Notification, OriginKind, environment_of, load_configuration, load_settings
from jupyter_dataops.config.explained import explain, with_parameters
from jupyter_dataops.config.rows import ROWS
from jupyter_dataops.config.settings import Settings
from jupyter_dataops.errors import ConfigError

FILE = """
jobs = 3
artifacts = "values"
[parameters]
country = "de"
day = 2026-01-31
[retry]
retries = 2
retry_on = ["OSError"]
[secrets]
TOKEN = "file:secrets.env#GH"
[notifications.team]
urls = ["slack://one/two/three", "env:SLACK_URL"]
[env.dev]
[env.prod]
store = "prod-store"
policy = ["owner", "rules.prod:no_drafts"]
[env.prod.parameters]
country = "fr"
[env.prod.retry]
retry_delay = "60s"
"""


def of(folder: Path, environ: dict[str, str] | None = None, **arguments):
    return load_configuration(folder, {"JUPYTER_DATA_DIR": str(folder / "data"), **(environ or {})}, **arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dataops.toml").write_text(FILE)
    return tmp_path


def refusal(folder: Path, environ: dict[str, str] | None = None, **arguments) -> str:
    with pytest.raises(ConfigError) as refused:
        of(folder, environ, **arguments)
    return str(refused.value)


def test_without_an_environment_the_top_of_the_file_counts(folder):
    found = of(folder).settings
    assert (found.environment, found.jobs, found.parameters) == ("", 3, {"country": "de", "day": "2026-01-31"})


def test_an_environment_adds_to_tables_and_replaces_single_values(folder):
    found = of(folder, environment="prod").settings
    assert found.store == str(folder / "prod-store")
    assert found.jobs == 3
    assert found.parameters == {"country": "fr", "day": "2026-01-31"}
    assert found.retry == {"retries": "2", "retry_on": ("OSError",), "retry_delay": "1m"}
    assert found.policy == ("owner", "rules.prod:no_drafts")
    assert found.artifacts == str(folder / "values")


def test_dataops_env_chooses_and_an_argument_wins(folder):
    assert of(folder, {"DATAOPS_ENV": "prod"}).settings.environment == "prod"
    assert of(folder, {"DATAOPS_ENV": "prod"}, environment="dev").settings.environment == "dev"
    assert of(folder, {"DATAOPS_ENV": "prod"}, environment="").settings.environment == ""
    assert str(of(folder, {"DATAOPS_ENV": "prod"}).chosen_by) == "environment variable DATAOPS_ENV"


def test_every_value_knows_where_it_comes_from(folder):
    found = of(folder, {"DATAOPS_JOBS": "5"}, environment="prod", actor="ada")
    at = {one.key: one.origin for one in explain(found.layered, found.settings)}
    path = folder / "dataops.toml"
    assert at["store"] == f"{path}, [env.prod]"
    assert at["parameters.country"] == f"{path}, [env.prod.parameters]"
    assert at["parameters.day"] == f"{path}, [parameters]"
    assert at["artifacts"] == str(path)
    assert at["jobs"] == "environment variable DATAOPS_JOBS"
    assert at["actor"] == "argument"
    assert at["lease_s"] == at["pools"] == "default"


def test_in_a_project_file_tables_have_their_full_names(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.dataops.env.prod]\njobs = 7\n")
    found = of(tmp_path, environment="prod")
    assert found.settings.jobs == 7
    assert found.layered.entries["jobs",].origin.table == "tool.dataops.env.prod"
    assert found.layered.entries["jobs",].origin.kind is OriginKind.FILE


@pytest.mark.parametrize(("name", "says"), [("prdo", "did you mean 'prod'?"), ("x", "the environments are: dev, prod")])
def test_an_unknown_environment_is_refused_with_those_that_there_are(folder, name, says):
    told = refusal(folder, environment=name)
    assert f"there is no environment '{name}'" in told
    assert says in told
    assert "dataops.toml" in told


@pytest.mark.parametrize(
    ("name", "text"), [("dataops.toml", 'project = "sales"'), ("pyproject.toml", '[tool.dataops]\nproject = "sales"')]
)
def test_a_project_has_a_name_which_is_no_setting(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = of(tmp_path)
    assert found.document is not None
    assert found.document.project == "sales"
    assert "project" not in {one.key for one in explain(found.layered, found.settings)}
    assert of(tmp_path / "nowhere", {"DATAOPS_CONFIG": "none"}).document is None


def test_an_environment_needs_a_file(tmp_path):
    told = refusal(tmp_path, {"DATAOPS_ENV": "prod"})
    assert "no dataops.toml" in told
    assert "[env.prod]" in told
    (tmp_path / "dataops.toml").write_text("jobs = 1")
    assert "write a table [env.prod] there" in refusal(tmp_path, {"DATAOPS_ENV": "prod"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[env.prod]\njob = 3", ("unknown setting 'job'", "[env.prod]", "did you mean 'jobs'?")),
        ("[env.prod]\njobs = 0", ("'jobs' must be at least 1; it is 0", "[env.prod]")),
        ("[enf.prod]\njobs = 1", ("unknown setting 'enf'", "did you mean 'env'?")),
        ('env = "prod"', ("'env' must be a table of tables", "DATAOPS_ENV")),
        ("[env]\njobs = 1", ("[env] has 'jobs', which must be a table", "[env.NAME]")),
        ('[env."my prod"]', ("'my prod', which is no name",)),
        ("[env.prod.schedules.x]", ("'schedules' cannot stand in an environment", "env = 'prod'")),
        ("[env.prod.env.x]", ("'env' cannot stand in an environment",)),
        ('[env.prod]\nproject = "sales"', ("'project' cannot stand in an environment", "write it at the top")),
        ('project = "our sales"', ("'project' must be a name", "it is 'our sales'")),
        ("[project]", ("'project' must be a name", "it is {}")),
        ('projct = "sales"', ("did you mean 'project'?",)),
        ("schedules = 1", ("'schedules' must be a table of tables",)),
        ("[retry]\nretires = 2", ("'retires'", "did you mean 'retries'?", "[retry]")),
        ("[retry]\nretries = -1", ("gives 'retries' the value -1", "whole number")),
        ("[retry]\nretries = true", ("the value True",)),
        ("[retry]\nretry_delay = 'soon'", ("a duration",)),
        ("[retry]\ntimeout = '1m'", ("has no 'timeout'",)),
        ("retry = 3", ("table of retry tags",)),
        ('[parameters]\n"my country" = 1', ("'my country', which no cell can assign",)),
        ("parameters = 1", ("table of values",)),
        ('executor = "dask"', ('must be "local"', "it is 'dask'")),
        ('artifacts = "memory://x"', ("processes of their own",)),
        ('artifacts = "s3://"', ("name a place",)),
        ('artifacts = "ftp://ada:secret@host/x"', ("no user or password",)),
        ("artifacts = 1", ("a folder, or a URL",)),
        ("policy = [1]", ("module:callable",)),
        ('policy = "a b"', ("module:callable",)),
        ('policy = ["ownr"]', ("unknown rule 'ownr'", "did you mean 'owner'?")),
        ('policy = ["max_retries=many"]', ("'many' for the rule 'max_retries', which takes a number",)),
        ('policy = ["owner=ana"]', ("which takes none",)),
        ('policy = ["m:1"]', ("unknown rule 'm:1'",)),
        ('[notifications.team]\nurls = ["x"]', ("apprise URLs",)),
        ('[notifications.team]\nurl = ["x"]', ("'url' in 'team'", "did you mean 'urls'?")),
        ('[notifications]\nteam = "x"', ("[notifications.team]",)),
        ('[notifications.team]\nurls = "a://b"\nevents = ["fail"]', ("event 'fail'", "did you mean 'failed'?")),
        ('[notifications.team]\nurls = "a://b"\nevents = []', ("must be of failed, crashed, succeeded",)),
        ('[notifications."a b"]\nurls = "a://b"', ("'a b'",)),
        ('[notifications.team]\nurls = "a://b"\nevents = ["late"]', ("no late_after",)),
        ('[notifications.team]\nurls = "a://b"\nlate_after = "soon"', ("late_after is 'soon'", '"2h"')),
        ('[notifications.team]\nurls = "a://b"\nlate_after = 0', ("late_after is 0",)),
        ('[notifications.team]\nurls = "a://b"\nlink = "hub"', ("link must be a URL",)),
        ("secrets = 1", ("table of places",)),
        ('[secrets]\n"a b" = "env:X"', ("'a b', which no environment variable can be called",)),
        ('[secrets]\nA = "env:"', ('as in "env:API_TOKEN"',)),
        ('[secrets]\nA = "file:"', ("must name a file",)),
        ('[secrets]\nA = "keyring:github"', ("a service and a name",)),
    ],
)
def test_what_is_wrong_is_said_with_file_table_and_cure(tmp_path, text, says):
    (tmp_path / "dataops.toml").write_text(text)
    told = refusal(tmp_path)
    assert [word for word in (*says, "dataops.toml", "-> ") if word not in told] == []


def test_a_secret_in_the_place_of_its_source_is_not_repeated(tmp_path):
    for text in ('[secrets]\nTOKEN = "hunter2lake"', 'secrets = "hunter2lake"'):
        (tmp_path / "dataops.toml").write_text(text)
        assert "hunter2lake" not in refusal(tmp_path)


def test_urls_of_notifications_are_not_shown(folder):
    found = of(folder)
    shown = {one.key: one.value for one in explain(found.layered, found.settings)}
    assert shown["notifications.team"]["urls"] == ["slack://***", "env:SLACK_URL"]
    assert "three" not in repr(found.settings)
    assert shown["secrets.TOKEN"] == f"file:{folder}/secrets.env#GH"


def test_another_process_gets_exactly_these_settings_whatever_it_finds(folder, tmp_path_factory):
    for environment in ("", "prod"):
        settings = of(folder, environment=environment).settings
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (elsewhere / "dataops.toml").write_text("jobs = 9\n[pools]\ngpu = 4\n[parameters]\nother = 1\n")
        assert load_settings(elsewhere, environment_of(settings)) == settings
        assert load_settings(elsewhere, environment_of(settings), store="/s").store == "/s"


def test_every_setting_can_be_given_by_a_variable_and_comes_back(tmp_path):
    full = Settings(
        store="/s", jobs=2, max_active_runs=3, lease_s=1.5, pools={"gpu": 2}, fork=False, no_preload=("a", "b"), actor="ada",
        artifacts="/a", executor="local", retry={"retries": "2", "retry_on": ("OSError",)},
        parameters={"x": [1, None, {"a": "ü"}]}, policy=("owner", "m:c", "kernels=python3|ir"), environment="e",
        secrets=of_secrets(), notifications={"n": Notification(("a://b",), ("late",), 5400.0, "https://h/{run_id}")},
    )  # fmt: skip
    default = Settings(store="/x", jobs=1)
    assert [key for key in ROWS if key != "executor" and getattr(full, key) == getattr(default, key)] == []
    assert set(ROWS) | {"environment"} == set(Settings.__struct_fields__)
    assert load_settings(tmp_path, environment_of(full)) == full


def of_secrets():
    from jupyter_dataops.config import SecretSource, SourceKind

    return {"T": SecretSource(SourceKind.KEYRING, "a/b", "c"), "U": SecretSource(SourceKind.ENV, "V")}


def test_a_variable_gives_a_whole_table(folder):
    assert of(folder, {"DATAOPS_PARAMETERS": '{"day": "today"}'}).settings.parameters == {"day": "today"}
    assert of(folder, {"DATAOPS_RETRY": "{}"}).settings.retry == {}
    assert "table of values" in refusal(folder, {"DATAOPS_PARAMETERS": "country=de"})


def test_a_file_can_be_said_or_none(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert of(elsewhere, {"DATAOPS_CONFIG": str(folder / "dataops.toml")}).settings.jobs == 3
    assert of(folder, {"DATAOPS_CONFIG": "none", "DATAOPS_JOBS": "1"}).document is None
    assert "no such file" in refusal(folder, {"DATAOPS_CONFIG": str(folder / "other.toml")})


def test_parameters_of_a_notebook_are_told_from_those_of_others(folder):
    found = of(folder)
    explained = list(
        with_parameters(explain(found.layered, found.settings), {"country": "'us'", "days": "3"}, "etl.ipynb")
    )
    told = {one.key: (one.value, one.origin.partition(", ")[2] or one.origin, one.note) for one in explained}
    assert told["parameters.country"] == ("de", "[parameters]", "")
    assert told["parameters.days"] == ("3", "the parameters cell of etl.ipynb", "")
    assert told["parameters.day"][2] == "no parameter of etl.ipynb: did you mean 'days'?"
