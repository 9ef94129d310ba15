from __future__ import annotations

import pytest

from jupyter_dataops.service.service import Service
from jupyter_dataops.service.tags import tag_view
from jupyter_dataops.service.wire.pipelines import NotebookSource, Nothing, TagEntry, TagsRequest
from jupyter_dataops.spec.tags import GRAMMAR, Tag, parse_tag
from tests.support.notebooks import cell, notebook, text


@pytest.mark.parametrize("key", GRAMMAR)
def test_every_example_and_every_choice_of_the_grammar_is_a_tag(service: Service, key: str) -> None:
    (row,) = [row for row in service.answer("grammar", Nothing()).rows if row.key == key]
    assert bool(row.example) == (row.takes is not None)
    for value in filter(None, (row.example, *row.choices)):
        assert isinstance(parse_tag(f"{key}:{value}"), Tag)


def test_the_grammar_is_the_language(service: Service) -> None:
    rows = service.answer("grammar", Nothing()).rows
    assert [row.key for row in rows] == list(GRAMMAR)
    assert {row.key for row in rows if row.choices} == {"retry_jitter", "on_crash", "cache", "trigger", "severity"}


@pytest.mark.parametrize(
    ("tag", "key", "value"),
    [
        ("timeout:10m", "timeout", "10m"),
        ("timeout: soon", "timeout", "soon"),
        ("setup", "setup", ""),
        ("step:a", "node", "a"),
        ("hide-input", None, ""),
        ("limit:gpu:1", None, ""),
        ("time-out:1m", None, "1m"),
    ],
)
def test_a_tag_is_taken_apart(tag: str, key: str | None, value: str) -> None:
    found = tag_view(tag)
    assert (found.text, found.key, found.value) == (tag, key, value)
    assert (found.problem is not None) == (tag in ("timeout: soon", "time-out:1m"))


def test_tags_are_spelled_normally_once_with_those_of_others_behind(service: Service) -> None:
    entries = [("timeout", "600s"), ("setup", ""), ("timeout", "10m")]
    request = TagsRequest(entries=[TagEntry(key=key, value=value) for key, value in entries], others=["hide-input"])
    assert service.answer("spell_tags", request).model_dump() == {
        "tags": ["timeout:10m", "setup", "hide-input"],
        "problems": [],
    }


def test_what_is_no_tag_is_told_with_its_place(service: Service) -> None:
    entries = [("node", "a"), ("retires", "3"), ("timeout", "soon"), ("setup", "x"), ("node", "")]
    found = service.answer("spell_tags", TagsRequest(entries=[TagEntry(key=k, value=v) for k, v in entries]))
    assert found.tags == ["node:a"]
    assert [problem.index for problem in found.problems] == [1, 2, 3, 4]
    assert found.problems[0].hint == "did you mean 'retries'?"


def test_proposals_name_cells_and_what_they_have(service: Service) -> None:
    given = notebook(cell("import os"), text("# Load"), cell("x = os.name", "mine"))
    found = service.answer("propose_tags", NotebookSource(path="new.ipynb", notebook=given))
    assert [(one.cell_id, one.before, one.after) for one in found.changes] == [
        ("c0", [], ["setup"]),
        ("c2", ["mine"], ["mine", "node:load"]),
    ]
