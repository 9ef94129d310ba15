from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.ids import check_name, child_name, member_name
from jupyter_dataops.wiring import Layout, folder_name

HARD = [
    child_name("score", "berlin"),
    member_name("etl", "clean"),
    check_name("clean", "not_null"),
    child_name("score", ".. , .:+@=#-"),
    child_name("score", " "),
    child_name("score", "k" * 60) + "/" + "n" * 200,
    "Clean",
    "con",
    "com1",
    "größe",
    "😀",
    "..",
    "",
]


@pytest.mark.parametrize("name", HARD)
def test_any_node_gets_a_folder_that_every_file_system_takes(name: str, tmp_path: Path) -> None:
    folder = Layout(tmp_path).attempt("bcd2345678", name, 1)
    folder.mkdir(parents=True)
    assert folder.parent.parent == tmp_path / "runs" / "bcd2345678"
    assert len(folder.parent.name) <= 64
    assert folder.parent.name.isascii()
    assert not set(folder.parent.name) & set('<>:"/\\|?* .')
    assert folder.parent.name == folder.parent.name.lower() != "con"


@given(st.lists(st.text(max_size=40) | st.sampled_from(["a-b", "a_b", "a b", "A-B", "a-b~", *HARD]), unique=True))
def test_no_two_nodes_share_a_folder_even_where_case_does_not_count(names: list[str]) -> None:
    assert len({folder_name(name).casefold() for name in names}) == len(names)


def test_a_plain_name_is_its_own_folder() -> None:
    assert Layout(Path("/store")).attempt("bcd2345678", "load_flights", 2) == Path(
        "/store/runs/bcd2345678/load_flights/2"
    )


def test_a_name_cannot_be_made_to_look_like_the_folder_of_another() -> None:
    assert folder_name(folder_name("Clean")) != folder_name("Clean")
