"""What a node costs beside its kernel, at 10 to 10,000 nodes; what a run costs with 0 to 10,000 others in the store.

``python -m benchmarks growth [LARGEST]``. Everything is real but the kernels: notebook, analysis, plan, store on disk,
coordinator. Instead of a kernel there is an executor whose attempts end well at once.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.measuring import machine
from jupyter_dataops.api.counting import count_failed_checks
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.launch import execute_run
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs, open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.graph.draw import to_text
from jupyter_dataops.ids import Digest, RunId, parts_of
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, NodeJob, Report
from jupyter_dataops.plan.planner import plan_full
from jupyter_dataops.records import ArtifactRecord, Failure, ItemRecord, OutputRecord
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store.database import DATABASE_NAME
from jupyter_dataops.store.sql import open_sql_store
from jupyter_dataops.wiring import open_run_store

SIZES = (10, 100, 1_000, 10_000)
RUNS_KEPT = (0, 100, 1_000, 10_000)
NODES_OF_A_RUN = 20
JOBS = 4
TIMES = 5
"""How often what takes milliseconds is repeated; the median counts."""

Notebook = Mapping[str, Any]


@dataclass(frozen=True)
class Cost:
    """What a piece of work took."""

    wall_s: float
    cpu_s: float


Steps = dict[str, Cost]


def main(largest: int = 10_000) -> None:
    """Print what each step takes per node, then what it takes with so many runs kept; a disk's flushes are no CPU."""
    print(f"{machine('jupyter-dataops', 'sqlalchemy')}, {JOBS} jobs\n")
    for title, shape in {"chain": chain, "wide fan-in": fan, "one `each:`": each}.items():
        sizes = [size for size in SIZES if size <= largest]
        found = {size: steps_of(shape(size)) for size in sizes}
        print(_table(f"{title}: microseconds of CPU per node", found, "nodes", lambda size: 1e6 / size), flush=True)
    with tempfile.TemporaryDirectory() as place:
        kept = [count for count in RUNS_KEPT if count <= largest]
        print(_table("runs kept: milliseconds of CPU", dict(_with_history(Path(place), kept)), "runs", lambda _: 1e3))


# -- how the work grows with its nodes


def steps_of(notebook: Notebook) -> Steps:
    """Seconds of everything that is done with a notebook, from reading it to retrying its run."""
    with tempfile.TemporaryDirectory() as place:
        path, took = Path(place) / "generated.ipynb", Steps()
        text = json.dumps(notebook)
        path.write_text(text)
        settings = Settings(store=str(Path(place) / "store"), jobs=JOBS)
        open_sql_store(Path(settings.store)).close()
        _analyse(text, took)
        pipeline = Pipeline(path, settings=settings)
        run = _execute(pipeline, took)
        _look(run, pipeline, took)
        _again(run, pipeline, took)
        return took


def _analyse(text: str, took: Steps) -> None:
    analyse_text.cache_clear()
    analysed = analyse_text(text, "generated", "generated")
    took["read and analyse"] = cost(lambda: analysed.flow)
    took["diagnostics"] = cost(lambda: analysed.diagnostics)
    prints = {}
    took["fingerprints"] = cost(lambda: prints.update(fingerprints_of(analysed, {}, Path())))
    took["plan: full"] = cost(lambda: plan_full(analysed.flow, prints))


def _execute(pipeline: Pipeline, took: Steps) -> Run:
    made: list[Run] = []
    took["create_run"] = cost(lambda: made.append(pipeline.create_run()))
    run = made[0]
    took["drive: every node runs"] = cost(partial(drive, run, pipeline, failing=_last(pipeline)))
    return run.refresh()


def _look(run: Run, pipeline: Pipeline, took: Steps) -> None:
    settings = pipeline.settings
    took["show: open_run, to_json"] = cost(lambda: open_run(run.run_id, settings).to_json())
    took["why"] = cost(lambda: why(open_run(run.run_id, settings)))
    took["explain"] = cost(run.explain)
    took["graph as text"] = cost(lambda: to_text(pipeline.graph))
    took["report page"] = cost(lambda: run.report(run.folder / "page.html"))


def _again(run: Run, pipeline: Pipeline, took: Steps) -> None:
    took["plan: retry"] = cost(run.plan_retry)
    took["plan: selection"] = cost(lambda: pipeline.plan(select=_last(pipeline)))
    retried = run.create_retry()
    took["drive: all but one reused"] = cost(partial(drive, retried, pipeline))
    first = pipeline.create_run()
    took["drive: the first one fails"] = cost(partial(drive, first, pipeline, failing=next(iter(pipeline.spec.nodes))))


def why(run: Run) -> None:
    """What the verb ``why`` asks for."""
    assert run.events()
    run.waiting()
    run.changes()


def drive(run: Run, pipeline: Pipeline, failing: str | None = None) -> None:
    """The run has ended, with `failing` failed."""
    executor = AtOnce(pipeline.analysed, failing)
    with patch("jupyter_dataops.api.launch.make_executor", lambda *_: executor):
        state = execute_run(run.run_id, pipeline.settings, None).state
    assert state is (RunState.FAILED if failing else RunState.SUCCEEDED), run.refresh().reason


def _last(pipeline: Pipeline) -> str:
    return list(pipeline.spec.nodes)[-1]


class AtOnce:
    """An executor whose attempts have ended when `submit` returns, with outputs that nobody can load."""

    def __init__(self, analysed: AnalysedNotebook, failing: str | None = None) -> None:
        self._flow = analysed.flow
        self._elements = analysed.notebook["metadata"].get("elements", 0)
        self._failing = failing

    def submit(self, job: NodeJob, report: Report) -> None:
        node = self._flow.nodes[parts_of(job.node).local]
        if job.node == self._failing:
            report(AttemptFailed(job, Failure(FailureCause.EXCEPTION, "ValueError", "as it should")))
            return
        outputs = {name: _output(name, f"{job.node} {name}") for name in node.outputs}
        for name in node.itemised & outputs.keys():
            items = (ItemRecord(f"k{index}", _output(name, f"{index}")) for index in range(self._elements))
            outputs[name] = OutputRecord(name, outputs[name].artifact, items=tuple(items))
        report(AttemptSucceeded(job, outputs))

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """Nothing is ever running."""

    def close(self) -> None:
        """Nothing is held."""


def _output(name: str, content: str) -> OutputRecord:
    return OutputRecord(name, ArtifactRecord(Digest(f"blake3:{content.encode().hex():0>64}"), "json", "int", 1))


# -- how it grows with what was done before


def _with_history(folder: Path, counts: Sequence[int]) -> Iterator[tuple[int, Steps]]:
    path, settings = folder / "generated.ipynb", Settings(store=str(folder / "store"), jobs=JOBS)
    path.write_text(json.dumps(chain(NODES_OF_A_RUN)))
    pipeline = Pipeline(path, settings=settings)
    pattern, there = pipeline.create_run(), 0
    drive(pattern, pipeline)
    for count in counts:
        copy_run(Path(settings.store) / DATABASE_NAME, pattern.run_id, range(there, count))
        there = count
        yield count, _steps_with_history(pipeline)


def _steps_with_history(pipeline: Pipeline) -> Steps:
    settings = pipeline.settings
    made: list[Run] = []
    with closing(open_run_store(settings)) as store:
        last = store.find_run("last")
        steps = {
            "create_run": lambda: made.append(pipeline.create_run()),
            "drive, 20 nodes": lambda: drive(made.pop(), pipeline),
            "runs": lambda: count_failed_checks(list_runs(settings)),
            "show last": lambda: open_run("last", settings).to_json(),
            "find_run by prefix": lambda: store.find_run(last.run_id[:6]),
            "find_run, no such run": lambda: _refused(lambda: store.find_run("none")),
            "why last": lambda: why(open_run("last", settings)),
            "get_active_runs": store.get_active_runs,
            "plan: selection": lambda: pipeline.plan(select="n19"),
            "get_data_version": store.get_data_version,
            "opening the store": lambda: open_run_store(settings).close(),
        }
        return {name: _median([cost(step) for _ in range(TIMES)]) for name, step in steps.items()}


def _refused(ask: Callable[[], object]) -> None:
    with suppress(RunNotFound):
        ask()


def copy_run(database: Path, run_id: RunId, numbers: Sequence[int]) -> None:
    """Copies of a run are there, as if made before it, without the flush to disk that a real one costs."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for table in ("runs", "node_runs", "attempts", "outputs", "events", "audit"):
            cursor = connection.execute(f"SELECT * FROM {table} WHERE run_id = ?", (run_id,))
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
            names = [name for name in columns if name not in ("number", "seq")]
            quoted, marks = (", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names)))
            copies = (
                [f"{number:06}copy" if name == "run_id" else row[name] for name in names]
                for number in numbers
                for row in rows
            )
            connection.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", copies)
        connection.execute("COMMIT")


# -- shapes


def chain(size: int) -> Notebook:
    """Each node reads the one before."""
    return _notebook({f"n{index}": f"n{index} = {f'n{index - 1}' if index else 0} + 1" for index in range(size)})


def fan(size: int) -> Notebook:
    """Nodes that read nothing, and one that reads them all."""
    names = [f"n{index}" for index in range(size - 1)]
    return _notebook({**{name: f"{name} = 1" for name in names}, "last": f"last = [{', '.join(names)}]"})


def each(size: int) -> Notebook:
    """A node that runs for each of so many elements, with one above and one below."""
    sources = {"first": "parts = list(range(10))", "score": "score = part * 2", "last": "last = sum(score)"}
    return _notebook(sources, {"score": ["each:part=parts"]}, elements=size)


def _notebook(sources: Mapping[str, str], tags: Mapping[str, list[str]] | None = None, **metadata: Any) -> Notebook:
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {"tags": [f"node:{name}", *(tags or {}).get(name, [])]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for name, source in sources.items()
    ]
    metadata |= {"kernelspec": {"name": "python3", "language": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


# -- measuring


def cost(work: Callable[[], object]) -> Cost:
    """What `work` takes, with nothing left over from before."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.wall_s for one in costs), statistics.median(one.cpu_s for one in costs))


def _table(title: str, found: Mapping[int, Steps], what: str, scale: Callable[[int], float]) -> str:
    """CPU time of steps by size, scaled, how it grows from the second size on; and seconds at the largest size."""
    sizes = list(found)
    head = [title, *(f"{size:,} {what}" for size in sizes), "growth", f"seconds at {sizes[-1]:,}"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for step, largest in found[sizes[-1]].items():
        scaled = [took[step].cpu_s * scale(size) for size, took in found.items()]
        growth = scaled[-1] / scaled[min(1, len(scaled) - 1)]
        row = [step, *map(_figure, scaled), f"{growth:.2f}", _figure(largest.wall_s)]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
