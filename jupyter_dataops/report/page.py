"""The HTML page of one run: one file that fetches nothing and runs no script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from jupyter_dataops.graph.svg import to_svg as graph_svg
from jupyter_dataops.ids import NodeName, checked_by
from jupyter_dataops.records import AttemptRecord, Failure
from jupyter_dataops.report import timeline
from jupyter_dataops.report.coloured import code_css, code_lines, coloured
from jupyter_dataops.report.facts import failing_rows, found_values
from jupyter_dataops.report.looks import is_at_fault, shown, shown_state, troubles_of
from jupyter_dataops.report.marked import marked
from jupyter_dataops.report.models import ExecutedCell, NodePage, RunPage
from jupyter_dataops.report.outputs import Room, cut_text, render_markdown, render_outputs
from jupyter_dataops.report.path import path_of
from jupyter_dataops.report.quantities import duration_text, size_text
from jupyter_dataops.report.tree import Row, rows_of
from jupyter_dataops.report.verdict import first_failure, place_of, verdict
from jupyter_dataops.states import CAUSE_MEANINGS

MOST_OUTPUT: Final = 8_000_000
"""Characters of all outputs together."""
MOST_ROWS: Final = 2_000
"""Nodes in the table."""


def render_page(page: RunPage) -> str:
    """The page as HTML."""
    return _environment().get_template("page.html").render(_values(page))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        ansi=coloured,
        cut=cut_text,
        duration=duration_text,
        file_name=lambda path: Path(path).name,
        markdown=render_markdown,
        marked=marked,
        moment=_moment,
        size=size_text,
    )
    return environment


def _values(page: RunPage) -> dict[str, Any]:
    links = {name: f"#n{index}" for index, name in enumerate(page.pages)}
    path = path_of(page)
    rows = rows_of(page.node_runs)
    graph = Markup(graph_svg(page.graph, _states(page), notes=_notes(rows), links=links))  # noqa: S704 - it escapes
    started, ended = page.run.started_at, page.run.finished_at or page.now
    took = (ended - started).total_seconds() if started else 0.0
    return {
        "page": page,
        "run": page.run,
        "title": Path(page.run.notebook).name,
        "look": shown_state(page.run.state),
        "verdict": verdict(page.run, page.node_runs, page.now, lambda record: _number(page.pages.get(record.node))),
        "first": first_failure(page.node_runs),
        "took": took if started else None,
        "graph": graph,
        "graph_width": _width(graph),
        "timeline": _timeline(page, rows, [name for name, _ in path], links) if started else None,
        "path": [(name, seconds, seconds / took if took else 0.0) for name, seconds in path],
        "path_s": sum(seconds for _, seconds in path),
        "rows": rows[:MOST_ROWS],
        "rows_left_out": max(0, len(rows) - MOST_ROWS),
        "checks": list(page.checks.values()),
        "details": _details(page, rows, links),
        "nodes_left_out": len(page.node_runs) - len(page.pages),
        "versions": _versions(page),
        "links": links,
        "shown": shown,
        "failing_rows": failing_rows,
        "found_values": found_values,
        "styles": Markup(code_css()),  # noqa: S704 - our own
    }


def _lasted(attempt: AttemptRecord, now: datetime) -> float:
    return ((attempt.finished_at or now) - attempt.started_at).total_seconds()


def _states(page: RunPage) -> dict[NodeName, Any]:
    return {record.node: record.state for record in page.node_runs if record.node in page.graph}


def _notes(rows: Sequence[Row]) -> dict[NodeName, str]:
    """Beside the nodes of the graph: how many children are done, and checks that did not pass."""
    notes = {}
    for row in rows:
        if row.progress:
            notes[row.node_run.node] = row.progress_text
    for row in rows:
        record = row.node_run
        look = shown(record)
        if record.severity is not None and look.word in ("failed", "warned"):
            node = checked_by(record.node)
            notes[node] = f"{notes.get(node, '')} {look.symbol} check".strip()
    return notes


def _width(svg: str) -> int:
    """In px. A drawing shrinks to the width of the page only as far as it can still be read."""
    found = re.search(r' width="(\d+)"', svg)
    return int(found[1]) if found else 0


def _timeline(
    page: RunPage, rows: Sequence[Row], path: Sequence[NodeName], links: Mapping[NodeName, str]
) -> dict[str, Any]:
    made = timeline.timeline_of(
        rows,
        page.attempts,
        page.queued_at,
        _with_groups(path, page),
        start=page.run.started_at or page.now,
        end=page.run.finished_at or page.now,
    )
    return {"svg": Markup(timeline.to_svg(made, links)), "left_out": made.left_out}  # noqa: S704 - it escapes


def _with_groups(path: Sequence[NodeName], page: RunPage) -> set[NodeName]:
    """The nodes of the path, and the groups that they are in."""
    parents = {record.node: record.parent for record in page.node_runs}
    found: set[NodeName] = set()
    for name in path:
        above: NodeName | None = name
        while above is not None:
            found.add(above)
            above = parents.get(above)
    return found


def _number(one: NodePage | None) -> int | None:
    failure = one.record.failure if one else None
    return one.numbers.get(failure.cell_id) if one and failure and failure.cell_id else None


def _details(page: RunPage, rows: Sequence[Row], links: Mapping[NodeName, str]) -> list[dict[str, Any]]:
    """Nodes in order, with the name of the folded group whose quiet children they are, or none."""
    room = Room(MOST_OUTPUT)
    folded = {row.node_run.node for row in rows if row.is_folded}
    troubles = {record.node for record in troubles_of(page.node_runs)}

    def quiet_in(one: NodePage) -> NodeName | None:
        parent = one.record.parent
        return parent if parent in folded and one.record.node not in troubles else None

    return [
        {"of": group, "nodes": [_node(one, page, room, links[one.record.node], troubles) for one in nodes]}
        for group, nodes in groupby(page.pages.values(), quiet_in)
    ]


def _node(one: NodePage, page: RunPage, room: Room, link: str, troubles: Collection[NodeName]) -> dict[str, Any]:
    record = one.record
    return {
        "page": one,
        "record": record,
        "id": link.removeprefix("#"),
        "look": shown(record),
        "is_open": record.node in troubles and is_at_fault(record),
        "reason": "" if record.failure and record.failure.headline in record.reason else record.reason,
        "place": place_of(record, _number(one)),
        "meaning": CAUSE_MEANINGS[record.failure.cause] if record.failure else "",
        "cells": [_cell(cell, record.failure, one, page.language, room) for cell in one.cells],
        "attempts": [_attempt(attempt, one, page) for attempt in one.attempts],
    }


def _cell(cell: ExecutedCell, failure: Failure | None, one: NodePage, language: str, room: Room) -> dict[str, Any]:
    line = failure.line if failure and failure.cell_id == cell.cell_id else None
    # The traceback of what failed the node stands with the error.
    outputs = [out for out in cell.outputs if not (failure and failure.traceback and out["output_type"] == "error")]
    return {
        "number": one.numbers.get(cell.cell_id),
        "lines": list(enumerate(code_lines(cell.source, language), start=1)),
        "line": line,
        "outputs": render_outputs(outputs, room),
    }


def _attempt(attempt: AttemptRecord, one: NodePage, page: RunPage) -> dict[str, Any]:
    is_last = attempt.attempt == one.attempts[-1].attempt
    after = (attempt.started_at - page.run.started_at).total_seconds() if page.run.started_at else None
    return {
        "number": attempt.attempt,
        "after": after if one.record.source_run_id is None else None,
        "started_at": attempt.started_at,
        "took": _lasted(attempt, page.now),
        "ended": str(shown(one.record)) if is_last else "✘ failed",
        "failure": attempt.failure,
        "usage": attempt.usage,
        "links": one.links.get(attempt.attempt),
    }


def _versions(page: RunPage) -> list[tuple[str, str]]:
    """What the attempts of this run ran on; the most frequent version first where there are several."""
    found: dict[str, Counter[str]] = {}
    for attempts in page.attempts.values():
        for usage in (attempt.usage for attempt in attempts if attempt.usage):
            for name, version in {"Python": usage.python, **usage.packages}.items():
                if version:
                    found.setdefault(name, Counter())[version] += 1
    own = [("jupyter-dataops", page.version)]
    listed = sorted(found.items(), key=lambda item: (item[0] != "Python", item[0].lower()))
    return own + [
        (name, ", ".join(version for version, _ in versions.most_common()))
        for name, versions in listed
        if name != "jupyter-dataops"
    ]


def _moment(moment: datetime | None) -> Markup:
    if moment is None:
        return Markup()
    said = moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), said)
