"""One attempt at one node, through papermill: from a job to its report."""

from __future__ import annotations

import logging
import threading
import traceback
from contextlib import nullcontext
from functools import partial
from typing import Final

import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillException, PapermillExecutionError

from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, CellFinished, NodeJob, Report
from jupyter_dataops.kernels.execution import Execution
from jupyter_dataops.kernels.failures import (
    config_invalid,
    failure_of_cell,
    failure_of_check,
    failure_of_death,
    failure_of_machine,
    failure_of_start,
)
from jupyter_dataops.kernels.guard import KernelGuard
from jupyter_dataops.kernels.kernel_process import KernelControl, count_oom_kills
from jupyter_dataops.kernels.masking import masked_report
from jupyter_dataops.kernels.node_kernel import Forking
from jupyter_dataops.kernels.standby import StandbyKernel
from jupyter_dataops.kernels.usage import usage_of
from jupyter_dataops.records import Failure
from jupyter_dataops.secrets import Masker
from jupyter_dataops.states import FailureCause

START_TIMEOUT_S = 60.0

# Papermill tells its log which notebook it reads and writes: news for the whole notebook, noise for one node.
_PAPERMILL_LOG: Final = logging.getLogger("papermill")
_PAPERMILL_LOG.addFilter(lambda record: not (record.threadName or "").startswith("dataops-"))


class NodeAttempt:
    """Runs `job` once, in a fresh kernel; `run` in one thread, `stop` from any other.

    Parameters
    ----------
    guard
        Ends what is left of the kernel should this process be killed; `None`: nobody does, beside the kernel itself.
    forking
        Where its kernel is forked; `None`: it is started.
    """

    def __init__(
        self,
        job: NodeJob,
        *,
        guard: KernelGuard | None = None,
        forking: Forking | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self._job = job
        self._guard = guard
        self._forking = forking
        self._control = KernelControl() if guard is None else KernelControl(partial(guard.started, job.token))
        self._start_timeout_s = start_timeout_s
        self._lock = threading.Lock()
        self._stopped_with: Failure | None = None
        self._masker = Masker(job.secrets)

    def stop(self, failure: Failure, grace_s: float) -> None:
        """Have `run` end with `failure`: interrupt the user's code, kill after `grace_s`. The first failure counts."""
        with self._lock:
            self._stopped_with = self._stopped_with or failure
        self._control.stop(grace_s)

    def run(self, report: Report, standby: StandbyKernel | None = None) -> AttemptSucceeded | AttemptFailed:
        """The attempt's end; the executed notebook and the log are on disk, no process is left.

        `report` is told of every cell meanwhile. Whatever happens becomes a failure. `standby`, made by this thread,
        is used where it is of the right kind; its owner closes it.
        """
        return masked_report(self._run(report, standby), self._masker)

    def _run(self, report: Report, standby: StandbyKernel | None) -> AttemptSucceeded | AttemptFailed:
        job = self._job
        try:
            with job.log_path.open("a", encoding="utf-8") as log:
                execution = Execution(
                    job,
                    self._control,
                    log,
                    lambda done, total: report(CellFinished(job, done, total)),
                    self._start_timeout_s,
                    self._masker,
                    self._forking,
                    standby,
                )
                failure = self._failure(execution)
                said = execution.last_words if failure is None else execution.kernel_words
                if said:
                    execution.write("stderr", said)
                execution.write("system", _last_words(failure))
                usage = usage_of(execution.imported, execution.peak_memory_bytes, execution.kernel)
                if failure is not None:
                    return AttemptFailed(job, failure, usage)
                return AttemptSucceeded(job, execution.outputs or {}, usage, execution.parameters)
        except OSError as error:
            return AttemptFailed(job, self._stopped_with or failure_of_machine(error, traceback.format_exc()))

    def _failure(self, execution: Execution) -> Failure | None:
        """`None`: all cells ran."""
        job = self._job
        if self._stopped_with is not None:
            return self._stopped_with
        if not job.working_dir.is_dir():
            return config_invalid(
                "NotADirectoryError",
                f"there is no folder {job.working_dir}",
                "the node runs there: make it, or move back",
            )
        execution.write("system", f"attempt {job.attempt} of node '{job.node}', kernel '{job.kernel_name}'")
        with nullcontext() if self._guard is None else self._guard.watching(job.run_id, job.token):
            failure = _execute(execution)
        if failure is None and _has_ended(execution):
            return failure_of_check(execution.verdict) if execution.verdict is not None else None
        # What a stop brings about - an interrupt shown as an error, a dead kernel - is not the cause.
        return self._stopped_with or failure or _no_outputs()


def _execute(execution: Execution) -> Failure | None:
    job = execution.job
    oom_kills = count_oom_kills()
    try:
        papermill.execute_notebook(
            nbformat.from_dict(job.notebook),  # type: ignore[no-untyped-call]
            None,  # the engine writes: papermill itself would format braces in the path, and write piecemeal
            parameters=dict(job.parameters),
            engine_name="dataops-node",
            kernel_name=job.kernel_name,
            progress_bar=False,
            execution=execution,
        )
    except PapermillExecutionError:
        execution.record.write()  # with papermill's marks
    except DeadKernelError:
        return failure_of_death(
            execution.exit_status, count_oom_kills() - oom_kills, execution.running_cell, execution.kernel_words
        )
    except NoSuchKernel:
        return config_invalid(
            "NoSuchKernel", f"there is no kernel named '{job.kernel_name}'", "choose one of: jupyter kernelspec list"
        )
    except (RuntimeError, TimeoutError, FileNotFoundError) as error:
        if execution.running_cell is None:
            return failure_of_start(error, job.kernel_name, execution.kernel_words)
        return failure_of_machine(error, traceback.format_exc())
    except PapermillException as error:
        return config_invalid(type(error).__name__, str(error), "choose a kernel that papermill can give parameters to")
    except Exception as error:  # noqa: BLE001 - whatever it is, the attempt must be reported
        return failure_of_machine(error, traceback.format_exc())
    # Not by what papermill says, to which `sys.exit(0)` is no failure.
    return None if execution.error is None else failure_of_cell(execution.error, job.kernel_name, job.is_check)


def _has_ended(execution: Execution) -> bool:
    """Whether the last cell, which is ours, has said what it is there to say."""
    return (execution.verdict if execution.job.is_check else execution.outputs) is not None


def _no_outputs() -> Failure:
    return Failure(
        FailureCause.KERNEL_DIED,
        "NoOutputs",
        "the kernel never said what came of its cells",
        mro=("NoOutputs", "Exception"),
    )


def _last_words(failure: Failure | None) -> str:
    if failure is None:
        return "succeeded"
    said = f"{failure.cause.value}: {failure.error}"
    if failure.cause in (FailureCause.KERNEL_DIED, FailureCause.OUT_OF_MEMORY):
        return f"{said} (what it printed in its last moments may be missing)"
    return said
