"""``why``: the reason for everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from jupyter_dataops.cli.assets_view import loaded_lines, published_lines
from jupyter_dataops.cli.deployment_view import version_of
from jupyter_dataops.cli.difference_view import differences_view
from jupyter_dataops.cli.errors_view import failure_view
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import (
    make_console,
    make_table,
    one_line,
    print_json,
    print_table,
    shown_text,
    state_text,
)
from jupyter_dataops.cli.progress import error_and_reason, node_detail
from jupyter_dataops.cli.summary import schedule_line
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AttemptRecord, EventRecord
from jupyter_dataops.report.looks import shown
from jupyter_dataops.report.tree import Row, rows_of
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    from jupyter_dataops.api.node_run import NodeRun
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.plan.differences import Difference


@verb(
    reads_store=True,
    json_shape='{"run_id", "state", "reason", "nodes": [{"node", "state", "reason", "waits_for", "source_run_id", '
    '"changes": [{"kind": "code|setup|modules|parameters|inputs|content|assets|packages|environment|files", "node", '
    '"name", "sentence", "old", "new", "diff", "lines", "facts", "pointed_at"}], '
    '"events": [{"at", "kind", "detail"}]}]}',
)
@run_argument()
@node_argument()
@json_option()
def command(face: Face, /, run: str, node: str | None, *, as_json: bool) -> None:
    """Say why each node ran, was reused, skipped or failed.

    Where a node ran because something had changed since the run that was retried: what, old and new. Which versions of
    assets it published and loaded, and what made the schedule fire that started the run. For a node that has not
    started: what it waits for right now. With NODE, also what happened to it, in order. RUN is an id, a unique prefix
    of one, or `last`.
    """
    found = face.open_run(run)
    chosen = [found[node]] if node else list(found.nodes.values())
    events, waiting = _by_node(found.events()), found.waiting()
    rows = [Row(chosen[0].record)] if node else rows_of(one.record for one in chosen)
    changes = found.changes(*(one.node for one in chosen) if as_json else (row.node_run.node for row in rows))
    if as_json:
        record = found.record
        nodes = [_describe(one, events[one.node], waiting.get(one.node), changes.get(one.node, ())) for one in chosen]
        print_json({"run_id": record.run_id, "state": record.state.value, "reason": record.reason, "nodes": nodes})
        return
    console = make_console()
    table = make_table("node", "state", "why", wide="why")
    for row in rows:
        name = row.node_run.node
        why = _why(found[name], waiting.get(name))
        table.add_row("  " * row.depth + name, shown_text(shown(row.node_run, found.state)), why)
    print_table(table, console)
    failed = {row.node_run.parent for row in rows if row.node_run.state is NodeState.FAILED}
    for node_run in (found[row.node_run.node] for row in rows):
        if differences := changes.get(node_run.node):
            console.print(Text(f"{node_run.node}, changed since:", style="bold"))
            console.print(differences_view(differences, node_run.node), end="")
        # A group failed because of what is in it, which has a view of its own.
        if node_run.state is NodeState.FAILED and node_run.node not in failed:
            console.print(failure_view(node_run.record, node_run.cells, found.run_id, found.state, version_of(found)))
    for line in _origins(found, [row.node_run.node for row in rows]):
        console.print(Text(f"  {line}"))
    if node:
        made_here = found[node].record.source_run_id is None  # a reused node has the attempts of the run that made it
        attempts = found.get_attempts()[NodeName(node)] if made_here else ()
        for line in _history(events[NodeName(node)], attempts):
            console.print(Text(line))
    elif found.record.reason:
        about = f"  run {found.run_id} of {found.notebook.name}: {found.record.reason}"
        console.print(Text.assemble(state_text(found.state), about))


def _origins(run: Run, nodes: Collection[str]) -> Iterator[str]:
    """What nodes have published and loaded, and the schedule that the run was made for."""
    yield from published_lines(run, nodes)
    yield from loaded_lines(run, nodes)
    if scheduled := schedule_line(run):
        yield scheduled


def _why(node_run: NodeRun, waits_for: str | None) -> str:
    reason = one_line(node_run.reason or node_detail(node_run.record))
    return reason if waits_for in (None, reason) else f"{reason}; {waits_for}"


def _history(events: Sequence[EventRecord], attempts: Sequence[AttemptRecord]) -> Iterator[str]:
    """What happened to a node, in order; then how its kernels came to be."""
    for event in events:
        at = event.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
        yield f"  {at}  {event.kind:<18}  {one_line(event_detail(event))}".rstrip()
    for attempt in attempts:
        if attempt.usage is not None and attempt.usage.kernel:
            yield f"  kernel of attempt {attempt.attempt}: {one_line(attempt.usage.kernel)}"


def _by_node(events: Sequence[EventRecord]) -> Mapping[NodeName | None, Sequence[EventRecord]]:
    found = defaultdict[NodeName | None, list[EventRecord]](list)
    for event in events:
        found[event.node].append(event)
    return found


def event_detail(event: EventRecord) -> str:
    """What a stored event says beyond its kind."""
    words = [f"attempt {event.data['attempt']}"] if "attempt" in event.data else []
    failure = event.data.get("failure")
    error = ": ".join(filter(None, (failure["ename"], failure["evalue"].strip()))).partition("\n")[0] if failure else ""
    words.append(error_and_reason(error, event.data.get("reason") or ""))
    if event.data.get("source_run_id"):
        words.append(f"from run {event.data['source_run_id']}")
    return "; ".join(filter(None, words))


def _describe(
    node_run: NodeRun, events: Sequence[EventRecord], waits_for: str | None, changes: Sequence[Difference]
) -> dict[str, Any]:
    return {
        "node": node_run.node,
        "state": node_run.state.value,
        "reason": node_run.reason,
        "waits_for": waits_for,
        "source_run_id": node_run.record.source_run_id,
        "changes": [one.as_json() for one in changes],
        "events": [{"at": event.at.isoformat(), "kind": event.kind, "detail": event_detail(event)} for event in events],
    }
