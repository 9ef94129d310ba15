"""What the two sides of a kernel agree on: cell ids, MIME types and the JSON of what a node hands on.

Imported inside kernels, so it imports nothing but values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import to_builtins

from jupyter_dataops.ids import Digest
from jupyter_dataops.records import ArtifactRecord, ItemRecord, OutputRecord

ABOUT: Final = "dataops-about"
INPUTS: Final = "dataops-inputs"
OUTPUTS: Final = "dataops-outputs"
GENERATED: Final = frozenset({ABOUT, INPUTS, OUTPUTS})
"""Ids, and tags, of the cells that the node notebook has beside the user's."""

OUTPUTS_MIMETYPE: Final = "application/vnd.jupyter-dataops.outputs+json"
"""What a node hands on, as displayed by its last cell."""

PARAMETERS_MIMETYPE: Final = "application/vnd.jupyter-dataops.parameters+json"
"""Values for the parameters of the notebook that a ``notebook:`` node runs, as displayed by its last cell."""

VERDICT_MIMETYPE: Final = "application/vnd.jupyter-dataops.verdict+json"
"""What a check found, ``{"passed", "sentence", "facts"}``, as displayed by its last cell."""

SECRETS_VARIABLE: Final = "DATAOPS_SECRETS"
"""Environment variable with the names of those whose values no output may hold."""

IMPORTED_MIMETYPE: Final = "application/vnd.jupyter-dataops.imported+json"
"""What the kernel runs on, see `jupyter_dataops.kernels.usage.imported`; beside the others, and kept in no notebook."""

ERROR_EXPRESSION: Final = "__import__('jupyter_dataops.kernels.asked', fromlist=['asked']).last_error()"
"""Evaluated in the kernel after a cell has failed; its value is a dict of literals."""

LEAVE_EXPRESSION: Final = "__import__('jupyter_dataops.kernels.asked', fromlist=['asked']).leave()"
"""Ends the kernel's process; where it has a value at all, the kernel does not know us."""


def outputs_to_json(outputs: Mapping[str, OutputRecord]) -> dict[str, Any]:
    """JSON-able form of `outputs`; `outputs_from_json` reads it back."""
    return {name: to_builtins(output) for name, output in outputs.items()}


def outputs_from_json(data: Mapping[str, Any]) -> dict[str, OutputRecord]:
    """The outputs that `outputs_to_json` wrote.

    Examples
    --------
    >>> artifact = ArtifactRecord(Digest("blake3:00"), "json", "int", 2, shape=(1, 2), members=("x",))
    >>> items = (ItemRecord("1", OutputRecord("x", artifact)),)
    >>> outputs = {"x": OutputRecord("x", artifact, truthy=True, needs=("f",), items=items)}
    >>> outputs_from_json(outputs_to_json(outputs)) == outputs
    True
    """
    return {name: _output(fields) for name, fields in data.items()}


def _output(fields: Mapping[str, Any]) -> OutputRecord:
    artifact = dict(fields["artifact"])
    shape = artifact.pop("shape")
    members = tuple(artifact.pop("members"))
    digest = Digest(artifact.pop("digest"))
    items = fields["items"]
    return OutputRecord(
        name=fields["name"],
        artifact=ArtifactRecord(
            digest=digest, shape=None if shape is None else tuple(shape), members=members, **artifact
        ),
        truthy=fields["truthy"],
        needs=tuple(fields["needs"]),
        shares=tuple(fields["shares"]),
        items=None if items is None else tuple(ItemRecord(item["key"], _output(item["output"])) for item in items),
    )


def describe_output(output: OutputRecord) -> str:
    """One line about a value.

    Examples
    --------
    >>> artifact = ArtifactRecord(Digest("blake3:00"), "arrow", "pandas.DataFrame", 80_000, shape=(1000, 5))
    >>> describe_output(OutputRecord("df", artifact))
    'df: pandas.DataFrame 1,000 x 5, 80 kB'
    """
    artifact = output.artifact
    shape = " " + " x ".join(f"{length:,}" for length in artifact.shape) if artifact.shape else ""
    return f"{output.name}: {artifact.type}{shape}, {_size(artifact.size_bytes)}"


def _size(size_bytes: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.3g} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:,.3g} TB"
