"""How verbs show what nodes have expanded to, and checks."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path

import pytest
from rich.console import Console

from jupyter_dataops.cli.live import event_line, most_telling_view, status_line, watching
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.cli.summary import print_summary
from jupyter_dataops.events import NodeExpanded, NodeFailed, NodeHeld, RunCrashed
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import AttemptRecord, NodeRunRecord
from jupyter_dataops.states import CheckSeverity, FailureCause, NodeState, RunState
from tests.unit.cli.fakes import START, FakeFace, FakeRun, a_failure, an_output, node_record, run_record, seconds

RUN = RunId("bcd2345678")
FACTS = {
    "failing_rows": {"columns": ["", "price"], "rows": [[n, -n] for n in range(9)], "count": 31},
    "values": {"df.price.min()": "-9"},
}
FOUND = a_failure(cause=FailureCause.CHECK_FAILED, ename="AssertionError", evalue="negative prices", facts=FACTS)
SUCCEEDED, FAILED, RUNNING = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.RUNNING


def check(name: str, state: NodeState, severity: CheckSeverity, position: int = 0, **more) -> NodeRunRecord:
    return node_record(name, state, position, severity=severity, **more)


def children(count: int, state: NodeState = SUCCEEDED, **states: NodeState) -> list[NodeRunRecord]:
    return [
        node_record(
            f"score[k{n}]",
            states.get(f"k{n}", state),
            n,
            parent=NodeName("score"),
            key=f"k{n}",
            failure=a_failure() if states.get(f"k{n}") is FAILED else None,
        )
        for n in range(count)
    ]


def a_run(*more: NodeRunRecord, state: RunState = RunState.FAILED, **fields) -> FakeRun:
    nodes = [
        node_record("clean", SUCCEEDED, 0, attempt=1, outputs={"df": an_output()}),
        check("check:clean/fresh", FAILED, CheckSeverity.WARN, 1, failure=FOUND, attempt=1),
        check("check:clean/not_null", SUCCEEDED, CheckSeverity.ERROR, 2, attempt=1),
        *more,
    ]
    return FakeRun(run_record(state, **fields), nodes)


def table_of(run: FakeRun, limit: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=10_000)
    console.print(most_telling_view(progress_of(run), START, limit))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def progress_of(run: FakeRun) -> Progress:
    return Progress(run.record, {name: one.record for name, one in run.nodes.items()})


# tables and lines


def test_checks_are_indented_lines_with_their_verdict() -> None:
    lines = table_of(a_run())
    assert lines[2].split(maxsplit=4) == ["check:clean/fresh", "⚠", "warned", "1", "AssertionError: negative prices"]
    assert lines[3].split() == ["check:clean/not_null", "✔", "passed", "1"]
    assert all(line.startswith("  check") for line in lines[2:])


def test_children_are_indented_below_their_group_which_counts_them() -> None:
    lines = table_of(a_run(node_record("score", RUNNING, 3), *children(3, k1=FAILED, k2=RUNNING)))
    assert lines[4].split() == ["score", "▶", "running", "2/3,", "1", "failed", "▶", "1", "running", "✘", "1", "failed"]
    assert [line.split()[0] for line in lines[5:]] == ["score[k0]", "score[k1]", "score[k2]"]
    assert all(line.startswith("  score[") for line in lines[5:])


def test_a_large_group_is_one_line_with_its_failed_children() -> None:
    lines = table_of(a_run(node_record("score", RUNNING, 3), *children(50, k7=FAILED)))
    assert "50/50" in lines[4]
    assert [line.split()[:3] for line in lines[5:]] == [["score[k7]", "✘", "failed"]]


def test_where_not_all_fit_trouble_is_shown_first() -> None:
    lines = table_of(a_run(node_record("score", RUNNING, 3), *children(9, k7=FAILED)), limit=3)
    assert [line.split()[0] for line in lines[1:-1]] == ["check:clean/fresh", "score", "score[k7]"]
    assert lines[-1] == "… and 10 more nodes"


def test_the_status_line_counts_nodes_and_checks() -> None:
    line = status_line(progress_of(a_run(node_record("score", RUNNING, 3), *children(50))), START).plain
    assert "▶ 1 running  ✔ 1 succeeded  checks: ✔ 1 passed  ⚠ 1 warned" in line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            NodeHeld(run_id=RUN, at=START, node=NodeName("clean"), reason="pool `gpu` has no free slot"),
            "clean  ◌ queued           pool `gpu` has no free slot",
        ),
        (
            NodeExpanded(run_id=RUN, at=START, node=NodeName("clean"), children=tuple(children(2)), parameters=None),
            "clean  ▶ running          expands to 2",
        ),
        (
            RunCrashed(run_id=RUN, at=START, reason="its runner died", lease_until=START),
            "       ☠ crashed          its runner died",
        ),
    ],
)
def test_every_new_event_has_a_line(event, line: str) -> None:
    progress = Progress(run_record(), {NodeName("clean"): node_record("clean", NodeState.QUEUED)})
    progress.apply(event)
    assert event_line(event, progress, START, 5) == f"    0.00s  {line}"


def test_the_column_of_names_is_as_wide_as_the_children_that_appear() -> None:
    run, console = a_run(node_record("a", RUNNING)), Console(file=io.StringIO(), width=200)
    child = node_record(f"a[{'x' * 30}]")
    with watching(progress_of(run), console, lambda: START) as observe:
        observe(NodeExpanded(run_id=RUN, at=START, node=NodeName("a"), children=(child,), parameters=None))
    assert console.file.getvalue() == f"    0.00s  {'a':<33}  ▶ running          expands to 1\n"


def test_what_was_running_when_the_runner_died_is_not_said_to_run() -> None:
    lines = table_of(a_run(node_record("a", RUNNING), state=RunState.CRASHED))
    assert "☠ running when the runner died" in "\n".join(lines)


def test_a_crashed_run_is_offered_to_be_resumed() -> None:
    console = Console(file=io.StringIO(), width=200)
    print_summary(a_run(node_record("a", RUNNING), state=RunState.CRASHED), console, "last")
    assert "-> jupyter dataops resume last" in console.file.getvalue()


def test_a_check_that_warns_says_so_in_its_line() -> None:
    node = NodeName("check:clean/fresh")
    progress = Progress(run_record(), {node: check(node, RUNNING, CheckSeverity.WARN)})
    event = NodeFailed(run_id=RUN, at=START, node=node, failure=FOUND, reason="a check did not pass")
    progress.apply(event)
    line = event_line(event, progress, START, 5)
    assert (
        line == "    0.00s  check:clean/fresh  ⚠ warned           AssertionError: negative prices; a check did not pass"
    )


# show


def test_show_tells_of_checks_and_the_rows_that_fail(call) -> None:
    shown = call(FakeFace(a_run(state=RunState.SUCCEEDED)), "show", "last").stdout
    assert "⚠ check:clean/fresh  cell 4, line 2\n" in shown
    assert "it only warns, so nothing was held up" in shown
    assert "  df.price.min() = -9\n  31 failing rows, the first 5:\n       price\n    0  0\n    1  -1\n" in shown
    assert "etl.ipynb: 1 succeeded; 1 check passed, 1 warned" in shown
    assert shown.count("handed on") == 1


def test_show_json_has_checks_beside_nodes_and_keys_apart_from_names(call) -> None:
    nested = node_record("etl[de]/score[3]", parent=NodeName("etl[de]/score"), key="3")
    run = a_run(node_record("score", RUNNING, 3), *children(1), nested)
    shown = json.loads(call(FakeFace(run), "show", "last", "--json").stdout)
    assert [(node["node"], node["key"]) for node in shown["nodes"]] == [
        ("clean", None),
        ("score", None),
        ("score", "k0"),
        ("etl[de]/score", "3"),
    ]
    fresh, not_null = shown["checks"]
    assert list(fresh) == [
        "check", "node", "key", "name", "severity", "state", "attempt", "reason", "started_at", "finished_at", "duration_s",
        "cause", "error", "facts",
    ]  # fmt: skip
    assert [fresh[key] for key in ("check", "node", "key", "name", "severity", "state", "cause")] == [
        "check:clean/fresh", "clean", None, "fresh", "warn", "failed", "check_failed",
    ]  # fmt: skip
    assert (fresh["facts"], not_null["facts"]) == (FACTS, {})


def test_of_many_failures_the_first_are_shown_and_their_group_is_not_repeated(call) -> None:
    failed = {f"k{n}": FAILED for n in range(30)}
    group = node_record("score", FAILED, 3, failure=a_failure(), reason="30 of 30 failed")
    shown = call(FakeFace(a_run(group, *children(30, **failed))), "show", "last").stdout
    assert "✘ score  " not in shown
    assert "✘ score[k8]" in shown
    assert "… and 21 more: jupyter dataops report bcd2345678" in shown


def test_names_that_a_shell_would_take_apart_are_quoted_in_commands(call) -> None:
    failed = node_record("score[new york]", FAILED, 0, parent=NodeName("score"), attempt=1, failure=a_failure())
    shown = call(FakeFace(a_run(node_record("score", FAILED, 3), failed)), "show", "last").stdout
    command = (
        next(line for line in shown.splitlines() if "logs" in line and "york" in line).split("-> ")[1].split("   ")[0]
    )
    assert shlex.split(command) == ["jupyter", "dataops", "logs", "bcd2345678", "score[new york]"]


# runs


def test_runs_count_checks_that_failed_where_there_are_some(call) -> None:
    run, other = a_run(), FakeRun(run_record(RunState.SUCCEEDED, run_id="fgh2345678"))
    run.failed_checks = {CheckSeverity.ERROR: 1, CheckSeverity.WARN: 2}
    lines = call(FakeFace(run, other), "runs").stdout.splitlines()
    assert lines[0].split() == ["run", "state", "notebook", "started", "time", "checks", "retry", "of"]
    assert "✘ 1 failed  ⚠ 2 warned" in lines[1]
    listed = json.loads(call(FakeFace(run, other), "runs", "--json").stdout)["runs"]
    assert [one["checks"] for one in listed] == [{"failed": 1, "warned": 2}, {"failed": 0, "warned": 0}]


# logs, open, artifacts, report


def with_logs(tmp_path: Path) -> FakeRun:
    run = a_run(node_record("score", SUCCEEDED, 3), *children(2))
    attempts = {}
    for offset, name in enumerate(("clean", "score[k1]", "score[k0]", "check:clean/fresh")):
        path = tmp_path / str(offset)
        with path.open("w") as file:
            write_log_line(file, LogLine(START + seconds(offset), "stdout", f"of {name}\n"))
        attempts[name] = [AttemptRecord(RUN, NodeName(name), 1, Token("t"), f"{path}.ipynb", str(path), START)]
    return FakeRun(run.record, run.node_records, attempts=attempts, folder=tmp_path)


@pytest.mark.parametrize("name", ["score[k1]", "check:clean/fresh", "clean"])
def test_the_log_of_a_child_or_check_is_found_by_its_name(call, tmp_path: Path, name: str) -> None:
    assert call(FakeFace(with_logs(tmp_path)), "logs", "last", name).stdout == f"of {name}\n"


def test_the_log_of_a_group_is_that_of_its_children_each_line_with_its_name(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    lines = call(face, "logs", "last", "score").stdout.splitlines()
    assert lines == ["score[k1] | of score[k1]", "score[k0] | of score[k0]"]
    followed = call(face, "logs", "last", "score", "-f").stdout.splitlines()
    assert followed == lines


def test_a_child_or_check_is_opened_by_its_name(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    assert call(face, "open", "last", "score[k0]").stdout == f"{tmp_path}/2.ipynb\n"
    assert call(face, "open", "last", "check:clean/fresh").stdout == f"{tmp_path}/3.ipynb\n"


def test_artifacts_of_a_group_are_its_own_and_its_childrens(call) -> None:
    named = [
        node_record(f"score[k{n}]", SUCCEEDED, n, parent=NodeName("score"), outputs={"s": an_output("s")})
        for n in range(30)
    ]
    run = a_run(node_record("score", SUCCEEDED, 3, outputs={"s": an_output("s")}), *named)
    nodes = [line.split()[0] for line in call(FakeFace(run), "artifacts", "last").stdout.splitlines()[1:]]
    assert nodes == ["clean", "score"], "children of a large group are left out"
    nodes = [line.split()[0] for line in call(FakeFace(run), "artifacts", "last", "score").stdout.splitlines()[1:]]
    assert nodes == ["score", *(one.node for one in named)]
    listed = json.loads(call(FakeFace(run), "artifacts", "last", "--json").stdout)["artifacts"]
    assert len(listed) == 32


def test_a_report_is_written_and_its_paths_are_printed(call, tmp_path: Path) -> None:
    face = FakeFace(with_logs(tmp_path))
    assert call(face, "report", "last").stdout == f"{tmp_path}/report.html\n{tmp_path}/report.ipynb\n"
    assert call(face, "report", "last", "-o", "x.html").stdout == "x.html\n"
    assert json.loads(call(face, "report", "last", "--json").stdout) == {
        "run_id": "bcd2345678",
        "path": f"{tmp_path}/report.html",
        "notebook": f"{tmp_path}/report.ipynb",
    }
