from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from jupyter_dataops.cli.follow import Entry, Prefixer, follow_entries, read_entries, texts_of
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import AttemptRecord
from jupyter_dataops.states import NodeState, RunState
from tests.unit.cli.fakes import START, FakeRun, node_record, run_record, seconds


def log(path: Path, after_s: float, text: str) -> None:
    with path.open("a") as file:
        write_log_line(file, LogLine(START + seconds(after_s), "stdout", text))


def attempt(node: str, number: int, path: Path) -> AttemptRecord:
    return AttemptRecord(RunId("bcd2345678"), NodeName(node), number, Token("t"), "n.ipynb", str(path), START)


def two_nodes(tmp_path: Path, state: NodeState = NodeState.SUCCEEDED) -> FakeRun:
    attempts = {
        "load": [attempt("load", 1, tmp_path / "load-1"), attempt("load", 2, tmp_path / "load-2")],
        "clean": [attempt("clean", 1, tmp_path / "clean-1")],
    }
    nodes = [node_record("load", state, attempt=2), node_record("clean", state, attempt=1)]
    return FakeRun(run_record(RunState.RUNNING), nodes, attempts=attempts)


def texts(entries) -> list[tuple[str, int, str]]:
    return [(entry.node, entry.attempt, entry.line.text) for entry in entries]


def test_logs_of_several_nodes_come_in_order_of_time(tmp_path: Path) -> None:
    log(tmp_path / "load-1", 1, "a\n")
    log(tmp_path / "clean-1", 2, "b\n")
    log(tmp_path / "load-2", 3, "c\n")
    found = texts(read_entries(two_nodes(tmp_path), None, None))
    assert found == [("load", 1, "a\n"), ("clean", 1, "b\n"), ("load", 2, "c\n")]


def test_one_attempt_of_one_node_can_be_asked_for(tmp_path: Path) -> None:
    log(tmp_path / "load-1", 1, "a\n")
    log(tmp_path / "load-2", 3, "c\n")
    log(tmp_path / "clean-1", 2, "b\n")
    assert texts(read_entries(two_nodes(tmp_path), "load", 2)) == [("load", 2, "c\n")]


def test_a_node_that_never_ran_has_printed_nothing(tmp_path: Path) -> None:
    run = FakeRun(run_record(), [node_record("load")])
    assert texts(read_entries(run, "load", None)) == []


def test_following_reads_what_was_written_just_before_the_end_and_nothing_twice(tmp_path: Path) -> None:
    run = two_nodes(tmp_path, NodeState.RUNNING)
    log(tmp_path / "load-2", 1, "one\n")
    waits = []

    def wait() -> None:
        waits.append(True)
        log(tmp_path / "load-2", 2, "two\n")
        run.nodes[NodeName("load")].record = replace(run.nodes[NodeName("load")].record, state=NodeState.SUCCEEDED)

    assert [text for _, _, text in texts(follow_entries(run, "load", None, wait))] == ["one\n", "two\n"]
    assert len(waits) == 1


def test_following_ends_with_the_run_even_if_a_node_never_ended(tmp_path: Path) -> None:
    run = two_nodes(tmp_path, NodeState.RUNNING)
    run.record = replace(run.record, state=RunState.CRASHED)
    assert texts(follow_entries(run, None, None, lambda: None)) == []


def test_following_goes_on_while_a_node_waits_for_its_next_attempt(tmp_path: Path) -> None:
    run = two_nodes(tmp_path, NodeState.RETRYING)
    waits = []

    def wait() -> None:
        waits.append(True)
        for node in run.nodes.values():
            node.record = replace(node.record, state=NodeState.FAILED)

    texts(follow_entries(run, "load", None, wait))
    assert len(waits) == 1


def test_following_all_nodes_goes_on_until_the_run_itself_has_ended(tmp_path: Path) -> None:
    run = two_nodes(tmp_path)
    waits = []

    def wait() -> None:
        waits.append(True)
        run.record = replace(run.record, state=RunState.SUCCEEDED)

    texts(follow_entries(run, None, None, wait))
    assert len(waits) == 1


def test_what_the_node_did_not_print_itself_stands_on_lines_of_its_own() -> None:
    pieces = [
        ("system", "attempt 1"),
        ("stdout", "half a"),
        ("system", "died"),
        ("stdout", "x\n"),
        ("display", "<Figure>"),
    ]
    entries = [Entry("load", 1, LogLine(START, stream, text)) for stream, text in pieces]
    assert "".join(text for _, text in texts_of(entries)) == "-- attempt 1\nhalf a\n-- died\nx\n<Figure>\n"


def test_pieces_of_lines_are_joined_per_node() -> None:
    prefixer = Prefixer(5)
    lines = [*prefixer.feed("load", "a"), *prefixer.feed("clean", "x\ny"), *prefixer.feed("load", "b\n\nc")]
    assert lines == ["clean | x", "load  | ab", "load  |"]
    assert list(prefixer.rest()) == ["clean | y", "load  | c"]


def test_every_line_of_our_own_words_is_marked() -> None:
    said = Entry("load", 1, LogLine(START, "system", "one\ntwo\n"))
    assert [text for _, text in texts_of([said])] == ["-- one\n-- two\n"]
