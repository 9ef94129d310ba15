"""Brings the catalogue of every language up to date with the template: the second half of ``npm run messages``.

A text that is new is there untranslated, or with the translation of a similar one, marked ``fuzzy``; one that nothing
says any more is gone. What Jupyter reads, ``.json`` in the browser and ``.mo`` in the server, is written anew, with all
that is translated and not ``fuzzy``. Then it is said what is left. ``--new LOCALE`` begins a language.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import generate_po, read_po

DOMAIN = "jupyter_dataops"
FOLDER = Path(__file__).parent.parent / "jupyter_dataops" / "locale"
SEPARATOR = "\x04"  # between the context of a text and the text, in `.mo` as in `.json`
# They change with every call, or say nothing.
EMPTY = (
    "Project-Id-Version",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Report-Msgid-Bugs-To",
    "Last-Translator",
    "Language-Team",
    "Generated-By",
)
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
HEADERS = re.compile(rf'^"(?:{"|".join(EMPTY)}): .*\n', re.MULTILINE)


def main() -> None:
    """Every language is up to date, and what it lacks is said."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--new", metavar="LOCALE", help="begins the catalogue of a language, such as fr_FR")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the catalogues are")
    asked = parser.parse_args()
    template = read(asked.folder / f"{DOMAIN}.pot")
    if asked.new:
        begin(asked.folder, asked.new)
    print(f"{len(template)} texts")
    for path in sorted(asked.folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalogue = read(path)
        catalogue.update(template)
        catalogue.obsolete.clear()
        write(catalogue, path)
        told(catalogue, path.parent.parent.name, path)


def begin(folder: Path, locale: str) -> None:
    """There is a catalogue of this language, of which nothing is translated, unless there is one already."""
    path = folder / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        path.parent.mkdir(parents=True)
        heading = f"# {Catalog(locale=locale).locale.english_name}. One word for one thing:\n#"
        write(Catalog(locale=locale, project=DOMAIN, version="", header_comment=heading, fuzzy=False), path)


def read(path: Path) -> Catalog:
    """The catalogue in a file. Raises where it is no catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name if path.suffix == ".po" else None, abort_invalid=True)


def write(catalogue: Catalog, path: Path) -> None:
    """The catalogue is in the file, and beside it what is read of it."""
    catalogue.fuzzy = False
    catalogue.creation_date = catalogue.revision_date = ALWAYS  # else `.mo` differs with every call
    path.write_text(HEADERS.sub("", "".join(generate_po(catalogue, width=0, include_lineno=False))), encoding="utf-8")
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    text = json.dumps(as_json(catalogue), ensure_ascii=False, indent=1, sort_keys=True)
    path.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")


def as_json(catalogue: Catalog) -> dict[str, Any]:
    """As JupyterLab reads it in the browser."""
    head = {
        "domain": DOMAIN,
        "language": str(catalogue.locale).replace("_", "-"),
        "plural_forms": catalogue.plural_forms,
    }
    texts = {
        SEPARATOR.join(filter(None, (text.context, forms(text.id)[0]))): list(forms(text.string))
        for text in translatable(catalogue)
        if is_done(text)
    }
    return {"": head, **texts}


def translatable(catalogue: Catalog) -> Iterator[Message]:
    """Every text, without the header."""
    return (text for text in catalogue if text.id)


def is_done(text: Message) -> bool:
    """Somebody has translated it, in every form."""
    return not text.fuzzy and all(forms(text.string))


def forms(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Singular and plurals; one for what is not counted."""
    return (said,) if isinstance(said, str) else tuple(said)


def told(catalogue: Catalog, locale: str, path: Path) -> None:
    """What is left to do is printed, in the order of the file."""
    left = [text for text in translatable(catalogue) if not is_done(text)]
    print(f"{locale}: {len(left)} to translate" + (f" in {os.path.relpath(path)}" if left else ""))
    for text in left:
        print(f"  {'fuzzy' if text.fuzzy else 'new  '}  {forms(text.id)[0]}")


if __name__ == "__main__":
    main()
