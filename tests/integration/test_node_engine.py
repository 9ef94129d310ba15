"""A node's notebook in a real kernel, through papermill."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.connect import LocalPortCache
from msgspec.structs import replace

from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, CellFinished
from jupyter_dataops.kernels.protocol import OUTPUTS
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import attempt_at, is_gone, kernels, logged, node_job, run_cells, run_job
from tests.support.notebooks import cell

pytestmark = pytest.mark.kernel


@pytest.fixture(autouse=True, params=["forked", "started"])
def _kernels(request: pytest.FixtureRequest) -> Iterator[None]:
    with kernels(forked=request.param == "forked"):
        yield


def executed(job: Any) -> Any:
    made = nbformat.read(job.output_path, as_version=4)
    nbformat.validate(made)
    return made


def wait_for_output(job: Any) -> str:
    """What the node has printed, as soon as there is something."""
    never = threading.Event()
    for _ in range(3000):
        if said := logged(job, "stdout"):
            return said
        never.wait(0.01)
    raise AssertionError("nothing was printed for 30 s")


def failure(report: AttemptSucceeded | AttemptFailed) -> Failure:
    assert isinstance(report, AttemptFailed)
    return report.failure


def test_a_quiet_node_succeeds_and_leaves_its_notebook_log_and_progress(tmp_path: Path) -> None:
    folder = tmp_path / "a {brace} näme"
    folder.mkdir()
    job = node_job(
        folder,
        cell("%%capture out\nprint('hidden')"),
        cell("import asyncio\nawait asyncio.sleep(0)\nprint('é🚀', out.stdout.strip())"),
        cell("import sys, os\nprint('oops', file=sys.stderr)\r\nprint(os.environ['COLOUR'], os.getcwd())\r\n"),
        cell("   "),
        cell("40 + 2"),
        environment={"COLOUR": "blue"},
    )
    reports: list[Any] = []
    report = attempt_at(job).run(reports.append)
    assert isinstance(report, AttemptSucceeded)
    assert report.outputs == {}
    assert [(each.done, each.total) for each in reports if isinstance(each, CellFinished)][-1] == (5, 5)
    assert logged(job, "stdout") == f"é🚀 hidden\nblue {folder}\n"
    assert logged(job, "stderr") == "oops\n"
    assert logged(job, "display") == "42"
    made = executed(job)
    assert made.metadata.papermill.input_path is None
    assert made.cells[4].outputs[0].data["text/plain"] == "42"
    assert made.cells[4].metadata.papermill.status == "completed"


def test_parameters_of_every_literal_kind_arrive_as_they_are(tmp_path: Path) -> None:
    given = {
        "text": 'it\'s "quoted" \\ and\nlong 🚀 {x}',
        "nothing": None,
        "minus": -3,
        "ratio": -0.5,
        "yes": True,
        "many": [1, [None, "a'b"], {"k": [-1, 2.5]}],
        "mapping": {"a": {"b": None, "c": 'say "hi"'}, "new\nline": 1},
    }
    defaults = "\n".join(f"{name} = 0" for name in given)
    check = f"import json\nprint(json.dumps([{', '.join(given)}]))"
    job = node_job(tmp_path, cell(defaults, "parameters"), cell(check), parameters=given)
    assert isinstance(run_job(job), AttemptSucceeded)
    assert json.loads(logged(job, "stdout")) == list(given.values())


def test_a_failing_cell_is_named_with_its_line_and_classes(tmp_path: Path) -> None:
    source = "\n\nclass Own(KeyError): ...\ndef f(x):\n    raise Own('a')\nlist(map(f, [1]))"
    found = failure(run_cells(tmp_path, cell("1"), cell(source), cell("print('never')")))
    assert (found.cause, found.ename, found.evalue, found.cell_id) == (FailureCause.EXCEPTION, "Own", "'a'", "c1")
    assert found.line == 5
    assert found.mro[:3] == ("Own", "KeyError", "LookupError")
    assert "\x1b[" in found.traceback
    assert "raise" in found.traceback


def test_a_failed_notebook_keeps_traceback_and_marker_and_later_cells_unrun(tmp_path: Path) -> None:
    job = node_job(tmp_path, cell("print('before')\n1/0"), cell("print('never')"))
    run_job(job)
    made = executed(job)
    assert "papermill-error-cell" in made.cells[0].source
    (failed,) = (each for each in made.cells if each.id == "c0")
    assert failed.outputs[-1].ename == "ZeroDivisionError"
    assert logged(job, "stdout") == "before\n"
    assert "ZeroDivisionError" in logged(job, "error")


@pytest.mark.parametrize(
    ("source", "ename", "line"),
    [
        ("x = 1\nx = = 2", "SyntaxError", 2),
        ("import sys\nsys.exit(0)", "SystemExit", 2),
        ("input('name? ')", "StdinNotImplementedError", 1),
        ("1\nawait missing", "NameError", 2),
    ],
)
def test_what_ends_a_cell_fails_the_node(tmp_path: Path, source: str, ename: str, line: int) -> None:
    found = failure(run_cells(tmp_path, cell(source)))
    assert (found.cause, found.ename, found.line) == (FailureCause.EXCEPTION, ename, line)


def test_an_expected_exception_does_not_fail_the_node(tmp_path: Path) -> None:
    job = node_job(tmp_path, cell("1/0", "raises-exception"), cell("print('after')"))
    assert isinstance(run_job(job), AttemptSucceeded)
    made = executed(job)
    assert [each.id for each in made.cells] == ["c0", "c1", OUTPUTS]
    assert made.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert logged(job, "stdout") == "after\n"


def test_output_is_in_log_and_notebook_while_the_cell_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    job = node_job(tmp_path, cell("1"), cell(f"print('early', flush=True)\nopen({str(gate)!r}).read()\nprint('late')"))
    attempt, reports = attempt_at(job), []
    thread = threading.Thread(target=lambda: reports.append(attempt.run(lambda _report: None)))
    thread.start()
    assert wait_for_output(job) == "early\n"
    executed(job)
    gate.write_text("go")
    thread.join(30)
    assert isinstance(reports[0], AttemptSucceeded)
    assert logged(job, "stdout") == "early\nlate\n"


def test_a_kernel_killed_in_a_cell_is_noticed_with_all_it_said(tmp_path: Path) -> None:
    job = node_job(tmp_path, cell("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)"))
    killed_at: list[float] = []

    def kill() -> None:
        pid = int(wait_for_output(job))
        killed_at.append(time.monotonic())
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = failure(run_job(job))
    took_s = time.monotonic() - killed_at[0]
    killer.join()
    assert took_s < 1
    assert (found.cause, found.cell_id) == (FailureCause.KERNEL_DIED, "c0")
    assert found.evalue == "the kernel was killed by SIGKILL"
    assert logged(job, "stdout").strip().isdigit()
    assert executed(job).cells[0].outputs[-1].ename == "DeadKernelError"


def test_a_crash_in_compiled_code_tells_where_it_was(tmp_path: Path) -> None:
    begin = 'import jupyter_dataops.node as n\nn.begin(globals(), store="s", run="r", node="n", attempt=1)'
    job = node_job(tmp_path, cell(begin), cell("import ctypes\nctypes.string_at(0)"))
    found = failure(run_job(job))
    assert found.evalue == "the kernel was killed by SIGSEGV"
    assert "Segmentation fault" in found.traceback
    assert "string_at" in found.traceback
    assert "Segmentation fault" in logged(job, "stderr")


def test_an_attempt_tells_what_it_ran_on_and_took(tmp_path: Path) -> None:
    large = "import yaml\nx = bytearray(200_000_000)\nx[::4096] = b'1' * len(x[::4096])\ndel x"
    for source, kind in ((large, AttemptSucceeded), (f"{large}\n1 / 0", AttemptFailed)):
        report = run_cells(tmp_path, cell(source))
        assert isinstance(report, kind)
        assert report.usage is not None
        assert report.usage.python == platform.python_version()
        assert {"ipykernel", "pyyaml", "pyzmq"} <= set(report.usage.packages)
        assert report.usage.peak_memory_bytes is not None
        assert report.usage.peak_memory_bytes > 200_000_000


def test_what_a_kernel_killed_from_outside_left_is_ended_wherever_it_has_gone(tmp_path: Path) -> None:
    source = (
        "import os, signal, subprocess\n"
        "print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True)\n"
        "import time\ntime.sleep(0.2)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    job = node_job(tmp_path, cell(source))
    job = replace(job, environment={"DATAOPS_RUN_ID": job.run_id, "DATAOPS_ATTEMPT_TOKEN": job.token})
    assert failure(run_job(job)).cause is FailureCause.KERNEL_DIED
    assert is_gone(int(logged(job, "stdout")))


def test_nothing_but_notebook_and_log_stays_in_the_attempts_folder(tmp_path: Path) -> None:
    for source in ("1", "1 / 0", "import os; os._exit(1)"):
        job = node_job(tmp_path, cell(source))
        run_job(job)
        assert sorted(path.name for path in job.log_path.parent.iterdir()) == ["log.jsonl", "notebook.ipynb"]


def test_very_much_output_is_neither_lost_nor_slow(tmp_path: Path) -> None:
    source = "for i in range(100_000): print(i)\nfrom IPython.display import display\nfor i in range(3000): display(i)"
    job = node_job(tmp_path, cell(source))
    assert isinstance(run_job(job), AttemptSucceeded)
    assert logged(job, "stdout").splitlines()[-1] == "99999"
    assert len(logged(job, "stdout").splitlines()) == 100_000
    assert logged(job, "display").endswith("2999")


def test_a_cell_whose_last_output_is_lost_is_not_waited_for_long(tmp_path: Path) -> None:
    silent = "get_ipython().kernel.iopub_thread.send_multipart = lambda *_message, **_options: None"
    job = node_job(tmp_path, cell(silent))
    found = failure(run_job(job))
    assert found.ename == "NoOutputs"
    assert "some output is lost" in logged(job, "system")


def test_a_background_process_does_not_outlive_the_node(tmp_path: Path) -> None:
    source = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)"
    job = node_job(tmp_path, cell(source), cell("%%bash --bg\nsleep 601"))
    assert isinstance(run_job(job), AttemptSucceeded)
    assert is_gone(int(logged(job, "stdout")))
    assert not any(process.info["cmdline"] == ["sleep", "601"] for process in psutil.process_iter(["cmdline"]))


def test_files_and_exit_functions_of_the_node_are_finished(tmp_path: Path) -> None:
    source = (
        "import atexit, pathlib, threading, time\n"
        "left_open = open('open.txt', 'w')\nleft_open.write('flushed')\n"
        "atexit.register(lambda: pathlib.Path('exit.txt').write_text('ran'))\n"
        "def late():\n    time.sleep(0.3)\n    pathlib.Path('thread.txt').write_text('joined')\n"
        "threading.Thread(target=late).start()"
    )
    assert isinstance(run_cells(tmp_path, cell(source)), AttemptSucceeded)
    assert (tmp_path / "open.txt").read_text() == "flushed"
    assert (tmp_path / "exit.txt").read_text() == "ran"
    assert (tmp_path / "thread.txt").read_text() == "joined"


def test_what_is_printed_after_the_last_cell_is_in_the_log(tmp_path: Path) -> None:
    source = (
        "import atexit, threading, time\n"
        "def fails():\n    raise ValueError('too late')\n"
        "atexit.register(print, 'bye', 'é')\natexit.register(fails)\n"
        "def late():\n    time.sleep(0.2)\n    print('from a thread')\n"
        "threading.Thread(target=late).start()\nprint('hello')"
    )
    job = node_job(tmp_path, cell(source))
    assert isinstance(run_job(job), AttemptSucceeded)
    assert logged(job, "stdout") == "hello\n"
    said = logged(job, "stderr")
    assert said.startswith("from a thread\n")
    assert "ValueError: too late" in said
    assert said.endswith("bye é")


def test_a_node_that_ends_in_silence_has_nothing_in_its_log_but_what_it_printed(tmp_path: Path) -> None:
    job = node_job(tmp_path, cell("print('hello')"))
    assert isinstance(run_job(job), AttemptSucceeded)
    assert logged(job, "stderr") == ""


def test_a_missing_kernel_says_how_to_list_them(tmp_path: Path) -> None:
    found = failure(run_cells(tmp_path, cell("1"), kernel="no-such-kernel"))
    assert found.cause is FailureCause.CONFIG_INVALID
    assert "no-such-kernel" in found.evalue
    assert "jupyter kernelspec list" in found.evalue


def test_a_missing_working_directory_is_named(tmp_path: Path) -> None:
    found = failure(run_cells(tmp_path, cell("1"), working_dir=tmp_path / "gone"))
    assert found.cause is FailureCause.CONFIG_INVALID
    assert str(tmp_path / "gone") in found.evalue


def kernelspec(folder: Path, monkeypatch: pytest.MonkeyPatch, *argv: str) -> str:
    place = folder / "share" / "kernels" / "odd"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "odd", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "share"))
    return "odd"


def test_a_kernel_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = kernelspec(tmp_path, monkeypatch, "/bin/sh", "-c", "echo no such library >&2; exit 3")
    found = failure(run_cells(tmp_path, cell("1"), kernel=name))
    assert found.cause is FailureCause.KERNEL_DIED
    assert found.traceback == "no such library"


def test_a_kernel_whose_address_is_taken_as_it_starts_is_started_again_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = LocalPortCache.find_available_port
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = [somebody.getsockname()[1]]
        monkeypatch.setattr(
            LocalPortCache, "find_available_port", lambda cache, ip: taken.pop() if taken else find(cache, ip)
        )
        job = node_job(tmp_path, cell("print('here')"))
        with kernels(forked=False):
            assert isinstance(run_job(job), AttemptSucceeded)
    assert logged(job, "stdout") == "here\n"
    assert logged(job, "system").count("the kernel's address was taken meanwhile: it is started again") == 1


def test_a_kernel_whose_address_is_always_taken_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        monkeypatch.setattr(LocalPortCache, "find_available_port", lambda _cache, _ip: port)
        with kernels(forked=False):
            failed = failure(run_cells(tmp_path, cell("1")))
    assert failed.cause is FailureCause.KERNEL_DIED
    assert "Address already in use" in failed.traceback


@pytest.mark.parametrize(("given", "found"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_that_wait_for_each_other_do_not_spin_unless_the_user_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, found: str
) -> None:
    if given is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    job = node_job(tmp_path, cell("import os\nprint(os.environ['OMP_WAIT_POLICY'])"))
    run_job(job)
    assert logged(job, "stdout") == f"{found}\n"


def test_a_kernel_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = kernelspec(tmp_path, monkeypatch, "/bin/sleep", "600")
    report = attempt_at(node_job(tmp_path, cell("1"), kernel=name), start_timeout_s=0.2).run(lambda _report: None)
    assert "did not answer within 0.2 s" in failure(report).evalue


def test_a_kernel_without_ipykernel_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = kernelspec(tmp_path, monkeypatch, "/bin/sh", "-c", "echo No module named ipykernel_launcher >&2; exit 1")
    found = failure(run_cells(tmp_path, cell("1"), kernel=name))
    assert found.cause is FailureCause.CONFIG_INVALID
    assert "has no ipykernel" in found.evalue
