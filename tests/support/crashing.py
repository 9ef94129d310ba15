"""Programs that are killed at a point of their own choosing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.support.source_tree import REPOSITORY


def kill_at(point: str, program: str) -> None:
    """Python runs `program` from the repository's folder, and dies where it first comes to `point`."""
    died = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env=os.environ | {"DATAOPS_CRASH_AT": point},
        cwd=REPOSITORY,
    )
    assert died.returncode == -signal.SIGKILL
