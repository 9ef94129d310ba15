"""The flights example, its runner killed by SIGKILL again and again on the way, and resumed: the same result?

``python -m benchmarks recovery [KILLS]``. An undisturbed run says what the result is and how long it takes. Then
another run is started and killed, resumed and killed, ... and in the end left alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

FLIGHTS = Path(__file__).parents[1] / "example_notebooks" / "flights.ipynb"
PROGRAM = (sys.executable, "-m", "jupyter_dataops")


def main(kills: int = 3) -> None:
    """Print what happened; exit with a message if the results differ or a process is left."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(FLIGHTS, folder)
        begun = time.monotonic()
        call(folder, "run", "flights.ipynb", "--json")
        whole_s = time.monotonic() - begun
        wanted = digests(show(folder))
        print(f"undisturbed: {whole_s:.1f} s, {len(wanted)} outputs")

        verb = ["run", "flights.ipynb", "--json"]
        for kill in range(kills):
            quiet = subprocess.DEVNULL
            command = [*PROGRAM, *verb]
            runner = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=quiet, stderr=quiet)
            time.sleep(whole_s / (kills + 1) + 0.5)
            runner.kill()
            runner.wait()
            found = show(folder)
            print(f"killed {kill + 1}: {found['state']}: {told(found)}")
            verb = ["resume", found["run_id"], "--json"]
        call(folder, *verb)
        found = show(folder)
        retried = [node for node in found["nodes"] if node["attempt"] > 1]
        print(f"resumed: {found['state']}; {len(retried)} of {len(found['nodes'])} nodes needed another attempt")
        left = leftovers(found["run_id"])
        same = digests(found) == wanted
        made = len(call(folder, "runs", "--json")["runs"]) - 1
        print(f"outputs equal: {same}; processes left: {len(left)}; runs made: {made}")
        if not same or left or made != 1:
            sys.exit("the resumed run is not as the undisturbed one")


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "DATAOPS_STORE": str(folder / "store")}


def call(folder: Path, *arguments: str) -> Any:
    """The JSON that the program prints."""
    command = [*PROGRAM, *arguments]
    called = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, check=True)
    return json.loads(called.stdout)


def show(folder: Path) -> Any:
    return call(folder, "show", "last", "--json")


def told(run: dict[str, Any]) -> str:
    states = [node["state"] for node in run["nodes"]]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def digests(run: dict[str, Any]) -> dict[str, str]:
    """Node and name to the address of the content."""
    return {
        f"{node['node']}.{name}": output["digest"] for node in run["nodes"] for name, output in node["outputs"].items()
    }


def leftovers(run_id: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATAOPS_RUN_ID") == run_id:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
