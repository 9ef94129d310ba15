"""Every node's fingerprint, with the files and environment variables that it declares as they are now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blake3 import blake3

from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.dataflow.files import normal_path
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.fingerprint import Surroundings, fingerprint


def fingerprints_of(
    analysed: AnalysedNotebook, parameters: Mapping[str, Any], working_dir: Path
) -> dict[NodeName, Mapping[str, str]]:
    """By node; declared files are relative to `working_dir`, and are read whole.

    Files that a node of the pipeline makes do not count: who reads them runs again when that node does.
    """
    spec = analysed.spec
    read = {path for node in spec.nodes.values() for path in node.options.input_files}
    made = {normal_path(path) for node in spec.nodes.values() for path in node.options.output_files}
    made |= {path for edge in analysed.flow.edges for path in edge.files}
    outside = (path for path in read if normal_path(path) not in made)
    files = {path: digest for path in outside if (digest := _digest(working_dir / path)) is not None}
    around = Surroundings(files, os.environ)
    return {node: fingerprint(spec, analysed.flow, node, parameters, around) for node in spec.nodes}


def _digest(path: Path) -> str | None:
    try:
        return blake3().update_mmap(path).hexdigest() if path.stat().st_size else "empty"
    except OSError:
        return None
