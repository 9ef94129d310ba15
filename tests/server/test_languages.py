"""What Jupyter Server says in the user's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from jupyterlab_server.translation_utils import get_language_pack, get_language_packs, translator

SCHEMA: dict[str, Any] = {
    "title": "Data Pipelines",
    "jupyter.lab.internationalization": {"domain": "jupyter_dataops"},
    "jupyter.lab.menus": {"context": [{"submenu": {"label": "Data Pipeline"}}]},
    "properties": {"panelSide": {"title": "Side of the panels", "oneOf": [{"const": "left", "title": "Left"}]}},
}


@pytest.fixture
def speak(jp_serverapp: ServerApp) -> Iterator[Any]:
    """Sets the language of the server, which is one for all of its users."""
    before = translator._LOCALE
    yield translator.set_locale
    translator.set_locale(before)


def _translated() -> list[str]:
    schema = translator.translate_schema({key: value for key, value in SCHEMA.items() if key != "properties"})
    side = translator.translate_schema(
        {**SCHEMA, "properties": {"panelSide": {**SCHEMA["properties"]["panelSide"], "oneOf": [{"title": "Left"}]}}}
    )["properties"]["panelSide"]
    label = schema["jupyter.lab.menus"]["context"][0]["submenu"]["label"]
    return [schema["title"], side["title"], side["oneOf"][0]["title"], label]


def test_settings_are_in_the_language_that_was_chosen(speak: Any) -> None:
    said = {}
    for locale in ("en", "de_DE", "fr_FR", "de_DE"):
        speak(locale)
        said[locale] = _translated()

    english = ["Data Pipelines", "Side of the panels", "Left", "Data Pipeline"]
    assert said == {
        "en": english,
        "de_DE": ["Datenpipelines", "Seite der Panels", "Links", "Data Pipeline"],
        "fr_FR": english,
    }


def test_browsers_get_our_texts_and_those_of_the_language_pack() -> None:
    texts, message = get_language_pack("de_DE")

    assert message == ""
    assert texts["jupyter_dataops"]["Run Pipeline"] == ["Pipeline ausführen"]
    assert texts["jupyterlab"]["Settings"] == ["Einstellungen"]
    assert "jupyter_dataops" not in get_language_pack("fr_FR")[0]


def test_german_can_be_chosen_where_its_language_pack_is() -> None:
    assert get_language_packs()[0]["de_DE"]["nativeName"] == "Deutsch (Deutschland)"
