"""What differs between two versions, said cell by cell."""

from __future__ import annotations

from typing import Any

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.deploying.canonical import canonical_notebook
from jupyter_dataops.deploying.diff import CellChange, ValueChange, compare, line_changes
from tests.support.notebooks import cell, notebook, text


def contents(*cells: dict[str, Any], **more: Any) -> Contents:
    files = {"etl.ipynb": canonical_notebook(notebook(*cells)), **more.pop("files", {})}
    return Contents("etl.ipynb", files, **more)


def cells_of(before: Contents, after: Contents) -> list[tuple[str, int, str | None]]:
    return [(one.change.value, one.index, one.node) for one in compare(before, after).cells]


A, B, C = cell("a = 1", "node:a"), cell("b = a + 1", "node:b"), cell("c = b + 1\nprint(c)", "node:c")


def test_nothing_differs_from_itself() -> None:
    one = contents(A, B, files={"m.py": b"x"}, packages={"numpy": "1"}, settings={"parameters": {"a": 1}})
    assert not compare(one, one)


def test_an_edited_cell_is_one_change() -> None:
    found = compare(contents(A, B, C), contents(A, cell("b = a + 2", "node:b"), C))
    assert found.cells == (
        CellChange("etl.ipynb", "changed", 1, "b", "code", "b = a + 1", "b = a + 2", ("node:b",), ("node:b",)),
    )


def test_cells_that_come_and_go_are_named_by_their_node() -> None:
    assert cells_of(contents(A, B), contents(A, B, C)) == [("added", 2, "c")]
    assert cells_of(contents(A, B, C), contents(A, C)) == [("removed", 1, "b")]
    assert cells_of(contents(A), contents(text("# Title"), A)) == [("added", 0, None)]


def test_tags_alone_are_a_change() -> None:
    (found,) = compare(contents(A), contents(cell("a = 1", "node:a", "retries:2"))).cells
    assert (found.tags_before, found.tags_after) == (("node:a",), ("node:a", "retries:2"))


def test_a_notebook_that_comes_comes_with_its_cells() -> None:
    other = contents(A, files={"parts/sub.ipynb": canonical_notebook(notebook(B))})
    assert [(one.notebook, one.change.value) for one in compare(contents(A), other).cells] == [
        ("parts/sub.ipynb", "added")
    ]


def test_files_packages_settings_and_schedules() -> None:
    before = contents(
        A,
        files={"m.py": b"x = 1", "gone.py": b"", "b.bin": b"\x00"},
        packages={"numpy": "1.0", "pandas": "2.0"},
        python="3.11.1",
        settings={"parameters": {"a": 1}, "env": {"prod": {"parameters": {"a": 2}}}},
    )
    after = contents(
        A,
        files={"m.py": b"x = 2", "new.py": b"", "b.bin": b"\x00\x01"},
        packages={"numpy": "2.0", "polars": "1.0"},
        python="3.12.0",
        settings={"parameters": {"a": 1}, "env": {"prod": {"parameters": {"a": 3}}}},
        schedules={"nightly": {"cron": "0 6 * * *"}},
    )
    found = compare(before, after)
    assert [(one.path, one.change.value, one.before, one.after) for one in found.files] == [
        ("b.bin", "changed", None, None),
        ("gone.py", "removed", "", None),
        ("m.py", "changed", "x = 1", "x = 2"),
        ("new.py", "added", None, ""),
    ]
    assert found.packages == (
        ValueChange("numpy", "1.0", "2.0"),
        ValueChange("pandas", "2.0", None),
        ValueChange("polars", None, "1.0"),
        ValueChange("python", "3.11.1", "3.12.0"),
    )
    assert found.settings == (ValueChange("env.prod.parameters.a", 2, 3),)
    assert found.schedules == (ValueChange("nightly", None, {"cron": "0 6 * * *"}),)


def test_lines_are_shown_with_a_little_around_them() -> None:
    before = "\n".join(map(str, range(20)))
    assert line_changes(before, before.replace("9", "nine")) == [
        *("@@ -8,5 +8,5 @@", " 7", " 8", "-9", "+nine", " 10", " 11", "@@ -18,3 +18,3 @@", " 17", " 18", "-19", "+1nine"),
    ]  # fmt: skip
    assert line_changes("", "x = 1") == ["+x = 1"]
