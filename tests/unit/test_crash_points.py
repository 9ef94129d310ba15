from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import get_args

import pytest

from jupyter_dataops.crash_points import EVENTS, POINTS, reach
from jupyter_dataops.events import NodeEvent, RunEvent


def die(crash_at: str | None) -> subprocess.CompletedProcess[str]:
    steps = (
        "from jupyter_dataops.crash_points import reach\nfor n in range(3): reach('slots taken'); print(n, flush=True)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DATAOPS_CRASH_AT"}
    environment |= {} if crash_at is None else {"DATAOPS_CRASH_AT": crash_at}
    return subprocess.run([sys.executable, "-c", steps], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("crash_at", "printed", "status"),
    [
        (None, "012", 0),
        ("slots taken", "", -signal.SIGKILL),
        ("slots taken@3", "01", -signal.SIGKILL),
        ("slots taken@4", "012", 0),
        ("folder made", "012", 0),
    ],
)
def test_a_process_dies_at_the_point_that_its_environment_names(
    crash_at: str | None, printed: str, status: int
) -> None:
    died = die(crash_at)
    assert died.stdout.split() == list(printed)
    assert died.returncode == status


def test_every_event_has_a_point_before_inside_and_after_it() -> None:
    assert set(EVENTS) == {kind.__name__ for kind in (*get_args(RunEvent), *get_args(NodeEvent))} | {"RunCreated"}
    assert all(f"{when} {event}" in POINTS for when in ("before", "inside", "after") for event in EVENTS)


def test_without_being_asked_for_nobody_dies() -> None:
    for point in POINTS:
        reach(point)
