"""The graph as an SVG picture of our own: no program is needed, and it reads on light and dark pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph
from jupyter_dataops.graph.layers import Layout, Slot, lay_out
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS, NodeState

_HEIGHT, _ROW, _MARGIN = 34, 52, 12
_CHARACTER = 7.3
"""Width of a character of the 12-pixel sans-serif font, generously."""
_STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#212121}"
    ".name{font-weight:600}.state{font-size:10px;fill:#424242}.label{font-size:10px;fill:#808080;text-anchor:middle}"
    "path{fill:none;stroke:#808080;stroke-width:1.3}.order{stroke-dasharray:5 4}rect{stroke:#757575}"
)


def to_svg(graph: Graph, states: Mapping[NodeName, NodeState] | None = None) -> str:
    """An ``<svg>`` element, from left to right; each node and arrow has a title that tells it whole.

    Notes
    -----
    1,000 nodes take a fraction of a second.
    """
    states = states or {}
    layout = lay_out(graph)
    boxes, columns = _place(graph, layout, states)
    width = max((left + wide for left, _, wide in boxes.values()), default=0) + _MARGIN
    height = max(layout.heights.values(), default=0) * _ROW + _ROW / 2 + 2 * _MARGIN
    arrows = [
        _arrow(_line(boxes, columns, layout, path), *ends, graph.edges[ends]) for ends, path in layout.paths.items()
    ]
    nodes = [_node(graph, name, box, states.get(NodeName(name))) for name, box in boxes.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'style="width:100%;max-width:{width:.0f}px;height:auto" role="img" aria-label="pipeline graph">'
        f"<style>{_STYLE}</style>"
        '<defs><marker id="dataops-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#808080;stroke:none"/></marker></defs>'
        f"{''.join(arrows)}{''.join(nodes)}</svg>"
    )


_Box = tuple[float, float, float]
"""Left, middle height, width."""
_Point = tuple[float, float]


def _place(graph: Graph, layout: Layout, states: Mapping[NodeName, NodeState]) -> tuple[dict[str, _Box], list[_Point]]:
    """Each node's box, and from where to where each layer's column goes."""
    boxes: dict[str, _Box] = {}
    columns: list[_Point] = []
    left = float(_MARGIN)
    for layer in layout.layers:
        names = [slot for slot in layer if isinstance(slot, str)]
        width = max(_CHARACTER * (len(name) + (3 if NodeName(name) in states else 0)) + 24 for name in names)
        for name in names:
            boxes[name] = (left, layout.heights[name] * _ROW + _MARGIN, width)
        columns.append((left, left + width))
        left += width + _room_for_labels(graph, names)
    return boxes, columns


def _line(boxes: Mapping[str, _Box], columns: Sequence[_Point], layout: Layout, path: Sequence[Slot]) -> list[_Point]:
    """The points that an arrow goes through: out of its source, along the columns it crosses, into its target."""
    points = []
    for index, slot in enumerate(path):
        if isinstance(slot, str):
            left, middle, width = boxes[slot]
            points.append((left + width, middle) if index == 0 else (left, middle))
        else:
            height = layout.heights[slot] * _ROW + _MARGIN
            points += [(columns[slot[2]][0], height), (columns[slot[2]][1], height)]
    return points


def _room_for_labels(graph: Graph, layer: Sequence[str]) -> float:
    longest = max((len(_label(data["names"])) for _, _, data in graph.out_edges(layer, data=True)), default=0)
    return 44 + 6.0 * longest


def _label(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:2]) + (f", +{len(names) - 2}" if len(names) > 2 else "")
    return shown if len(shown) <= 24 else f"{len(names)} names" if len(names) > 1 else shown[:23] + "…"


def _arrow(points: Sequence[_Point], source: str, target: str, data: Mapping[str, Any]) -> str:
    names: tuple[str, ...] = data["names"]
    order = ' class="order"' if data["kind"] is EdgeKind.ORDER else ""
    title = f"{source} to {target}: {', '.join(names) or 'order only'}"
    curve = f"M{points[0][0]:.0f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = max(10.0, (x2 - x1) / 2)
        curve += f"C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    (x1, y1), (x2, y2) = points[:2]
    label = f'<text class="label" x="{(x1 + x2) / 2:.0f}" y="{(y1 + y2) / 2 - 4:.0f}">{escape(_label(names))}</text>'
    return (
        f"<g><title>{escape(title)}</title><path{order} marker-end='url(#dataops-arrow)' d=\"{curve}\"/>"
        f"{label if names else ''}</g>"
    )


def _node(graph: Graph, name: str, box: _Box, state: NodeState | None) -> str:
    left, middle, width = box
    look = LOOKS[state] if state else None
    about = [f"{name}: {state} - {look.meaning}" if look else name, graph.nodes[name]["description"]]
    shown = f"{look.symbol} {name}" if look else name
    y = middle - 1 if look else middle + 4
    state_text = (
        f'<text class="state" x="{left + width / 2:.0f}" y="{middle + 12:.0f}" text-anchor="middle">{state}</text>'
    )
    return (
        f"<g><title>{escape(chr(10).join(filter(None, about)))}</title>"
        f'<rect x="{left:.0f}" y="{middle - _HEIGHT / 2:.0f}" width="{width:.0f}" height="{_HEIGHT}" rx="6" '
        f'fill="{look.fill if look else "#f5f5f5"}"/>'
        f'<text class="name" x="{left + width / 2:.0f}" y="{y:.0f}" text-anchor="middle">{escape(shown)}</text>'
        f"{state_text if look else ''}</g>"
    )
