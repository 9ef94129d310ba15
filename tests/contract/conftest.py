"""What a suite about stores gets: each kind of them, new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.wiring import Stores
from tests.support.stores import KINDS, open_kept


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """All that one database, or one memory, keeps."""
    opened = open_kept(request.param, tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def store(kept: Stores) -> RunStore:
    """The runs of it; a suite about something else has a `store` of its own."""
    return kept.runs
