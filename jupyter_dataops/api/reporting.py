"""The report of a run: what its page needs, read from store, executed notebooks and logs; and the page, written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.attempts import loaded_in
from jupyter_dataops.api.executions import Executions, PastRun
from jupyter_dataops.api.inputs import inputs_of
from jupyter_dataops.api.scopes import Outputs, Scope
from jupyter_dataops.dataflow.models import Source
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.ids import NodeName, parts_of
from jupyter_dataops.kernels.protocol import INPUTS, OUTPUTS
from jupyter_dataops.logs import LogLine, printed
from jupyter_dataops.records import AttemptRecord, EventRecord, Failure, NodeRunRecord
from jupyter_dataops.report.looks import troubles_of
from jupyter_dataops.report.models import ExecutedCell, Input, NodePage, ParameterValue, RunPage
from jupyter_dataops.wiring import SystemClock

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

MOST_PAGES: Final = 1_000
"""Nodes that are told in full."""
LOG_END_BYTES: Final = 32_000


class Written(Struct, frozen=True):
    """Where a report lies."""

    page: Path
    notebook: Path | None
    """The executed notebook; `None` where only the page was asked for."""


def write_report(run: Run, path: Path | None) -> Written:
    """The page is at `path`; by default it is in the run's folder, and the whole executed notebook beside it.

    Raises
    ------
    EnvironmentRefused
        It cannot be written; nothing is there half.
    """
    from jupyter_dataops.report.page import render_page  # noqa: PLC0415 - templates and sanitiser cost 0.2 s

    page = path or run.folder / "report.html"
    html = render_page(run_page(run, page.absolute().parent))
    draft = page.with_name(f".{page.name}.{run.run_id}")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(html, "utf-8")
        draft.replace(page)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written there is nothing to remove
            draft.unlink()
        raise EnvironmentRefused(
            f"cannot write the report: {error.strerror}", where=str(page), hint="choose another place with -o"
        ) from error
    return Written(page, run.write_notebook(page.with_suffix(".ipynb")) if path is None else None)


def run_page(run: Run, folder: Path) -> RunPage:
    """Everything that the page of `run` tells, as it is now.

    Parameters
    ----------
    folder
        Where the page will lie: links to files are relative to it.
    """
    run.refresh()
    attempts = run.get_attempts()
    records = [node_run.record for node_run in run.nodes.values()]
    with run.store() as store:
        past = Executions(store).run(run.run_id)
    outputs = {name: found.outputs for name, found in past.nodes.items() if found.state.has_outputs}
    analysed = run.snapshot
    given, published = run.parameters, run.published_assets()
    return RunPage(
        run=run.record,
        node_runs=records,
        pages={
            record.node: replace(
                _node_page(record, past, outputs, attempts.get(record.node, ()), folder),
                published=[asset for asset in published if asset.node == record.node],
            )
            for record in told_in_full(records, MOST_PAGES)
        },
        graph=analysed.graph,
        # A child of an `each:` node waits for what its group waits for.
        upstream={record.node: past.upstream_of(record.node) for record in records if record.key is None},
        attempts=attempts,
        queued_at=queued_at(run.events()),
        now=SystemClock().now(),
        version=version("jupyter-dataops"),
        language=analysed.spec.language,
        parameters=[
            ParameterValue(one.name, repr(given[one.name]) if one.name in given else one.default, one.name in given)
            for one in analysed.parameters
        ],
    )


def told_in_full(records: Sequence[NodeRunRecord], most: int) -> list[NodeRunRecord]:
    """At most so many of `records`, in their order: rather those in trouble, then those of the pipeline itself."""
    troubles = {record.node for record in troubles_of(records)}
    ranked = sorted(records, key=lambda record: (record.node not in troubles, record.parent is not None))
    kept = {record.node for record in ranked[:most]}
    return [record for record in records if record.node in kept]


def queued_at(events: Sequence[EventRecord]) -> dict[NodeName, list[datetime]]:
    """When each node came to wait for a slot, once per attempt."""
    found: dict[NodeName, list[datetime]] = {}
    for event in events:
        if event.kind == "NodeQueued" and event.node is not None:
            found.setdefault(event.node, []).append(event.at)
    return found


def _node_page(
    record: NodeRunRecord, past: PastRun, outputs: Outputs, attempts: Sequence[AttemptRecord], folder: Path
) -> NodePage:
    scope, local = past.scope_of(record.node), parts_of(record.node).local
    latest = attempts[-1] if attempts else None
    log, log_is_cut = end_of_log(Path(latest.log)) if latest else ("", False)
    spec = scope.analysed.spec if scope else None
    node = spec.nodes.get(local) if spec else None
    return NodePage(
        record=record,
        attempts=attempts,
        loaded=loaded_in(attempts),
        description=node.description if node else "",
        cells=executed_cells(latest, record.failure) or _planned(scope, local),
        numbers={cell.id: cell.index + 1 for cell in spec.cells} if spec else {},
        inputs=list(inputs_given(record, scope, outputs)),
        log=log,
        log_is_cut=log_is_cut,
        links={
            attempt.attempt: (_link(attempt.notebook, folder), _link(attempt.log, folder))
            for attempt in attempts
            if Path(attempt.notebook).is_file()
        },
    )


def executed_cells(attempt: AttemptRecord | None, failure: Failure | None) -> list[ExecutedCell]:
    """The user's own cells in the notebook that the attempt left, and the one that failed, should it be setup's."""
    if attempt is None:
        return []
    try:
        made: Mapping[str, Any] = json.loads(Path(attempt.notebook).read_text("utf-8"))
    except (OSError, ValueError):  # it died before, or while, writing it
        return []
    code = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    ids = [cell["id"] for cell in code]
    if INPUTS not in ids or OUTPUTS not in ids:
        return []
    first, last = ids.index(INPUTS), ids.index(OUTPUTS)
    failed = failure.cell_id if failure else None
    own = [cell for index, cell in enumerate(code) if first < index < last or (index < first and ids[index] == failed)]
    return [ExecutedCell(cell["id"], "".join(cell["source"]), cell["outputs"]) for cell in own]


def _planned(scope: Scope | None, local: NodeName) -> list[ExecutedCell]:
    if scope is None:
        return []
    spec = scope.analysed.spec
    return [ExecutedCell(cell.id, cell.source) for cell in (spec.checks.get(local) or spec.nodes[local]).cells]


def inputs_given(record: NodeRunRecord, scope: Scope | None, outputs: Outputs) -> Iterator[Input]:
    """What a node run or check was given; nothing where its notebook (`scope`) is not known any more."""
    if scope is None:
        return
    local, flow = parts_of(record.node).local, scope.analysed.flow
    each = scope.analysed.spec.nodes[local].options.each if record.item else None
    if record.item is not None and each is not None:
        variable, collection = each
        producer = flow.producer_above(collection, local)
        if producer is not None and not isinstance(producer, Source):
            yield Input(variable, scope.name(producer), record.item.artifact)
    for name, given in inputs_of(flow, local, scope.outputs(outputs)).values.items():
        yield Input(name, scope.name(given.producer), given.output.artifact)


def end_of_log(path: Path) -> tuple[str, bool]:
    """What was printed last, and whether there was more before it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - LOG_END_BYTES))
            raw = file.read().split(b"\n")
    except OSError:
        return "", False
    is_cut = size > LOG_END_BYTES
    # The first may be the end of a line, the last one that is still being written.
    whole = [json.loads(line) for line in raw[is_cut:-1] if line]
    lines = [LogLine(datetime.fromisoformat(line["at"]), line["stream"], line["text"]) for line in whole]
    return printed(lines), is_cut


def _link(path: str, folder: Path) -> str:
    try:
        return quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # on another drive
        return Path(path).as_uri()
