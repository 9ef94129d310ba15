from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from jupyter_dataops.report.coloured import code_css, code_lines, coloured

CODES = ["\x1b[0m", "\x1b[1;31m", "\x1b[38;5;28m", "\x1b[48;2;1;2;3m", "\x1b[m", "\x1b[3;4m", "\x1b[2K"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        ("\x1b[31mred\x1b[0m", '<span class="ansi-red">red</span>'),
        ("\x1b[91mbright\x1b[0m", '<span class="ansi-red">bright</span>'),
        ("\x1b[1;43mx", '<span class="ansi-yellow-bg ansi-bold">x</span>'),
        ("\x1b[38;5;28mx", '<span style="color:#008700">x</span>'),
        ("\x1b[48;2;1;2;3mx", '<span style="background-color:#010203">x</span>'),
        ("\x1b[32ma\nb\x1b[0mc", '<span class="ansi-green">a</span>\n<span class="ansi-green">b</span>c'),
        ("10%\r100%\ndone", "100%\ndone"),
        ("windows\r\nlines", "windows\nlines"),
    ],
)
def test_colours_become_classes(text: str, html: str) -> None:
    assert coloured(text) == html


@given(st.lists(st.sampled_from(CODES) | st.text("ab<&\"'\n ", max_size=8), max_size=8))
def test_no_text_is_lost_or_taken_for_html(pieces: list[str]) -> None:
    said = "".join(piece for piece in pieces if piece not in CODES)
    assert Markup(coloured("".join(pieces))).striptags() == Markup.escape(said).striptags()
    assert "<" not in coloured("".join(pieces)).replace("<span ", "").replace("</span>", "")


def test_source_is_highlighted_line_by_line() -> None:
    lines = code_lines("x = '''<a>\nb'''\n\n", "python")
    assert len(lines) == 3
    assert "&lt;a&gt;" in lines[0]
    assert all(line.count("<span") == line.count("</span>") for line in lines)


@given(st.text("a<'\"#\n \\\t", max_size=30))
def test_no_line_of_source_is_lost(source: str) -> None:
    lines = [Markup(line).striptags() for line in code_lines(source, "python")]
    assert len(lines) == max(1, source.removesuffix("\n").count("\n") + 1)


def test_a_language_that_nobody_knows_is_plain_text() -> None:
    assert code_lines("x <- 1", "klingon") == ("x &lt;- 1",)


def test_a_very_long_source_is_left_plain() -> None:
    assert "<span" not in code_lines("x = 1\n" * 10_000, "python")[0]


def test_code_has_styles_for_light_and_dark() -> None:
    assert code_css().count("@media (prefers-color-scheme: dark)") == 1
