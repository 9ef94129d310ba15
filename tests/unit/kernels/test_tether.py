from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.node_jobs import is_gone
from tests.support.waiting import until

TETHERED = "from jupyter_dataops.kernels.tether import load_ipython_extension as load; load(None); print('alive')"


@pytest.mark.parametrize(("parent", "status"), [(None, 0), (os.getpid(), 0), (1, -9)], ids=["unknown", "there", "gone"])
def test_a_kernel_whose_runner_was_gone_already_dies_at_once(parent: int | None, status: int) -> None:
    environment = {**os.environ, **({"JPY_PARENT_PID": str(parent)} if parent else {})}
    assert subprocess.run([sys.executable, "-c", TETHERED], env=environment, check=False).returncode == status


def test_a_kernel_dies_with_its_runner_whatever_it_does() -> None:
    child = f"{TETHERED}; import sys; sys.stdout.flush(); import ctypes; ctypes.PyDLL(None).sleep(600)"
    runner = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}]); print(p.pid); p.wait()"
    with subprocess.Popen([sys.executable, "-uc", runner], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert process.stdout.readline() == "alive\n"
        process.kill()
        until(lambda: is_gone(pid), "it died", timeout_s=5)
