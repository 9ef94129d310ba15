from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.api import launch
from jupyter_dataops.config import Settings
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import notebook


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=2)


@pytest.fixture
def save(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pipeline]:
    """Saves a notebook with the given cells, or as the given JSON; its runs need no kernels."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def save(*cells: dict[str, Any], made: dict[str, Any] | None = None, name: str = "etl.ipynb") -> Pipeline:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(made or notebook(*cells)), "utf-8")
        return Pipeline(path, settings=settings)

    return save
