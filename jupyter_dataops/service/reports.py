"""A run told as a whole: why it failed, and its report."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.nodes import other_notebook
from jupyter_dataops.service.views import difference_views, failure_view
from jupyter_dataops.service.wire.runs import Explanation, Report, RunRef


def explain(desk: Desk, request: RunRef, _actor: str | None) -> Explanation:
    """Why the run ended as it did, most likely cause first."""
    from jupyter_dataops.api.explaining import explain_run  # noqa: PLC0415 - pyarrow, for comparing tables: 0.2 s

    run = desk.find_run(request.run_id)
    found = explain_run(run.run_id, desk.store, desk.reader(run).read)
    failure = None
    if found.failure is not None:
        notebook = other_notebook(found.place.notebook if found.place else "", Path(run.notebook), desk.places)
        failure = failure_view(found.failure, found.place, notebook)
    return Explanation(
        run_id=run.run_id,
        verdict=found.verdict,
        node=found.failed.node if found.failed else None,
        failure=failure,
        others=list(found.others),
        compared_with=found.compared_with.run_id if found.compared_with else None,
        differences=difference_views(found.differences),
    )


def report(desk: Desk, request: RunRef, _actor: str | None) -> Report:
    """The run's page, as it is now. It has no links to files, and shows paths as the front end does."""
    from jupyter_dataops.api.reporting import run_page  # noqa: PLC0415 - templates and sanitiser cost 0.2 s
    from jupyter_dataops.report.page import render_page  # noqa: PLC0415

    run = desk.open_run(request.run_id)
    made = run_page(run, run.folder)
    shown = desk.places.shown(run.notebook) or run.notebook.name
    pages = {node: replace(page, links={}) for node, page in made.pages.items()}
    return Report(html=render_page(replace(made, run=replace(made.run, notebook=shown), pages=pages)))
