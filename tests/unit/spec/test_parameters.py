from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.cli import _resolve_type

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.parameters import check_parameters, parse_value, read_parameters
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


TEXTS = [
    "True",
    "False",
    "None",
    "true",
    "",
    "0",
    "-1",
    "007",
    "1_000",
    "0x10",
    " 5 ",
    "1.5",
    "1e3",
    ".5",
    "nan",
    "inf",
]


def same(ours: object, theirs: object) -> bool:
    return type(ours) is type(theirs) and repr(ours) == repr(theirs)


@pytest.mark.parametrize("text", [*TEXTS, "٣", "2026-01-01", "[1]", "None ", "1e999"])
def test_a_value_means_what_it_means_to_papermill(text: str) -> None:
    assert same(parse_value(text), _resolve_type(text))


@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_any_value_means_what_it_means_to_papermill(text: str) -> None:
    assert same(parse_value(text), _resolve_type(text))
