"""A fork server that starts before the command has been read: taken where it fits, and never left behind."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.cli.startup import kernels_ahead
from jupyter_dataops.kernels import launching
from jupyter_dataops.kernels.fork_server import ForkServer
from jupyter_dataops.kernels.fork_servers import purpose_of
from tests.support.notebooks import cell
from tests.support.shell import open_shell

pytestmark = pytest.mark.kernel

COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.fixture(autouse=True)
def _forking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_FORK", "on")  # whatever the others are tested with


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    launching.end_early()
    assert servers() == []


def servers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "zygote" in " ".join(one.cmdline())]


def test_whoever_needs_such_a_server_takes_the_one_that_is_on_its_way() -> None:
    with kernels_ahead(["run", "etl.ipynb"]):
        (early,) = servers()
        with closing(ForkServer(purpose_of(COMMAND, {**os.environ, "DATAOPS_NODE": "a"}, (), 1))) as server:
            process, channel = server.take()
            channel.close()
            assert psutil.Process(process.pid).ppid() == early.pid
            assert process.wait(10) == 0
            assert servers() == [early]


def test_kernels_with_another_environment_have_a_server_of_their_own() -> None:
    with kernels_ahead(["run", "etl.ipynb"]):
        (early,) = servers()
        with closing(ForkServer(purpose_of(COMMAND, {**os.environ, "OMP_NUM_THREADS": "1"}, (), 1))) as server:
            process, channel = server.take()
            channel.close()
            assert psutil.Process(process.pid).ppid() != early.pid
            assert process.wait(10) == 0


def test_a_server_that_nobody_takes_ends_with_the_command() -> None:
    with kernels_ahead(["run", "etl.ipynb"]):
        (early,) = servers()
    assert not early.is_running()


@pytest.mark.parametrize(
    "line",
    ["runs", "show last", "run --help", "run etl.ipynb --dry-run", "run e.ipynb --detach", "retry --dry-run", ""],
)
def test_commands_that_run_no_nodes_start_none(line: str) -> None:
    with kernels_ahead(line.split()):
        assert servers() == []


def test_a_run_has_one_fork_server_and_leaves_none(tmp_path: Path) -> None:
    count = (
        "import os, psutil\n"
        "runner = psutil.Process(os.getppid()).parent()\n"
        "servers = [one.pid for one in runner.children() if 'zygote' in ' '.join(one.cmdline())]\n"
        "print(f'{len(servers)} of them, {servers[0]}')"
    )
    with open_shell(tmp_path) as shell:
        shell.save(cell(count, "node:count"))
        shell.call("run", "etl.ipynb")
        told = re.search(r"(\d+) of them, (\d+)", shell.call("logs", "last").out)
    assert told is not None
    assert told[1] == "1"
    assert not psutil.pid_exists(int(told[2]))


def test_a_run_that_forks_no_kernels_does_not_keep_the_server_that_it_does_not_need(tmp_path: Path) -> None:
    count = (
        "import os, psutil\n"
        "print([one.pid for one in psutil.Process(os.getppid()).children() if 'zygote' in ' '.join(one.cmdline())])"
    )
    with open_shell(tmp_path, DATAOPS_FORK="off") as shell:
        shell.save(cell(count, "node:count"))
        shell.call("run", "etl.ipynb")
        assert "[]" in shell.call("logs", "last").out


def test_a_notebook_that_cannot_run_leaves_no_server(tmp_path: Path) -> None:
    with open_shell(tmp_path) as shell:
        shell.save(cell("a = 1", "node:a", "after:b"), cell("b = 1", "node:b", "after:a"))
        called = shell.start("run", "etl.ipynb")
        before = psutil.Process().children(recursive=True)
        assert called.wait(30) == 2
    assert not [one for one in before if one.is_running() and "zygote" in " ".join(one.cmdline())]
