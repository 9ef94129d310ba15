from __future__ import annotations

import io
import os
import re
from typing import Any

from rich.console import Console

from jupyter_dataops.cli.live import most_telling_view, status_line, watching
from jupyter_dataops.cli.output import make_console
from jupyter_dataops.cli.progress import Progress
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.states import LOOKS, NodeState
from tests.unit.cli.fakes import START, FakeRun, a_failure, all_succeed, node_record, run_record, seconds


def run_of(*names: str) -> FakeRun:
    return FakeRun(run_record(), [node_record(name) for name in names])


def progress_of(run: FakeRun) -> Progress:
    return Progress(run.record, {name: node.record for name, node in run.nodes.items()})


def watch(run: FakeRun, console: Console) -> None:
    progress = progress_of(run)
    with watching(progress, console, lambda: START + seconds(5)) as observer:
        for event in all_succeed(run):
            observer(event)


def a_pipe() -> Console:
    return Console(file=io.StringIO(), width=10_000)


def a_terminal(**more: Any) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100, height=20, _environ={"TERM": "xterm"}, **more)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_pipe_gets_one_plain_line_for_each_event() -> None:
    console = a_pipe()
    watch(run_of("load"), console)
    assert said(console).splitlines() == [
        "    0.00s        ▶ running          run bcd2345678",
        "    0.00s  load  ◌ queued           its upstream is done",
        "    0.00s  load  ▶ running          attempt 1",
        "    1.00s  load  ✔ succeeded        hands on df",
        "    2.00s        ✔ succeeded        every node succeeded",
    ]


def test_a_finished_cell_is_no_line() -> None:
    run, console = run_of("load"), a_pipe()
    with watching(progress_of(run), console, lambda: START) as observer:
        observer(CellFinished(run.nodes[NodeName("load")], 1, 2))  # type: ignore[arg-type]
    assert said(console) == ""


def test_a_pipe_that_nobody_reads_does_not_disturb_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        console = make_console()
        console.file = pipe
        watch(run_of("load", "clean"), console)


def test_a_terminal_is_left_with_the_final_table() -> None:
    console = a_terminal()
    watch(run_of("load", "clean"), console)
    final = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said(console)).splitlines()[-3:]
    assert final[0].split() == ["node", "state", "attempt", "done", "time", "reason"]
    assert final[1].split()[:3] == ["load", "✔", "succeeded"]
    assert final[2].split()[:3] == ["clean", "✔", "succeeded"]


def test_a_narrow_terminal_cuts_the_reason_and_nothing_else() -> None:
    failure = a_failure(evalue="a long story " * 10)
    nodes = [node_record("clean", NodeState.UPSTREAM_FAILED, failure=failure)]
    console = a_terminal(no_color=True)
    console.width = 60
    console.print(most_telling_view(progress_of(FakeRun(run_record(), nodes)), START, 5))
    row = said(console).splitlines()[1]
    assert "upstream_failed" in row
    assert row.rstrip("\x1b[0m ").endswith("…")


def test_counts_and_time_are_one_line() -> None:
    console = a_pipe()
    console.print(status_line(progress_of(run_of("load", "clean")), START))
    assert said(console).split() == ["◌", "queued", "run", "bcd2345678", "·", "2", "pending"]


def test_no_color_leaves_symbols_and_words() -> None:
    console = a_terminal(no_color=True)
    watch(run_of("load"), console)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", said(console))
    assert "✔ succeeded" in said(console)


def test_every_state_is_drawn_with_symbol_and_word() -> None:
    run = FakeRun(run_record(), [node_record(state.value, state) for state in NodeState])
    console = a_pipe()
    console.print(most_telling_view(progress_of(run), START, 100))
    assert all(f"{LOOKS[state].symbol} {state.value}" in said(console) for state in NodeState)


def test_more_nodes_than_lines_are_counted() -> None:
    run = FakeRun(run_record(), [node_record(f"n{index}") for index in range(50)])
    console = a_pipe()
    console.print(most_telling_view(progress_of(run), START, 10))
    assert len(said(console).splitlines()) == 12
    assert said(console).endswith("… and 40 more nodes\n")


def test_square_brackets_in_a_message_are_shown_as_they_are() -> None:
    failed = node_record("clean", NodeState.FAILED, failure=a_failure(evalue="bad [red]value[/red]"))
    console = a_pipe()
    console.print(most_telling_view(Progress(run_record(), {failed.node: failed}), START, 10))
    assert "bad [red]value[/red]" in said(console)
