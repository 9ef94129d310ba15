from __future__ import annotations

import io
import json
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_output

from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded
from jupyter_dataops.kernels.masking import MaskedStreams, masked_notebook, masked_report, masked_tail
from jupyter_dataops.records import ArtifactRecord, Failure, ItemRecord, OutputRecord
from jupyter_dataops.secrets import Masker
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import node_job
from tests.support.notebooks import cell, notebook, text

SECRET = "hunter2lake"
MASKER = Masker({"TOKEN": SECRET})


def executed(*outputs: Any, metadata: dict[str, Any] | None = None) -> Any:
    made = nbformat.from_dict(notebook(cell(f"token = '{SECRET}'", "node:a"), text("# Title")))
    made.cells[0].outputs = list(outputs)
    made.metadata.update(metadata or {})
    return made


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stderr", text=f"a {SECRET}\n"),
        new_output("error", ename="Error", evalue=SECRET, traceback=["in <cell>", f"Error: {SECRET}"]),
        new_output("display_data", {"text/html": f"<b>{SECRET}</b>", "text/plain": SECRET}),
        new_output("display_data", {"application/json": {"deep": [{SECRET: SECRET}]}}),
        new_output("display_data", {"text/plain": "x"}, metadata={"text/plain": {"note": SECRET}}),
        new_output("execute_result", {"application/vnd.custom+json": [SECRET]}, execution_count=1),
    ],
    ids=lambda output: output.output_type,
)
def test_no_output_of_an_executed_notebook_shows_a_secret(output):
    masked = masked_notebook(executed(output), MASKER)
    nbformat.validate(masked)
    assert SECRET not in nbformat.writes(masked)
    assert "***" in json.dumps(masked.cells[0].outputs)


def test_sources_and_metadata_show_no_secret():
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {"state": {"value": SECRET}}}}}
    made = executed(metadata={"papermill": {"parameters": {"x": SECRET}}, "widgets": widgets})
    made.cells[0].metadata["papermill"] = {"note": SECRET}
    assert SECRET not in nbformat.writes(masked_notebook(made, MASKER))


def test_the_notebook_in_memory_stays_as_it_is():
    made = executed(new_output("stream", name="stdout", text=SECRET))
    before = nbformat.writes(made)
    masked_notebook(made, MASKER)
    assert nbformat.writes(made) == before


def test_a_secret_that_is_an_ordinary_word_leaves_the_notebook_valid():
    made = executed(
        new_output("stream", name="stdout", text="some code"), new_output("display_data", {"text/plain": ""})
    )
    masked = masked_notebook(made, Masker({"A": "code", "B": "text", "C": "python", "D": "node", "E": "stdout"}))
    nbformat.validate(masked)
    assert masked.cells[0].outputs[0].text == "some ***"
    assert masked.cells[0].metadata.tags == ["node:a"]
    assert masked.metadata.kernelspec == made.metadata.kernelspec


def test_without_secrets_nothing_is_copied():
    made = executed()
    assert masked_notebook(made, Masker({})) is made


def test_streams_are_masked_each_by_itself_across_pieces():
    streams = MaskedStreams(MASKER)
    pieces = [("stdout", "> hunt"), ("stderr", "50%"), ("stdout", "er2"), ("stderr", "\r99%"), ("stdout", "lake <")]
    assert [streams.feed(*piece) for piece in pieces] == ["> ", "50%", "", "\r99%", "*** <"]
    assert list(streams.flush()) == []


def test_what_was_held_back_is_named_by_its_stream():
    streams = MaskedStreams(MASKER)
    assert (streams.feed("stdout", "hunt"), streams.feed("stderr", "h")) == ("", "")
    assert list(streams.flush()) == [("stdout", "hunt"), ("stderr", "h")]
    assert list(streams.flush()) == []


def test_a_failure_shows_no_secret_anywhere(tmp_path):
    failure = Failure(
        FailureCause.CHECK_FAILED,
        f"E{SECRET}",
        f"bad: {SECRET}",
        traceback=f"--> {SECRET}",
        mro=(f"E{SECRET}", "Exception"),
        facts={"failing_rows": {"columns": [SECRET], "rows": [[1, SECRET]], "count": 1}, "values": {SECRET: "x"}},
    )
    report = masked_report(AttemptFailed(node_job(tmp_path), failure), MASKER)
    assert isinstance(report, AttemptFailed)
    assert SECRET not in repr(report.failure)
    assert report.failure.facts["failing_rows"]["rows"] == [[1, "***"]]


def test_what_shows_a_value_shows_no_secret_and_the_rest_is_untouched(tmp_path):
    artifact = ArtifactRecord(Digest("blake3:beef"), "arrow", "x", 1, columns={SECRET: "str"}, preview=f"0 {SECRET}")
    item = ItemRecord("berlin", OutputRecord("rows", artifact))
    outputs = {"beef": OutputRecord("beef", artifact, items=(item,))}
    report = masked_report(AttemptSucceeded(node_job(tmp_path), outputs), Masker({"TOKEN": SECRET, "WORD": "beef"}))
    assert isinstance(report, AttemptSucceeded)
    assert SECRET not in repr(report.outputs)
    masked = report.outputs["beef"]
    assert (masked.name, masked.artifact.digest, masked.artifact.preview) == ("beef", "blake3:beef", "0 ***")


def test_a_parameter_that_holds_a_secret_fails_the_attempt_and_says_what_to_do(tmp_path):
    report = AttemptSucceeded(node_job(tmp_path), {}, parameters={"rows": 3, "auth": {"header": f"Bearer {SECRET}"}})
    refused = masked_report(report, MASKER)
    assert isinstance(refused, AttemptFailed)
    assert refused.failure.cause is FailureCause.UNSTORABLE_OUTPUT
    assert "'auth'" in refused.failure.evalue
    assert "os.environ['TOKEN']" in refused.failure.evalue
    assert SECRET not in repr(refused.failure)


@pytest.mark.parametrize("length", [3990, 3995, 4000])
def test_a_secret_that_lies_across_the_cut_leaves_nothing_in_a_tail(length):
    words = masked_tail(io.BytesIO(f"{'x' * 30_000} {SECRET} {'y' * length}".encode()), MASKER)
    assert set(words) <= set("xy *")
    assert len(words) <= 4000


def test_words_that_are_few_are_told_whole():
    assert masked_tail(io.BytesIO(b" Segmentation fault\n"), Masker({})) == "Segmentation fault"
