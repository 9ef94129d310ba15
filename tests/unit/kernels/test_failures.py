from __future__ import annotations

import pytest

from jupyter_dataops.kernels.execution import CellError
from jupyter_dataops.kernels.failures import failure_of_cell, failure_of_check, failure_of_death, failure_of_start
from jupyter_dataops.kernels.protocol import INPUTS, OUTPUTS
from jupyter_dataops.states import FailureCause


def test_an_error_in_a_cell_of_the_users_is_theirs_whatever_it_is_called() -> None:
    error = CellError("c3", "UnstorableValue", "mine", ["a", "b"], ("UnstorableValue", "Exception"), 4)
    found = failure_of_cell(error, "python3")
    assert found.cause is FailureCause.EXCEPTION
    assert (found.cell_id, found.line, found.traceback, found.mro) == ("c3", 4, "a\nb", error.mro)


def test_an_error_in_a_check_is_a_failed_check_with_what_made_it_fail() -> None:
    facts = {"values": {"x": "1"}}
    found = failure_of_cell(CellError("c3", "KeyError", "x", mro=("KeyError", "LookupError"), facts=facts), "k", True)
    assert (found.cause, found.facts, found.mro[1]) == (FailureCause.CHECK_FAILED, facts, "LookupError")
    assert failure_of_cell(CellError(INPUTS, "KeyError", "x"), "k", True).cause is FailureCause.EXCEPTION


def test_a_verdict_says_why_a_check_failed() -> None:
    assert failure_of_check({"passed": True, "sentence": "nothing raised", "facts": {}}) is None
    found = failure_of_check({"passed": False, "sentence": "x > 0 is False", "facts": {"values": {"x": "-1"}}})
    assert found is not None
    assert (found.cause, found.evalue, found.facts) == (
        FailureCause.CHECK_FAILED, "x > 0 is False", {"values": {"x": "-1"}}
    )  # fmt: skip


def test_a_kernel_that_cannot_tell_the_classes_leaves_the_name() -> None:
    assert failure_of_cell(CellError("c3", "ValueError", "x"), "python3").mro == ("ValueError",)


@pytest.mark.parametrize(
    ("cell_id", "ename", "cause"),
    [
        (OUTPUTS, "UnstorableValue", FailureCause.UNSTORABLE_OUTPUT),
        (OUTPUTS, "UndeclaredMutation", FailureCause.UNDECLARED_MUTATION),
        (OUTPUTS, "EnvironmentRefused", FailureCause.UNSTORABLE_OUTPUT),
        (INPUTS, "EnvironmentRefused", FailureCause.CONFIG_INVALID),
        (OUTPUTS, "MemoryError", FailureCause.EXCEPTION),
        (INPUTS, "ArtifactMissing", FailureCause.CONFIG_INVALID),
        (INPUTS, "ArtifactCorrupt", FailureCause.CONFIG_INVALID),
        (INPUTS, "ModuleNotFoundError", FailureCause.EXCEPTION),
    ],
)
def test_an_error_in_a_cell_of_ours_has_its_cause_and_no_cell(cell_id: str, ename: str, cause: FailureCause) -> None:
    found = failure_of_cell(CellError(cell_id, ename, "why", line=1), "python3")
    assert (found.cause, found.cell_id, found.line) == (cause, None, None)


def test_a_kernel_without_this_package_says_what_to_install() -> None:
    found = failure_of_cell(CellError(INPUTS, "ModuleNotFoundError", "No module named 'jupyter_dataops'"), "other")
    assert found.cause is FailureCause.CONFIG_INVALID
    assert "kernel 'other' has no jupyter-dataops" in found.evalue
    assert "pip install jupyter-dataops" in found.evalue


def test_a_death_names_the_cell_that_ran() -> None:
    assert failure_of_death(-9, 0, "c1", "").cell_id == "c1"
    assert failure_of_death(-9, 0, OUTPUTS, "").cell_id is None


def test_a_kill_counts_as_want_of_memory_only_with_evidence() -> None:
    assert failure_of_death(-9, 0, "c1", "").cause is FailureCause.KERNEL_DIED
    assert failure_of_death(-9, 2, "c1", "").cause is FailureCause.OUT_OF_MEMORY
    assert failure_of_death(-11, 2, "c1", "").cause is FailureCause.KERNEL_DIED


def test_a_kernel_that_did_not_start_shows_its_own_words() -> None:
    found = failure_of_start(TimeoutError("too late"), "slow", "loading ...")
    assert (found.cause, found.traceback) == (FailureCause.KERNEL_DIED, "loading ...")
    assert found.evalue == "kernel 'slow' did not start: too late"
    assert found.mro[0] == "TimeoutError"
