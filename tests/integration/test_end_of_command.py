"""A command ends without taking Python apart, and nobody misses anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CALL = "import sys\nfrom jupyter_dataops.cli import main\nsys.argv = ['jupyter-dataops', *sys.argv[1:]]\nmain()"


def call(folder: Path, before: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program, in a process that has done something else `before`."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{CALL}", *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_exit_functions_and_threads_have_their_turn(tmp_path: Path) -> None:
    thread = "threading.Thread(target=lambda: (threading.Event().wait(0.3), print('thread'))).start()"
    found = call(tmp_path, f"import atexit, threading\natexit.register(print, 'exit')\n{thread}", "--version")
    assert found.stdout.splitlines()[1:] == ["thread", "exit"]
    assert (found.returncode, found.stderr) == (0, "")


def test_the_exit_code_is_the_verbs(tmp_path: Path) -> None:
    found = call(tmp_path, "", "check", "nowhere.ipynb")
    assert found.returncode == 2, found.stderr


def test_python_is_not_taken_apart(tmp_path: Path) -> None:
    before = "class Left:\n    def __del__(self): print('taken apart')\nleft = Left()"
    assert "taken apart" not in call(tmp_path, before, "--version").stdout


def test_files_that_somebodys_own_code_has_left_open_are_closed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("log = open('log.txt', 'w')\nlog.write('all of it')")
    assert call(tmp_path, "import mine", "--version").returncode == 0
    assert (tmp_path / "log.txt").read_text() == "all of it"


def test_output_that_nobody_takes_is_told_of_as_ever(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "jupyter_dataops", "--version"], check=False, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=60,
        )  # fmt: skip
    assert found.returncode != 0
    assert "No space left" in found.stderr
