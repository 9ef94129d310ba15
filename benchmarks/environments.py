"""The peers' environments, ``.bench/NAME``: each is made when it is first needed, and again when its row changes."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import NoFigureError

FOLDER = Path(__file__).parents[1] / ".bench"

# The same for everybody, so that a difference is the tool's. pandas imports pyarrow where it is there.
_KERNEL = "ipykernel==7.4.0"
_FRAMES = ("pandas==3.1.1", "pyarrow==26.0.1")
ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "papermill": ("papermill==2.7.0", "nbclient==0.11.0", "nbconvert==7.17.2", _KERNEL, *_FRAMES),
    # ploomber imports pkg_resources, which left setuptools with version 82
    "ploomber": ("ploomber==0.23.3", "ploomber-engine==0.0.33", "setuptools<80", _KERNEL, *_FRAMES),
    "ploomber-engine": ("ploomber-engine==0.0.33", "setuptools<80", _KERNEL, *_FRAMES),
    # dagstermill does not take ipykernel 7
    "dagster": ("dagster==1.13.27", "dagstermill==0.29.27", "ipykernel<7", *_FRAMES),
    "elyra": ("elyra==4.1.1", _KERNEL, *_FRAMES),
    "marimo": ("marimo==0.25.2", *_FRAMES),
    "python": _FRAMES,
}


def python_of(name: str) -> Path:
    """The interpreter of environment `name`, which is there now. Raises `NoFigureError` where it cannot be made.

    Call modules with it (``python -m papermill``), not the scripts beside it: those know the folder they were made in,
    and the environments may be moved.
    """
    folder, wanted = FOLDER / name, "\n".join(ENVIRONMENTS[name])
    python, made = folder / "bin" / "python", folder / "requirements.txt"
    if not made.exists() or made.read_text() != wanted:
        print(f"  making {folder}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *ENVIRONMENTS[name]]
        installed = subprocess.run(install, capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            errors = [line for line in installed.stderr.splitlines() if line.startswith("ERROR")]
            raise NoFigureError(f"cannot be installed: {(errors or ['pip says nothing'])[-1]}")
        made.write_text(wanted)
    return python


def versions_in(name: str, packages: Sequence[str]) -> list[str]:
    """``["papermill 2.7.0", ...]``, as installed in environment `name`."""
    ask = f"from importlib.metadata import version\nfor name in {packages!r}: print(name, version(name))"
    return subprocess.run([python_of(name), "-c", ask], capture_output=True, text=True, check=True).stdout.splitlines()


def clean_environment(home: Path) -> dict[str, str]:
    """What every contestant gets: a home of its own, no settings of whoever starts it, nothing sent to anybody."""
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    settings = ("DATAOPS_", "JUPYTER_", "IPYTHON", "DAGSTER_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(settings)},
        "HOME": str(home),
        "DATAOPS_STORE": str(home / "store"),
        "DAGSTER_HOME": str(home / "dagster"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PLOOMBER_STATS_ENABLED": "false",
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
