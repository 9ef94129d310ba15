"""What a report is made from, read from real runs; without kernels, see `tests.support.in_process`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.api import launch
from jupyter_dataops.api.reporting import LOG_END_BYTES, end_of_log, run_page, told_in_full
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.report.models import NodePage
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook, text
from tests.unit.report.made import check, node

Save = Callable[..., Pipeline]
AT = datetime(2026, 1, 2, tzinfo=UTC)

INNER = notebook(
    cell("city = 'x'", "parameters"),
    cell("rows = [city] * 2", "node:load"),
    cell("rows[0] == city", "check:load/first"),
    cell("total = len(rows)", "node:count"),
)
CELLS = [
    cell("n = 2", "parameters"),
    cell("import math", "setup"),
    text("# Load\n\nAll of it."),
    cell("cities = ['bern', 'genf'][:n]\nprint('loaded', n)", "node:load"),
    cell("len(cities) > 1", "check:load/many"),
    cell("'<b>' in cities", "check:load/marked", "severity:warn"),
    cell(
        "score = math.sqrt(len(city))\nif city == 'genf':\n    raise ValueError(city)", "node:score", "each:city=cities"
    ),
    cell("city = cities[0]", "node:etl", "notebook:inner.ipynb", "out:total"),
    cell("print(score)", "node:report"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One for all tests that only read it, or put back what they change."""
    folder = tmp_path_factory.mktemp("etl")
    (folder / "inner.ipynb").write_text(json.dumps(INNER), "utf-8")
    (folder / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)), "utf-8")
    settings = Settings(store=str(folder / "store"), jobs=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "make_executor", InProcessExecutor)
        return Pipeline(folder / "etl.ipynb", settings=settings).run(progress=False)


def pages_of(run) -> dict[str, NodePage]:
    return dict(run_page(run, run.folder).pages)


def test_every_node_child_and_check_is_told(run) -> None:
    page = run_page(run, run.folder)
    assert [record.node for record in page.node_runs] == list(page.pages) == list(run.nodes)
    assert {"score[bern]", "score[genf]", "etl/load", "etl/check:load/first", "check:load/many"} <= set(page.pages)
    assert (page.run.state, list(page.graph)) == (RunState.FAILED, ["load", "score", "etl", "report"])
    assert [(one.name, one.value, one.is_given) for one in page.parameters] == [("n", "2", False)]
    assert page.queued_at["load"]


def test_cells_are_the_users_own_with_their_numbers_and_outputs(run) -> None:
    load = pages_of(run)["load"]
    (shown,) = load.cells
    assert shown.source.startswith("cities =")
    assert [output["text"] for output in shown.outputs] == ["loaded 2\n"]
    assert load.numbers[shown.cell_id] == 4
    assert load.description == "# Load\n\nAll of it."
    assert load.log == "loaded 2\n"


def test_what_has_not_run_shows_its_cells_without_outputs(run) -> None:
    report = pages_of(run)["report"]
    assert [(shown.source, list(shown.outputs)) for shown in report.cells] == [("print(score)", [])]
    assert (report.attempts, report.log, report.links) == ([], "", {})


def test_inputs_are_those_of_the_notebook_that_the_node_is_in(run) -> None:
    pages = pages_of(run)
    names = {node: [(one.name, one.producer) for one in page.inputs] for node, page in pages.items() if page.inputs}
    assert names["score[genf]"] == [("city", "load")]
    assert names["etl/count"] == [("rows", "etl/load")]
    assert names["check:load/many"] == [("cities", "load")]
    assert pages["score[genf]"].inputs[0].artifact.preview == "genf"


def test_a_node_of_another_notebook_has_the_numbers_of_that_one(run) -> None:
    count = pages_of(run)["etl/count"]
    assert count.numbers[count.cells[0].cell_id] == 4


def test_files_are_named_relative_to_the_page(run) -> None:
    assert pages_of(run)["load"].links[1] == ("load/1/notebook.ipynb", "load/1/log.jsonl")
    elsewhere = run_page(run, run.folder.parent.parent.parent).pages
    assert elsewhere[run["load"].node].links[1][0] == f"store/runs/{run.run_id}/load/1/notebook.ipynb"
    child = pages_of(run)["score[genf]"].links[1][0]
    assert "%" not in child
    assert (run.folder / child).is_file()


def test_a_report_lies_beside_the_executed_notebook_in_the_runs_folder(run) -> None:
    written = run.report()
    assert written.page == run.folder / "report.html"
    assert written.notebook == run.folder / "report.ipynb"
    html = written.page.read_text("utf-8")
    assert "node score[genf] failed first in cell 7: ValueError: genf." in html
    assert "⚠ warned" in html
    assert json.loads(written.notebook.read_text("utf-8"))["nbformat"] == 4
    assert [path.name for path in run.folder.iterdir() if path.name.startswith(".")] == []


def test_elsewhere_only_the_page_is_written(run) -> None:
    """The notebook of that name may be the user's own."""
    before = run.notebook.read_bytes()
    written = run.report(run.notebook.parent / "deep" / "etl.html")
    assert (written.page.is_file(), written.notebook) == (True, None)
    run.report(str(run.notebook.with_suffix(".html")))
    assert run.notebook.read_bytes() == before


def test_a_report_that_cannot_be_written_says_where(run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentRefused, match="cannot write the report") as refused:
        run.report(tmp_path / "file" / "report.html")
    assert refused.value.hint == "choose another place with -o"


def test_a_run_that_nobody_took_has_a_report(save: Save) -> None:
    queued = save(*CELLS[:5]).create_run()
    assert "Waits for a runner" in queued.report().page.read_text("utf-8")


def test_a_cancelled_run_has_a_report(save: Save) -> None:
    cancelled = save(*CELLS[:5]).create_run()
    cancelled.cancel("not today")
    assert "Cancelled: not today" in cancelled.report().page.read_text("utf-8")


def test_a_notebook_that_was_cut_off_while_it_was_written_is_as_none(run) -> None:
    path = run["load"].notebook_path()
    whole = path.read_text("utf-8")
    path.write_text(whole[:100], "utf-8")
    (shown,) = pages_of(run)["load"].cells
    path.write_text(whole, "utf-8")
    assert (shown.source.startswith("cities ="), shown.outputs) == (True, ())


def test_a_failure_in_setup_shows_the_cell_that_failed(save: Save) -> None:
    failed = save(cell("x = 1\n1 / 0", "setup"), cell("y = x", "node:a")).run(progress=False)
    page = pages_of(failed)["a"]
    assert [shown.source for shown in page.cells] == ["x = 1\n1 / 0", "y = x"]
    assert "node a failed first in cell 1: ZeroDivisionError" in failed.report().page.read_text("utf-8")


def test_a_reused_node_shows_what_it_did_when_it_ran(save: Save) -> None:
    broken = save(*CELLS[:4], cell("1 / 0", "node:next", "after:load")).run(progress=False)
    again = pages_of(broken.retry(progress=False))["load"]
    assert again.record.state is NodeState.REUSED
    assert again.log == "loaded 2\n"
    assert again.attempts[0].run_id == broken.run_id


# what is read


def test_the_end_of_a_long_log_begins_with_a_whole_piece(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("w") as file:
        for number in range(5000):
            write_log_line(file, LogLine(AT, "stdout", f"line {number}\n"))
        file.write('{"at": "half a')
    log, is_cut = end_of_log(path)
    assert is_cut
    assert len(log) < LOG_END_BYTES
    assert log.endswith("line 4999\n")
    assert all(line.startswith("line ") for line in log.splitlines())


def test_a_short_log_is_whole_and_a_missing_one_empty(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("w") as file:
        write_log_line(file, LogLine(AT, "stdout", "all of it"))
    assert end_of_log(path) == ("all of it", False)
    assert end_of_log(tmp_path / "none") == ("", False)


def test_of_many_nodes_those_in_trouble_are_told_and_then_the_pipelines_own() -> None:
    records = [
        node("a"),
        *[node(f"a[{n}]", parent="a", position=n) for n in range(5)],
        node("a[9]", NodeState.FAILED, parent="a", position=9),
        check("check:a/x", NodeState.FAILED, CheckSeverity.WARN, position=1),
        node("b", position=2),
    ]
    assert [one.node for one in told_in_full(records, 5)] == ["a", "a[0]", "a[9]", "check:a/x", "b"]
    assert told_in_full(records, 50) == records
