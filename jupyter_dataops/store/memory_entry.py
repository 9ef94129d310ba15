"""One run of the store in memory, with everything that is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.events import Event, NodeEvent, NodeExpanded
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AttemptRecord, EventRecord, NodeRunRecord, RunChanges, RunRecord
from jupyter_dataops.store.order import places


class Entry(Struct):
    """A run, its node runs in document order, their attempts, and its events."""

    run: RunRecord
    node_runs: dict[NodeName, NodeRunRecord] = field(default_factory=dict)
    attempts: dict[NodeName, list[AttemptRecord]] = field(default_factory=dict)
    events: list[EventRecord] = field(default_factory=list)

    def add(self, node_runs: Sequence[NodeRunRecord]) -> None:
        """They are there, in document order with the others."""
        self.node_runs |= {node_run.node: node_run for node_run in node_runs}
        self.attempts |= {node_run.node: [] for node_run in node_runs}
        place = places((node_run.node, node_run.parent, node_run.position) for node_run in self.node_runs.values())
        self.node_runs = {node: self.node_runs[node] for node in sorted(place, key=place.__getitem__)}

    def undoing(self, event: Event) -> Callable[[], None]:
        """Brings back what is now, after `event` may have changed it."""
        run, happened = self.run, len(self.events)
        node = event.node if isinstance(event, NodeEvent) else None
        node_run = self.node_runs.get(node) if node is not None else None
        attempts = list(self.attempts.get(node, ())) if node is not None else []
        children = event.children if isinstance(event, NodeExpanded) else ()
        added = [child.node for child in children if child.node not in self.node_runs]

        def undo() -> None:
            self.run = run
            del self.events[happened:]
            if node_run is not None:
                self.node_runs[node_run.node], self.attempts[node_run.node] = node_run, attempts
            for name in added:
                self.node_runs.pop(name, None)
                self.attempts.pop(name, None)

        return undo

    def changes_after(self, seq: int) -> RunChanges:
        """The run, and the node runs to which something has happened after an event; after 0, all."""
        later = [event for event in self.events if event.seq > seq]
        changed = {event.node for event in later}
        expanded = {event.node for event in later if event.kind == NodeExpanded.__name__}
        node_runs = [
            replace(record, outputs={})
            for record in self.node_runs.values()
            if not seq or record.node in changed or (record.parent is not None and record.parent in expanded)
        ]
        return RunChanges(self.run, node_runs, self.events[-1].seq)
