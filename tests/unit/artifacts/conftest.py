from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.records import ArtifactRecord
from tests.support.artifacts import BUILT_IN


@pytest.fixture
def store(tmp_path) -> ContentArtifactStore:
    return ContentArtifactStore(tmp_path / "artifacts", BUILT_IN)


@pytest.fixture
def round_trip(store) -> Callable[[Any], tuple[Any, ArtifactRecord]]:
    def through(value: Any) -> tuple[Any, ArtifactRecord]:
        artifact = store.put({"value": value}, {})["value"].artifact
        return store.get(artifact, "value", {}), artifact

    return through
