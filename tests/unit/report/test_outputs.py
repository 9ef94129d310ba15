from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from jupyter_dataops.report.outputs import MOST_HTML, MOST_PICTURE, MOST_TEXT, Room, render_markdown, render_outputs
from jupyter_dataops.report.sanitise import clean_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://x.example/a.png">',
    '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
    '<img srcset="https://x.example/a.png 2x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<iframe src="https://x.example"></iframe><object data="x"></object><embed src="x">',
    '<form action="https://x.example"><input name="a"><button>x</button></form>',
    "<style>body { display: none }</style>",
    '<link rel="stylesheet" href="https://x.example/a.css">',
    '<meta http-equiv="refresh" content="0;url=https://x.example">',
    '<base href="https://x.example/">',
    '<div style="position:fixed;top:0;background:url(https://x.example/a.png)">x</div>',
    '<p id="graph" class="state" name="x">x</p>',
    "</style></script></pre></details></main></body>",
    "<!-- --><!--><script>alert(1)</script>",
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    '<video src="https://x.example/a.mp4" autoplay></video><audio src="x"></audio>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    seen = _Seen()
    seen.feed(html)
    for tag, attributes in seen.tags:
        assert tag not in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "svg",
            "link",
            "meta",
            "base",
        }
        assert not {name for name in attributes if name.startswith("on")} | {"id", "srcset", "name"} & set(attributes)
        assert (attributes.get("src") or "data:image/").startswith("data:image/")
        assert re.match(r"(https?://|mailto:|#|$)", attributes.get("href") or "")
        assert not re.search(r"url|position|expression", attributes.get("style") or "")


def display(**data) -> dict:
    return {
        "output_type": "display_data",
        "data": {kind.replace("__", "/").replace("_xml", "+xml"): value for kind, value in data.items()},
    }


def rendered(*outputs: dict, room: int = 10**9) -> str:
    return str(render_outputs(outputs, Room(room)))


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_is_harmless_as_output_and_as_markdown(html: str) -> None:
    assert_harmless(clean_html(html))
    assert_harmless(rendered(display(text__html=html, text__plain="fig")))
    assert_harmless(rendered(display(text__markdown=f"# x\n\n{html}\n\n[a](javascript:alert(1))")))
    assert_harmless(render_markdown(html))


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20), max_size=4).map("".join))
def test_no_mixture_of_hostile_pieces_gets_through(html: str) -> None:
    assert_harmless(clean_html(html))
    assert clean_html(clean_html(html)) == clean_html(html)


@pytest.mark.parametrize("html", HOSTILE)
def test_text_of_any_kind_stays_text(html: str) -> None:
    streams = [{"output_type": "stream", "name": name, "text": html} for name in ("stdout", "stderr")]
    error = {"output_type": "error", "ename": "E", "evalue": html, "traceback": [f"\x1b[31m{html}\x1b[0m"]}
    for output in (*streams, error, display(text__plain=html)):
        assert_harmless(rendered(output))
        assert Markup(rendered(output)).unescape().count(html) == 1


def test_a_table_stays_a_table() -> None:
    table = '<table border="1" class="dataframe"><thead><tr><th>a</th></tr></thead><tbody><tr><td style="color:red">1</td></tr></tbody></table>'
    made = rendered(display(text__html=f"<style scoped>.x{{}}</style>{table}"))
    assert "<table><thead><tr><th>a</th></tr></thead><tbody><tr>" in made
    assert '<td style="color:red">1</td>' in made


def test_headings_of_an_output_do_not_stand_among_those_of_the_page() -> None:
    assert clean_html("<h1>Sales</h1><H2>x</H2>") == "<h5>Sales</h5><h5>x</h5>"


def test_pictures_are_part_of_the_page_and_say_what_they_are() -> None:
    made = rendered(display(image__png="iVBOR\nw0KGg==", text__plain="<Figure size 640x480>", text__html="<b>x</b>"))
    assert made == ('<img src="data:image/png;base64,iVBORw0KGg==" alt="&lt;Figure size 640x480&gt;" loading="lazy">')


def test_a_drawing_is_shown_as_a_picture_so_that_its_scripts_do_not_run() -> None:
    made = rendered(display(image__svg_xml=["<svg onload='x()'>", "</svg>"]))
    assert made.startswith('<img src="data:image/svg+xml;base64,')
    assert "onload" not in made


@pytest.mark.parametrize("broken", ["<script>", "ü", "a", '"onerror="x'])
def test_a_picture_that_is_none_is_a_note(broken: str) -> None:
    assert rendered(display(image__png=broken)) == '<p class="note">a picture that cannot be read</p>'


def test_pieces_of_one_stream_are_joined_and_coloured() -> None:
    pieces = [("stdout", "a"), ("stdout", ["b\n", "\x1b[1mc\x1b[0m\n"]), ("stderr", "d"), ("stdout", "e")]
    made = rendered(*({"output_type": "stream", "name": name, "text": text} for name, text in pieces))
    assert made.splitlines() == [
        '<pre class="stdout" tabindex="0">ab',
        '<span class="ansi-bold">c</span></pre>',
        '<pre class="stderr" tabindex="0">d</pre>',
        '<pre class="stdout" tabindex="0">e</pre>',
    ]


def test_what_needs_scripts_is_shown_as_text_with_a_note() -> None:
    plotly = {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": {}, "text/plain": "Figure()"}}
    scripted = display(text__html="<script>draw()</script><div></div>", text__plain="Chart()")
    for output, text in ((plotly, "Figure()"), (scripted, "Chart()")):
        assert f">{text}</pre>" in rendered(output)
        assert "open the executed notebook" in rendered(output)


def test_what_this_package_displays_for_itself_is_not_shown() -> None:
    own = {"output_type": "display_data", "data": {"application/vnd.jupyter-dataops.outputs+json": {"x": 1}}}
    assert rendered(own) == ""


def test_a_long_text_is_cut_in_the_middle() -> None:
    made = rendered({"output_type": "stream", "name": "stdout", "text": "a" * MOST_TEXT + "b" * MOST_TEXT})
    assert len(made) < MOST_TEXT + 300
    assert "a\n[...]\nb" in made
    assert '<p class="note">40,000 characters, cut to 20,000</p>' in made


def test_what_is_too_large_is_left_out_with_a_note() -> None:
    assert "HTML of 195.3 KiB left out" in rendered(display(text__html="<b>" * (MOST_HTML // 3 + 1), text__plain="t"))
    assert "picture of 1.4 MiB left out" in rendered(display(image__png="A" * (MOST_PICTURE + 4)))
    assert "drawing of 1.9 MiB left out" in rendered(display(image__svg_xml="A" * (MOST_PICTURE + 4)))


def test_a_page_takes_only_so_much() -> None:
    room = Room(100)
    output = {"output_type": "stream", "name": "stdout", "text": "a" * 50}
    assert "left out" not in render_outputs([output], room)
    assert "the page is large enough" in render_outputs([output], room)


@pytest.mark.parametrize("output", [{"output_type": "display_data", "data": {}}, {"output_type": "error"}])
def test_an_output_without_content_is_nothing(output: dict) -> None:
    assert rendered(output) == ""
