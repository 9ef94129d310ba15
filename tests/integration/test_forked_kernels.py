"""Kernels forked from a process that has imported what they need: as good as fresh ones, whoever uses them."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager, start_new_kernel
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded
from jupyter_dataops.kernels import fork_servers
from jupyter_dataops.kernels.fork_server import ForkServer, NoForkServer
from jupyter_dataops.kernels.fork_servers import ForkServers, purpose_of, shared_servers
from jupyter_dataops.kernels.kernel_process import RUN_VARIABLE, TOKEN_VARIABLE, kill_leftovers
from jupyter_dataops.kernels.standby import prepare
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import attempt_at, is_gone, kernels, logged, node_job, run_job
from tests.support.notebooks import cell

pytestmark = pytest.mark.kernel

COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def printed(folder: Path, *sources: str, node: str = "work", **options: Any) -> str:
    """What the cells print in a forked kernel."""
    job = node_job(folder, *map(cell, sources), node=node, **options)
    report = run_job(job)
    assert isinstance(report, AttemptSucceeded), report
    assert report.usage is not None
    assert report.usage.kernel.startswith("forked"), report.usage.kernel
    return logged(job, "stdout")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Makes an installed package of one module."""
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(place))

    def install(name: str, source: str) -> None:
        (place / f"{name}.py").write_text(source)

    return install


def origin(folder: Path, source: str, node: str = "work") -> str:
    report = run_job(node_job(folder, cell(source), node=node))
    assert isinstance(report, AttemptSucceeded), report
    assert report.usage is not None
    return report.usage.kernel


# -- a kernel of its own


def test_two_forks_draw_other_random_numbers(tmp_path: Path) -> None:
    source = (
        "import random, numpy, uuid, secrets\n"
        "print(random.random(), numpy.random.random(), numpy.random.default_rng().random(), uuid.uuid4(), "
        "secrets.token_hex())"
    )
    with kernels(forked=True, preload=(("numpy", ()),)):
        first, second = printed(tmp_path, source, node="a").split(), printed(tmp_path, source, node="b").split()
    assert len(first) == 5
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_no_kernel_is_used_twice_and_each_is_known_by_its_attempt(tmp_path: Path) -> None:
    source = (
        "import os\n"
        f"shown = open('/proc/self/environ').read()\n"
        f"print(os.getpid(), os.environ['{TOKEN_VARIABLE}'] in shown, os.environ['{RUN_VARIABLE}'] in shown, 'left' in globals())\n"
        "left = 1"
    )
    with kernels(forked=True):
        told = []
        for node in "abc":
            job = node_job(tmp_path, cell(source), node=node, environment={RUN_VARIABLE: "r123456789"})
            job.environment[TOKEN_VARIABLE] = job.token  # type: ignore[index]
            assert isinstance(run_job(job), AttemptSucceeded)
            told.append(logged(job, "stdout").split())
    assert len({pid for pid, *_ in told}) == 3
    assert [rest for _, *rest in told] == [["True", "True", "False"]] * 3


def test_a_fork_has_the_environment_folder_and_state_of_a_fresh_kernel(tmp_path: Path) -> None:
    folder = tmp_path / "där"
    folder.mkdir()
    source = (
        "import os, sys, asyncio, threading, pathlib\n"
        "assert os.environ['COLOUR'] == 'blue' and 'DATAOPS_FORK' in os.environ\n"
        "assert os.environ['MPLBACKEND'].startswith('module://matplotlib_inline')\n"
        "assert pathlib.Path.cwd().name == 'där' and '' in sys.path, sys.path\n"
        "assert sys.modules['__main__'].__dict__ is globals() and __name__ == '__main__'\n"
        "assert In[-1] and not get_ipython().history_manager.enabled\n"
        "assert get_ipython().history_manager.db_log_output is False\n"
        "assert _dh == [pathlib.Path.cwd()], _dh\n"
        "assert threading.main_thread() is threading.current_thread()\n"
        "assert asyncio.get_running_loop().is_running()\n"
        "assert os.getsid(0) == os.getpid()\n"
        f"import gc; assert gc.isenabled() and gc.get_threshold() == {gc.get_threshold()}\n"
        "import zmq; assert zmq.Context.instance().socket(zmq.PAIR) is not None\n"
        "print(await asyncio.sleep(0, 'awaited'))"
    )
    with kernels(forked=True):
        told = printed(folder, source, environment={"COLOUR": "blue"})
    assert told == "awaited\n"


def test_what_runs_at_exit_runs_and_files_are_closed(tmp_path: Path) -> None:
    source = (
        "import atexit, threading, pathlib\n"
        "atexit.register(pathlib.Path('exit.txt').write_text, 'done')\n"
        "kept = open('kept.txt', 'w'); kept.write('flushed')\n"
        "threading.Thread(target=lambda: pathlib.Path('thread.txt').write_text('awaited')).start()"
    )
    with kernels(forked=True):
        printed(tmp_path, source)
    said = [(tmp_path / name).read_text() for name in ("exit.txt", "kept.txt", "thread.txt")]
    assert said == ["done", "flushed", "awaited"]


def test_what_subprocesses_print_is_never_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel heeds it, and takes nothing of what they print
    cells = [f"import os; _ = os.system('echo line {index}')" for index in range(30)]
    with kernels(forked=True):
        told = printed(tmp_path, *cells)
    assert told.splitlines() == [f"line {index}" for index in range(30)]


def test_characters_that_arrive_in_pieces_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # as above
    source = "import os, time\nfor byte in 'é🚀'.encode(): os.write(1, bytes([byte])); time.sleep(0.01)"
    with kernels(forked=True):
        assert printed(tmp_path, source).strip() == "é🚀"


# -- libraries imported before the fork

LIBRARIES = {
    "numpy": "import numpy\nprint(int((numpy.ones((500, 500)) @ numpy.ones((500, 500))).sum()))",
    "pandas": "import pandas\nprint(int(pandas.DataFrame({'a': range(100_000)}).groupby(lambda i: i % 7).sum().a.sum()))",
    "pyarrow": "import pyarrow, pyarrow.compute\nprint(pyarrow.compute.sum(pyarrow.array(range(1_000_000))).as_py())",
    "polars": "import polars\nprint(polars.DataFrame({'a': range(300_000)}).lazy().select(polars.col('a').sum()).collect().item())",
    "sklearn": (
        "import numpy\nfrom sklearn.ensemble import HistGradientBoostingRegressor\nx = numpy.arange(2000.0)[:, None]\n"
        "print(round(HistGradientBoostingRegressor().fit(x, x[:, 0]).score(x, x[:, 0])))"
    ),
    "torch": "import torch\nprint(int((torch.ones(300, 300) @ torch.ones(300, 300)).sum()))",
    "matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show(); print(plt.get_backend())",
}
ANSWERS = {
    "numpy": "125000000",
    "pandas": "4999950000",
    "pyarrow": "499999500000",
    "polars": "44999850000",
    "sklearn": "1",
    "torch": "27000000",
}
IMPORTS = {"sklearn": ("sklearn.ensemble", ("HistGradientBoostingRegressor",)), "matplotlib": ("matplotlib.pyplot", ())}


@pytest.mark.parametrize("library", [name for name in LIBRARIES if importlib.util.find_spec(name)])
def test_a_library_imported_before_the_fork_works_after_it_with_its_threads(tmp_path: Path, library: str) -> None:
    source = f"import sys; assert {library!r} in sys.modules\n{LIBRARIES[library]}"
    with kernels(forked=True, preload=(IMPORTS.get(library, (library, ())),)):
        for node in ("first", "second"):
            told = printed(tmp_path, source, node=node).split()
            assert told[-1] == ANSWERS.get(library, told[-1])
    if library == "matplotlib":
        executed = nbformat.read(tmp_path / "first" / "notebook.ipynb", as_version=4)
        shown = [output for one in executed.cells if one.cell_type == "code" for output in one.outputs]
        assert any("image/png" in output.get("data", {}) for output in shown)
        assert "inline" in told[-1]


def test_what_is_imported_ahead_knows_that_it_is_in_a_notebook(tmp_path: Path, package: Callable[..., None]) -> None:
    package("asks", "from IPython import get_ipython\nkind = type(get_ipython()).__name__")
    with kernels(forked=True, preload=(("asks", ()),)):
        assert printed(tmp_path, "import asks; print(asks.kind)") == "ZMQInteractiveShell\n"


def test_variables_that_a_module_sets_as_it_is_imported_are_there(tmp_path: Path, package: Callable[..., None]) -> None:
    package("sets", "import os\nos.environ['SET_BY_MODULE'] = '1'")
    with kernels(forked=True, preload=(("sets", ()),)):
        assert printed(tmp_path, "import os, sets; print(os.environ['SET_BY_MODULE'])") == "1\n"


MISFITS = {
    "prints": ("print('hello')", "it prints as it is imported: hello"),
    "warns": ("import warnings; warnings.warn('old')", "it prints as it is imported"),
    "threads": (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "it starts a thread as it is imported",
    ),
    "draws": ("import random\nsource = random.Random()", "its module draws has random numbers of its own"),
    "draws_numpy": ("import numpy\nrng = numpy.random.default_rng()", "its module draws_numpy has random numbers"),
    "connects": ("import socket\nends = socket.socketpair()", "it opens a connection as it is imported"),
    "spawns": (
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)",
        "it starts a process as it is imported",
    ),
    "moves": ("import os; os.chdir('/')", "it changes the working directory"),
    "handles": ("import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)", "it changes how signals are handled"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_module_that_does_not_survive_a_fork_is_left_to_the_kernels(
    tmp_path: Path, package: Callable[..., None], name: str
) -> None:
    source, why = MISFITS[name]
    package(name, source)
    package("fits", "value = 1")
    with kernels(forked=True, preload=(("fits", ()), (name, ()))):
        told = origin(
            tmp_path, f"import sys; assert 'fits' in sys.modules and {name!r} not in sys.modules\nimport {name}"
        )
    assert told.startswith("forked; ")
    assert f"{name} was not imported ahead: {why}" in told


def test_modules_known_not_to_survive_and_those_beside_a_notebook_are_not_imported(tmp_path: Path) -> None:
    with kernels(forked=True, preload=(("tensorflow.keras", ()), ("no_such_module", ()))):
        told = origin(tmp_path, "1")
    assert "tensorflow was not imported ahead: it starts threads" in told
    assert "no_such_module was not imported ahead: it is no installed package" in told


def test_an_import_that_fails_fails_in_the_node_that_has_it(tmp_path: Path, package: Callable[..., None]) -> None:
    package("breaks", "raise RuntimeError('broken')")
    with kernels(forked=True, preload=(("breaks", ()),)):
        assert origin(tmp_path, "1", node="a") == "forked"
        report = run_job(node_job(tmp_path, cell("import breaks"), node="b"))
    assert isinstance(report, AttemptFailed)
    assert report.failure.ename == "RuntimeError"


# -- where there is no fork


def test_a_kernel_that_cannot_be_forked_is_started_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "share" / "kernels" / "wrapped"
    place.mkdir(parents=True)
    spec = {"argv": ["/bin/sh", "-c", f"exec {sys.executable} -m ipykernel_launcher -f {{connection_file}}"]}
    (place / "kernel.json").write_text(json.dumps({**spec, "display_name": "w", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    with kernels(forked=True):
        report = run_job(node_job(tmp_path, cell("1"), kernel="wrapped"))
    assert isinstance(report, AttemptSucceeded)
    assert report.usage is not None
    assert report.usage.kernel.startswith("started by itself: its kernelspec starts something else")


def test_where_forking_is_not_safe_kernels_are_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_servers, "sys", SimpleNamespace(platform="darwin"))
    with kernels(forked=True):
        assert origin(tmp_path, "1").startswith("started by itself: on darwin, a process")


def test_without_forking_kernels_are_started(tmp_path: Path) -> None:
    with kernels(forked=False):
        assert origin(tmp_path, "1") == "started by itself: the setting `fork` is off"


def test_a_python_without_this_package_says_so() -> None:
    purpose = purpose_of([sys.executable, "-I", "-S", *COMMAND[1:]], os.environ, (), 1)
    server = ForkServer(purpose)
    with pytest.raises(NoForkServer, match="jupyter_dataops"):
        server.take()
    with pytest.raises(NoForkServer, match="jupyter_dataops"):  # and again, without starting anything
        server.take()
    server.close()


def test_a_node_with_another_kernel_leaves_alone_what_stands_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "share" / "kernels" / "other"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps({"argv": COMMAND, "display_name": "o", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    with kernels(forked=True) as forking:
        assert forking is not None
        standby = prepare("python3", forking)
        assert standby is not None
        report = attempt_at(node_job(tmp_path, cell("1"), kernel="other")).run(lambda _report: None, standby)
        assert isinstance(report, AttemptSucceeded)
        assert standby.is_alive
        standby.close()
        assert not standby.is_alive


def test_a_kernel_that_died_while_it_stood_by_is_not_the_nodes_concern(tmp_path: Path) -> None:
    with kernels(forked=True) as forking:
        assert forking is not None
        standby = prepare("python3", forking)
        assert standby is not None
        standby.manager.provisioner.process.kill()
        standby.manager.provisioner.process.wait()
        report = attempt_at(node_job(tmp_path, cell("1"))).run(lambda _report: None, standby)
        standby.close()
    assert isinstance(report, AttemptSucceeded)


def test_where_no_kernel_can_be_forked_none_stands_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with kernels(forked=True) as forking:
        assert forking is not None
        assert prepare("no-such-kernel", forking) is None


# -- ends


def test_a_killed_fork_server_takes_its_kernels_along_and_the_next_attempt_has_another(tmp_path: Path) -> None:
    with kernels(forked=True) as forking:
        assert forking is not None
        job = node_job(tmp_path, cell("import os\nos.kill(os.getppid(), 9)\nimport time; time.sleep(60)"), node="a")
        report = run_job(job)
        assert isinstance(report, AttemptFailed)
        assert report.failure.cause is FailureCause.KERNEL_DIED
        assert origin(tmp_path, "1", node="b") == "forked"


def test_a_kernel_that_dies_tells_its_signal_or_status(tmp_path: Path) -> None:
    with kernels(forked=True):
        for node, source, said in (
            ("a", "import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
            ("b", "import os; os._exit(7)", "exited with status 7"),
        ):
            report = run_job(node_job(tmp_path, cell(source), node=node))
            assert isinstance(report, AttemptFailed)
            assert said in report.failure.evalue


def test_closing_leaves_neither_process_nor_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    servers = ForkServers()
    server = servers.get(purpose_of(COMMAND, os.environ, (), 2))
    process, channel = server.take()
    assert list(tmp_path.glob("dataops-*"))
    channel.close()  # it is told nothing any more: it ends
    assert process.wait(10) == 0
    servers.close()
    assert not list(tmp_path.glob("dataops-*"))
    assert not [one for one in psutil.Process().children(recursive=True) if "zygote" in " ".join(one.cmdline())]
    with pytest.raises(NoForkServer, match="closed"):
        servers.get(purpose_of(COMMAND, os.environ, (), 2))


def test_a_server_that_imports_for_long_is_closed_at_once_and_who_waits_for_it_is_told(
    package: Callable[..., None], tmp_path: Path
) -> None:
    package(
        "endless",
        f"import pathlib, threading; pathlib.Path({str(tmp_path / 'begun')!r}).touch(); threading.Event().wait()",
    )
    server = ForkServer(purpose_of(COMMAND, os.environ, (("endless", ()),), 1))
    told: list[str] = []

    def wait() -> None:
        try:
            server.take()
        except NoForkServer as error:
            told.append(str(error))

    waiting, never = threading.Thread(target=wait), threading.Event()
    waiting.start()
    while not (tmp_path / "begun").exists():
        never.wait(0.01)
    server.close()
    waiting.join(30)
    assert told
    assert not waiting.is_alive()


def test_an_attempt_is_over_once_its_kernel_is_through_and_the_system_may_take_its_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    # What the process does last waits for us; by then, nothing is left of the names that the node has bound.
    lasting = (
        "import os\nprint(os.getpid())\nos._exit = lambda code, end=os._exit, wait=open: end(len(wait('go').read()))"
    )
    job = node_job(tmp_path, cell(lasting), cell("import atexit\natexit.register(open('tidy', 'w').close)"))
    with kernels(forked=True) as forking:
        assert forking is not None
        standby = prepare("python3", forking)
        assert standby is not None
        assert isinstance(attempt_at(job).run(lambda _report: None, standby), AttemptSucceeded)
        kernel = int(logged(job, "stdout"))
        assert (tmp_path / "tidy").exists()
        assert not is_gone(kernel)
        (tmp_path / "go").write_text("")
        standby.close()
        assert is_gone(kernel)


def test_a_process_that_a_node_has_forked_does_not_hide_the_end_of_its_kernel(tmp_path: Path) -> None:
    forking_cell = "import os, time\nif not os.fork():\n    time.sleep(60)\n    os._exit(0)\nprint(os.getppid(), flush=True)\ntime.sleep(600)"
    job, ends = node_job(tmp_path, cell(forking_cell)), []
    with kernels(forked=True):
        attempt = threading.Thread(target=copy_context().run, args=(lambda: ends.append(run_job(job)),))
        attempt.start()
        never = threading.Event()
        while not logged(job, "stdout"):
            never.wait(0.01)
        os.kill(int(logged(job, "stdout")), signal.SIGKILL)
        attempt.join()
    assert isinstance(ends[0], AttemptFailed)
    assert ends[0].failure.cause is FailureCause.KERNEL_DIED


def test_what_a_fork_leaves_behind_is_found_by_its_attempt(tmp_path: Path) -> None:
    job = node_job(tmp_path, cell("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)"))
    job = replace(job, run_id=RunId("r123456789"))
    job = replace(job, environment={RUN_VARIABLE: job.run_id, TOKEN_VARIABLE: job.token})
    with kernels(forked=True):
        attempt, reports = attempt_at(job), []
        thread = threading.Thread(target=lambda: reports.append(attempt.run(lambda _report: None)))
        thread.start()
        never = threading.Event()
        while not (said := logged(job, "stdout")):
            never.wait(0.01)
        assert kill_leftovers(job.run_id, [job.token]) >= 1
        thread.join(30)
    assert is_gone(int(said))
    assert isinstance(reports[0], AttemptFailed)


def test_the_kernels_of_a_run_come_from_one_fork_server_whether_they_stood_by_or_not(tmp_path: Path) -> None:
    with kernels(forked=True):
        assert isinstance(run_job(node_job(tmp_path, cell("1"), node="a")), AttemptSucceeded)
        report = attempt_at(node_job(tmp_path, cell("1"), node="b")).run(lambda _report: None)
        assert isinstance(report, AttemptSucceeded)
        servers = [one for one in psutil.Process().children() if "zygote" in " ".join(one.cmdline())]
        assert len(servers) == 1


def test_no_kernel_is_kept_ready_beyond_those_that_are_needed() -> None:
    servers = ForkServers()
    server = servers.get(purpose_of(COMMAND, os.environ, (), 1, most=2))
    taken = [server.take() for _ in range(3)]  # the third is forked all the same: somebody retries
    parent = psutil.Process(taken[0][0].pid).parent()
    assert parent is not None
    assert {one.pid for one in parent.children()} == {process.pid for process, _ in taken}
    for _, channel in taken:
        channel.close()
    servers.close()


def test_the_users_code_can_have_a_debugger_though_a_nodes_kernel_has_none(tmp_path: Path) -> None:
    with kernels(forked=True):
        told = printed(tmp_path, "import sys\nprint('debugpy' in sys.modules)\nimport debugpy\nprint(debugpy.__name__)")
    assert told.split() == ["False", "debugpy"]


def test_kernels_that_were_kept_ready_are_as_many_as_asked_for(tmp_path: Path) -> None:
    servers = ForkServers()
    server = servers.get(purpose_of(COMMAND, os.environ, (), 3))
    process, channel = server.take()
    never = threading.Event()
    parent = psutil.Process(process.pid).parent()
    assert parent is not None
    while len(parent.children()) < 4:
        never.wait(0.01)
    never.wait(0.05)
    assert len(parent.children()) == 4
    channel.close()
    servers.close()


# -- any Jupyter program


@pytest.fixture
def generic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a kernelspec that names the provisioner."""
    place = tmp_path / "share" / "kernels" / "forked"
    place.mkdir(parents=True)
    provisioner = {"provisioner_name": "dataops-zygote", "config": {"preload": ["json.tool", "decimal"]}}
    spec = {"argv": COMMAND, "display_name": "f", "language": "python", "metadata": {"kernel_provisioner": provisioner}}
    (place / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    yield "forked"
    shared_servers().close()
    shared_servers.cache_clear()


def said_by(client: Any, source: str) -> str:
    texts: list[str] = []

    def take(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or content.get("ename") or content.get("data", {}).get("text/plain") or "")

    reply = client.execute_interactive(source, output_hook=take, stdin_hook=lambda _: client.input("Ada"), timeout=30)
    assert reply["content"]["status"] in ("ok", "error")
    return "".join(texts)


def test_any_jupyter_program_gets_forked_kernels_by_a_kernelspec(generic: str) -> None:
    manager, client = start_new_kernel(kernel_name=generic)
    try:
        assert manager.provisioner.not_forked is None
        assert said_by(client, "import sys; 'json.tool' in sys.modules") == "True"
        assert said_by(client, "input('name? ')") == "'Ada'"
        assert said_by(client, "get_ipython().history_manager.enabled") == "True"
        assert client.hb_channel.is_beating()
        first = said_by(client, "import os; os.getpid()")
        _interrupt(manager, client)
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        assert said_by(client, "import os; os.getpid()") != first
        assert "NameError" in said_by(client, "first")
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    assert manager.has_kernel is False


def _interrupt(manager: KernelManager, client: Any) -> None:
    client.execute("import time\nprint('sleeping', flush=True)\ntime.sleep(60)")
    while client.get_iopub_msg(timeout=30)["content"].get("text") != "sleeping\n":
        pass
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=30)["content"]["ename"] == "KeyboardInterrupt"


def test_the_debugger_answers_in_a_forked_kernel(generic: str) -> None:
    manager, client = start_new_kernel(kernel_name=generic)
    try:
        message = client.session.msg(
            "debug_request", {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}
        )
        client.control_channel.send(message)
        assert client.control_channel.get_msg(timeout=30)["content"]["success"] is True
        begin = {"type": "request", "seq": 2, "command": "initialize", "arguments": {"clientID": "t", "adapterID": ""}}
        client.control_channel.send(client.session.msg("debug_request", begin))
        assert client.control_channel.get_msg(timeout=30)["content"]["success"] is True
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_kernel_of_another_environment_is_not_forked_from_this_ones_server() -> None:
    one = purpose_of(COMMAND, {"OMP_NUM_THREADS": "1", "JPY_SESSION_NAME": "a"}, (), 1)
    same = purpose_of(COMMAND, {"OMP_NUM_THREADS": "1", "JPY_SESSION_NAME": "b", "DATAOPS_NODE": "x"}, (), 1)
    other = purpose_of(COMMAND, {"OMP_NUM_THREADS": "2"}, (), 1)
    assert one == same != other
