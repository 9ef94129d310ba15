"""Interactive data pipelines in ordinary Jupyter notebooks: tag cells, run them as a graph through papermill.

>>> import jupyter_dataops
>>> sorted(jupyter_dataops.__all__)
['DataOpsError', 'NodeRun', 'Pipeline', 'Run', 'list_asset_uses', 'list_runs', 'load_asset', 'open_run', 'restore']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_dataops.api.assets import list_asset_uses, load_asset
    from jupyter_dataops.api.here import restore
    from jupyter_dataops.api.node_run import NodeRun
    from jupyter_dataops.api.pipeline import Pipeline
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.api.stored_runs import list_runs, open_run
    from jupyter_dataops.errors import DataOpsError

__version__ = "0.1.0"
__all__ = [
    "DataOpsError",
    "NodeRun",
    "Pipeline",
    "Run",
    "list_asset_uses",
    "list_runs",
    "load_asset",
    "open_run",
    "restore",
]

# Loaded when first used: kernels and `--help` import this package too, and must not pay for all of it.
_HOMES: Final = {
    "DataOpsError": "jupyter_dataops.errors",
    "NodeRun": "jupyter_dataops.api.node_run",
    "Pipeline": "jupyter_dataops.api.pipeline",
    "Run": "jupyter_dataops.api.run",
    "list_asset_uses": "jupyter_dataops.api.assets",
    "list_runs": "jupyter_dataops.api.stored_runs",
    "load_asset": "jupyter_dataops.api.assets",
    "open_run": "jupyter_dataops.api.stored_runs",
    "restore": "jupyter_dataops.api.here",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jupyter_dataops' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext jupyter_dataops`` gives the magic ``%dataops``."""
    shell.register_magics(importlib.import_module("jupyter_dataops.ipython").DataOpsMagics)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built extension, and under what name."""
    return [{"src": "labextension", "dest": "jupyter-dataops"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server loads: imported when it asks."""
    app = importlib.import_module("jupyter_dataops.server.app").DataOpsServerApp
    return [{"module": "jupyter_dataops.server.app", "app": app}]
