from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.secret_values import read_secrets, require_no_secret
from jupyter_dataops.errors import ConfigError, EnvironmentRefused, InvalidPipeline, ParameterError
from tests.support.notebooks import cell, notebook, text

SECRET = "hunter2lake"


def analysed(*cells: dict[str, Any], **metadata: Any) -> AnalysedNotebook:
    return analyse_text(json.dumps(notebook(*cells, **metadata)), "etl.ipynb", "etl")


def with_output(made: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    return {**made, "outputs": [output]}


def test_the_values_of_all_declared_secrets_are_read():
    one = analysed(cell("x = 1", "node:a", "secret:TOKEN"), cell("y = 1", "node:b", "secret:TOKEN", "secret:KEY"))
    other = analysed(cell("z = 1", "node:c", "secret:OTHER"))
    environ = {"TOKEN": "aaaa", "KEY": "bbbb", "OTHER": "cccc", "PATH": "/bin"}
    assert read_secrets([one, other], environ) == {"KEY": "bbbb", "OTHER": "cccc", "TOKEN": "aaaa"}


def test_the_environment_of_the_process_is_where_they_are(monkeypatch):
    monkeypatch.setenv("TOKEN", SECRET)
    assert read_secrets([analysed(cell("x = 1", "node:a", "secret:TOKEN"))]) == {"TOKEN": SECRET}


@pytest.mark.parametrize("environ", [{}, {"TOKEN": ""}])
def test_a_secret_that_is_not_set_is_refused_and_its_first_user_named(environ):
    made = analysed(cell("x = 1", "node:a", "secret:TOKEN"), cell("y = 1", "node:b", "secret:TOKEN"))
    with pytest.raises(EnvironmentRefused, match="'TOKEN', which node 'a' uses, is not set") as refused:
        read_secrets([made], environ)
    assert "set TOKEN where the run is started" in refused.value.hint


def test_a_secret_that_is_too_short_is_refused():
    with pytest.raises(ConfigError, match="'PIN' has fewer than 4"):
        read_secrets([analysed(cell("x = 1", "node:a", "secret:PIN"))], {"PIN": "123"})


def test_without_secrets_anything_goes():
    require_no_secret({}, {"etl.ipynb": analysed(cell(SECRET, "node:a"))}, {"x": SECRET})


def test_a_notebook_that_reads_its_secret_from_the_environment_passes():
    made = analysed(cell("import os", "setup"), cell("token = os.environ['TOKEN']", "node:a", "secret:TOKEN"))
    require_no_secret({"TOKEN": SECRET}, {"etl.ipynb": made}, {"x": 1, "y": [None, "hunter"]})


@pytest.mark.parametrize("value", [SECRET, f"https://me:{SECRET}@host", ["a", SECRET], {"auth": {SECRET: 1}}])
def test_a_parameter_that_holds_a_secret_is_refused_by_name(value):
    with pytest.raises(ParameterError, match="parameter 'x' holds the value of the secret 'TOKEN'") as refused:
        require_no_secret({"TOKEN": SECRET}, {"etl.ipynb": analysed(cell("x = 1", "node:a"))}, {"y": 1, "x": value})
    assert SECRET not in str(refused.value)


def test_a_number_that_is_the_secret_is_refused():
    with pytest.raises(ParameterError):
        require_no_secret({"PIN": "123456"}, {}, {"x": 123456})


PLACES = {
    "cell 2": [text("# Title"), cell(f"token = '{SECRET}'", "node:a")],
    "cell 1": [text(f"The token is {SECRET}"), cell("x = 1", "node:a")],
    "the output of cell 1": [
        with_output(
            cell("x = 1", "node:a"), {"output_type": "stream", "name": "stdout", "text": ["a\n", f"{SECRET}\n"]}
        )
    ],
    "the output of cell 2": [
        text("# Title"),
        with_output(
            cell("x = 1", "node:a"),
            {
                "output_type": "display_data",
                "data": {"text/html": base64.b64encode(b"u:" + SECRET.encode()).decode()},
                "metadata": {},
            },
        ),
    ],
    "the metadata of cell 1": [{**cell("x = 1", "node:a"), "metadata": {"tags": ["node:a"], "note": [SECRET, 1]}}],
}


@pytest.mark.parametrize(("place", "cells"), PLACES.items(), ids=PLACES)
def test_a_notebook_that_holds_a_secret_is_refused_and_the_place_named(place, cells):
    with pytest.raises(InvalidPipeline) as refused:
        require_no_secret({"TOKEN": SECRET}, {"etl.ipynb": analysed(*cells)}, {})
    assert refused.value.message.startswith(f"{place} holds the value of the secret 'TOKEN'")
    assert refused.value.where == "etl.ipynb"
    assert SECRET not in str(refused.value)


def test_the_notebooks_own_metadata_counts():
    with pytest.raises(InvalidPipeline, match="the notebook's metadata"):
        require_no_secret({"TOKEN": SECRET}, {"x": analysed(cell("x = 1", "node:a"), note=SECRET)}, {})


def test_a_secret_of_several_lines_is_found_in_a_cell_of_several_lines():
    made = notebook(cell("x = 1", "node:a"))
    made["cells"][0]["source"] = ["key = '''abc\n", "def\n", "ghi'''"]
    found = analyse_text(json.dumps(made), "etl.ipynb", "etl")
    with pytest.raises(InvalidPipeline, match="cell 1"):
        require_no_secret({"KEY": "abc\ndef\nghi"}, {"etl.ipynb": found}, {})
