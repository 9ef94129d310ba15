"""Records to rows and back. The columns bear the names of the fields, and convert themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import (
    ArtifactRecord,
    AttemptRecord,
    AuditRecord,
    EventRecord,
    NodeRunRecord,
    OutputRecord,
    ResultRecord,
    RunRecord,
)
from jupyter_dataops.store import schema
from jupyter_dataops.store.codec import dumps
from jupyter_dataops.store.slots import Taken

Row = Mapping[Any, Any]

_ARTIFACT_FIELDS = ArtifactRecord.__struct_fields__


def columns_of(table: sa.Table, record: type[Struct]) -> tuple[sa.Column[Any], ...]:
    """The columns of `table` that keep a field of `record`."""
    return tuple(table.c[name] for name in record.__struct_fields__ if name in table.c)


RUN = columns_of(schema.runs, RunRecord)
RUN_HEAD = tuple(column for column in RUN if column.name not in ("parameters", "options"))
"""Without what never changes, and is as long as the pipeline is large."""
NODE_RUN = columns_of(schema.node_runs, NodeRunRecord)
ATTEMPT = columns_of(schema.attempts, AttemptRecord)
EVENT = columns_of(schema.events, EventRecord)
AUDIT = columns_of(schema.audit, AuditRecord)
TAKEN = columns_of(schema.slots, Taken)
RESULT = columns_of(schema.results, ResultRecord)
OUTPUT = (
    *(schema.outputs.c[name] for name in ("node", "name", "truthy", "needs", "shares", "items", "artifact_id")),
    *columns_of(schema.artifacts, ArtifactRecord),
)


def values(record: object, columns: Iterable[sa.Column[Any]]) -> dict[str, Any]:
    """What to write in `columns` for `record`."""
    return {column.name: getattr(record, column.name) for column in columns}


def artifact_id(artifact: ArtifactRecord) -> str:
    """The key under which a description is kept once: a digest of all its fields."""
    return hashlib.sha256(dumps(artifact).encode()).hexdigest()


def artifact_row(artifact: ArtifactRecord) -> dict[str, Any]:
    """The row of an artifact."""
    return {"artifact_id": artifact_id(artifact), **{name: getattr(artifact, name) for name in _ARTIFACT_FIELDS}}


def output_rows(node_run: NodeRunRecord) -> list[dict[str, Any]]:
    """The rows of a node run's outputs."""
    return [
        {
            "run_id": node_run.run_id,
            "node": node_run.node,
            "position": position,
            "name": output.name,
            "artifact_id": artifact_id(output.artifact),
            "truthy": output.truthy,
            "needs": output.needs,
            "shares": output.shares,
            "items": output.items,
        }
        for position, output in enumerate(node_run.outputs.values())
    ]


def outputs_by_node(rows: Iterable[Row]) -> dict[NodeName, dict[str, OutputRecord]]:
    """Each node's outputs by name, from rows of `OUTPUT`; the names of one artifact share its record."""
    artifacts: dict[str, ArtifactRecord] = {}
    found: dict[NodeName, dict[str, OutputRecord]] = {}
    for row in rows:
        key = row["artifact_id"]
        if key not in artifacts:
            artifacts[key] = ArtifactRecord(**{name: row[name] for name in _ARTIFACT_FIELDS})
        found.setdefault(row["node"], {})[row["name"]] = OutputRecord(
            row["name"], artifacts[key], row["truthy"], row["needs"], row["shares"], row["items"]
        )
    return found
