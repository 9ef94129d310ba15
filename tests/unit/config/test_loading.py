from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

import pytest

from jupyter_dataops.config import Layer, Origin, OriginKind, load_settings, merge
from jupyter_dataops.config.document import Document
from jupyter_dataops.config.loading import find_document, require_notebooks
from jupyter_dataops.errors import ConfigError


def settings(folder: Path, environ: dict[str, str] | None = None, **arguments):
    return load_settings(folder, {"JUPYTER_DATA_DIR": str(folder / "data"), **(environ or {})}, **arguments)


def test_the_store_lies_in_jupyters_data_folder_by_default(tmp_path):
    assert settings(tmp_path).store == str(tmp_path / "data" / "dataops")


def test_arguments_win_over_environment_over_file_over_defaults(tmp_path):
    (tmp_path / "dataops.toml").write_text('jobs = 3\nstore = "from-file"\n')
    below = tmp_path / "notebooks"
    below.mkdir()
    assert settings(below).jobs == 3
    assert settings(below).store == str(tmp_path / "from-file"), "relative to the file that says it"
    assert settings(below, {"DATAOPS_JOBS": "4"}).jobs == 4
    assert settings(below, {"DATAOPS_JOBS": "4"}, jobs=5).jobs == 5


def test_an_absent_argument_changes_nothing(tmp_path):
    assert settings(tmp_path, jobs=None).jobs >= 1


def test_pyproject_may_hold_the_settings(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.dataops]\njobs = 7\n")
    assert settings(tmp_path).jobs == 7


def test_a_pyproject_without_our_table_is_passed_over(tmp_path):
    (tmp_path / "dataops.toml").write_text("jobs = 3\n")
    below = tmp_path / "project"
    below.mkdir()
    (below / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings(below).jobs == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("job = 3", "did you mean 'jobs'"),
        ("jobs = 0", "at least 1"),
        ('jobs = "many"', "whole number"),
        ('store = "s3://bucket"', "folder"),
        ("store = 1", "folder"),
        ("jobs =", "not valid TOML"),
        ("lease_s = 0", "above 0"),
        ('fork = "perhaps"', "on or off, or true or false"),
        ("no_preload = [1]", "names of top-level modules"),
        ('no_preload = "a.b"', "names of top-level modules"),
        ("lease_s = inf", "above 0"),
        ('lease_s = "soon"', "number of seconds"),
        ("actor = 7", "must be a name"),
        ('actor = "  "', "must be a name"),
        ('actor = "ada\\nrun deleted"', "on one line"),
        ("pools = 3", "table of sizes"),
        ("[pools]\ngpu = 0", "pool 'gpu' the size 0"),
        ("[pools]\ngpu = 1.5", "pool 'gpu' the size 1.5"),
        ("[pools]\ngpu = true", "pool 'gpu' the size True"),
        ('[pools]\n"big gpu" = 1', "a pool 'big gpu', which no tag can name"),
    ],
)
def test_a_bad_file_is_refused_by_name_with_what_to_do(tmp_path, text, message):
    (tmp_path / "dataops.toml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path)
    assert message in str(refused.value)
    assert "dataops.toml" in str(refused.value)


def test_a_bad_environment_variable_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="environment variable"):
        settings(tmp_path, {"DATAOPS_JOBS": "-1"})


def test_a_setting_without_any_value_is_named(tmp_path):
    with pytest.raises(ConfigError, match="jobs"):
        merge([Layer(Origin(OriginKind.ARGUMENT), {"store": "x"}, tmp_path)])


def test_the_lease_is_half_a_minute_unless_said_otherwise(tmp_path):
    assert settings(tmp_path).lease_s == 30
    (tmp_path / "dataops.toml").write_text("lease_s = 5")
    assert settings(tmp_path).lease_s == 5
    assert settings(tmp_path, {"DATAOPS_LEASE_S": "0.5"}).lease_s == 0.5


def test_pools_have_the_sizes_that_the_file_gives(tmp_path):
    assert settings(tmp_path).pools == {}
    (tmp_path / "dataops.toml").write_text("jobs = 2\n[pools]\ngpu = 2\ndatabase = 4\n")
    assert settings(tmp_path).pools == {"gpu": 2, "database": 4}
    assert settings(tmp_path, {"DATAOPS_POOLS": "gpu=1, tape = 3,"}).pools == {"gpu": 1, "tape": 3}


@pytest.mark.parametrize(("text", "message"), [("gpu", "size ''"), ("gpu=two", "size 'two'"), ("=2", "a pool ''")])
def test_pools_in_the_environment_that_cannot_be_read_are_refused(tmp_path, text, message):
    with pytest.raises(ConfigError, match="environment variable") as refused:
        settings(tmp_path, {"DATAOPS_POOLS": text})
    assert message in str(refused.value)


def test_the_actor_is_the_user_on_this_host_unless_said_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    assert settings(tmp_path).actor == f"ada@{socket.gethostname()}"
    assert settings(tmp_path, {"DATAOPS_ACTOR": " nightly schedule "}).actor == "nightly schedule"


def test_a_user_without_a_name_is_its_number(tmp_path, monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert settings(tmp_path).actor.startswith(f"user-{os.getuid()}@")


def test_kernels_are_forked_unless_a_setting_says_no(tmp_path: Path) -> None:
    assert settings(tmp_path).fork is True
    assert settings(tmp_path, {"DATAOPS_FORK": "off"}).fork is False
    (tmp_path / "dataops.toml").write_text('fork = false\nno_preload = ["tensorflow"]\n')
    assert (settings(tmp_path).fork, settings(tmp_path).no_preload) == (False, ("tensorflow",))
    assert settings(tmp_path, {"DATAOPS_NO_PRELOAD": "a, b"}).no_preload == ("a", "b")


def scheduled(folder: Path, notebook: str) -> Document:
    (folder / "dataops.toml").write_text(f'[schedules.nightly]\nnotebook = "{notebook}"\ncron = "0 6 * * *"\n')
    document = find_document(folder)
    assert document is not None
    return document


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("slaes.ipynb", "did you mean 'sales.ipynb'?"),
        ("etl/laod.ipynb", "did you mean 'etl/load.ipynb'?"),
        ("elt/sales.ipynb", "did you mean 'sales.ipynb'?"),
        ("x.ipynb", "relative to the folder of that file"),
    ],
)
def test_a_schedule_whose_notebook_is_misspelt_is_refused_and_what_may_be_meant_is_said(tmp_path, written, hint):
    for name in ("sales.ipynb", "etl/load.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=f"schedule 'nightly' is about the notebook '{written}'") as refused:
        require_notebooks(scheduled(tmp_path, written))
    assert refused.value.where == f"{tmp_path / 'dataops.toml'}, [schedules.nightly]"
    assert hint in refused.value.hint


def test_a_schedule_whose_notebook_is_there_is_not(tmp_path):
    (tmp_path / "sales.ipynb").touch()
    require_notebooks(scheduled(tmp_path, "sales.ipynb"))
    require_notebooks(scheduled(tmp_path, str(tmp_path / "sales.ipynb")))
