"""An executor without kernels: a node's notebook is executed in this process, in a namespace of its own, at once.

For tests of everything around the kernel: the run, its store, its notebooks and logs are real.
"""

from __future__ import annotations

import io
import json
import traceback
from contextlib import redirect_stdout
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, CellFinished, NodeJob, Report
from jupyter_dataops.kernels.protocol import GENERATED, OUTPUTS_MIMETYPE, outputs_from_json
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.one_kernel import main_module, publishing


class InProcessExecutor:
    """Runs each attempt inside `submit`."""

    def submit(self, job: NodeJob, report: Report) -> None:
        executed = deepcopy(dict(job.notebook))
        cells = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
        published: list[dict[str, Any]] = []
        failure = None
        with main_module() as namespace, publishing(published), job.log_path.open("w", encoding="utf-8") as log:
            for count, cell in enumerate(cells, start=1):
                failure = _execute(cell, namespace, count, log)
                if failure is not None:
                    break
                if "parameters" in cell["metadata"]["tags"]:
                    namespace.update(job.parameters)
                if cell["id"] not in GENERATED:
                    report(CellFinished(job, count, len(cells)))
        job.output_path.write_text(json.dumps(executed), "utf-8")
        if failure is not None:
            report(AttemptFailed(job, failure))
        else:
            outputs = outputs_from_json(json.loads(json.dumps(published[-1][OUTPUTS_MIMETYPE])))
            report(AttemptSucceeded(job, outputs))

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """Nothing runs any more."""

    def close(self) -> None:
        """Nothing is open."""


def _execute(cell: dict[str, Any], namespace: dict[str, Any], count: int, log: Any) -> Failure | None:
    printed = io.StringIO()
    failure = None
    with redirect_stdout(printed):
        try:
            exec(compile(cell["source"], cell["id"], "exec"), namespace)
        except Exception as error:
            failure = _failure(error, cell["id"])
    cell["execution_count"] = count
    cell["metadata"]["papermill"] = {"status": "failed" if failure else "completed", "exception": failure is not None}
    if printed.getvalue():
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
        write_log_line(log, LogLine(datetime.now(UTC), "stdout", printed.getvalue()))
    if failure:
        lines = failure.traceback.splitlines()
        error = {"output_type": "error", "ename": failure.ename, "evalue": failure.evalue, "traceback": lines}
        cell["outputs"] = [*cell["outputs"], error]
        write_log_line(log, LogLine(datetime.now(UTC), "error", failure.traceback))
    return None if "raises-exception" in cell["metadata"]["tags"] else failure


def _failure(error: Exception, cell_id: str) -> Failure:
    mro = tuple(kind.__name__ for kind in type(error).__mro__)
    shown = "".join(traceback.format_exception_only(error))
    return Failure(
        FailureCause.EXCEPTION, mro[0], str(error), shown, None if cell_id in GENERATED else cell_id, mro=mro
    )
