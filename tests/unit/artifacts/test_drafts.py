"""Temporary files that dead processes have left in a store."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from jupyter_dataops.artifacts.files import LocalFiles, RemoteFiles, remove_drafts

WRITER = """
import sys
from jupyter_dataops.artifacts.files import LocalFiles
name, file = LocalFiles(__import__("pathlib").Path(sys.argv[1])).open_temporary()
file.write(b"half of it")
print(name, flush=True)
sys.stdin.read()
"""


def writer(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, folder / process.stdout.readline().strip()


def grow_old(path: Path) -> None:
    os.utime(path, (1, 1))


def test_the_draft_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    alive, kept = writer(tmp_path)
    dead, left = writer(tmp_path)
    with alive, dead:
        dead.kill()
        dead.wait()
        grow_old(kept)
        grow_old(left)
        assert remove_drafts(tmp_path) == 1
        assert (kept.exists(), left.exists()) == (True, False)
        alive.kill()


def test_a_draft_of_the_last_minute_stays(tmp_path: Path) -> None:
    name, file = LocalFiles(tmp_path).open_temporary()
    file.close()
    assert remove_drafts(tmp_path) == 0
    grow_old(tmp_path / name)
    assert remove_drafts(tmp_path) == 1


def test_what_has_been_published_stays(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    name, file = files.open_temporary()
    with file:
        file.write(b"whole")
    files.publish(name, "blake3/00/x")
    grow_old(tmp_path / "blake3/00/x")
    assert remove_drafts(tmp_path) == 0
    assert files.read("blake3/00/x") == b"whole"


def test_where_nothing_was_stored_or_nobody_tells_who_is_alive_nothing_goes(tmp_path: Path) -> None:
    assert remove_drafts(tmp_path / "none") == 0
    url = f"memory://{uuid.uuid4().hex}"
    _, file = RemoteFiles(url).open_temporary()
    file.close()
    assert remove_drafts(url) == 0
