"""What the cells of an attempt displayed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from jupyter_dataops.api.attempts import attempt_at, node_run
from jupyter_dataops.api.reporting import executed_cells
from jupyter_dataops.ids import parts_of
from jupyter_dataops.plan.executions import cells_of
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.report.models import ExecutedCell
from jupyter_dataops.report.quantities import size_text
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.runs import AttemptRef, CellOutputs, Outputs

LARGEST_OUTPUT: Final = 2_000_000
"""Characters of one output as JSON."""
LARGEST_ALL: Final = 8_000_000
"""Characters of all outputs of an attempt, as JSON."""
LARGEST_HTML: Final = 1_000_000


def get_outputs(desk: Desk, request: AttemptRef, _actor: str | None) -> Outputs:
    """What an attempt displayed, as far as it has been written. Raises `RunNotFound`, `NodeNotFound`, `UsageError`."""
    from jupyter_dataops.report.outputs import Room, render_outputs  # noqa: PLC0415 - sanitiser and Markdown: 0.1 s

    run = desk.find_run(request.run_id)
    record = node_run(desk.store, run.run_id, request.node)
    attempt = attempt_at(desk.store, record, request.attempt)
    room, left = Room(LARGEST_HTML), LARGEST_ALL
    cells = []
    for cell in _own_ids(desk, record, executed_cells(attempt, attempt.failure)):
        outputs, taken = _cut(cell.outputs, left)
        left -= taken
        cells.append(
            CellOutputs(
                cell_id=cell.cell_id,
                source=cell.source,
                outputs=outputs,
                html=str(render_outputs(cell.outputs, room)),
            )
        )
    return Outputs(attempt=attempt.attempt, cells=cells)


def _own_ids(desk: Desk, record: NodeRunRecord, cells: Sequence[ExecutedCell]) -> Sequence[ExecutedCell]:
    """Cells of an earlier run by the ids that they have in this one: by their order, where these were made up."""
    if record.source_run_id is None:
        return cells
    scope, local = desk.picture(record.run_id).past.scope_of(record.node), parts_of(record.node).local
    meant = cells_of(scope.analysed.spec, local) if scope else ()
    if len(meant) != len(cells):
        return cells
    return [replace(cell, cell_id=own.id) for cell, own in zip(cells, meant, strict=True)]


def _cut(outputs: Sequence[Mapping[str, Any]], left: int) -> tuple[list[dict[str, Any]], int]:
    """The outputs, those that are too large replaced by a text that says so; and how much they take."""
    kept, taken = [], 0
    for output in outputs:
        size = len(json.dumps(output))
        if size > min(LARGEST_OUTPUT, left - taken):
            text = f"[output of {size_text(size)} left out: open the executed notebook to see it]\n"
            kept.append({"output_type": "stream", "name": "stdout", "text": text})
        else:
            kept.append(_joined(output))
            taken += size
    return kept, taken


def _joined(output: Mapping[str, Any]) -> dict[str, Any]:
    """The output as front ends hold it: texts whole, which files keep as lists of lines."""
    made = dict(output)
    if isinstance(made.get("text"), list):
        made["text"] = "".join(made["text"])
    if isinstance(made.get("data"), dict):
        made["data"] = {
            kind: "".join(value) if isinstance(value, list) and not kind.endswith("json") else value
            for kind, value in made["data"].items()
        }
    return made
