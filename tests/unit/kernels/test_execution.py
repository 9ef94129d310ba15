from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.ids import Digest
from jupyter_dataops.kernels.execution import Execution, is_users
from jupyter_dataops.kernels.kernel_process import KernelControl
from jupyter_dataops.kernels.protocol import (
    INPUTS,
    OUTPUTS,
    OUTPUTS_MIMETYPE,
    PARAMETERS_MIMETYPE,
    VERDICT_MIMETYPE,
    outputs_to_json,
)
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.secrets import Masker
from tests.support.node_jobs import node_job
from tests.support.notebooks import cell, text

X = {"x": OutputRecord("x", ArtifactRecord(Digest("blake3:00"), "json", "int", 1))}


@pytest.fixture
def execution(tmp_path: Path) -> Execution:
    return Execution(node_job(tmp_path), KernelControl(), io.StringIO(), lambda _done, _total: None, 1.0, Masker({}))


def logged(execution: Execution) -> list[tuple[str, str]]:
    assert isinstance(execution.log, io.StringIO)
    lines = map(json.loads, execution.log.getvalue().splitlines())
    return [(line["stream"], line["text"]) for line in lines]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ({"output_type": "stream", "name": "stdout", "text": "a\nb"}, ("stdout", "a\nb")),
        ({"output_type": "stream", "name": "stderr", "text": "oh"}, ("stderr", "oh")),
        ({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]}, ("error", "a\nb")),
        ({"output_type": "execute_result", "data": {"text/plain": "42", "text/html": "<b>"}}, ("display", "42")),
    ],
)
def test_every_kind_of_output_is_logged(execution: Execution, output: dict[str, Any], line: tuple[str, str]) -> None:
    execution.take_output("c1", output)
    assert logged(execution) == [line]


def test_an_output_that_has_no_text_is_not_logged(execution: Execution) -> None:
    execution.take_output("c1", {"output_type": "display_data", "data": {"image/png": "..."}})
    assert logged(execution) == []


def test_the_outputs_cell_says_what_the_node_hands_on(execution: Execution) -> None:
    data = {OUTPUTS_MIMETYPE: outputs_to_json(X), "text/plain": "x: int, 1 B"}
    execution.take_output(OUTPUTS, {"output_type": "display_data", "data": data})
    assert execution.outputs == X
    assert logged(execution) == [("system", "x: int, 1 B")]


def test_our_last_cell_gives_parameters_and_verdicts_one_display_after_the_other(execution: Execution) -> None:
    for shown in ({OUTPUTS_MIMETYPE: {}}, {PARAMETERS_MIMETYPE: {"n": 1}}, {VERDICT_MIMETYPE: {"passed": True}}):
        execution.take_output(OUTPUTS, {"output_type": "display_data", "data": shown})
    assert (execution.outputs, execution.parameters, execution.verdict) == ({}, {"n": 1}, {"passed": True})


def test_no_cell_of_the_users_can_pretend_to_be_ours(execution: Execution) -> None:
    data = {OUTPUTS_MIMETYPE: {}, PARAMETERS_MIMETYPE: {}, VERDICT_MIMETYPE: {"passed": True}, "text/plain": "forged"}
    execution.take_output("c1", {"output_type": "display_data", "data": data})
    assert (execution.outputs, execution.parameters, execution.verdict) == (None, None, None)


def test_cells_of_ours_and_papermills_are_not_the_users() -> None:
    assert is_users(cell("x", "node:a"))
    assert not is_users(text("# T"))
    assert not is_users(cell("x = 1", "injected-parameters"))
    assert not is_users(cell("load", INPUTS))
