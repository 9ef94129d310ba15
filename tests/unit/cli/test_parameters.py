from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from papermill.iorw import read_yaml_file

from jupyter_dataops.cli.parameters import collect_parameters, parse_yaml
from jupyter_dataops.errors import ParameterError


def test_a_yaml_file_means_what_it_means_to_papermill(tmp_path: Path) -> None:
    text = "a: 1\nday: 2026-01-01\nlist: [1, x]\nnone:\nnested: {b: true}\n"
    path = tmp_path / "parameters.yaml"
    path.write_text(text)
    assert parse_yaml(text, "here") == read_yaml_file(str(path))


def test_other_yaml_loaders_still_read_dates() -> None:
    import yaml

    parse_yaml("a: 2026-01-01", "here")
    assert yaml.safe_load("2026-01-01") == date(2026, 1, 1)


@pytest.mark.parametrize("text", ["a: [", "- 1", "just text", "!!python/object:os.system {}"])
def test_yaml_that_is_no_mapping_is_an_error_that_says_where(text: str) -> None:
    with pytest.raises(ParameterError, match=r"\(params.yaml\)"):
        parse_yaml(text, "params.yaml")


def test_an_empty_yaml_text_gives_no_parameters() -> None:
    assert parse_yaml("", "here") == {}


def test_raw_wins_over_parsed_over_yaml_over_file(tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    path.write_text('{"a": 1, "b": 1, "c": 1, "d": 1}')
    given = collect_parameters(
        {
            "parameters_file": [str(path)],
            "parameters_yaml": ["{b: 2, c: 2, d: 2}"],
            "parameters": [("c", "3"), ("d", "3")],
            "parameters_raw": [("d", "4")],
        }
    )
    assert given == {"a": 1, "b": 2, "c": 3, "d": "4"}
