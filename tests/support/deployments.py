"""Deployments readable in one line: a project on disk, what a version of it is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_dataops.api.bundles import Contents, version_digest
from jupyter_dataops.api.reading import read_notebook
from jupyter_dataops.deploying.gathering import gather
from jupyter_dataops.ids import Digest
from tests.support.notebooks import cell, notebook


def project(folder: Path, *cells: dict[str, Any], name: str = "etl.ipynb", files: dict[str, str] | None = None) -> Path:
    """A notebook with `cells` (by default one node that imports a module beside it), and files; its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(*(cells or (cell("import helper\nx = helper.ONE", "node:a"),)))), "utf-8")
    for one, text in ({"helper.py": "ONE = 1\n"} if files is None else files).items():
        (folder / one).parent.mkdir(parents=True, exist_ok=True)
        (folder / one).write_bytes(text.encode())
    return path


def gathered(path: Path, **more: Any) -> Contents:
    """What a version of the notebook is made of."""
    return gather(read_notebook(path), path, **more)


def version_of(path: Path, **more: Any) -> Digest:
    """Its address."""
    return version_digest(gathered(path, **more))
