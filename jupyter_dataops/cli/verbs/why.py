"""``why``: the reason for everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from jupyter_dataops.cli.errors_view import failure_view
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import make_console, make_table, one_line, print_json, print_table, state_text
from jupyter_dataops.cli.progress import error_and_reason, node_detail
from jupyter_dataops.records import EventRecord
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    from jupyter_dataops.api.node_run import NodeRun


@verb(
    json_shape='{"run_id", "state", "reason", "nodes": [{"node", "state", "reason", "source_run_id", '
    '"events": [{"at", "kind", "detail"}]}]}'
)
@run_argument()
@node_argument()
@json_option()
def command(face: Face, /, run: str, node: str | None, *, as_json: bool) -> None:
    """Say why each node ran, was reused, skipped or failed.

    With NODE, also what happened to it, in order. RUN is an id, a unique prefix of one, or `last`.
    """
    found = face.open_run(run)
    chosen = [found[node]] if node else list(found.nodes.values())
    events = found.events()
    if as_json:
        record = found.record
        nodes = [_describe(node_run, events) for node_run in chosen]
        print_json({"run_id": record.run_id, "state": record.state.value, "reason": record.reason, "nodes": nodes})
        return
    console = make_console()
    table = make_table("node", "state", "why", wide="why")
    for node_run in chosen:
        table.add_row(
            node_run.node, state_text(node_run.state), one_line(node_run.reason or node_detail(node_run.record))
        )
    print_table(table, console)
    for node_run in chosen:
        if node_run.state is NodeState.FAILED:
            console.print(failure_view(node_run.record, found.snapshot.spec.cells, found.run_id))
    if node:
        for event in _of_node(events, node):
            at = event.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
            console.print(Text(f"  {at}  {event.kind:<18}  {one_line(event_detail(event))}".rstrip()))
    elif found.record.reason:
        about = f"  run {found.run_id} of {found.notebook.name}: {found.record.reason}"
        console.print(Text.assemble(state_text(found.state), about))


def _of_node(events: Sequence[EventRecord], node: str) -> list[EventRecord]:
    return [event for event in events if event.node == node]


def event_detail(event: EventRecord) -> str:
    """What a stored event says beyond its kind."""
    words = [f"attempt {event.data['attempt']}"] if "attempt" in event.data else []
    failure = event.data.get("failure")
    error = f"{failure['ename']}: {failure['evalue']}" if failure else ""
    words.append(error_and_reason(error, event.data.get("reason") or ""))
    if event.data.get("source_run_id"):
        words.append(f"from run {event.data['source_run_id']}")
    return "; ".join(filter(None, words))


def _describe(node_run: NodeRun, events: Sequence[EventRecord]) -> dict[str, Any]:
    return {
        "node": node_run.node,
        "state": node_run.state.value,
        "reason": node_run.reason,
        "source_run_id": node_run.record.source_run_id,
        "events": [
            {"at": event.at.isoformat(), "kind": event.kind, "detail": event_detail(event)}
            for event in _of_node(events, node_run.node)
        ],
    }
