"""When what ran: the attempts of a run over time, as an SVG. Legible on light and dark ground."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from xml.sax.saxutils import escape

from msgspec import Struct

from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AttemptRecord, NodeRunRecord
from jupyter_dataops.report.looks import Shown, shown, shown_state
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.report.tree import Row
from jupyter_dataops.states import NodeState

MOST_LANES: Final = 300
_WIDTH: Final = 1000
_CHARACTER: Final = 6.9
_ROW: Final = 22
_BAR: Final = 13
_AXIS: Final = 24
_INDENT: Final = 12
_LONGEST_NAME: Final = 34
_THINNEST: Final = 1.5
_LINE: Final = "#848d97"


class SpanKind(StrEnum):
    """What a node did for a while."""

    QUEUED = "queued"
    """It waited for a slot."""
    ATTEMPT = "attempt"
    WAITING = "waiting"
    """It waited for its next attempt."""
    GROUP = "group"
    """What it has expanded to was at work."""


class Stretch(Struct, frozen=True):
    """What a node run did for a while."""

    kind: SpanKind
    start: datetime
    end: datetime | None
    """`None`: it goes on, or the run ended with it."""
    state: NodeState
    attempt: int = 0
    is_outcome: bool = False
    """`state` is what came of the node run in the end."""


class Span(Struct, frozen=True):
    """A stretch of a lane; seconds since the run began."""

    kind: SpanKind
    start_s: float
    end_s: float
    look: Shown
    attempt: int = 0

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


class Lane(Struct, frozen=True):
    """One node run over time."""

    node: NodeName
    depth: int
    look: Shown
    spans: tuple[Span, ...]
    is_critical: bool
    """It is on the critical path."""

    @property
    def busy_s(self) -> float:
        """How long it was at work."""
        return sum(span.duration_s for span in self.spans if span.kind in (SpanKind.ATTEMPT, SpanKind.GROUP))


class Timeline(Struct, frozen=True):
    """All lanes of a run that have something to show, at most `MOST_LANES`."""

    lanes: tuple[Lane, ...]
    end_s: float
    left_out: int
    """Lanes for which there was no room: the shortest."""


def timeline_of(
    rows: Sequence[Row],
    attempts: Mapping[NodeName, Sequence[AttemptRecord]],
    queued_at: Mapping[NodeName, Sequence[datetime]],
    critical: Collection[NodeName],
    *,
    start: datetime,
    end: datetime,
    most: int = MOST_LANES,
) -> Timeline:
    """The lanes of `rows`.

    Parameters
    ----------
    queued_at
        When each node came to wait for a slot, once per attempt.
    start, end
        Of the run; what has not ended goes on to the end.
    """
    lanes = []
    for row in rows:
        node_run = row.node_run
        seconds = _Seconds(start, end)
        spans = tuple(_spans(node_run, attempts.get(node_run.node, ()), queued_at.get(node_run.node, ()), seconds))
        if spans:
            lanes.append(Lane(node_run.node, row.depth, shown(node_run), spans, node_run.node in critical))
    longest = sorted(lanes, key=lambda lane: (not lane.is_critical, -lane.busy_s))[:most]
    kept = {lane.node for lane in longest}
    return Timeline(
        tuple(lane for lane in lanes if lane.node in kept), (end - start).total_seconds(), len(lanes) - len(kept)
    )


class _Seconds(Struct, frozen=True):
    start: datetime
    end: datetime

    def of(self, moment: datetime | None) -> float:
        """Seconds from the run's start to `moment`, or to its end."""
        return min(max(0.0, ((moment or self.end) - self.start).total_seconds()), self.whole)

    @property
    def whole(self) -> float:
        return (self.end - self.start).total_seconds()


def _spans(
    node_run: NodeRunRecord, attempts: Sequence[AttemptRecord], queued_at: Sequence[datetime], seconds: _Seconds
) -> Iterator[Span]:
    for one in stretches(node_run, attempts, queued_at):
        look = shown(node_run) if one.is_outcome else shown_state(one.state)
        yield Span(one.kind, seconds.of(one.start), seconds.of(one.end), look, one.attempt)


def stretches(
    node_run: NodeRunRecord, attempts: Sequence[AttemptRecord], queued_at: Sequence[datetime]
) -> Iterator[Stretch]:
    """What a node run did when; nothing for one that was reused, whose attempts are another run's.

    Parameters
    ----------
    queued_at
        When it came to wait for a slot, once per attempt.
    """
    if node_run.source_run_id is not None:
        return
    starts = [attempt.started_at for attempt in attempts]
    if not attempts and node_run.started_at is not None:
        yield Stretch(SpanKind.GROUP, node_run.started_at, node_run.finished_at, node_run.state, is_outcome=True)
        starts = [node_run.started_at]
    for moment in queued_at:
        begun = next((start for start in starts if start >= moment), node_run.finished_at)
        yield Stretch(SpanKind.QUEUED, moment, begun, NodeState.QUEUED)
    for index, attempt in enumerate(attempts):
        is_last, over = index == len(attempts) - 1, attempt.finished_at
        state = node_run.state if is_last else NodeState.FAILED
        yield Stretch(SpanKind.ATTEMPT, attempt.started_at, over, state, attempt.attempt, is_outcome=is_last)
        if not is_last:
            ended = over or attempt.started_at
            again = next((moment for moment in queued_at if moment >= ended), attempts[index + 1].started_at)
            yield Stretch(SpanKind.WAITING, ended, again, NodeState.RETRYING)
        elif over and _expanded(node_run) and (node_run.finished_at is None or node_run.finished_at > over):
            yield Stretch(SpanKind.GROUP, over, node_run.finished_at, node_run.state, is_outcome=True)


def _expanded(node_run: NodeRunRecord) -> bool:
    return node_run.parameters is not None


def to_svg(timeline: Timeline, links: Mapping[NodeName, str]) -> str:
    """The timeline as an SVG: a line per node, bars in the colour of what came of each attempt.

    What is on the critical path has ``◆`` and a thick frame. Every bar has a title, which screen readers read and
    browsers show.

    Parameters
    ----------
    links
        Where a click on a node's name leads.
    """
    height = _AXIS + len(timeline.lanes) * _ROW + 6
    names = max((_CHARACTER * len(_label(lane)) + _INDENT * lane.depth for lane in timeline.lanes), default=0.0) + 12
    place = _Place(names, (_WIDTH - names - 20) / max(timeline.end_s, 1e-9))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height}" {_size(height)}>',
        f"<title>Timeline: {len(timeline.lanes)} nodes in {duration_text(timeline.end_s)}</title>",
        *_axis(timeline.end_s, place, height),
    ]
    for index, lane in enumerate(timeline.lanes):
        parts += _lane(lane, _AXIS + index * _ROW, place, links.get(lane.node))
    return "\n".join([*parts, "</svg>"])


def _size(height: int) -> str:
    style = 'style="max-width:100%;height:auto" font-size="12" font-family="sans-serif"'
    return f'width="{_WIDTH}" height="{height}" {style}'


def ticks(end_s: float, most: int = 8) -> list[float]:
    """Round moments from 0 up to the end, at most `most` steps apart.

    Examples
    --------
    >>> ticks(9.5), ticks(100), ticks(0.0)
    ([0.0, 2.0, 4.0, 6.0, 8.0], [0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0], [0.0])
    """
    if end_s <= 0:
        return [0.0]
    least = end_s / most
    digit = 10.0 ** math.floor(math.log10(least))
    steps = [digit * factor for factor in (1, 2, 5, 10)] if least < 10 else [15, 30, 60, 120, 300, 600, 1800, 3600]
    step = next((step for step in steps if step >= least), math.ceil(least / 3600) * 3600)
    return [index * float(step) for index in range(int(end_s / step) + 1)]


class _Place(Struct, frozen=True):
    """Where moments are, in px."""

    left: float
    per_second: float

    def of(self, moment_s: float) -> float:
        return self.left + moment_s * self.per_second


def _axis(end_s: float, place: _Place, height: int) -> Iterator[str]:
    for moment in ticks(end_s):
        x = place.of(moment)
        label = f"{moment:.3g}s" if moment < 60 else duration_text(moment)
        yield f'<path d="M{x:.1f} {_AXIS - 6}V{height}" stroke="{_LINE}" stroke-width=".5" stroke-dasharray="2 3"/>'
        yield f'<text x="{x:.1f}" y="12" text-anchor="middle" font-size="11" fill="{_LINE}">{label}</text>'


def _label(lane: Lane) -> str:
    mark = "◆ " if lane.is_critical else ""
    name = lane.node if len(lane.node) <= _LONGEST_NAME else f"{lane.node[: _LONGEST_NAME - 1]}…"
    return f"{mark}{lane.look.symbol} {name}"


def _lane(lane: Lane, top: float, place: _Place, link: str | None) -> Iterator[str]:
    weight = ' font-weight="bold"' if lane.is_critical else ""
    text = (
        f'<text x="{4 + _INDENT * lane.depth}" y="{top + _ROW / 2 + 4:.1f}" fill="currentColor"{weight}>'
        f"{escape(_label(lane))}</text>"
    )
    yield text if link is None else f'<a href="{escape(link, {chr(34): "&quot;"})}">{text}</a>'
    for span in lane.spans:
        yield _bar(lane, span, top, place)


def _bar(lane: Lane, span: Span, top: float, place: _Place) -> str:
    width = max(span.duration_s * place.per_second, _THINNEST)
    x = min(place.of(span.start_s), _WIDTH - width)
    is_work = span.kind in (SpanKind.ATTEMPT, SpanKind.GROUP)
    bar = _BAR if span.kind is SpanKind.ATTEMPT else _BAR / 2 if is_work else 3
    frame = 'stroke="currentColor" stroke-width="2"' if lane.is_critical and is_work else f'stroke="{_LINE}"'
    return (
        f"<g><title>{escape(_title(lane, span))}</title>"
        f'<rect x="{x:.1f}" y="{top + (_ROW - bar) / 2:.1f}" width="{width:.1f}" height="{bar:.1f}" rx="2"'
        f' fill="{span.look.fill}" {frame}/></g>'
    )


def _title(lane: Lane, span: Span) -> str:
    took = duration_text(span.duration_s)
    match span.kind:
        case SpanKind.QUEUED:
            what = f"waited {took} for a slot"
        case SpanKind.WAITING:
            what = f"waited {took} for its next attempt"
        case SpanKind.GROUP:
            what = f"was at work for {took}: {span.look.word}"
        case SpanKind.ATTEMPT:
            what = f"attempt {span.attempt} took {took}: {span.look.word}"
    end = ", on the critical path" if lane.is_critical and span.kind is not SpanKind.QUEUED else ""
    return f"{lane.node} {what}; from {duration_text(span.start_s)} to {duration_text(span.end_s)}{end}"
