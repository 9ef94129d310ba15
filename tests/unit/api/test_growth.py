"""Ten times as many nodes cost ten times as much, from the notebook to the report.

Counted in executed lines of the package, and in statements that the database is given, which no busy machine changes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

from jupyter_dataops.api import launch
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.reading import analyse_text
from jupyter_dataops.api.reporting import run_page
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.graph.draw import to_text
from tests.support.at_once import AtOnceExecutor
from tests.support.notebooks import cell, notebook
from tests.support.source_tree import PACKAGE

SMALL = 20


def chain(size: int) -> dict[str, Any]:
    """Each node reads the one before."""
    first = cell("n0 = 1", "node:n0")
    return notebook(first, *(cell(f"n{i} = n{i - 1}", f"node:n{i}") for i in range(1, size)))


def diamond(size: int) -> dict[str, Any]:
    """One above all, all above one."""
    names = [f"n{index}" for index in range(1, size - 1)]
    middle = (cell(f"{name} = n0", f"node:{name}") for name in names)
    return notebook(cell("n0 = 1", "node:n0"), *middle, cell(f"last = [{', '.join(names)}]", "node:last"))


def each(size: int) -> dict[str, Any]:
    """One node that runs once for each element."""
    return notebook(
        cell("parts = list(range(9))", "node:first"),
        cell("score = part", "node:score", "each:part=parts"),
        cell("last = sum(score)", "node:last"),
        elements=size,
    )


SHAPES = (chain, diamond, each)
Shape = Callable[[int], dict[str, Any]]


@dataclass
class Work:
    """A pipeline, and the run of it whose last node failed."""

    pipeline: Pipeline
    run: Run
    text: str


@dataclass(frozen=True)
class Cost:
    lines: int
    statements: int


def cost_of(do: Callable[[], object]) -> Cost:
    lines = statements = 0

    def per_line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return per_line

    def per_call(frame: FrameType, event: str, argument: object) -> Any:
        return per_line if frame.f_code.co_filename.startswith(str(PACKAGE)) else None

    def per_statement(*arguments: object) -> None:
        nonlocal statements
        statements += 1

    analyse_text.cache_clear()
    before = sys.gettrace()
    sa.event.listen(sa.Engine, "before_cursor_execute", per_statement)
    sys.settrace(per_call)
    try:
        do()
    finally:
        sys.settrace(before)
        sa.event.remove(sa.Engine, "before_cursor_execute", per_statement)
    return Cost(lines, statements)


def drive(pipeline: Pipeline, run: Run, failing: str | None = None) -> Run:
    """The run has ended, without a kernel."""
    elements = pipeline.notebook["metadata"].get("elements", 0)
    executor = AtOnceExecutor(pipeline.flow, failing, elements)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "make_executor", lambda *_: executor)
        return run.execute(progress=False)


def work_of(shape: Shape, size: int, folder: Path) -> Work:
    path = folder / "p.ipynb"
    path.write_text(json.dumps(shape(size)))
    pipeline = Pipeline(path, settings=Settings(store=str(folder / "store"), jobs=4))
    last = list(pipeline.spec.nodes)[-1]
    return Work(pipeline, drive(pipeline, pipeline.create_run(), last), path.read_text())


@pytest.fixture(scope="module", params=SHAPES)
def works(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Work, Work]:
    """A small one, and one of ten times its size."""
    folders = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("large")
    return work_of(request.param, SMALL, folders[0]), work_of(request.param, 10 * SMALL, folders[1])


def _why(work: Work) -> None:
    run = open_run(work.run.run_id, work.pipeline.settings)
    assert run.events()
    run.waiting()
    run.changes()


STEPS: dict[str, Callable[[Work], object]] = {
    "analysis": lambda work: analyse_text(work.text, "p", "p").diagnostics,
    "fingerprints": lambda work: fingerprints_of(work.pipeline.analysed, {}, Path()),
    "plan": lambda work: work.pipeline.plan(),
    "plan of what changed": lambda work: work.pipeline.plan(changed=True),
    "plan of a selection": lambda work: work.pipeline.plan(select=next(iter(work.pipeline.spec.nodes))),
    "plan of a retry": lambda work: work.run.plan_retry(),
    "making a run": lambda work: work.pipeline.create_run(),
    "showing": lambda work: open_run("last", work.pipeline.settings).to_json(),
    "why": _why,
    "explaining": lambda work: work.run.explain(),
    "graph": lambda work: to_text(work.pipeline.graph),
    "report": lambda work: run_page(work.run, Path()),
}


@pytest.mark.parametrize("step", STEPS)
def test_looking_at_ten_times_as_many_nodes_costs_at_most_ten_times_as_much(
    works: tuple[Work, Work], step: str
) -> None:
    once, ten_times = (cost_of(lambda work=work: STEPS[step](work)) for work in works)
    assert ten_times.lines < 11 * once.lines
    assert ten_times.statements == once.statements


def test_driving_ten_times_as_many_nodes_costs_ten_times_as_much(works: tuple[Work, Work]) -> None:
    made = [(work.pipeline, work.pipeline.create_run()) for work in works]
    once, ten_times = (cost_of(lambda one=one: drive(*one)) for one in made)
    assert ten_times.lines < 11 * once.lines
    assert ten_times.statements < 11 * once.statements


def test_reusing_what_did_not_change_costs_ten_times_as_much_for_ten_times_as_many(works: tuple[Work, Work]) -> None:
    made = [(work.pipeline, work.pipeline.create_run(changed=True)) for work in works]
    once, ten_times = (cost_of(lambda one=one: drive(*one)) for one in made)
    assert ten_times.lines < 11 * once.lines
    assert ten_times.statements < 11 * once.statements


def test_reusing_ten_times_as_many_nodes_costs_ten_times_as_much(works: tuple[Work, Work]) -> None:
    made = [(work.pipeline, work.run.create_retry()) for work in works]
    once, ten_times = (cost_of(lambda one=one: drive(*one)) for one in made)
    assert ten_times.lines < 11 * once.lines
    assert ten_times.statements < 11 * once.statements
