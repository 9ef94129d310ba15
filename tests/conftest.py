"""What every test gets: a home of its own, and the certainty that no process outlives it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

# Helper processes of Python, which starts them once and ends them when it exits; and all of the browser that tests share,
# which starts them when it sees fit.
_HELPERS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.forkserver",
    "--type=",
)
_PATIENCE_S = 5.0

# Where it is installed, jsonschema takes it to check a format that notebooks do not use, and waits more than a second for
# its grammar: in every process that reads a notebook. Our own program does without, which `test_startup` sees to.
_SLOW_TO_LOAD = "rfc3987_syntax"
sys.modules.setdefault(_SLOW_TO_LOAD, None)  # type: ignore[arg-type]  # the documented way to make an import fail


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fork", choices=["on", "off"], default="on", help="whether kernels are forked")
    parser.addoption("--screenshots", metavar="DIR", type=Path, help="a folder for the pictures that tests/ui takes")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Path]:
    """An empty home: no test reads, or writes, the settings, history, kernels or runs of whoever starts it."""
    folder = tmp_path_factory.mktemp("home")
    without = folder / "without"
    without.mkdir()
    (without / f"{_SLOW_TO_LOAD}.py").write_text("raise ImportError('tests do without')\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DATAOPS_", "JUPYTER_", "IPYTHON"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(without), os.environ.get("PYTHONPATH")])))
        patch.setenv("USERPROFILE", str(folder))
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "config"))
        patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("DATAOPS_STORE", str(folder / "store"))
        patch.setenv("DATAOPS_FORK", pytestconfig.getoption("--fork"))
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        yield folder


@pytest.fixture(autouse=True)
def no_process_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that starts kernels if a process that it started is still there shortly afterwards."""
    if request.node.get_closest_marker("kernel") is None:
        yield
        return
    this = psutil.Process()
    before = set(this.children(recursive=True))
    yield
    started = [process for process in this.children(recursive=True) if process not in before]
    _, left = psutil.wait_procs([process for process in started if not _is_helper(process)], timeout=_PATIENCE_S)
    commands = [_command(process) for process in left]
    for process in left:
        process.kill()
    assert not commands, "left running: " + "; ".join(commands)


def _command(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


def _is_helper(process: psutil.Process) -> bool:
    return any(word in _command(process) for word in _HELPERS)
