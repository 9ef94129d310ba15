from __future__ import annotations

import papermill.cli
import pytest

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.parameters import check_parameters, parse_typed_value, read_parameters
from tests.support.notebooks import cell, notebook

DECLARATIONS = """\
month = 6  # int: month of the year
country: str = "de"  # two letters
sizes = [1,
         2]  # the sizes
rate = 0.5
since = None
limit: int | None = 10
"""


def declared(source: str = DECLARATIONS):
    return read_parameters(read_pipeline(notebook(cell(source, "parameters")), "p"))


def test_name_default_type_and_help_are_read_as_papermill_reads_them():
    month, country, sizes, rate, since, limit = declared()
    assert (month.name, month.default, month.type, month.help) == ("month", "6", "int", "month of the year")
    assert (country.type, country.help) == ("str", "two letters")
    assert (sizes.type, sizes.help) == ("list", "the sizes")
    assert rate.type == "float"
    assert since.type is None
    assert limit.type == "int | None"


def test_a_cell_that_is_not_python_declares_nothing():
    assert declared("x = = 1") == ()


@pytest.mark.parametrize(
    "given",
    [{"month": 7}, {"rate": 1}, {"rate": 1.5}, {"since": "2026"}, {"limit": None}, {"month": None}, {"sizes": (1, 2)}],
)
def test_values_that_fit_pass(given):
    check_parameters(declared(), given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mont": 1}, "did you mean 'month'"),
        ({"zzz": 1}, "the parameters are: month, country"),
        ({"month": "six"}, "'month' takes int, not str"),
        ({"month": True}, "'month' takes int, not bool"),
        ({"country": 49}, "-r country VALUE|`-r NAME VALUE`"),
        ({"limit": "a"}, "'limit' takes int"),
    ],
)
def test_values_that_do_not_fit_are_refused_with_the_cure(given, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters(declared(), given)


def test_without_a_parameters_cell_the_error_says_how_to_make_one():
    with pytest.raises(ParameterError, match="tag a cell `parameters`"):
        check_parameters((), {"x": 1})


@pytest.mark.parametrize(
    "text", ["1", "-1", "1.5", "1e3", "nan", "inf", "True", "False", "true", "None", "none", "", " 1 ", "1_000", "x y"]
)
def test_typed_values_are_what_papermill_makes_of_them(text):
    ours, theirs = parse_typed_value(text), papermill.cli._resolve_type(text)
    assert repr(ours) == repr(theirs)
