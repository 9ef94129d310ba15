"""Pipelines that come to each other's values: by real kernels, and by a schedule that waits for them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops import Run, list_asset_uses, list_runs
from tests.support.notebooks import cell
from tests.support.shell import Shell, finished, open_shell
from tests.support.waiting import until

pytestmark = pytest.mark.kernel

SALES = (
    cell("last = 2", "parameters"),
    cell("sales = [1, last]", "node:load", "asset:sales"),
)
REPORT = (
    cell("from jupyter_dataops import load_asset", "setup"),
    cell("total = sum(load_asset('sales'))", "node:total", "out:total"),
    cell("print('all sold:', total)", "node:tell"),
)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as shell:
        shell.save(*SALES, name="sales.ipynb")
        shell.save(*REPORT, name="report.ipynb")
        yield shell


@pytest.mark.slow
@pytest.mark.parametrize("fork", ["on", "off"])
def test_a_node_loads_what_another_pipeline_published_in_the_store_of_its_run(
    shell: Shell, tmp_path: Path, fork: str
) -> None:
    shell.environment |= {"DATAOPS_FORK": fork, "DATAOPS_STORE": str(tmp_path / "another")}
    chosen = "--store", str(shell.store)
    shell.call("run", "sales.ipynb", *chosen)
    shell.call("run", "report.ipynb", *chosen)
    assert shell.last().load("total", "total") == 3
    assert "all sold: 3" in shell.last()["tell"].log


@pytest.mark.slow
@pytest.mark.parametrize("fork", ["on", "off"])
def test_which_version_a_run_loaded_and_which_it_published_is_kept(shell: Shell, fork: str) -> None:
    shell.environment |= {"DATAOPS_FORK": fork}
    shell.call("run", "sales.ipynb")
    maker = shell.last()
    assert [(one.label, one.node) for one in maker.published_assets()] == [("sales@1", "load")]
    shell.call("run", "report.ipynb")
    said = f"total loaded sales@1, published by run {maker.run_id} of sales.ipynb"
    assert said in shell.call("show", "last").out
    shell.call("run", "sales.ipynb", "-p", "last", "7")
    newer = shell.last().run_id
    shell.call("run", "report.ipynb", "--changed")
    (loaded,) = shell.last().loaded_assets()["total"]
    assert (loaded.label, loaded.run_id, loaded.notebook) == ("sales@2", newer, str(shell.folder / "sales.ipynb"))
    changed = "asset `sales` has a newer version, with other content: sales@1 -> sales@2"
    assert changed in shell.call("why", "last").out
    shell.call("run", "report.ipynb", "--changed")
    assert [one.label for one in shell.last().loaded_assets()["total"]] == [
        "sales@2"
    ]  # it is reused, with what it loaded
    second, first = shell.last(), list_asset_uses("sales", store=str(shell.store))[-1]
    assert [
        (one.run_id, one.node, one.source_run_id) for one in list_asset_uses("sales", 2, store=str(shell.store))
    ] == [
        (second.run_id, "total", first.run_id),
        (first.run_id, "total", None),
    ]
    listed = shell.call("assets", "sales@2").out
    assert "sales@2 was loaded by:" in listed
    assert first.run_id in listed
    assert newer in listed
    page = shell.folder / "report.html"
    shell.call("report", "last", "-o", str(page))
    assert f"sales@2</span>, published by run {newer} of sales.ipynb" in page.read_text("utf-8")


@pytest.mark.slow
def test_a_node_that_asks_for_what_nobody_published_fails_and_says_what_there_is(shell: Shell) -> None:
    shell.call("run", "sales.ipynb")
    shell.save(cell("import jupyter_dataops\njupyter_dataops.load_asset('sale')", "node:a"), name="typo.ipynb")
    shell.call("run", "typo.ipynb", exit_code=1)
    failure = shell.last()["a"].failure
    assert failure is not None
    assert (failure.ename, failure.line) == ("AssetNotFound", 2)
    assert "did you mean 'sales'" in failure.evalue


@pytest.mark.slow
def test_a_pipeline_runs_when_another_has_published_and_finds_the_new_version(shell: Shell) -> None:
    shell.call("schedule", "add", "report.ipynb", "--asset", "sales")
    service = shell.start("scheduler")
    shell.call("run", "sales.ipynb", "-p", "last", "7")
    until(lambda: any(run.state.is_terminal for run in reports(shell)), "the report has run")
    service.send_signal(signal.SIGTERM)
    finished(service, 0)
    (report,) = reports(shell)
    assert (report.state, report.load("total", "total")) == ("succeeded", 8)
    (maker,) = list_runs(shell.settings, shell.folder / "sales.ipynb")
    because = f"asset sales@1 was published by run {maker.run_id}"
    for told in (("show", report.run_id), ("why", report.run_id), ("schedule", "show", "report")):
        assert because in shell.call(*told).out, told


def reports(shell: Shell) -> list[Run]:
    return list_runs(shell.settings, shell.folder / "report.ipynb")
