import re

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.lint import check_pipeline
from jupyter_dataops.lint.rules import RULES
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def open_notebook(path):
    cells = cell("day = 0", "parameters"), cell("x = 1", "node:a")
    return read_pipeline(notebook(*cells), path) if path == "sub.ipynb" else None


def codes(cells, language="python"):
    given = notebook(*[cell(source, *tags) for source, *tags in cells], language=language)
    spec = read_pipeline(given, "p")
    around = {"has_file": {"rows.csv", "prices.csv"}.__contains__, "has_kernel": {"python3"}.__contains__}
    return {found.code for found in check_pipeline(spec, analyse(spec), open_notebook, **around)}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_the_bad_notebook_has_exactly_this_problem(rule):
    assert codes(rule.bad, rule.language) == {rule.code}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_the_cured_notebook_has_it_no_more(rule):
    assert rule.code not in codes(rule.cured)


def test_codes_run_without_gaps():
    assert list(RULES) == [f"DO{number:03}" for number in range(1, len(RULES) + 1)]


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_is_explained_in_sentences(rule):
    assert re.fullmatch(r"[A-Z][^.]*[^.]", rule.title)
    assert rule.explanation.endswith(".")
    assert rule.cure.endswith(".")
