"""Assets, published by made-up runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.events import NodeQueued, NodeReused, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import ArtifactRecord, AssetRecord, LoadedAsset, OutputRecord, Usage
from jupyter_dataops.wiring import Stores
from tests.support.stores import a_node, a_run, a_start, at, keep

TABLE = OutputRecord(
    "df",
    ArtifactRecord(Digest("blake3:00"), "arrow", "pandas.DataFrame", 2_048, (3, 2), {"n": "int64"}, "n\n1\n2\n3"),
)


def publish(
    kept: Stores,
    run_id: str,
    publishes: Mapping[str, str],
    source: str | None = None,
    *,
    loaded: Sequence[LoadedAsset] = (),
    **fields: Any,
) -> None:
    """A run whose node `a` has loaded some, hands on the table `df`, and publishes these.

    Where it has a source, it is reused.
    """
    token, key = Token(f"of {run_id}"), {"run_id": RunId(run_id), "node": NodeName("a"), "at": at(6)}
    keep(kept.runs, a_run(run_id, **{"options": {"name": "etl"}, **fields}), a_node("a", run_id=run_id))
    kept.runs.apply(a_start(run_id, token), None)
    made: dict[str, Any] = {**key, "outputs": {"df": TABLE}, "publishes": publishes}
    if source is not None:
        kept.runs.apply(NodeReused(**made, source_run_id=RunId(source), reason="it holds"), token)
        return
    kept.runs.apply(NodeQueued(**key, reason="so"), token)
    kept.runs.apply(NodeStarted(**key, attempt=1, token=Token("t"), notebook="n", log="l", reason="so"), token)
    kept.runs.apply(NodeSucceeded(**made, usage=Usage(loaded=tuple(loaded))), token)


def loaded_of(asset: AssetRecord, **fields: Any) -> LoadedAsset:
    """What the attempt keeps that has loaded the version."""
    return replace(LoadedAsset(asset.name, asset.version, asset.run_id, asset.notebook), **fields)


def an_asset(name: str = "sales", version: int = 1, **fields: Any) -> AssetRecord:
    """A version of an asset, as a store gives it."""
    made: dict[str, Any] = {"variable": "df", "artifact": TABLE.artifact, "run_id": RunId("r1"), "node": NodeName("a")}
    made |= {"source_run_id": RunId("r1"), "notebook": "/etl.ipynb", "pipeline": "etl", "published_at": at(7), **fields}
    return AssetRecord(name, version, **made)
