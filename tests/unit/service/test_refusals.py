from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.errors import NotebookUnreadable, StoreUnavailable, UsageError
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.refusals import refusal_of


def test_a_refusal_says_what_where_and_what_to_do(root: Path) -> None:
    error = UsageError("no such thing", where="cell 3", hint="look at https://example.org/a/b")
    assert refusal_of(error, FolderPlaces(root)).model_dump() == {
        "code": "usage",
        "message": "no such thing",
        "where": "cell 3",
        "hint": "look at https://example.org/a/b",
    }


def test_paths_are_called_as_the_front_end_calls_them_or_by_their_last_part(root: Path) -> None:
    error = NotebookUnreadable(
        f"'{root}/sales/etl.ipynb' is not there",
        where="/somewhere/else/x.ipynb",
        hint=f"did you mean '{root}/a.ipynb'?",
    )
    found = refusal_of(error, FolderPlaces(root))
    assert (found.message, found.where, found.hint) == (
        "'sales/etl.ipynb' is not there",
        "x.ipynb",
        "did you mean 'a.ipynb'?",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("'ROOT/My Notebooks/a (copy).ipynb' is not there", "'My Notebooks/a (copy).ipynb' is not there"),
        ("cannot open /home/ana/My Own Things/store/runs.db", "cannot open runs.db"),
        ("ROOT/sub folder/x.ipynb", "sub folder/x.ipynb"),
        ("copied /a/b to /c/d", "copied b to d"),
        ("/a/b.ipynb is not among the files of the folder c/d", "b.ipynb is not among the files of the folder c/d"),
        ("give it relative to the folder, with '/', not '\\'", "give it relative to the folder, with '/', not '\\'"),
        ("between '/' and '/a/b'", "between '/' and 'b'"),
        ("etl/clean, either/or, 1 / 2 / 3, https://example.org/a b/c", None),
    ],
)
def test_blanks_do_not_end_a_path(root: Path, text: str, shown: str | None) -> None:
    found = refusal_of(UsageError(text.replace("ROOT", str(root))), FolderPlaces(root))
    assert found.message == (text if shown is None else shown)


def test_where_no_places_are_known_paths_are_called_by_their_last_part(tmp_path: Path) -> None:
    found = refusal_of(StoreUnavailable("the store cannot be opened", where=f"{tmp_path}/store"))
    assert found.where == "store"
