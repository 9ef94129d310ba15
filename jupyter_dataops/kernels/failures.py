"""From what went wrong in an execution to the `Failure` that is recorded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_dataops.kernels.execution import CellError
from jupyter_dataops.kernels.kernel_process import cause_of_death
from jupyter_dataops.kernels.protocol import GENERATED, INPUTS, OUTPUTS
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause

_CAUSES = {
    "UndeclaredMutation": FailureCause.UNDECLARED_MUTATION,
    "UnstorableValue": FailureCause.UNSTORABLE_OUTPUT,
    "ArtifactError": FailureCause.CONFIG_INVALID,
    "ArtifactMissing": FailureCause.CONFIG_INVALID,
    "ArtifactCorrupt": FailureCause.CONFIG_INVALID,
    "EnvironmentRefused": FailureCause.CONFIG_INVALID,
}
"""Causes of our own errors, raised in cells of our own."""


def failure_of_cell(error: CellError, kernel_name: str, is_check: bool = False) -> Failure:
    """The failure that a cell's error means: the user's where it is a cell of theirs."""
    if error.cell_id not in GENERATED:
        return Failure(
            FailureCause.CHECK_FAILED if is_check else FailureCause.EXCEPTION,
            error.ename,
            error.evalue,
            traceback="\n".join(error.traceback),
            cell_id=error.cell_id,
            line=error.line,
            mro=error.mro or (error.ename,),
            facts=error.facts,
        )
    if error.cell_id == INPUTS and "No module named 'jupyter_dataops" in error.evalue:
        return config_invalid(
            "ModuleNotFoundError",
            f"kernel '{kernel_name}' has no jupyter-dataops",
            f"install it where that kernel's Python is: jupyter kernelspec list tells, then "
            f"PYTHON -m pip install jupyter-dataops ({error.evalue})",
        )
    cause = _CAUSES.get(error.ename, FailureCause.EXCEPTION)
    if error.cell_id == OUTPUTS and cause is FailureCause.CONFIG_INVALID:  # no space: the node did start
        cause = FailureCause.UNSTORABLE_OUTPUT
    return Failure(
        cause,
        error.ename,
        error.evalue,
        traceback="\n".join(error.traceback),
        mro=error.mro or (error.ename,),
    )


def failure_of_check(verdict: Mapping[str, Any]) -> Failure | None:
    """The failure that a check's verdict means; `None`: it passed.

    Examples
    --------
    >>> failure_of_check({"passed": True, "sentence": "x > 0 is True", "facts": {}})
    """
    if verdict["passed"] is True:
        return None
    return Failure(
        FailureCause.CHECK_FAILED,
        "CheckFailed",
        verdict["sentence"],
        mro=("CheckFailed", "AssertionError", "Exception"),
        facts=verdict["facts"],
    )


def failure_of_death(status: int | None, oom_kills: int, cell_id: str | None, kernel_words: str) -> Failure:
    """The failure that a kernel's unexpected end means."""
    cause, sentence = cause_of_death(status, oom_kills)
    return Failure(
        cause,
        "DeadKernelError",
        sentence,
        traceback=kernel_words,
        cell_id=None if cell_id in GENERATED else cell_id,
        mro=("DeadKernelError", "RuntimeError", "Exception"),
    )


def failure_of_start(error: Exception, kernel_name: str, kernel_words: str) -> Failure:
    """The failure of a kernel that did not come up."""
    if "No module named ipykernel" in kernel_words:
        return config_invalid(
            "ModuleNotFoundError",
            f"kernel '{kernel_name}' has no ipykernel",
            "install it where that kernel's Python is: jupyter kernelspec list tells",
        )
    return Failure(
        FailureCause.KERNEL_DIED,
        type(error).__name__,
        f"kernel '{kernel_name}' did not start: {error}",
        traceback=kernel_words,
        mro=_mro(error),
    )


def config_invalid(ename: str, message: str, hint: str) -> Failure:
    """The attempt cannot be started as configured."""
    return Failure(FailureCause.CONFIG_INVALID, ename, f"{message}\n  -> {hint}", mro=(ename, "Exception"))


def failure_of_machine(error: BaseException, traceback: str = "") -> Failure:
    """The failure that an unforeseen error around the kernel means: a full disk, too many threads."""
    return Failure(FailureCause.KERNEL_DIED, type(error).__name__, str(error), traceback=traceback, mro=_mro(error))


def _mro(error: BaseException) -> tuple[str, ...]:
    return tuple(kind.__name__ for kind in type(error).__mro__ if kind is not object)
