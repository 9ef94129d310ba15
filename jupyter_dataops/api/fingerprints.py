"""Every node's and check's fingerprint, with files, environment variables and notebooks as they are now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blake3 import blake3

from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.sub_notebooks import Notebooks, code_digests, read_sub_notebooks
from jupyter_dataops.dataflow.files import normal_path
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.fingerprint import UNKNOWN, Surroundings, fingerprint
from jupyter_dataops.spec.models import PipelineSpec


def fingerprints_of(
    analysed: AnalysedNotebook,
    parameters: Mapping[str, Any],
    working_dir: Path,
    notebooks: Notebooks | None = None,
    *,
    path: str = "",
) -> dict[NodeName, Mapping[str, str]]:
    """By node and check; declared files are relative to `working_dir`, and are read whole.

    Files that a node of the pipeline makes do not count: who reads them runs again when that node does.

    Parameters
    ----------
    notebooks
        Those that nodes run; `None`: as they are on disk.
    path
        Under which `analysed` is among them; empty for a run's own notebook.
    """
    spec = analysed.spec
    read = {one for node in spec.nodes.values() for one in node.options.input_files}
    made = {normal_path(one) for node in spec.nodes.values() for one in node.options.output_files}
    made |= {one for edge in analysed.flow.edges for one in edge.files}
    outside = (one for one in read if normal_path(one) not in made)
    files = {one: found for one in outside if (found := _digest(working_dir / one)) is not None}
    known = read_sub_notebooks(analysed) if notebooks is None else notebooks
    around = Surroundings(files, os.environ, code_digests(analysed, path, known))
    return {
        name: {**fingerprint(spec, analysed.flow, name, parameters, around), **_each_thing(spec, name, around)}
        for name in (*spec.nodes, *spec.checks)
    }


def _each_thing(spec: PipelineSpec, name: NodeName, around: Surroundings) -> dict[str, str]:
    """Digests of single files and variables, which decide nothing: for telling which one changed."""
    node = spec.nodes.get(name)
    if node is None:
        return {}
    files = {
        f"files:{one}": found
        for one in node.options.input_files
        if (found := around.files.get(one, UNKNOWN)) != UNKNOWN
    }
    variables = set(node.options.env) - set(node.options.secrets)
    return files | {
        f"environment:{one}": digest(around.environment[one]) for one in variables & around.environment.keys()
    }


def _digest(path: Path) -> str | None:
    """`None` for a file that is not there; `UNKNOWN` for one that cannot be read, and for a folder."""
    try:
        return blake3().update_mmap(path).hexdigest() if path.stat().st_size else "empty"
    except FileNotFoundError:
        return None
    except OSError:
        return UNKNOWN
