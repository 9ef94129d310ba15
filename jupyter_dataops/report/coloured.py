"""Text with terminal colours, and source code, as HTML. Colours are classes, so that a page can be light or dark."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from rich.ansi import AnsiDecoder
from rich.color import ColorType
from rich.style import Style
from rich.text import Text

_FORMATTER: Final = HtmlFormatter(nowrap=True)
_MOST: Final = 50_000
_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def coloured(text: str) -> Markup:
    r"""Terminal output: colours become classes ``ansi-red``, ..., what the rest of a terminal's codes say goes.

    Examples
    --------
    >>> coloured("\x1b[1;31mKeyError\x1b[0m: '<rain>'")
    Markup('<span class="ansi-red ansi-bold">KeyError</span>: &#39;&lt;rain&gt;&#39;')
    """
    if "\x1b" not in text and "\r" not in text:
        return escape(text)
    decoder = AnsiDecoder()  # a colour may go on over lines
    decoded = Text("\n").join(decoder.decode_line(line.rstrip("\r")) for line in text.split("\n"))
    made = Markup()
    end = 0
    for span in decoded.spans:  # in order, and none within another: so the decoder makes them
        made += escape(decoded.plain[end : span.start])
        style = span.style if isinstance(span.style, Style) else Style.null()
        made += _span(decoded.plain[span.start : span.end], style)
        end = span.end
    return made + escape(decoded.plain[end:])


def _span(text: str, style: Style) -> Markup:
    classes = [f"ansi-{name}" for name in ("bold", "italic", "underline") if getattr(style, name)]
    inline = []
    for colour, suffix, rule in ((style.color, "", "color"), (style.bgcolor, "-bg", "background-color")):
        if colour is None or colour.type is ColorType.DEFAULT:
            continue
        if colour.number is not None and colour.number < 16:
            classes.insert(0, f"ansi-{_NAMES[colour.number % 8]}{suffix}")
        else:
            inline.append(f"{rule}:{colour.get_truecolor().hex}")
    if not (classes or inline):
        return escape(text)
    attributes = Markup(' class="{}"').format(" ".join(classes)) if classes else Markup()
    attributes += Markup(' style="{}"').format(";".join(inline)) if inline else Markup()
    return Markup("<span{}>{}</span>").format(attributes, text)


@lru_cache(maxsize=256)
def code_lines(source: str, language: str) -> tuple[Markup, ...]:
    """The lines of some source, each highlighted by itself; a very long one is left plain.

    Notes
    -----
    About 3 ms for ten lines, so the latest are kept: the children of an ``each:`` node have the same cells.
    """
    made = str(highlight(source, _lexer(language if len(source) <= _MOST else "text"), _FORMATTER))
    return tuple(Markup(line) for line in made.removesuffix("\n").split("\n"))  # noqa: S704 - pygments escapes


def code_css() -> str:
    """The styles of `code_lines`, for light ground, and for dark."""
    dark = _style("github-dark")
    return f"{_style('default')}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _style(name: str) -> str:
    return str(HtmlFormatter(style=name).get_style_defs(".code"))  # type: ignore[no-untyped-call]


@cache
def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False)
