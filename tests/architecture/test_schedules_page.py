"""What the page about schedules says is what happens."""

from __future__ import annotations

import doctest
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_dataops.schedules import Policy, parse_trigger, upcoming
from jupyter_dataops.schedules.cron import ALIASES
from jupyter_dataops.schedules.policies import CATCHUP_MEANINGS, FOLD_MEANINGS, GAP_MEANINGS, OVERLAP_MEANINGS
from jupyter_dataops.schedules.templates import NAMES, check_templates
from jupyter_dataops.scheduling.schedules import Schedules
from tests.support.notebooks import cell, notebook
from tests.support.pages import blocks
from tests.support.source_tree import REPOSITORY

PAGE = REPOSITORY / "docs" / "schedules.md"
TEXT = PAGE.read_text("utf-8")
CHANGES = re.findall(r"^\| `(\w+/\w+)` \| (\d{4}-\d\d-\d\d)\S* .*?\| `(.*?)` \| (.*?) \|$", TEXT, re.MULTILINE)


def test_the_examples_of_the_page_happen() -> None:
    source = "\n".join(content for _, content in blocks(PAGE, "python"))
    test = doctest.DocTestParser().get_doctest(source, {}, "schedules.md", str(PAGE), 0)
    told: list[str] = []

    assert len(test.examples) > 5
    assert doctest.DocTestRunner(verbose=False).run(test, out=told.append).failed == 0, "".join(told)


def test_the_example_in_python_adds_a_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, source),) = blocks(PAGE, "py")
    (tmp_path / "etl.ipynb").write_text(json.dumps(notebook(cell("day = ''", "parameters"), cell("x = 1", "node:x"))))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))

    exec(source, {})

    with Schedules() as schedules:
        (nightly,) = schedules.list()
    assert (nightly.record.name, nightly.record.parameters) == ("nightly", {"day": "{{ fire_time }}"})


@pytest.mark.parametrize(("zone", "day", "trigger", "fires"), CHANGES)
def test_fires_around_changes_of_clocks_are_those_of_the_table(zone: str, day: str, trigger: str, fires: str) -> None:
    expected = re.findall(r"`(.*?)`", fires)
    # From the midnight before, on a clock of the zone.
    first = f"{day[:8]}{expected[0][:2]} 00:00"
    previews = upcoming(
        parse_trigger(trigger, zone), datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2), 500
    )
    shown = [(f"{fire.local:%Y-%m-%d %H:%M}", fire.local) for fire in previews]
    found = [local for text, local in shown if text >= first]

    form = "%d %H:%M %z" if "-0" in expected[0] else "%d %H:%M"
    assert [local.strftime(form) for local in found[: len(expected)]] == expected


def test_the_table_of_changes_is_read() -> None:
    assert len(CHANGES) >= 15


def test_every_word_is_in_the_page_with_its_meaning() -> None:
    for meanings in (GAP_MEANINGS, FOLD_MEANINGS, OVERLAP_MEANINGS, CATCHUP_MEANINGS):
        for word, meaning in meanings.items():
            assert re.search(rf"^\| `{word}`.*\| {re.escape(meaning)} \|$", TEXT, re.MULTILINE), word
    for field in Policy.__struct_fields__:
        assert re.search(rf"^\| [\w, ]*\b{field}\b", TEXT, re.MULTILINE), field
    for alias in ALIASES:
        assert f"`{alias}`" in TEXT, alias


def test_every_trigger_and_template_in_the_tables_can_be_read() -> None:
    triggers = re.findall(r"^\| `([^`]+)` \|", TEXT.split("## Triggers")[1].split("\n\n")[1], re.MULTILINE)
    templates = re.findall(r"^\| `(\{\{.*?\}\})`", TEXT, re.MULTILINE)

    assert [parse_trigger(trigger) is not None for trigger in triggers] == [True] * 6
    check_templates({"x": templates})
    assert {re.findall(r"\w+", template)[0] for template in templates} == set(NAMES)
