from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.api import launch
from jupyter_dataops.config import Settings
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import notebook


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=2, actor="ana@here")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def service(root: Path, settings: Settings) -> Iterator[Service]:
    made = Service(FolderPlaces(root), settings)
    yield made
    made.close()


@pytest.fixture
def save(root: Path) -> Callable[..., Path]:
    """Saves a notebook with the given cells in the folder that the front end shows."""

    def save(*cells: dict[str, Any], name: str = "etl.ipynb") -> Path:
        path = root / name
        path.write_text(json.dumps(notebook(*cells)), "utf-8")
        return path

    return save


@pytest.fixture
def run(save: Callable[..., Path], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Runs a notebook with the given cells, without kernels."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def run(*cells: dict[str, Any], **parameters: Any) -> Run:
        return Pipeline(save(*cells), settings=settings).run(parameters, progress=False)

    return run
