from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import LoadedAsset
from jupyter_dataops.report.models import ExecutedCell, Input, NodePage, ParameterValue, RunPage
from jupyter_dataops.report.page import render_page
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.support.published import an_asset
from tests.unit.report.made import (
    a_check_failure,
    a_failure,
    a_page,
    a_run,
    an_output,
    at,
    attempt,
    check,
    node,
    ran,
)
from tests.unit.report.test_outputs import HOSTILE

VOID = {"meta", "img", "br", "hr", "link", "input", "col", "wbr", "path", "rect"}
CELL = ExecutedCell(
    "c1", "x = 1\nx['rain']\n", ({"output_type": "stream", "name": "stdout", "text": "12 \x1b[31mrows\x1b[0m"},)
)
FAILED = ran(
    "clean", 2, 5, NodeState.FAILED, position=1, failure=a_failure(traceback="\x1b[31mKeyError\x1b[0m: 'rain'")
)


class _Page(HTMLParser):
    """What a browser would find; a tag that is not closed in its place is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def whole_page(**more) -> RunPage:
    """A run with everything that a page tells."""
    rows = [
        ran("load", 0, 2, outputs={"df": an_output()}),
        FAILED,
        check("check:load/prices", NodeState.FAILED, position=2, failure=a_check_failure()),
        check("check:load/warns", NodeState.FAILED, CheckSeverity.WARN, position=3, failure=a_check_failure()),
        node("score", NodeState.RUNNING, position=4, started_at=at(3)),
        *[ran(f"score[{key}]", 3, 4, position=n, parent="score", key=key) for n, key in enumerate("ab")],
    ]
    made = a_page(*rows, run=a_run(RunState.FAILED, reason="`clean` failed"), edges=["load -df> clean"], **more)
    pages = dict(made.pages)
    pages[NodeName("clean")] = NodePage(
        FAILED,
        [attempt("clean", 1, 2, 5)],
        description="# Clean\n\nDrops *bad* rows.",
        cells=[CELL],
        numbers={"c1": 18},
        inputs=[Input("df", NodeName("load"), an_output().artifact)],
        log="12 rows",
        log_is_cut=True,
        links={1: ("clean/1/notebook.ipynb", "clean/1/log.jsonl")},
        published=[an_asset("clean_sales", 2)],
        loaded=[LoadedAsset("rates", 4, RunId("r9"), "/teams/rates.ipynb")],
    )
    parameters = [ParameterValue("city", "'bern'", is_given=True), ParameterValue("n", "3", is_given=False)]
    attempts = {**made.attempts, NodeName("clean"): [attempt("clean", 1, 2, 5)]}
    fields = {name: getattr(made, name) for name in made.__struct_fields__}
    return RunPage(**{**fields, "pages": pages, "parameters": parameters, "attempts": attempts})


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</style>")[1]).split())


def test_a_node_tells_which_assets_it_loaded_and_published() -> None:
    said = text_of(render_page(whole_page()))
    assert "Loaded assets rates@4 , published by run r9 of rates.ipynb" in said
    assert "Published assets clean_sales@2 , from df" in said


def test_every_section_is_there_and_reachable() -> None:
    html = render_page(whole_page())
    page = _Page(html)
    headings = re.findall(r"<h2 [^>]*>(.*?)</h2>", html)
    assert headings == ["Graph", "Timeline", "Nodes", "Checks", "Details", "Parameters", "Versions"]
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(set(ids)) == len(ids)
    targets = [link["href"] for link in page.all("a") if (link.get("href") or "").startswith("#")]
    assert {target[1:] for target in targets if target} <= set(ids)


def test_the_head_says_what_became_of_the_run_and_who_asked() -> None:
    said = text_of(render_page(whole_page()))
    assert "Failed after 10.0s: node clean failed first in cell 18, line 2: KeyError: &#39;rain&#39;. Go there" in said
    assert "asked for by jo@here" in said
    assert "run bcd2345678" in said
    assert "reason clean failed" in said
    assert "<code>clean</code> failed" in render_page(whole_page())


def test_a_failed_node_is_open_and_shows_its_line_error_and_outputs() -> None:
    html = render_page(whole_page())
    part = html.split("<h3>clean</h3>")[1].split("</details>\n<details")[0]
    assert '<details class="node" open>\n<summary><h3>clean</h3>' in html
    assert "cell 18, line 2" in part
    assert 'class="row failed" data-n="2"' in part
    assert part.count('failed" data-n') == 1
    assert '<span class="ansi-red">KeyError</span>: &#39;rain&#39;</pre>' in part
    assert '12 <span class="ansi-red">rows</span>' in part
    assert "Drops <em>bad</em> rows." in part
    assert '<a href="clean/1/notebook.ipynb">notebook</a> <a href="clean/1/log.jsonl">log</a>' in part
    assert "117.7 MiB" in part
    assert "Log, its end" in part
    assert "pandas.DataFrame" in part
    assert "3 \N{MULTIPLICATION SIGN} 2" in part


def test_the_error_of_a_failed_cell_is_shown_once() -> None:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'rain'", "traceback": ["\x1b[31mKeyError: once"]}
    failed = ran("clean", 2, 5, NodeState.FAILED, failure=a_failure(traceback="KeyError: once"))
    html = render_page(a_page(failed, cells={"clean": [ExecutedCell("c1", "x", (error,))]}))
    assert html.count("KeyError: once") == 1


def test_checks_show_verdicts_values_and_the_rows_that_fail() -> None:
    html = render_page(whole_page())
    part = html.split('<h2 id="checks">')[1].split('<h2 id="details">')[0]
    assert "✘ failed" in part
    assert "⚠ warned" in part
    assert "only warns" in part
    assert "df.price.min() = -1" in part
    assert "12 failing rows, the first 2" in part
    assert "&lt;Genf&gt;" in part


def test_parameters_and_versions_are_listed() -> None:
    said = text_of(render_page(whole_page()))
    assert "city &#39;bern&#39; this run n 3 the notebook" in said
    assert "jupyter-dataops 1.2.3 Python 3.12.1 pandas 2.2.3" in said


def test_the_critical_path_has_seconds_and_shares() -> None:
    a, b = ran("a", 0, 6), ran("b", 6, 8, position=1)
    page = a_page(a, b, edges=["a -x> b"])
    said = text_of(render_page(page))
    assert "Critical path: 8.0s of 10.0s" in said
    assert "a 6.00 60 % b 2.00 20 %" in said


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_users_say_becomes_part_of_the_page(html: str) -> None:
    failure = a_failure(ename=html, evalue=html, traceback=html, facts={"values": {html: html}})
    facts = a_failure(
        ename=html, evalue=html, facts={"failing_rows": {"columns": [html], "rows": [[html]], "count": 1}}
    )
    display = {"output_type": "display_data", "data": {"text/html": html, "text/plain": html}}
    rows = [
        ran("a", 0, 1, NodeState.FAILED, failure=failure, reason=html, outputs={"x": an_output(html)}),
        node(f"a[{html}]", parent="a"),
        check("check:a/x", NodeState.FAILED, failure=facts, position=1),
    ]
    made = a_page(
        *rows,
        run=a_run(RunState.FAILED, notebook=f"/home/{html}.ipynb", created_by=html, reason=html),
        cells={"a": [ExecutedCell("c1", html, (display,))]},
        parameters=[ParameterValue(html, html, is_given=True)],
        language=html,
    )
    page = _Page(render_page(made))
    allowed = {"meta": {"charset", "http-equiv", "content", "name"}}
    assert not page.all("script", "iframe", "object", "embed", "form", "input", "link", "base", "video", "audio")
    assert len(page.all("style")) == len(page.all("body")) == len(page.all("main")) == 1
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert "javascript" not in (attributes.get("href") or "")
        assert tag != "meta" or set(attributes) <= allowed["meta"]


def test_the_page_fetches_nothing_and_says_so_to_the_browser() -> None:
    html = render_page(whole_page())
    page = _Page(html)
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert not [tag for tag, attributes in page.tags if {"src", "srcset"} & set(attributes)]
    style = html.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|https?:", style)
    assert all(not (link.get("href") or "").startswith("http") for link in page.all("a"))


def test_it_can_be_read_without_colours_or_sight() -> None:
    page = _Page(render_page(whole_page()))
    assert page.all("html") == [{"lang": "en"}]
    assert all(attributes.get("scope") for attributes in page.all("th"))
    assert len(page.all("svg")) == len([one for one in page.all("svg") if one.get("role") == "img"]) == 2
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1


@pytest.mark.parametrize("state", RunState)
def test_a_run_in_any_state_has_a_page(state: RunState) -> None:
    started = None if state is RunState.QUEUED else at(0)
    nodes = [node(str(one), one, position=n) for n, one in enumerate(NodeState)]
    html = render_page(a_page(*nodes, run=a_run(state, started_at=started)))
    _Page(html)
    assert ("Timeline" in html) == (state is not RunState.QUEUED)


def test_a_run_without_nodes_has_a_page() -> None:
    _Page(render_page(a_page()))


def test_the_nodes_of_the_graph_lead_to_their_details_and_say_what_is_within() -> None:
    html = render_page(whole_page())
    graph = html.split('aria-label="Graph of the pipeline"')[1].split("</svg>")[0]
    assert '<a href="#n1"><g class="jp-dataops-node jp-dataops-failed">' in graph
    assert "2/2" in graph
    assert "✘ check ⚠ check" in graph


def test_a_thousand_nodes_are_a_page_of_a_few_megabytes_in_a_few_seconds() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "a line of text\n" * 20}
    cell = ExecutedCell("c1", "total = sum(order.price for order in orders)\n" * 10, (output,))
    nodes = [ran(f"n{n}", n / 100, n / 100 + 1, position=n) for n in range(1000)]
    page = a_page(*nodes, cells={one.node: [cell] for one in nodes}, edges=[f"n{n} -x> n{n + 1}" for n in range(999)])
    began = time.process_time()
    html = render_page(page)
    assert time.process_time() - began < 15
    assert len(html) < 8_000_000
