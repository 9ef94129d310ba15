from __future__ import annotations

import json
from datetime import date

import pytest

from jupyter_dataops.cli.output import make_console, make_table, one_line, print_json


def test_json_is_one_object_also_where_json_lacks_the_value(capsys) -> None:
    print_json({"a": float("nan"), "b": (1, {2: date(2026, 1, 1)}), "c": "é"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": "nan", "b": [1, {"2": "2026-01-01"}], "c": "é"}
    assert "é" in text


def test_what_is_piped_is_neither_cut_nor_wrapped(capsys) -> None:
    table = make_table("node", "reason", wide="reason")
    table.add_row("clean", "because " * 100)
    make_console().print(table)
    assert "because " * 99 + "because" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "line"), [("", ""), ("\n a \n", "a"), ("a\nb", "a …"), ("\n\n", "")])
def test_one_line_says_that_there_is_more(text: str, line: str) -> None:
    assert one_line(text) == line
