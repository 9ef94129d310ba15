"""How the kernel of an attempt is found."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from jupyter_dataops.kernels.node_kernel import make_manager


@pytest.mark.parametrize("where", ["home", "IPYTHONDIR", "XDG_CONFIG_HOME"])
def test_kernelspecs_in_a_folder_of_ipythons_are_found(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    folder = {"home": ".ipython", "IPYTHONDIR": "own", "XDG_CONFIG_HOME": "config/ipython"}[where]
    if where != "home":
        monkeypatch.setenv(where, str(tmp_path / folder.removesuffix("/ipython")))
    place = tmp_path / folder / "kernels" / "old"
    place.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "o", "language": "python"}))

    manager = make_manager("old", str(tmp_path / "k.json"), logging.getLogger("test"), None)

    assert manager.kernel_spec.argv == argv
    manager.context.term()
