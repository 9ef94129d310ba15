from __future__ import annotations

import subprocess
import sys

import jupyter_dataops


def test_every_public_name_exists_and_no_other_is_promised():
    assert jupyter_dataops.__all__ == [
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
    for name in jupyter_dataops.__all__:
        assert getattr(jupyter_dataops, name).__doc__


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, jupyter_dataops; print([m for m in ('papermill', 'sqlalchemy', 'networkx', 'nbformat', 'IPython') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
