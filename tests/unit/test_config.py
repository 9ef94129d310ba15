from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.config import load_settings, merge
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
        merge(("arguments", {"store": "x"}, tmp_path))
