"""The graph as SVG with our own layout: no other program is needed. Legible on light and dark ground."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape

from msgspec import Struct

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph, States, edges_of, nodes_of
from jupyter_dataops.graph.draw import fill_of, label_of
from jupyter_dataops.graph.layout import Layers, Slot, lay_out
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS

_NO_STATES: Final[States] = {}
_NONE: Final[Mapping[NodeName, str]] = {}
_INK: Final = "#1f2328"
_LINE: Final = "#848d97"  # as far from white as from black
_CHARACTER: Final = 7.6  # width in px of a typical character at 13 px, rounded up
_HEIGHT: Final = 34
_ROW: Final = 52
_GAP: Final = 52  # between columns, beside the room for the names on their arrows
_MARGIN: Final = 12
_LONGEST: Final = 22
_STYLE: Final = 'style="max-width:100%;height:auto" font-size="13" font-family="sans-serif"'
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ARROW: Final = (
    '<defs><marker id="dataops-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    f' orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="{_LINE}"/></marker></defs>'
)


class _Box(Struct, frozen=True):
    """Where a node, or an edge passing a layer, stands; in px."""

    left: float
    middle: float
    width: float

    @property
    def right(self) -> float:
        return self.left + self.width


def to_svg(
    graph: Graph,
    states: States = _NO_STATES,
    *,
    notes: Mapping[NodeName, str] = _NONE,
    links: Mapping[NodeName, str] = _NONE,
) -> str:
    """An SVG document: boxes in the colour of their state, with symbol and word; arrows with the names they carry.

    Every box and arrow has a ``<title>``, which screen readers read and browsers show on hover.

    Parameters
    ----------
    notes
        What the boxes of some nodes say beside their names.
    links
        Where a click on a node leads.

    Examples
    --------
    >>> import networkx as nx
    >>> to_svg(nx.DiGraph()).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    names = nodes_of(graph)
    labels = {name: f"{label_of(name, states)} {notes.get(name, '')}".rstrip() for name in names}
    layout = lay_out(graph)
    boxes = _place(graph, layout, {name: _text_width(label) + 24 for name, label in labels.items()})
    width = max((box.right for box in boxes.values()), default=0.0) + _MARGIN
    height = (max(layout.heights.values(), default=0) + 0.5) * _ROW + 2 * _MARGIN
    summary = f"Pipeline {graph.name}: {len(names)} nodes" if graph.name else f"Pipeline: {len(names)} nodes"
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {_STYLE}>',
        f"<title>{_escaped(summary)}</title>",
        _ARROW,
        *_edges(graph, layout, boxes),
        *(_linked(_node(name, labels[name], boxes[name], states), links.get(name)) for name in names),
        "</svg>",
    ]
    return "\n".join(parts)


def _place(graph: Graph, layout: Layers, widths: Mapping[NodeName, float]) -> dict[Slot, _Box]:
    """A column for each layer, from left to right, as wide as its widest node."""
    room: dict[str, float] = {}
    for edge in edges_of(graph):
        room[edge.source] = max(room.get(edge.source, 0.0), _text_width(_shortened(edge.carries)))
    boxes: dict[Slot, _Box] = {}
    left = float(_MARGIN)
    for layer in layout.layers:
        nodes = [NodeName(slot) for slot in layer if isinstance(slot, str)]
        width = max(widths[name] for name in nodes)
        for slot in layer:
            boxes[slot] = _Box(left, layout.heights[slot] * _ROW + _MARGIN, width)
        left += width + _GAP + max(room.get(name, 0.0) for name in nodes)
    return boxes


def _shortened(names: Sequence[str]) -> str:
    shown = ", ".join(names[:2]) + (f", +{len(names) - 2}" if len(names) > 2 else "")
    return shown if len(shown) <= _LONGEST else f"{len(names)} names" if len(names) > 1 else f"{shown[:_LONGEST]}…"


def _edges(graph: Graph, layout: Layers, boxes: Mapping[Slot, _Box]) -> list[str]:
    drawn = []
    for edge in edges_of(graph):
        # An edge that closes a cycle is drawn straight.
        route = layout.routes.get((edge.source, edge.target), (edge.source, edge.target))
        dashes = ' stroke-dasharray="5 4"' if edge.kind is EdgeKind.ORDER else ""
        title = f"{edge.source} to {edge.target}: {', '.join(edge.carries) or 'order only'}"
        drawn.append(
            f"<g><title>{_escaped(title)}</title>"
            f'<path d="{_path(route, boxes)}" fill="none" stroke="{_LINE}" stroke-width="1.3"{dashes}'
            ' marker-end="url(#dataops-arrow)"/>'
            f"{_edge_label(_shortened(edge.carries), boxes[route[0]], boxes[route[1]])}</g>"
        )
    return drawn


def _path(route: tuple[Slot, ...], boxes: Mapping[Slot, _Box]) -> str:
    start = boxes[route[0]]
    steps = [f"M{start.right:.1f} {start.middle:.1f}"]
    for before, after in pairwise(boxes[slot] for slot in route):
        bend = max(10.0, (after.left - before.right) / 2)
        steps.append(
            f"C{before.right + bend:.1f} {before.middle:.1f} {after.left - bend:.1f} {after.middle:.1f}"
            f" {after.left:.1f} {after.middle:.1f}"
        )
        if after is not boxes[route[-1]]:
            steps.append(f"H{after.right:.1f}")
    return "".join(steps)


def _edge_label(names: str, before: _Box, after: _Box) -> str:
    """Halfway to the next column: arrows out of one node, or into one, have parted there."""
    if not names:
        return ""
    x, y = (before.right + after.left) / 2, (before.middle + after.middle) / 2 - 4
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="11" fill="{_LINE}">{_escaped(names)}</text>'


def _node(name: NodeName, label: str, box: _Box, states: States) -> str:
    state = states.get(name)
    title = name if state is None else f"{name}: {state}, {LOOKS[state].meaning}"
    css = "" if state is None else f" jp-dataops-{state}"
    return (
        f'<g class="jp-dataops-node{css}"><title>{_escaped(title)}</title>'
        f'<rect x="{box.left:.1f}" y="{box.middle - _HEIGHT / 2:.1f}" width="{box.width:.1f}" height="{_HEIGHT}" rx="7"'
        f' fill="{fill_of(name, states)}" stroke="{_LINE}"/>'
        f'<text x="{box.left + box.width / 2:.1f}" y="{box.middle + 4.5:.1f}" text-anchor="middle"'
        f' fill="{_INK}">{_escaped(label)}</text></g>'
    )


def _linked(drawn: str, link: str | None) -> str:
    return drawn if link is None else f'<a href="{_escaped(link)}">{drawn}</a>'


def _text_width(text: str) -> float:
    # East Asian and emoji characters are about twice as wide.
    return sum(_CHARACTER if ord(character) < 0x1100 else 2 * _CHARACTER for character in text)


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text), {'"': "&quot;"})
