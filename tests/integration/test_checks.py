"""Checks in real kernels: what passes, what fails, and what is no verdict."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, NodeJob
from jupyter_dataops.kernels.attempt import NodeAttempt
from jupyter_dataops.kernels.protocol import INPUTS, OUTPUTS
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import logged, node_job, run_job
from tests.support.notebooks import cell, notebook
from tests.support.waiting import until

pytestmark = pytest.mark.kernel

TABLE = "import pandas as pd\ndf = pd.DataFrame({'item': ['a', 'b', 'c'], 'price': [1.5, -2.0, 3.0]})"


def check_job(folder: Path, *sources: str, setup: str = "df = [1]", tags: tuple[str, ...] = ()) -> NodeJob:
    begin = (
        "import jupyter_dataops.node as __dataops__\n"
        f"__dataops__ = __dataops__.begin(globals(), store={str(folder / 'store')!r}, run='r', node='check:a/x', attempt=1)"
    )
    made = notebook(
        cell(setup, "setup"),
        cell(begin, INPUTS, cell_id=INPUTS),
        *(cell(source, "check:a/x", *tags) for source in sources),
        cell("__dataops__.verdict()", OUTPUTS, cell_id=OUTPUTS),
    )
    return replace(node_job(folder), notebook=made, is_check=True)


def failure(report: AttemptSucceeded | AttemptFailed) -> Failure:
    assert isinstance(report, AttemptFailed)
    return report.failure


def test_a_check_that_holds_passes_and_says_so_in_its_log(tmp_path: Path) -> None:
    job = check_job(tmp_path, "%%time\n(df.price > -5).all()", setup=TABLE)
    report = run_job(job)
    assert isinstance(report, AttemptSucceeded)
    assert report.outputs == {}
    assert "(df.price > -5).all() is True" in logged(job, "system")


def test_an_assert_that_fails_shows_the_failing_rows(tmp_path: Path) -> None:
    found = failure(
        run_job(
            check_job(tmp_path, "df.head()", "\n\nlowest = 0\nassert (df.price > lowest).all(), 'dear'", setup=TABLE)
        )
    )
    assert (found.cause, found.ename, found.evalue) == (FailureCause.CHECK_FAILED, "AssertionError", "dear")
    assert (found.cell_id, found.line, found.mro[0]) == ("c3", 4, "AssertionError")
    assert found.facts == {
        "failing_rows": {"columns": ["index", "item", "price"], "rows": [[1, "b", -2.0]], "count": 1}
    }
    assert "dear" in found.traceback


def test_a_condition_that_is_false_shows_its_values(tmp_path: Path) -> None:
    job = check_job(tmp_path, "df.price.min() >= 0", setup=TABLE)
    found = failure(run_job(job))
    assert (found.cause, found.evalue) == (FailureCause.CHECK_FAILED, "df.price.min() >= 0 is False")
    assert found.facts == {"values": {"df.price.min()": "-2.0"}}
    assert "check_failed" in logged(job, "system")


def test_pandera_shows_its_failure_cases(tmp_path: Path) -> None:
    source = (
        "import pandera.pandas as pa\n"
        "pa.DataFrameSchema({'price': pa.Column(float, pa.Check.gt(0))}).validate(df, lazy=True)"
    )
    found = failure(run_job(check_job(tmp_path, source, setup=TABLE)))
    assert (found.cause, found.ename) == (FailureCause.CHECK_FAILED, "SchemaErrors")
    assert found.facts["failing_rows"]["count"] == 1
    assert json.loads(json.dumps(found.facts)) == found.facts


@pytest.mark.parametrize("source", ["df.price > 0", "# later", "(df.price < 0).all();"])
def test_a_check_without_a_verdict_fails(tmp_path: Path, source: str) -> None:
    found = failure(run_job(check_job(tmp_path, source, setup=TABLE)))
    assert found.cause is FailureCause.CHECK_FAILED
    assert found.evalue.startswith("the check gives no verdict: ")


def test_what_a_check_may_raise_fails_it_all_the_same(tmp_path: Path) -> None:
    found = failure(run_job(check_job(tmp_path, "assert not df", "True", tags=("raises-exception",))))
    assert (found.cause, found.ename, found.cell_id) == (FailureCause.CHECK_FAILED, "AssertionError", "c2")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import sys; sys.exit(0)", FailureCause.CHECK_FAILED),
        ("import os; os._exit(0)", FailureCause.KERNEL_DIED),
    ],
)
def test_a_check_never_passes_by_ending_otherwise(tmp_path: Path, source: str, cause: FailureCause) -> None:
    assert failure(run_job(check_job(tmp_path, source))).cause is cause


def test_a_check_that_takes_too_long_fails_for_that(tmp_path: Path) -> None:
    job = check_job(tmp_path, "print('at it', flush=True)\nimport time; time.sleep(600)\nTrue")
    late = Failure(FailureCause.TIMEOUT, "Timeout", "took longer than 1 s")
    attempt, reports = NodeAttempt(job), list[Any]()
    thread = threading.Thread(target=lambda: reports.append(attempt.run(lambda _report: None)))
    thread.start()
    until(lambda: "at it" in logged(job, "stdout"), "the check runs")
    attempt.stop(late, 5)
    thread.join(30)
    assert failure(reports[0]) == late


def test_looking_for_rows_holds_a_failure_up_by_a_second_at_most(tmp_path: Path) -> None:
    source = (
        "import time\ndef slow():\n    time.sleep(600 if tried else 0)\n    tried.append(1)\ntried = []\nassert slow()"
    )
    found = failure(run_job(check_job(tmp_path, source)))
    assert (found.ename, found.facts) == ("AssertionError", {})
