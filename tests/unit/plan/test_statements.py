from __future__ import annotations

import pytest

from jupyter_dataops.plan.statements import Statement, reached, statements


def forms(source: str) -> list[str]:
    return [part.form for part in statements(source)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x=1   # comment"),
        ("f(a,\n  b)", "f(a, b)"),
        ("x = 'a'", 'x = "a"'),
        ("x = 1\n\n\ny = 2", "x = 1; y = 2"),
        ("x = (1)", "x = 1"),
        ("", "# nothing"),
        ("x = 1\r\ny = 2", "x = 1\ny = 2"),
        ("%ls \n", "\n%ls"),
        ("await f()", "await  f()  # top level"),
    ],
)
def test_layout_and_comments_do_not_count(one: str, other: str) -> None:
    assert forms(one) == forms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x = 1", "x = 2"), ("x = 1", "y = 1"), ("a; b", "b; a"), ("%ls a", "%ls b"), ("x = 1", "x = 1.0")],
)
def test_what_a_statement_does_counts(one: str, other: str) -> None:
    assert forms(one) != forms(other)


@pytest.mark.parametrize("source", ["x = !ls", "%%bash\necho $HOME", "def broken(", "x = '\0'", "-" * 100_000 + "1"])
def test_what_is_not_plain_python_is_one_piece_of_text(source: str) -> None:
    (part,) = statements(source)
    assert part.form.startswith("text:")
    assert not part.is_definition


def test_the_names_in_a_piece_of_text_are_its_words() -> None:
    (part,) = statements("files = !ls $folder")
    assert part.uses == {"files", "ls", "folder"}


def test_another_language_is_text() -> None:
    (part,) = statements("x <- 1", language="R")
    assert part.form == "text:x <- 1"


def test_a_source_that_warns_when_compiled_passes_in_silence() -> None:
    assert forms(r"x = '\d'") == forms(r"x = '\\d'")


@pytest.mark.parametrize(
    ("source", "binds"),
    [
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b as c, d", {"c", "d"}),
        ("def f(x=1): return y", {"f"}),
        ("async def f(): pass", {"f"}),
        ("class C(B): z = 1", {"C"}),
        ("x = y = [1, z]", {"x", "y"}),
        ("(x, [y]) = z", {"x", "y"}),
        ("x: int = 1", {"x"}),
        ("x: int", {"x"}),
        ("'''doc'''", set()),
    ],
)
def test_definitions_bind_and_do_nothing_else(source: str, binds: set[str]) -> None:
    (part,) = statements(source)
    assert (part.is_definition, part.binds) == (True, binds)


@pytest.mark.parametrize(
    "source",
    [
        "from a import *",
        "f()",
        "x = f()",
        "x[0] = 1",
        "x.a = 1",
        "x += 1",
        "x: int = f()",
        "for x in y: pass",
        "if a: x = 1",
        "@register\ndef f(): pass",
        "@register\nclass C: pass",
        "def f(x=g()): pass",
        "del x",
        "x = a.b",
    ],
)
def test_what_may_do_more_than_bind_is_no_definition(source: str) -> None:
    (part,) = statements(source)
    assert not part.is_definition


SETUP = """
import numpy as np
import pandas as pd
factor = 2
unused = 3
def scale(x): return helper(x) * factor
def helper(x): return np.abs(x)
def other(): return unused
"""


def names_reached(setup: str, *names: str) -> list[str]:
    needed, _ = reached(statements(setup), names)
    return sorted(name for part in needed for name in part.binds)


def test_definitions_are_reached_through_one_another() -> None:
    assert names_reached(SETUP, "scale") == ["factor", "helper", "np", "scale"]


def test_what_nobody_reads_is_not_reached() -> None:
    assert names_reached(SETUP, "nothing") == []


def test_definitions_that_need_each_other_are_reached_once() -> None:
    assert names_reached("def a(): b()\ndef b(): a()", "a") == ["a", "b"]


def test_every_definition_of_a_name_is_reached() -> None:
    needed, _ = reached(statements("x = 1\nx = 2"), {"x"})
    assert len(needed) == 2


def test_what_acts_is_always_reached_with_what_it_uses() -> None:
    needed, names = reached(statements("style = 'dark'\nimport plt\nplt.use(style)\nother = 1"), ())
    assert sorted(name for part in needed for name in part.binds) == ["plt", "style"]
    assert names == {"plt", "style"}


def test_reached_statements_keep_their_order() -> None:
    parts = [Statement(str(index), frozenset(), frozenset({"x"}), is_definition=True) for index in range(5)]
    assert [part.form for part in reached(parts, {"x"})[0]] == list("01234")
