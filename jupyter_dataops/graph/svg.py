"""The graph as SVG with our own layout: no other program is needed. Legible on light and dark ground."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph, States, edges_of, nodes_of
from jupyter_dataops.graph.draw import fill_of, label_of
from jupyter_dataops.graph.layout import Layers, Slot, lay_out
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS

_NO_STATES: Final[States] = {}
_INK: Final = "#1f2328"
_LINE: Final = "#848d97"  # as far from white as from black
_CHARACTER: Final = 7.6  # width in px of a typical character at 13 px, rounded up
_HEIGHT: Final = 34
_GAP_X: Final = 28
_GAP_Y: Final = 52
_PASSING: Final = 12
_MARGIN: Final = 12
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ARROW: Final = (
    '<defs><marker id="dataops-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    f' orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="{_LINE}"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a node, or an edge passing a layer, stands; in px."""

    centre: float
    top: float
    width: float


def to_svg(graph: Graph, states: States = _NO_STATES) -> str:
    """An SVG document: boxes in the colour of their state, with symbol and word; arrows with the names they carry.

    Every box and arrow has a ``<title>``, which screen readers read and browsers show on hover.

    Examples
    --------
    >>> import networkx as nx
    >>> to_svg(nx.DiGraph()).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    names = nodes_of(graph)
    labels = {name: label_of(name, states) for name in names}
    layout = lay_out(graph)
    boxes = _place(layout, {name: _text_width(label) + 24 for name, label in labels.items()})
    # A label centred on its arrow may be wider than the boxes around it.
    widest = max((_text_width(", ".join(edge.carries)) for edge in edges_of(graph)), default=0)
    width = max([box.centre + box.width / 2 for box in boxes.values()] + [0.0]) + _MARGIN + widest / 2
    height = len(layout.layers) * (_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN if layout.layers else 2 * _MARGIN
    summary = f"Pipeline {graph.name}: {len(names)} nodes" if graph.name else f"Pipeline: {len(names)} nodes"
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} font-size="13" font-family="sans-serif">',
        f"<title>{_escaped(summary)}</title>",
        _ARROW,
        *_edges(graph, layout, boxes),
        *(_node(name, labels[name], boxes[name], states) for name in names),
        "</svg>",
    ]
    return "\n".join(parts)


def _place(layout: Layers, widths: Mapping[NodeName, float]) -> dict[Slot, _Box]:
    """Each layer side by side, centred on the widest one."""
    sizes: dict[Slot, float] = {name: width for name, width in widths.items()}  # noqa: C416 - dict() keeps the key type
    totals = [sum(sizes.get(slot, _PASSING) + _GAP_X for slot in layer) - _GAP_X for layer in layout.layers]
    widest = max(totals, default=0)
    boxes: dict[Slot, _Box] = {}
    for index, (layer, total) in enumerate(zip(layout.layers, totals, strict=True)):
        left = _MARGIN + (widest - total) / 2
        top = _MARGIN + index * (_HEIGHT + _GAP_Y)
        for slot in layer:
            size = sizes.get(slot, _PASSING)
            boxes[slot] = _Box(left + size / 2, top, size)
            left += size + _GAP_X
    return boxes


def _edges(graph: Graph, layout: Layers, boxes: Mapping[Slot, _Box]) -> list[str]:
    drawn = []
    for edge in edges_of(graph):
        # An edge that points up the page closes a cycle; it is drawn straight.
        route = layout.routes.get((edge.source, edge.target), (edge.source, edge.target))
        # At the end where fewer edges meet, labels overlap less.
        at_end = graph.out_degree(edge.source) >= graph.in_degree(edge.target)
        upper, lower = route[-2:] if at_end else route[:2]
        names = ", ".join(edge.carries)
        dashes = ' stroke-dasharray="5 4"' if edge.kind is EdgeKind.ORDER else ""
        title = f"{edge.source} to {edge.target}: {names or 'order only'}"
        drawn.append(
            f"<g><title>{_escaped(title)}</title>"
            f'<path d="{_path(route, boxes)}" fill="none" stroke="{_LINE}" stroke-width="1.3"{dashes}'
            ' marker-end="url(#dataops-arrow)"/>'
            f"{_edge_label(names, boxes[upper], boxes[lower])}</g>"
        )
    return drawn


def _path(route: tuple[Slot, ...], boxes: Mapping[Slot, _Box]) -> str:
    start = boxes[route[0]]
    steps = [f"M{start.centre:.1f} {start.top + _HEIGHT:.1f}"]
    for upper, lower in pairwise(route):
        from_x, from_y = boxes[upper].centre, boxes[upper].top + _HEIGHT
        to_x, to_y = boxes[lower].centre, boxes[lower].top
        half = (to_y - from_y) / 2
        steps.append(f"C{from_x:.1f} {from_y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}")
        if lower != route[-1]:
            steps.append(f"V{to_y + _HEIGHT:.1f}")
    return "".join(steps)


def _edge_label(names: str, upper: _Box, lower: _Box) -> str:
    if not names:
        return ""
    x, y = (upper.centre + lower.centre) / 2, (upper.top + _HEIGHT + lower.top) / 2
    return f'<text x="{x + 5:.1f}" y="{y + 4:.1f}" font-size="11" fill="{_LINE}">{_escaped(names)}</text>'


def _node(name: NodeName, label: str, box: _Box, states: States) -> str:
    state = states.get(name)
    title = name if state is None else f"{name}: {state}, {LOOKS[state].meaning}"
    css = "" if state is None else f" jp-dataops-{state}"
    left = box.centre - box.width / 2
    return (
        f'<g class="jp-dataops-node{css}"><title>{_escaped(title)}</title>'
        f'<rect x="{left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" height="{_HEIGHT}" rx="7"'
        f' fill="{fill_of(name, states)}" stroke="{_LINE}"/>'
        f'<text x="{box.centre:.1f}" y="{box.top + _HEIGHT / 2 + 4.5:.1f}" text-anchor="middle"'
        f' fill="{_INK}">{_escaped(label)}</text></g>'
    )


def _text_width(text: str) -> float:
    # East Asian and emoji characters are about twice as wide.
    return sum(_CHARACTER if ord(character) < 0x1100 else 2 * _CHARACTER for character in text)


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text), {'"': "&quot;"})
