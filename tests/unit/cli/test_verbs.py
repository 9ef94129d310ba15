"""Every verb over values in memory: what it asks of the API, what it prints, and where."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.plan.differences import Difference, Kind
from jupyter_dataops.records import AttemptRecord, EventRecord
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.states import NodeState, NoticeState, Notified, RunState
from tests.support.notices import a_notice
from tests.support.published import an_asset
from tests.unit.cli.fakes import (
    START,
    FakeFace,
    FakePipeline,
    FakeRun,
    a_failure,
    an_output,
    node_record,
    run_record,
    seconds,
)

RUN_KEYS = [
    "run_id", "state", "notebook", "parent_run_id", "environment", "parameters", "deployment", "schedule", "started_at",
    "finished_at", "nodes", "checks",
]  # fmt: skip


def queued() -> FakeRun:
    return FakeRun(run_record(), [node_record("load"), node_record("clean", position=1)])


def failed() -> FakeRun:
    nodes = [
        node_record("load", NodeState.SUCCEEDED, attempt=1, outputs={"df": an_output()}, reason="full run"),
        node_record("clean", NodeState.FAILED, 1, attempt=1, failure=a_failure(), reason="no retries are left"),
        node_record("train", NodeState.UPSTREAM_FAILED, 2, reason="clean failed"),
    ]
    times = {"started_at": START, "finished_at": START + seconds(75)}
    return FakeRun(run_record(RunState.FAILED, parameters={"n": 3}, reason="clean failed", **times), nodes)


def fails(run: FakeRun):
    from msgspec.structs import replace

    run.record = replace(run.record, state=RunState.FAILED)
    run.nodes[NodeName("clean")].record = failed().nodes[NodeName("clean")].record
    return []


def face_for(run: FakeRun, path: Path | None = None) -> FakeFace:
    return FakeFace(run, pipeline=FakePipeline(path or Path("etl.ipynb"), run))


# run


def test_run_passes_on_what_it_is_asked(call) -> None:
    face = face_for(queued())
    done = call(
        face,
        *[
            "run",
            "etl.ipynb",
            "-p",
            "n",
            "3",
            "-r",
            "s",
            "3",
            "--select",
            "clean+",
            "--changed",
            "--jobs",
            "4",
            "--fail-fast",
        ],
    )
    assert done.exit_code == 0
    assert face.pipeline is not None
    assert face.pipeline.asked == [
        ("create_run", {"n": 3, "s": "3"}, {"jobs": 4, "fail_fast": True, "select": "clean+", "changed": True})
    ]
    assert "✔ succeeded  run bcd2345678  etl.ipynb: 2 succeeded  2.0s" in done.stdout
    assert "executed notebooks" not in done.stdout, "there is no such folder: nothing ran"
    assert "\x1b" not in done.output


def test_the_summary_says_where_executed_notebooks_lie(call, tmp_path) -> None:
    run = queued()
    run.folder = tmp_path
    assert f"executed notebooks and logs: {tmp_path}" in call(face_for(run), "run", "etl.ipynb").stdout.replace(
        "\n", ""
    )


@pytest.mark.parametrize(
    ("printed", "named"),
    [
        ({"load": "stdout", "clean": "display"}, "clean"),  # the last of them
        ({"load": "stdout", "clean": "stderr"}, "load"),  # a library's warning is not what it was made to show
        ({"load": "system", "clean": "system"}, None),
    ],
)
def test_a_run_that_succeeds_ends_with_where_to_read_what_it_printed(call, tmp_path, printed, named) -> None:
    run = queued()
    for name, stream in printed.items():
        log = tmp_path / name
        with log.open("w") as file:
            write_log_line(file, LogLine(START, stream, "5\n"))
        run[name].attempts.append(AttemptRecord(run.run_id, NodeName(name), 1, Token("t"), "n", str(log), START))
    done = call(face_for(run), "run", "etl.ipynb")

    said = [f"  -> jupyter dataops logs bcd2345678 {named}   what it printed"] if named else []
    assert [line for line in done.stdout.splitlines() if "dataops logs" in line] == said
    assert "what it printed" not in call(face_for(run), "run", "etl.ipynb", "--json").output


def test_a_run_tells_first_what_check_would_warn_of(call) -> None:
    run = queued()
    warning = Diagnostic("DO010", Severity.WARNING, "tag 'nod:b' is not known", "did you mean 'node:b'?", None, 1, None)
    run.analysed = SimpleNamespace(spec=run.snapshot.spec, diagnostics=(warning,) * 7)
    done = call(face_for(run), "run", "etl.ipynb")
    assert done.stderr.count("tag 'nod:b' is not known -> did you mean 'node:b'?") == 5
    assert "and 2 more: jupyter dataops check etl.ipynb" in done.stderr


def test_a_run_tells_of_assets_that_another_notebook_publishes_too(call) -> None:
    run = queued()
    face = face_for(run)
    face.published.append(an_asset("sales", 3, run_id="xyz", notebook="/theirs.ipynb"))
    done = call(face, "run", "etl.ipynb")
    assert "warning: asset 'sales' is also published by /theirs.ipynb (sales@3, run xyz) -> the newest" in done.stderr
    assert done.exit_code == 0


def test_a_failed_run_exits_with_1_and_shows_the_cell(call) -> None:
    run = queued()
    run.script = fails
    done = call(face_for(run), "run", "etl.ipynb")
    assert done.exit_code == 1
    assert "  > 2  x / 0\n  ZeroDivisionError: division by zero\n" in done.stdout
    assert "jupyter dataops retry bcd2345678" in done.stdout


@pytest.mark.parametrize(("state", "code"), [(RunState.CRASHED, 3), (RunState.CANCELLED, 130)])
def test_how_a_run_ends_decides_the_exit_code(call, state: RunState, code: int) -> None:
    run = queued()
    run.record = run_record(state, reason="the runner died")
    run.script = lambda _run: []
    done = call(face_for(run), "run", "etl.ipynb")
    assert done.exit_code == code
    assert "the runner died" in done.stdout


def test_run_json_prints_the_object_on_stdout_and_the_rest_on_stderr(call) -> None:
    done = call(face_for(queued()), "run", "etl.ipynb", "--json")
    assert list(json.loads(done.stdout)) == RUN_KEYS
    assert "✔ succeeded" in done.stderr


def test_run_writes_the_whole_notebook(call, tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    done = call(face_for(queued()), "run", "etl.ipynb", "-o", str(out))
    assert out.exists()
    assert f"notebook with all outputs: {out}" in done.stdout


def test_a_dry_run_prints_the_plan_and_starts_nothing(call) -> None:
    face = face_for(queued())
    done = call(face, "run", "etl.ipynb", "--dry-run", "--select", "clean")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["node", "action", "reason"],
        ["load", "reuse", "it", "succeeded", "before"],
        ["clean", "run", "it", "failed"],
    ]
    assert face.pipeline is not None
    assert face.pipeline.asked == [("plan", {}, "clean", False)]


def test_the_plan_as_json(call) -> None:
    plan = json.loads(call(face_for(queued()), "run", "etl.ipynb", "--dry-run", "--json").stdout)
    assert plan["mode"] == "from_failure"
    assert plan["nodes"][0] == {
        "node": "load", "action": "reuse", "reason": "it succeeded before", "source_run_id": "bcd2345678",
    }  # fmt: skip


def test_a_detached_run_is_started_elsewhere_and_its_id_alone_is_printed(call) -> None:
    face = face_for(queued())
    done = call(face, "run", "etl.ipynb", "--detach")
    assert (done.exit_code, done.stdout) == (0, "bcd2345678\n")
    assert face.done == [("start_detached", "bcd2345678", "/store")]


def test_a_detached_run_cannot_write_a_notebook(call) -> None:
    assert call(face_for(queued()), "run", "etl.ipynb", "--detach", "-o", "x.ipynb").exit_code == 2


def test_execute_drives_a_queued_run(call) -> None:
    done = call(FakeFace(queued()), "execute", "bcd2345678")
    assert (done.exit_code, "✔ succeeded" in done.stdout) == (0, True)
    assert "jupyter dataops open bcd2345678" in done.stdout


# retry, cancel


def test_retry_makes_a_new_run_and_executes_it(call) -> None:
    run = failed()
    done = call(FakeFace(run), "retry", "last", "--node", "clean", "-p", "n", "4", "--no-fail-fast")
    assert run.asked == [("create_retry", ("clean",), {"n": 4}, {"select": None, "jobs": None, "fail_fast": False})]
    assert done.exit_code == 0
    assert "run fgh2345678" in done.stdout


def test_retry_keeps_what_it_is_not_told(call) -> None:
    run = failed()
    call(FakeFace(run), "retry", "bcd")
    assert run.asked == [("create_retry", (), {}, {"select": None, "jobs": None, "fail_fast": None})]


def test_retry_can_be_previewed(call) -> None:
    run = failed()
    assert "it failed" in call(FakeFace(run), "retry", "last", "--dry-run").stdout
    assert run.asked == [("plan_retry", (), {}, None)]


def test_retry_of_a_selection(call) -> None:
    run = failed()
    call(FakeFace(run), "retry", "last", "--select", "state:failed+", "--dry-run")
    call(FakeFace(run), "retry", "last", "--select", "clean+")
    assert run.asked == [
        ("plan_retry", (), {}, "state:failed+"),
        ("create_retry", (), {}, {"select": "clean+", "jobs": None, "fail_fast": None}),
    ]


def going_on(**more: Any) -> FakeRun:
    return FakeRun(run_record(RunState.RUNNING), failed().node_records, **more)


def test_a_node_of_a_run_that_goes_on_is_tried_again_by_its_runner(call) -> None:
    run = going_on()
    done = call(FakeFace(run), "retry", "last", "--node", "clean")
    assert run.asked == [("retry_node", "clean")]
    assert (done.exit_code, done.stdout) == (0, "run bcd2345678 tries `clean` again\n")


def test_that_the_cell_was_edited_meanwhile_is_said(call) -> None:
    done = call(FakeFace(going_on(edited=["clean"])), "retry", "last", "--node", "clean")
    assert "its cells were edited since, but the run keeps `clean` as it was" in done.stdout
    done = call(FakeFace(going_on(edited=["clean"])), "retry", "last", "--node", "clean", "--json")
    assert json.loads(done.stdout) == {"run_id": "bcd2345678", "reopened": ["clean"], "edited": ["clean"]}


def test_a_node_of_a_run_that_goes_on_can_be_previewed(call) -> None:
    run = going_on()
    assert "it failed" in call(FakeFace(run), "retry", "last", "--node", "clean", "--dry-run").stdout
    assert run.asked == [("plan_retry_node", "clean")]


@pytest.mark.parametrize("more", [["-p", "n", "4"], ["--jobs", "2"], ["--select", "clean"], ["--fail-fast"]])
def test_a_run_that_goes_on_is_not_changed_otherwise(call, more: list[str]) -> None:
    run = going_on()
    done = call(FakeFace(run), "retry", "last", "--node", "clean", *more)
    assert (done.exit_code, run.asked) == (2, [])
    assert "goes on" in done.stderr


def test_an_unknown_run_is_an_error_with_a_hint(call) -> None:
    done = call(FakeFace(), "retry", "nope")
    assert done.exit_code == 2
    assert done.stderr == "Error: no run 'nope'\n  -> see `jupyter dataops runs`\n"


def test_cancel_asks_the_run_to_stop(call) -> None:
    run = FakeRun(run_record(RunState.RUNNING))
    done = call(FakeFace(run), "cancel", "last", "--reason", "wrong data")
    assert run.asked == [("cancel", "wrong data")]
    assert done.stdout == "run bcd2345678 is cancelling\n"


# runs, show, why


def test_runs_are_listed(call) -> None:
    lines = call(FakeFace(failed(), queued()), "runs").stdout.splitlines()
    assert lines[0].split() == ["run", "state", "notebook", "started", "time", "retry", "of"]
    assert lines[1].split()[:4] == ["bcd2345678", "✘", "failed", "etl.ipynb"]
    assert "1m15s" in lines[1]


def test_runs_as_ids_and_as_json(call) -> None:
    face = FakeFace(failed())
    assert call(face, "runs", "-q").stdout == "bcd2345678\n"
    listed = json.loads(call(face, "runs", "--json").stdout)
    assert list(listed["runs"][0]) == [
        "run_id", "state", "notebook", "parent_run_id", "environment", "parameters", "deployment", "schedule", "created_at",
        "started_at", "finished_at", "reason",
        "checks",
    ]  # fmt: skip


def test_no_runs_yet_is_said_on_stderr(call) -> None:
    done = call(FakeFace(), "runs")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "no runs yet\n")


def test_show_has_nodes_outputs_parameters_errors_and_commands_by_id(call) -> None:
    done = call(FakeFace(failed()), "show", "last")
    assert done.exit_code == 0
    assert "⊗ upstream_failed" in done.stdout
    assert "load handed on df" in done.stdout
    assert "parameters: n=3" in done.stdout
    assert "> 2  x / 0" in done.stdout
    assert "jupyter dataops logs bcd2345678 clean" in done.stdout


def test_show_json_has_the_documented_keys(call) -> None:
    shown = json.loads(call(FakeFace(failed()), "show", "last", "--json").stdout)
    assert list(shown) == [*RUN_KEYS, "notifications", "assets"]
    assert list(shown["nodes"][0]) == [
        "node", "key", "state", "attempt", "reason", "started_at", "finished_at", "duration_s", "cause", "error", "outputs",
    ]  # fmt: skip


def with_events() -> FakeRun:
    run = failed()
    node = NodeName("clean")
    run.stored_events = [
        EventRecord(1, RunId("bcd2345678"), None, "RunStarted", START, {}),
        EventRecord(2, RunId("bcd2345678"), node, "NodeStarted", START, {"attempt": 1}),
        EventRecord(
            3,
            RunId("bcd2345678"),
            node,
            "NodeFailed",
            START,
            {"failure": {"ename": "ZeroDivisionError", "evalue": "division by zero"}, "reason": "no retries are left"},
        ),
    ]
    return run


def test_why_gives_each_nodes_reason(call) -> None:
    lines = call(FakeFace(with_events()), "why", "last").stdout.splitlines()
    assert lines[3].split(maxsplit=3) == ["train", "⊗", "upstream_failed", "clean failed"]
    assert lines[-1] == "✘ failed  run bcd2345678 of etl.ipynb: clean failed"


def test_why_of_one_node_tells_its_story(call) -> None:
    text = call(FakeFace(with_events()), "why", "last", "clean").stdout
    assert "NodeStarted         attempt 1" in text
    assert "NodeFailed          ZeroDivisionError: division by zero; no retries are left" in text
    assert "train" not in text


def test_why_json(call) -> None:
    why = json.loads(call(FakeFace(with_events()), "why", "last", "clean", "--json").stdout)
    assert list(why) == ["run_id", "state", "reason", "nodes"]
    assert [list(node) for node in why["nodes"]] == [
        ["node", "state", "reason", "waits_for", "source_run_id", "changes", "events"]
    ]
    assert [event["kind"] for event in why["nodes"][0]["events"]] == ["NodeStarted", "NodeFailed"]


CODE = Difference(
    Kind.CODE,
    NodeName("clean"),
    "clean",
    "its code was edited",
    diff="--- run a\n+++ run b\n@@ -1 +1 @@\n-x = 1\n+x = 2",
)


def test_why_shows_what_changed_old_and_new(call) -> None:
    text = call(FakeFace(replace_fake(with_events(), changed={"clean": [CODE]})), "why", "last").stdout
    assert "clean, changed since:" in text
    assert "its code was edited" in text
    assert [line.strip() for line in text.splitlines() if "x = " in line][:2] == ["-x = 1", "+x = 2"]
    why = json.loads(
        call(FakeFace(replace_fake(with_events(), changed={"clean": [CODE]})), "why", "last", "--json").stdout
    )
    assert [len(node["changes"]) for node in why["nodes"]] == [0, 1, 0]
    assert why["nodes"][1]["changes"][0]["kind"] == "code"


def test_why_shows_children_below_their_group_whose_failure_is_theirs(call) -> None:
    group = node_record("score", NodeState.FAILED, failure=a_failure(evalue="1 of 2 failed"), reason="1 of 2 failed")
    children = [
        node_record("score[a]", NodeState.SUCCEEDED, parent=group.node, key="a", reason="an element"),
        node_record(
            "score[b]", NodeState.FAILED, 1, parent=group.node, key="b", failure=a_failure(), reason="it broke"
        ),
    ]
    text = call(FakeFace(FakeRun(run_record(RunState.FAILED), [group, *children])), "why", "last").stdout
    assert [line.split("  ✘")[0].split("  ✔")[0].rstrip() for line in text.splitlines()[1:4]] == [
        "score",
        "  score[a]",
        "  score[b]",
    ]
    assert text.count("ZeroDivisionError: division by zero") == 1
    assert "ZeroDivisionError: 1 of 2 failed" not in text


def test_why_folds_a_large_group_to_its_failed_children(call) -> None:
    group = node_record("score", NodeState.RUNNING)
    children = [
        node_record(f"score[{index}]", NodeState.FAILED if index == 7 else NodeState.SUCCEEDED, index, parent=group.node,
                    failure=a_failure() if index == 7 else None)
        for index in range(50)
    ]  # fmt: skip
    text = call(FakeFace(FakeRun(run_record(RunState.RUNNING), [group, *children])), "why", "last").stdout
    assert "score[7]" in text
    assert "score[8]" not in text


def test_why_says_what_a_node_waits_for(call) -> None:
    waits = {"train": "it waits for `clean` (running)"}
    lines = call(FakeFace(replace_fake(with_events(), waits=waits)), "why", "last").stdout.splitlines()
    assert lines[3].endswith("clean failed; it waits for `clean` (running)")


def replace_fake(run: FakeRun, **more: Any) -> FakeRun:
    for name, value in more.items():
        setattr(run, name, value)
    return run


def test_an_unknown_node_is_an_error_with_a_suggestion(call) -> None:
    done = call(FakeFace(failed()), "why", "last", "claen")
    assert (done.exit_code, "did you mean 'clean'?" in done.stderr) == (2, True)


# logs, open, artifacts


def with_logs(tmp_path: Path) -> FakeRun:
    attempts = {}
    for name, text in (("load", "a\nb"), ("clean", "\x1b[31mred\x1b[0m\n")):
        path = tmp_path / name
        with path.open("w") as file:
            write_log_line(file, LogLine(START, "stdout", text))
        attempts[name] = [
            AttemptRecord(
                RunId("bcd2345678"), NodeName(name), 1, Token("t"), f"{tmp_path}/{name}.ipynb", str(path), START
            )
        ]
    run = failed()
    return FakeRun(run.record, run.node_records, attempts=attempts, folder=tmp_path)


def test_the_log_of_a_node_is_printed_as_it_was_without_colours_in_a_pipe(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    assert call(face, "logs", "last", "load").stdout == "a\nb\n"
    assert call(face, "logs", "last", "clean").stdout == "red\n"


def test_a_log_keeps_its_colours_on_a_terminal_unless_no_color_is_set(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    assert call(face, "logs", "last", "clean", color=True, env={"NO_COLOR": ""}).stdout == "\x1b[31mred\x1b[0m\n"
    assert call(face, "logs", "last", "clean", color=True, env={"NO_COLOR": "1"}).stdout == "red\n"


def test_logs_of_all_nodes_have_their_names_in_front(call, tmp_path: Path) -> None:
    assert call(FakeFace(with_logs(tmp_path)), "logs", "last").stdout.splitlines() == [
        "load  | a",
        "clean | red",
        "load  | b",
    ]


def test_logs_can_be_followed_to_the_end_of_the_run(call, tmp_path: Path) -> None:
    assert call(FakeFace(with_logs(tmp_path)), "logs", "last", "load", "-f").stdout == "a\nb\n"


def test_logs_json(call, tmp_path: Path) -> None:
    logs = json.loads(call(FakeFace(with_logs(tmp_path)), "logs", "last", "load", "--json").stdout)
    assert logs == {
        "run_id": "bcd2345678",
        "lines": [{"at": START.isoformat(), "node": "load", "attempt": 1, "stream": "stdout", "text": "a\nb"}],
    }


def test_the_log_of_a_node_that_never_ran_is_an_error_that_says_why(call, tmp_path: Path) -> None:
    done = call(FakeFace(with_logs(tmp_path)), "logs", "last", "train")
    assert done.exit_code == 2
    assert "node 'train' has not run (run bcd2345678)\n  -> it is upstream_failed: clean failed" in done.stderr


def test_following_as_json_is_refused(call) -> None:
    assert call(FakeFace(failed()), "logs", "last", "-f", "--json").exit_code == 2


def test_open_prints_the_path_of_a_nodes_notebook_when_piped(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    assert call(face, "open", "last", "load").stdout == f"{tmp_path}/load.ipynb\n"
    assert json.loads(call(face, "open", "last", "load", "--json").stdout) == {"path": f"{tmp_path}/load.ipynb"}
    assert face.done == []


def test_open_of_a_run_writes_the_whole_notebook_into_its_folder(call, tmp_path: Path) -> None:
    path = Path(call(FakeFace(with_logs(tmp_path)), "open", "last").stdout.strip())
    assert path == tmp_path / "etl.ipynb"
    assert path.exists()


def test_open_on_a_terminal_starts_jupyterlab(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    face.looked_at = True
    assert call(face, "open", "last", "load").exit_code == 0
    assert face.done == [("open_lab", tmp_path / "load.ipynb")]


def test_open_with_an_attempt_needs_a_node(call) -> None:
    assert call(FakeFace(failed()), "open", "last", "--attempt", "1").exit_code == 2


def test_artifacts_are_described(call) -> None:
    lines = call(FakeFace(failed()), "artifacts", "last").stdout.splitlines()
    assert lines[1].split() == [
        "load", "df", "pandas.DataFrame", "2.0", "KiB", "3x2", "blake3:0123456789ab", "a", "…",
    ]  # fmt: skip


def test_artifacts_json(call) -> None:
    found = json.loads(call(FakeFace(failed()), "artifacts", "last", "load", "--json").stdout)
    assert list(found) == ["run_id", "artifacts"]
    assert list(found["artifacts"][0]) == [
        "node", "name", "type", "size_bytes", "shape", "columns", "digest", "serializer", "preview",
    ]  # fmt: skip


# completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_asks_our_program(call, shell: str) -> None:
    script = call(FakeFace(), "completion", shell).stdout
    assert "jupyter-dataops" in script
    assert f"_JUPYTER_DATAOPS_COMPLETE={shell}_complete" in script
    assert "%(" not in script


def test_runs_and_nodes_complete() -> None:
    from click.shell_completion import ShellComplete

    from jupyter_dataops.cli.group import COMPLETE_VARIABLE, program

    completer = ShellComplete(program, {"obj": FakeFace(failed())}, "jupyter-dataops", COMPLETE_VARIABLE)
    runs = [(item.value, item.help) for item in completer.get_completions(["show"], "")]
    assert runs == [("last", "the latest run"), ("bcd2345678", "etl.ipynb failed")]
    assert [item.value for item in completer.get_completions(["logs", "last"], "c")] == ["clean"]
    assert completer.get_completions(["logs", "nope"], "") == []


# notify


def test_show_tells_what_was_sent_and_what_is_to_be(call) -> None:
    face = FakeFace(failed())
    face.notices = [
        replace(a_notice(), state=NoticeState.SENT, ended_at=START),
        replace(a_notice(place=1), error="503"),
        replace(a_notice(receiver="boss"), state=NoticeState.GIVEN_UP, attempts=6, error="404"),
        a_notice(Notified.LATE),
    ]
    out = call(face, "show", "last").stdout
    lines = [line for line in out.splitlines() if line.startswith("notification: ")]
    assert [line.split(", 20")[0].split("sent 20")[0] for line in lines] == [
        "notification: failed -> team/1: ",
        "notification: failed -> team/2: waits for another try",
        "notification: failed -> boss/1: given up after 6 tries: 404",
        "notification: late -> team/1: is to be sent",
    ]
    told = json.loads(call(face, "show", "last", "--json").stdout)["notifications"]
    assert [(one["receiver"], one["address"], one["state"], one["error"]) for one in told] == [
        ("team", 1, "sent", None), ("team", 2, "waiting", "503"), ("boss", 1, "given_up", "404"),
        ("team", 1, "waiting", None),
    ]  # fmt: skip


def test_notify_sends_what_waits_and_fails_where_something_was_not_sent(call) -> None:
    face = FakeFace()
    assert call(face, "notify").stdout == "nothing waits to be sent\n"
    face.notices = [replace(a_notice(), state=NoticeState.SENT, ended_at=START)]
    assert call(face, "notify").exit_code == 0
    face.notices = [a_notice(error="503")]
    result = call(face, "notify", "--json")
    assert (result.exit_code, json.loads(result.stdout)["notifications"][0]["error"]) == (1, "503")


def test_notify_test_needs_somebody_to_be_told(call) -> None:
    result = call(FakeFace(), "notify", "--test")
    assert result.exit_code == 2
    assert "[notifications.NAME]" in result.stderr
