"""What can go wrong around a run: each thing is told in a sentence, ends with the right code, and loses nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell
from tests.support.shell import Called, Shell, finished, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR, until


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as made:
        yield made


def assert_says(called: Called, *words: str) -> None:
    """Something is said on stderr, with a way out."""
    for word in words:
        assert word in called.err, called
    assert "->" in called.err, called


# -- what is no notebook


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "not a notebook"),
        (b'{"a": 1}', "JSON but not a notebook"),
        (b'{"cells": [{"cell_type": "code", "sou', "cut off in line 1"),
        (b"\x89PNG\r\n\x1a\n\xff", "not UTF-8"),
        (b'{"nbformat": 3, "worksheets": []}', "old format 3"),
    ],
    ids=["empty", "table", "other JSON", "cut off", "picture", "old"],
)
def test_a_file_that_is_no_notebook_is_refused_by_name(shell: Shell, content: bytes, said: str) -> None:
    shell.write(content, "data.ipynb")
    assert_says(shell.call("run", "data.ipynb", exit_code=2), "data.ipynb", said)


def test_a_folder_and_a_missing_file_are_refused_by_name(shell: Shell) -> None:
    (shell.folder / "folder").mkdir()
    assert_says(shell.call("run", "folder", exit_code=2), "folder")
    assert_says(shell.call("run", "nope.ipynb", exit_code=2), "nope.ipynb", "no such notebook")


# -- what is wrong with the call


def test_a_wrong_call_is_answered_with_the_right_one_and_starts_nothing(shell: Shell) -> None:
    shell.save(cell("country = 'de'\nsize = 3", "parameters"), cell("x = country", "node:clean"), cell("x", "node:fit"))
    for arguments, said in [
        (("-p", "contry", "fr"), "did you mean 'country'?"),
        (("-p", "size", "many"), "takes int, not str ('many')"),
        (("--select", "claen"), "did you mean `clean`?"),
        (("--select", "+"), "`+` is no selection"),
        (("--select", "fit"), "select `+fit`"),
    ]:
        assert_says(shell.call("run", "etl.ipynb", *arguments, exit_code=2), said)
    assert_says(shell.call("show", "zzzz", exit_code=2), "zzzz")
    assert shell.call("run", "etl.ipynb", "-f", "nope.yaml", exit_code=2).err.count("nope.yaml") == 1
    assert shell.call("run", "etl.ipynb", "--jobs", "0", exit_code=2).err
    with pytest.raises(RunNotFound):
        shell.last()


# -- what the machine refuses


def test_a_file_in_place_of_the_store_is_named(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    shell.store.write_text("in the way")
    assert_says(shell.call("run", "etl.ipynb", exit_code=3), str(shell.store), "a file is in its place")
    assert shell.store.read_text() == "in the way"


def test_a_store_where_nobody_may_write_is_named(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    nowhere = "/proc/dataops-store"
    assert_says(shell.call("run", "etl.ipynb", "--store", nowhere, exit_code=3), nowhere, "cannot be opened")


def test_a_damaged_store_is_named(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    shell.call("runs")
    (database,) = (path for path in shell.store.iterdir() if path.suffix in (".db", ".sqlite"))
    database.write_bytes(b"not a database" * 500)
    assert_says(shell.call("run", "etl.ipynb", exit_code=3), database.name, "not a database")


@pytest.mark.kernel
def test_a_missing_kernel_is_told_with_how_to_list_them(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"), kernel="nope")
    called = shell.call("run", "etl.ipynb", exit_code=1)
    assert "'nope'" in called.out
    assert "jupyter kernelspec list" in called.out
    assert shell.last()["a"].failure.cause == "config_invalid"


@pytest.mark.kernel
def test_a_missing_data_file_is_shown_with_cell_line_and_the_users_own_traceback(shell: Shell) -> None:
    shell.save(cell("limit = 3", "setup"), cell("rows = []\nrows += open('sales.csv')\n", "node:load"))
    shown = shell.call("run", "etl.ipynb", exit_code=1).out
    for words in ("cell 2, line 2", "> 2  rows += open('sales.csv')", "FileNotFoundError", "'sales.csv'"):
        assert words in shown
    log = shell.call("logs", "last", "load").out
    assert "FileNotFoundError" in log
    assert "sales.csv" in log
    assert "jupyter_dataops" not in log


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """A file system of its own; needs root."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "dataops-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def may_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    attempt = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


SMALL_FILES = ("sh", "-c", 'ulimit -f 4000 && exec "$@"', "sh")
"""Runs a command that can make no file larger than two megabytes."""


IMPATIENTLY = """\
import sys
from jupyter_dataops.cli import main
from jupyter_dataops.engine import journal
journal.PAUSES_S = (0.1,)
sys.argv[:4] = [""]
main()
"""
IMPATIENT = (sys.executable, "-c", IMPATIENTLY)
"""Runs the program so that it waits for a store that does not answer for a moment instead of a minute."""


HEAVY = (
    cell("small = [1]", "node:small", "out:small"),
    cell("big = bytes(8_000_000)", "node:big", "after:small"),
    cell("len(big), small", "node:use"),
)


def assert_failed_for_want_of_space(shell: Shell, called: Called) -> None:
    run = shell.last()
    assert run.state is RunState.FAILED, called
    assert {name: node.state for name, node in run.nodes.items()} == {
        "small": NodeState.SUCCEEDED,
        "big": NodeState.FAILED,
        "use": NodeState.UPSTREAM_FAILED,
    }, called
    assert run.load("small", "small") == [1]
    assert run["big"].failure.cause == "unstorable_output"


@pytest.mark.kernel
def test_a_value_too_large_for_the_disk_fails_its_node_and_keeps_the_rest(shell: Shell) -> None:
    """A small disk where one can be mounted; elsewhere a limit on the size of files, which works for everybody."""
    shell.save(*HEAVY)
    if may_mount():
        with small_disk(shell.store, 4):
            called = shell.call("run", "etl.ipynb", exit_code=1)
            assert_failed_for_want_of_space(shell, called)
    else:
        called = shell.call("run", "etl.ipynb", exit_code=1, under=SMALL_FILES)
        assert_failed_for_want_of_space(shell, called)
    assert "space" in called.out or "large" in called.out, called


@pytest.mark.kernel
def test_a_limit_on_the_size_of_files_does_the_same(shell: Shell) -> None:
    shell.save(*HEAVY)
    called = shell.call("run", "etl.ipynb", exit_code=1, under=SMALL_FILES)
    assert_failed_for_want_of_space(shell, called)


@pytest.mark.kernel
def test_a_notebook_that_cannot_be_written_does_not_hide_what_came_of_the_run(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    called = shell.call("run", "etl.ipynb", "--json", "-o", "/proc/out.ipynb", exit_code=3)
    assert called.json["state"] == "succeeded"
    assert_says(called, "/proc/out.ipynb", "-o")


@pytest.mark.kernel
def test_a_run_store_that_fills_up_in_the_middle_is_told_and_resumed_later(shell: Shell) -> None:
    """Where no small disk can be mounted, the limit on the size of files stops the log instead of the database."""
    quietly = "import os\nfor n in range(2 if os.path.exists('quiet') else 200_000):\n    print('x' * 99)"
    shell.save(cell("small = [1]", "node:small", "out:small"), cell(quietly, "node:loud", "after:small"))
    if may_mount():
        with small_disk(shell.store, 4):
            called = shell.call("run", "etl.ipynb", exit_code=3, under=IMPATIENT)
            assert_says(called, "the disk is full", "free some space")
            run = shell.last()
            assert run.load("small", "small") == [1]
            largest = max(run.folder.rglob("*.*"), key=lambda path: path.stat().st_size)
            largest.unlink()
            assert shell.run("runs")["runs"][0]["state"] == "crashed"
            shell.put("quiet")
            resumed = shell.run("resume", "last")
            assert [node["attempt"] for node in resumed["nodes"]] == [1, 2]
    else:
        shell.call("run", "etl.ipynb", exit_code=1, under=SMALL_FILES)
        assert shell.last().load("small", "small") == [1]


# -- interrupted in the middle


AT_WORK = (
    cell(WAIT_FOR, "setup"),
    cell("import os\nopen('done.once', 'a').write('x')\nx = 1", "node:first"),
    cell(
        "import os\nopen('pid', 'w').write(str(os.getpid()))\nnote('here')\nwait_for('go')\ny = x + 1",
        "node:second",
    ),
    cell("z = y", "node:third"),
)


def start_in_the_middle(shell: Shell) -> subprocess.Popen[str]:
    """A run whose first node has succeeded, and whose second is at work."""
    shell.save(*AT_WORK)
    process = shell.start("run", "etl.ipynb")
    until((shell.folder / "here").exists, "the second node is at work")
    return process


def kernel_of(shell: Shell) -> psutil.Process:
    return psutil.Process(int((shell.folder / "pid").read_text()))


def assert_retry_finishes_it(shell: Shell, run: str = "last") -> None:
    """What had succeeded is reused; the rest runs."""
    shell.put("go")
    retried = shell.run("retry", run)
    assert states(retried) == {"first": "reused", "second": "succeeded", "third": "succeeded"}
    assert (shell.folder / "done.once").read_text() == "x"


@pytest.mark.kernel
@pytest.mark.parametrize(
    "signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "end of the terminal"]
)
def test_a_signal_cancels_leaves_no_kernel_and_keeps_what_is_done(shell: Shell, signal_number: signal.Signals) -> None:
    process = start_in_the_middle(shell)
    kernel = kernel_of(shell)
    process.send_signal(signal_number)
    called = finished(process, 130)
    assert not kernel.is_running()
    run = shell.call("show", "last", "--json").json
    assert (run["state"], states(run)) == (
        "cancelled",
        {"first": "succeeded", "second": "cancelled", "third": "cancelled"},
    )
    assert signal_number.name in called.out
    assert f"jupyter dataops retry {run['run_id']}" in called.out
    if signal_number is signal.SIGINT:
        assert_retry_finishes_it(shell)


_STOPPED_EARLY = """
import sys
class Interrupted:
    def find_spec(self, name, *_):
        if name == "jupyter_dataops.cli.group":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from jupyter_dataops.cli import main
main()
"""


def test_ctrl_c_while_the_program_is_loaded_shows_nobody_our_frames() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _STOPPED_EARLY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert finished(process, 130).err == "cancelled\n"


@pytest.mark.kernel
def test_another_process_can_cancel_and_cancelling_twice_says_so(shell: Shell) -> None:
    process = start_in_the_middle(shell)
    kernel = kernel_of(shell)
    assert_says(shell.call("retry", "last", exit_code=2), "still running", "cancel")
    shell.call("cancel", "last", "--reason", "wrong country")
    assert "wrong country" in finished(process, 130).out
    assert not kernel.is_running()
    assert_says(shell.call("cancel", "last", exit_code=2), "already ended: cancelled")


@pytest.mark.kernel
def test_a_killed_kernel_is_started_again_at_no_cost_to_the_users_retries(shell: Shell) -> None:
    process = start_in_the_middle(shell)
    (shell.folder / "here").unlink()
    kernel_of(shell).kill()
    until((shell.folder / "here").exists, "the second attempt is at work")
    shell.put("go")
    finished(process, 0)
    second = shell.last()["second"]
    assert (second.state, second.attempt) == (NodeState.SUCCEEDED, 2)
    assert second.attempts[0].failure is not None
    assert second.attempts[0].failure.cause == "kernel_died"
    assert "SIGKILL" in second.attempts[0].failure.evalue


@pytest.mark.kernel
def test_a_kernel_that_always_dies_fails_its_node_and_says_how(shell: Shell) -> None:
    shell.save(cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "node:a", "infra_retries:1"))
    run = shell.run("run", "etl.ipynb", exit_code=1)
    node = node_of(run, "a")
    assert (node["state"], node["cause"], node["attempt"]) == ("failed", "kernel_died", 2)
    assert "SIGKILL" in node["error"]["evalue"]


@pytest.mark.kernel
def test_a_run_whose_runner_was_killed_can_be_retried_instead_of_resumed(shell: Shell) -> None:
    process = start_in_the_middle(shell)
    kernel = kernel_of(shell)
    process.kill()
    process.wait()
    run = shell.run("show", "last")
    assert (run["state"], states(run)) == (
        "crashed",
        {"first": "succeeded", "second": "running", "third": "pending"},
    )
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE
    assert_retry_finishes_it(shell)
