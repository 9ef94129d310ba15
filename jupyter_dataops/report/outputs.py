"""Outputs of cells as HTML that runs and fetches nothing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import mistune
from markupsafe import Markup

from jupyter_dataops.report.coloured import coloured
from jupyter_dataops.report.quantities import size_text
from jupyter_dataops.report.sanitise import PICTURES, clean_html

MOST_TEXT: Final = 20_000
"""Characters of one text."""
MOST_HTML: Final = 200_000
MOST_PICTURE: Final = 2_000_000
"""Characters of base64."""
_INTERACTIVE: Final = re.compile(r"application/(vnd\.(plotly|vega|bokehjs|holoviews|jupyter\.widget)|javascript)")
_INTERNAL: Final = "application/vnd.jupyter-dataops."


def render_outputs(outputs: Iterable[Mapping[str, Any]], room: Room) -> Markup:
    """The outputs of one cell, as far as there is `room`."""
    made = Markup("\n").join(piece for output in _merged(outputs) if (piece := _render(output)))
    return room.take(made)


class Room:
    """How many characters of outputs a page still takes."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, made: Markup) -> Markup:
        """`made`, or a note in its place where it is too much."""
        if len(made) > self._left:
            return _note(
                f"output of {size_text(len(made))} left out, the page is large enough: see the executed notebook"
            )
        self._left -= len(made)
        return made


def render_markdown(text: str) -> Markup:
    """Markdown as harmless HTML."""
    return clean_html(str(_markdown()(text)))


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def cut_text(text: str, most: int = MOST_TEXT) -> tuple[str, Markup]:
    r"""The beginning and the end of a long text, and a note about what is left out in between.

    Examples
    --------
    >>> cut_text("abcdefgh", 4)
    ('ab\n[...]\ngh', Markup('<p class="note">8 characters, cut to 4</p>'))
    """
    if len(text) <= most:
        return text, Markup()
    half = most // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}", _note(f"{len(text):,} characters, cut to {most:,}")


def _merged(outputs: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Neighbouring pieces of one stream as one."""
    last: dict[str, Any] | None = None
    for output in outputs:
        if last and output["output_type"] == "stream" and output.get("name") == last.get("name"):
            last["text"] += _joined(output.get("text", ""))
            continue
        if last:
            yield last
        last = {**output, "text": _joined(output.get("text", ""))} if output["output_type"] == "stream" else None
        if last is None:
            yield output
    if last:
        yield last


def _render(output: Mapping[str, Any]) -> Markup:
    match output["output_type"]:
        case "stream":
            return _text(_joined(output["text"]), "stderr" if output.get("name") == "stderr" else "stdout")
        case "error":
            return _text("\n".join(output.get("traceback", ())), "stderr")
        case _:
            return _data(output.get("data", {}))


def _data(data: Mapping[str, Any]) -> Markup:
    """The richest form that a page without scripts can show."""
    shown = {kind: value for kind, value in data.items() if not kind.startswith(_INTERNAL)}
    for form in (_picture, _drawing, _html, _markdown_of):
        made = form(shown)
        if made:
            return made
    text = _text(_joined(shown["text/plain"]), "result") if "text/plain" in shown else Markup()
    if any(_INTERACTIVE.match(kind) for kind in shown) or "text/html" in shown:
        text += _note("interactive output: open the executed notebook to see it")
    return text


def _picture(data: Mapping[str, Any]) -> Markup:
    kind = next((kind for kind in PICTURES if kind in data), None)
    if kind is None:
        return Markup()
    encoded = re.sub(r"\s", "", _joined(data[kind]))
    if len(encoded) > MOST_PICTURE:
        return _note(f"picture of {size_text(len(encoded) * 3 // 4)} left out: see the executed notebook")
    try:
        base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return _note("a picture that cannot be read")
    return _image(f"data:{kind};base64,{encoded}", data)


def _drawing(data: Mapping[str, Any]) -> Markup:
    """As a picture: scripts in it do not run there, and nothing is fetched."""
    if "image/svg+xml" not in data:
        return Markup()
    drawing = _joined(data["image/svg+xml"])
    if len(drawing) > MOST_PICTURE:
        return _note(f"drawing of {size_text(len(drawing))} left out: see the executed notebook")
    return _image(f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}", data)


def _image(address: str, data: Mapping[str, Any]) -> Markup:
    said = _joined(data.get("text/plain", "")).strip()
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(address, said or "picture")


def _html(data: Mapping[str, Any]) -> Markup:
    html = _joined(data.get("text/html", ""))
    if not html:
        return Markup()
    if len(html) > MOST_HTML:
        text = _text(_joined(data.get("text/plain", "")), "result")
        return text + _note(f"HTML of {size_text(len(html))} left out: see the executed notebook")
    made = clean_html(html)
    has_content = "<img" in made or made.striptags().strip()
    return Markup('<div class="html">{}</div>').format(made) if has_content else Markup()


def _markdown_of(data: Mapping[str, Any]) -> Markup:
    text = _joined(data.get("text/markdown", ""))
    return Markup('<div class="html">{}</div>').format(render_markdown(text)) if text.strip() else Markup()


def _text(text: str, css: str) -> Markup:
    if not text:
        return Markup()
    kept, note = cut_text(text)
    return Markup('<pre class="{}" tabindex="0">{}</pre>').format(css, coloured(kept.rstrip("\n"))) + note


def _note(text: str) -> Markup:
    return Markup('<p class="note">{}</p>').format(text)


def _joined(text: str | Sequence[str]) -> str:
    """A text, which nbformat allows to be a list of lines."""
    return text if isinstance(text, str) else "".join(map(str, text))
