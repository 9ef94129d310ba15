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

Save = Callable[..., Pipeline]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=2, actor="ana@here", environment="prod")


@pytest.fixture
def save(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Saves a notebook with the given cells; its runs need no kernels."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def save(*cells: dict[str, Any], name: str = "project/etl.ipynb", own: Settings = settings) -> Pipeline:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook(*cells)), "utf-8")
        return Pipeline(path, settings=own)

    return save
