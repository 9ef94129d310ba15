"""A progress bar over a run's nodes, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_dataops.engine.models import Observer
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeExpanded,
    NodeFailed,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
)
from jupyter_dataops.interfaces import CellFinished

_ENDINGS = (NodeSucceeded, NodeFailed, NodeReused, NodeSkipped, NodeUpstreamFailed, NodeCancelled)


@contextmanager
def watched(nodes: int, observer: Observer | None, progress: bool) -> Iterator[Observer | None]:
    """An observer that also moves a progress bar, where one is wanted; without, `observer` itself."""
    if not progress:
        yield observer
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 - looks for ipywidgets, 0.2 s

    with tqdm(total=nodes, unit="node") as bar:

        def observe(event: Event | CellFinished) -> None:
            if isinstance(event, NodeStarted):
                bar.set_description(event.node)
            elif isinstance(event, NodeExpanded):
                bar.total = (bar.total or 0) + len(event.children)
                bar.refresh()
            elif isinstance(event, _ENDINGS):
                bar.update()
            if observer is not None:
                observer(event)

        yield observe
