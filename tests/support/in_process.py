"""An executor without kernels: a node's notebook is executed in this process, in a namespace of its own, at once.

For tests of everything around the kernel: the run, its store, its notebooks and logs are real.
"""

from __future__ import annotations

import ast
import io
import json
import traceback
from contextlib import redirect_stdout
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.crash_points import reach
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, CellFinished, NodeJob, Report
from jupyter_dataops.kernels.protocol import GENERATED, PARAMETERS_MIMETYPE
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.one_kernel import Bundles, main_module, outputs_shown, publishing, shown, verdict_shown


class InProcessExecutor:
    """Runs each attempt inside `submit`; there is no kernel to fork."""

    def __init__(self, _forking: object = None, _servers: object = None) -> None: ...

    def submit(self, job: NodeJob, report: Report) -> None:
        executed = deepcopy(dict(job.notebook))
        cells = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
        published: Bundles = []
        failure = None
        with main_module() as namespace, publishing(published), job.log_path.open("w", encoding="utf-8") as log:
            for count, cell in enumerate(cells, start=1):
                failure = _execute(cell, namespace, count, log, keeps_value=job.is_check)
                if failure is not None:
                    break
                if "parameters" in cell["metadata"]["tags"]:
                    namespace.update(job.parameters)
                if cell["id"] not in GENERATED:
                    report(CellFinished(job, count, len(cells)))
        job.output_path.write_text(json.dumps(executed), "utf-8")
        if job.is_check:
            failure = _judged(failure, verdict_shown(published))
        reach("attempt ended")
        if failure is not None:
            report(AttemptFailed(job, failure))
        else:
            given = shown(published, PARAMETERS_MIMETYPE)
            report(AttemptSucceeded(job, outputs_shown(published), parameters=given))

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """Nothing runs any more."""

    def close(self) -> None:
        """Nothing is open."""


def _judged(failure: Failure | None, verdict: dict[str, Any] | None) -> Failure | None:
    if failure is not None:
        return replace(failure, cause=FailureCause.CHECK_FAILED)
    if verdict is not None and verdict["passed"]:
        return None
    sentence = verdict["sentence"] if verdict else "it came to no verdict"
    return Failure(FailureCause.CHECK_FAILED, "CheckFailed", sentence, facts=verdict["facts"] if verdict else {})


def _execute(
    cell: dict[str, Any], namespace: dict[str, Any], count: int, log: Any, *, keeps_value: bool
) -> Failure | None:
    printed = io.StringIO()
    failure = None
    with redirect_stdout(printed):
        try:
            if keeps_value:
                _run_as_ipython(cell, namespace, count)
            else:
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


def _run_as_ipython(cell: dict[str, Any], namespace: dict[str, Any], count: int) -> None:
    """Execute the cell, with what it is and comes to in ``In`` and ``Out``."""
    sources, values = namespace.setdefault("In", [""]), namespace.setdefault("Out", {})
    sources.append(cell["source"])
    tree = ast.parse(cell["source"])
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell["id"], "exec"), namespace)
    if last is not None:
        values[len(sources) - 1] = eval(compile(ast.Expression(last.value), cell["id"], "eval"), namespace)


def _failure(error: Exception, cell_id: str) -> Failure:
    mro = tuple(kind.__name__ for kind in type(error).__mro__)
    shown = "".join(traceback.format_exception_only(error))
    return Failure(
        FailureCause.EXCEPTION, mro[0], str(error), shown, None if cell_id in GENERATED else cell_id, mro=mro
    )
