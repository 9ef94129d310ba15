from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_dataops.checking.verdict import CheckCell, Verdict, judge, judge_cells

DF = pd.DataFrame({"x": [1, -2, 3]})


def of(source: str, value: Any = None, **namespace: Any) -> Verdict:
    return judge_cells([CheckCell(source, value)], namespace)


@pytest.mark.parametrize("yes", [True, np.True_, np.array(True), (DF.x < 9).all(), SimpleNamespace(success=True)])
def test_what_ends_with_true_passes(yes: Any) -> None:
    assert of("df.x.max() < 9", yes) == Verdict(True, "df.x.max() < 9 is True")


@pytest.mark.parametrize("no", [False, np.False_, (DF.x > 0).all(), SimpleNamespace(success=False)])
def test_what_ends_with_false_fails_whatever_else_the_cell_does(no: Any) -> None:
    found = of("assert df is not None\nvalidate(df)\n(df.x > 0).all()", no, df=DF)
    assert (found.passed, found.sentence) == (False, "(df.x > 0).all() is False")


def test_what_fails_shows_the_rows() -> None:
    found = of("(df.x > 0).all()", False, df=DF)
    assert found.facts == {"failing_rows": {"columns": ["index", "x"], "rows": [[1, -2]], "count": 1}}


@pytest.mark.parametrize(
    "mask", [DF.x > 0, DF > 0, (DF.x > 0).to_numpy(), pl.Series([True, False]), pl.DataFrame({"x": [True]})]
)
def test_a_mask_is_no_verdict_and_the_sentence_says_how_to_make_it_one(mask: Any) -> None:
    found = of("assert len(df)\ndf.x > 0", mask)
    assert not found.passed
    assert "end it with .all(), as in (df.x > 0).all()" in found.sentence


@pytest.mark.parametrize(
    "source",
    [
        "assert df.x.min() > 0",
        "for row in rows:\n    assert row",
        "if len(df) > 9:\n    raise ValueError",
        "%%time\nassert df",
        "expect_no_nulls(df)",
        "df = schema.validate(df)",
        "for row in rows:\n    Row(**row)",
        "with pytest.raises(ValueError):\n    parse('x')",
        "await validate(df)",
    ],
)
def test_code_that_raises_when_something_is_wrong_passes_by_ending(source: str) -> None:
    if source.startswith("%%time"):
        source = f"get_ipython().run_cell_magic('time', '', {source[7:]!r})"
    assert of(source) == Verdict(True, "nothing raised")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# to be written",
        "df",
        "import pandas",
        "print((df.x > 0).all())",
        "display(df)",
        "logging.info(df)",
        "def check():\n    assert False",
        "class Check:\n    def run(self):\n        assert False",
        "rule = lambda: validate(df)",
        "bad = df.query('x < 0')",
        "get_ipython().system('pytest')",
        "get_ipython().run_cell_magic('bash', '', 'assert')",
        "get_ipython().run_cell_magic('time', '', '%matplotlib inline')",
    ],
)
def test_code_that_says_nothing_is_no_verdict(source: str) -> None:
    found = of(source)
    assert not found.passed
    assert found.sentence.startswith("the check gives no verdict: it neither asserts nor calls anything")
    assert "(df.price > 0).all()" in found.sentence


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("df.x.isna().sum()", 3),
        ("df.query('x < 0')", DF),
        ("find_errors(df)", []),
        ("df.x.mean()", np.float64(0.1)),
        ("str(df)", "fine"),
        ("df.isna().sum()", pd.Series([0])),
        ("lazy.all()", SimpleNamespace(compute=print)),
    ],
)
def test_a_value_that_may_mean_either_is_no_verdict(source: str, value: Any) -> None:
    found = of(source, value)
    assert not found.passed
    assert f"of type {type(value).__name__}, neither true nor false" in found.sentence


@pytest.mark.parametrize("source", ["schema.validate(df)", "[Row.model_validate(row) for row in rows]", "check_df(df)"])
def test_the_value_of_a_validator_is_beside_the_point(source: str) -> None:
    assert of(source, DF).passed


def test_an_assert_makes_any_other_value_beside_the_point() -> None:
    assert of("assert len(df)\ndf.describe()", DF).passed


@pytest.mark.parametrize("source", ["(df.x > 0).all();", "validate(df);  # quiet", "(df.x > 0).all() ;\n\n# end"])
def test_a_value_hidden_by_a_semicolon_is_no_verdict(source: str) -> None:
    assert "take the semicolon, or magic, away" in of(source).sentence


def test_a_value_that_a_magic_swallows_is_no_verdict() -> None:
    assert "hidden" in of("get_ipython().run_cell_magic('capture', '', '(df.x > 0).all()')").sentence


def test_a_condition_that_is_kept_and_not_used_is_no_verdict() -> None:
    found = of("ok = (df.x > 0).all()", ok=np.False_)
    assert not found.passed
    assert "write assert ok below" in found.sentence


def test_a_condition_that_missing_values_leave_open_is_no_verdict() -> None:
    assert "is None, neither true nor false" in of("s.all(ignore_nulls=False)").sentence


def test_every_cell_that_ends_with_a_condition_counts() -> None:
    cells = [CheckCell("len(df) > 9", False), CheckCell("assert True")]
    assert judge_cells(cells, {"df": DF}) == Verdict(False, "len(df) > 9 is False", {"values": {"len(df)": "3"}})
    assert judge_cells([CheckCell("len(df) > 1", True), CheckCell("print(df)")], {}).passed
    assert judge_cells([CheckCell("assert True"), CheckCell("df", DF)], {}).passed


def test_a_check_without_code_is_no_verdict() -> None:
    assert "it has no code" in judge_cells([], {}).sentence


def test_the_cells_between_our_own_are_the_check() -> None:
    begin = "import jupyter_dataops.node as __dataops__\n__dataops__ = __dataops__.begin(globals())\ndf = 1"
    namespace = {
        "In": ["", "assert 'setup'", begin, "df", "  ", "df > 0", "__dataops__.verdict()"],
        "Out": {3: 1, 5: False},
    }
    assert judge({**namespace, "df": -1}).sentence == "df > 0 is False"
    assert judge({"In": namespace["In"][:3]}).sentence.startswith("the check gives no verdict: it has no code")


def test_a_long_condition_is_cut_in_the_sentence() -> None:
    assert len(of(" + ".join(["number"] * 90) + " > 0", False).sentence) < 120
