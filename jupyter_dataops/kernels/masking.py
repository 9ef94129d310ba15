"""What an attempt leaves, without the values of secrets: its notebook, its streams, its report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import nbformat
from msgspec.structs import replace

from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded
from jupyter_dataops.records import Failure, ItemRecord, OutputRecord
from jupyter_dataops.secrets import Masker, MaskingStream
from jupyter_dataops.states import FailureCause

# What gives a notebook its form is left alone: a secret may be as ordinary a word as "code" or "python".
_FORM: Final = frozenset({"kernelspec", "language_info", "tags"})
_TAIL: Final = 4000
_MARGIN_BYTES: Final = 16_000


class MaskedStreams:
    """Masks what one cell prints, each stream by itself: a value is also found where it was printed in pieces."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._streams: dict[str, MaskingStream] = {}

    def feed(self, name: str, text: str) -> str:
        """What of the stream can be shown now."""
        if not self._masker:
            return text
        return self._streams.setdefault(name, self._masker.stream()).feed(text)

    def flush(self) -> Iterator[tuple[str, str]]:
        """Name and text of what was held back: nothing follows."""
        for name, stream in self._streams.items():
            if text := stream.flush():
                yield name, text


def masked_tail(file: IO[bytes], masker: Masker, start: int = 0) -> str:
    """The last of what was written to `file`; masked before it is cut, so that no part of a secret is left.

    Parameters
    ----------
    start
        Bytes at its beginning that do not count.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(start, size - _TAIL - _MARGIN_BYTES))
    return masker.mask(file.read().decode("utf-8", "replace"))[-_TAIL:].strip()


def masked_notebook(notebook: Mapping[str, Any], masker: Masker) -> Any:
    """A copy of an executed notebook (without secrets: itself) in which no secret can be read."""
    if not masker:
        return notebook
    copy = dict(notebook)
    copy["metadata"] = _masked_metadata(notebook["metadata"], masker)
    copy["cells"] = [_masked_cell(cell, masker) for cell in notebook["cells"]]
    return nbformat.from_dict(copy)  # type: ignore[no-untyped-call]


def masked_report(report: AttemptSucceeded | AttemptFailed, masker: Masker) -> AttemptSucceeded | AttemptFailed:
    """The report, to be stored: a failure where it would hand on a secret as a parameter."""
    if not masker:
        return report
    if isinstance(report, AttemptFailed):
        return replace(report, failure=_masked_failure(report.failure, masker))
    for variable, value in (report.parameters or {}).items():
        secret = masker.find(json.dumps(value, default=str).encode())
        if secret is not None:
            return AttemptFailed(report.job, _would_be_stored(variable, secret), report.usage)
    outputs = {name: _masked_output(output, masker) for name, output in report.outputs.items()}
    return replace(report, outputs=outputs)


def _masked_cell(cell: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    copy = dict(cell)
    copy["source"] = masker.mask(cell["source"])
    copy["metadata"] = _masked_metadata(cell["metadata"], masker)
    if "outputs" in cell:
        copy["outputs"] = [_masked_display(output, masker) for output in cell["outputs"]]
    return copy


def _masked_metadata(metadata: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    return {key: value if key in _FORM else masker.mask_all(value) for key, value in metadata.items()}


def _masked_display(output: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """One output, of any type: texts, errors, and displays of every MIME type."""
    copy = dict(output)
    for field in ("text", "ename", "evalue", "traceback", "metadata"):
        if field in output:
            copy[field] = masker.mask_all(output[field])
    if "data" in output:
        copy["data"] = {mimetype: masker.mask_all(shown) for mimetype, shown in output["data"].items()}
    return copy


def _masked_failure(failure: Failure, masker: Masker) -> Failure:
    return replace(
        failure,
        ename=masker.mask(failure.ename),
        evalue=masker.mask(failure.evalue),
        traceback=masker.mask(failure.traceback),
        mro=tuple(map(masker.mask, failure.mro)),
        facts=masker.mask_all(failure.facts),
    )


def _masked_output(output: OutputRecord, masker: Masker) -> OutputRecord:
    """Masks what shows the value. Names and addresses stay: the value itself holds no secret, or it would not exist."""
    artifact = output.artifact
    columns = None if artifact.columns is None else masker.mask_all(artifact.columns)
    items = output.items
    return replace(
        output,
        artifact=replace(artifact, preview=masker.mask(artifact.preview), columns=columns),
        items=None
        if items is None
        else tuple(ItemRecord(one.key, _masked_output(one.output, masker)) for one in items),
    )


def _would_be_stored(variable: str, secret: str) -> Failure:
    return Failure(
        FailureCause.UNSTORABLE_OUTPUT,
        "UnstorableValue",
        f"{variable!r} holds the value of the secret '{secret}' and would be stored as a parameter of the notebook "
        f"that the node runs\n  -> tag a cell of that notebook 'secret:{secret}' and read os.environ[{secret!r}] there",
        mro=("UnstorableValue", "ArtifactError", "DataOpsError", "Exception"),
    )
