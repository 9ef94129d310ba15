"""Catalogues are whole, say what the texts say, and are what Jupyter reads."""

from __future__ import annotations

import gettext
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jupyterlab_server.translation_utils import translator

from tests.support.source_tree import REPOSITORY

DOMAIN = "jupyter_dataops"
LOCALE = REPOSITORY / "jupyter_dataops" / "locale"
TEMPLATE = LOCALE / f"{DOMAIN}.pot"
CATALOGUES = sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
COMMAND = [sys.executable, str(REPOSITORY / "labextension" / "messages.py")]
PLACEHOLDER = re.compile(r"%\d")

in_every_language = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _texts(path: Path) -> dict[tuple[str | None, str], Message]:
    return {(text.context, _forms(text.id)[0]): text for text in _read(path) if text.id}


def _forms(said: Any) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _key(context: str | None, text: str) -> str:
    return text if context is None else f"{context}\x04{text}"


def test_german_is_there() -> None:
    assert "de_DE" in [path.parent.parent.name for path in CATALOGUES]


@in_every_language
def test_every_text_has_a_place_in_the_catalogue_and_nothing_else_has(path: Path) -> None:
    wanted = {key: _forms(text.id) for key, text in _texts(TEMPLATE).items()}

    assert {key: _forms(text.id) for key, text in _texts(path).items()} == wanted, "stale: npm run messages"


@in_every_language
def test_every_text_is_translated_in_every_form(path: Path) -> None:
    left = [text.id for text in _texts(path).values() if text.fuzzy or not all(_forms(text.string))]

    assert left == []


@in_every_language
def test_every_counted_text_has_the_plurals_of_the_language(path: Path) -> None:
    plurals = _read(path).num_plurals

    assert [t.id for t in _texts(path).values() if len(_forms(t.string)) != (plurals if t.pluralizable else 1)] == []


@in_every_language
def test_a_translation_is_filled_with_what_the_text_is_filled_with(path: Path) -> None:
    for text in _texts(path).values():
        wanted = Counter(PLACEHOLDER.findall(_forms(text.id)[-1]))
        for form in _forms(text.string):
            assert Counter(PLACEHOLDER.findall(form)) == wanted, text.id


@in_every_language
def test_a_translation_ends_as_the_text_does(path: Path) -> None:
    """Texts stand beside each other, and within others: a full stop, an ellipsis or a space is a part of them."""
    ends = re.compile(r"[.…:?]?\s*$")

    wrong = [
        text.id
        for text in _texts(path).values()
        for form in _forms(text.string)
        if ends.search(form).group() != ends.search(_forms(text.id)[0]).group()  # type: ignore[union-attr]
    ]

    assert wrong == []


@in_every_language
def test_browsers_get_what_the_catalogue_says(path: Path) -> None:
    made = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    head = made.pop("")

    assert made == {_key(*key): list(_forms(text.string)) for key, text in _texts(path).items()}, "npm run messages"
    assert head == {
        "domain": DOMAIN,
        "language": path.parent.parent.name.replace("_", "-"),
        "plural_forms": _read(path).plural_forms,
    }


@in_every_language
def test_the_server_gets_what_the_catalogue_says(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        made = gettext.GNUTranslations(file)

    for (context, single), text in _texts(path).items():
        forms, key = _forms(text.string), _key(context, single)
        said = [made.ngettext(key, "", count) for count in (1, 2)] if text.pluralizable else [made.gettext(key)]
        assert said == list(forms[:2]), "npm run messages"


def test_what_the_server_translates_of_a_schema_is_in_the_template() -> None:
    """By its own function: our extraction follows its rules. Labels of menus are left out, see there."""
    asked = set()

    class Asked:
        def pgettext(self, context: str, text: str) -> str:
            asked.add((context, text))
            return text

    for path in (REPOSITORY / "labextension" / "schema").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["jupyter.lab.internationalization"] == {"domain": DOMAIN}, path.name
        translator._translate_schema_strings(Asked(), schema)

    assert asked, "nothing is translated"
    contexts = {"schema", "settings"}  # of schemas; a component says with others which of two meanings a word has
    of_schemas = {key for key in asked if key[0] != "menu"}
    assert {context for context, _ in of_schemas} <= contexts
    assert of_schemas == {key for key in _texts(TEMPLATE) if key[0] in contexts}


def test_new_texts_come_into_the_catalogue_changed_ones_as_proposals_and_old_ones_go(tmp_path: Path) -> None:
    template = tmp_path / f"{DOMAIN}.pot"
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    template.write_text(f'{head}msgid "Run the pipeline"\nmsgstr ""\n\nmsgid "Graph"\nmsgstr ""\n')
    first = subprocess.run(
        [*COMMAND, "--folder", tmp_path, "--new", "fr_FR"], capture_output=True, text=True, check=True
    )
    catalogue = tmp_path / "fr_FR" / "LC_MESSAGES" / f"{DOMAIN}.po"
    said = catalogue.read_text().replace('"Run the pipeline"\nmsgstr ""', '"Run the pipeline"\nmsgstr "Exécuter"')
    catalogue.write_text(said)
    template.write_text(f'{head}msgid "Run the pipelines"\nmsgstr ""\n\nmsgid "Timeline"\nmsgstr ""\n')

    second = subprocess.run([*COMMAND, "--folder", tmp_path], capture_output=True, text=True, check=True)

    assert "fr_FR: 2 to translate" in first.stdout
    assert [line.split(maxsplit=1) for line in second.stdout.splitlines()[2:]] == [
        ["fuzzy", "Run the pipelines"], ["new", "Timeline"],
    ]  # fmt: skip
    texts = {str(text.id): text.string for text in _read(catalogue) if text.id}
    assert texts == {"Run the pipelines": "Exécuter", "Timeline": ""}
    assert "Graph" not in catalogue.read_text()
    assert list(json.loads(catalogue.with_suffix(".json").read_text())) == [""], "a proposal is no translation"
    before = catalogue.read_bytes()
    subprocess.run([*COMMAND, "--folder", tmp_path], capture_output=True, check=True)
    assert catalogue.read_bytes() == before, "nothing changes without cause"
