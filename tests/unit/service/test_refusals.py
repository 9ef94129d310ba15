from __future__ import annotations

from pathlib import Path

from jupyter_dataops.errors import NotebookUnreadable, UsageError
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
