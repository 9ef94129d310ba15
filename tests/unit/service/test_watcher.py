from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.events import NodeExpanded, NodeQueued
from jupyter_dataops.ids import NodeName, child_name
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.service import watches
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watcher import Watcher
from jupyter_dataops.service.wire.watching import Told, Unwatch, WatchLog, WatchRun, WatchRuns
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell
from tests.support.played_run import PlayedRun
from tests.support.stores import TOKEN, a_runner


class Listener:
    """Keeps what it was told, until it is asked."""

    def __init__(self, service: Service) -> None:
        self.told: list[Any] = []
        self.watcher = Watcher(service, self.hear)
        self.deaf_after: int | None = None

    def hear(self, told: Told) -> None:
        if self.deaf_after is not None and len(self.told) >= self.deaf_after:
            raise ConnectionError("gone")
        self.told.append(told)

    def poll(self) -> list[Any]:
        self.watcher.poll()
        return self.take()

    def take(self) -> list[Any]:
        told, self.told = self.told, []
        return told


@pytest.fixture
def played(settings: Settings, root: Path) -> Iterator[PlayedRun]:
    made = PlayedRun(settings, root)
    yield made
    made.close()


@pytest.fixture
def listen(service: Service) -> Iterator[Callable[[], Listener]]:
    made: list[Listener] = []

    def listen() -> Listener:
        made.append(Listener(service))
        return made[-1]

    yield listen
    for one in made:
        one.watcher.close()


@pytest.fixture
def listener(listen: Callable[[], Listener]) -> Listener:
    return listen()


def test_a_run_is_shown_whole_and_then_what_changes(listener: Listener, played: PlayedRun) -> None:
    played.create("a", "b")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    (shown,) = listener.take()
    assert (shown.kind, shown.id, [node.node for node in shown.view.nodes]) == ("run", "r", ["a", "b"])
    assert listener.poll() == []
    played.take()
    played.start("a")
    (changed,) = listener.poll()
    assert (changed.kind, changed.run.state, [node.state for node in changed.nodes]) == (
        "run_changed",
        "running",
        ["running"],
    )
    assert changed.seq > shown.view.seq
    assert listener.poll() == []


def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(
    listen: Callable[[], Listener], played: PlayedRun
) -> None:
    played.create("a", "b", "c")
    played.take()
    played.start("a")
    first, second = listen(), listen()
    first.watcher.ask(WatchRun(id="r", run_id=played.run_id))
    known = first.take()[0].view.seq
    first.watcher.close()
    played.succeed("a")
    played.start("b")
    second.watcher.ask(WatchRun(id="r", run_id=played.run_id, after=known))
    (changed,) = second.take()
    assert [(node.node, node.state) for node in changed.nodes] == [("a", "succeeded"), ("b", "running")]
    assert second.poll() == []
    second.watcher.ask(WatchRun(id="r", run_id=played.run_id, after=changed.seq))
    (nothing,) = second.take()
    assert (nothing.nodes, nothing.seq) == ([], changed.seq)


def test_who_knows_more_than_has_happened_is_shown_the_whole(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last", after=10**9))
    assert [told.kind for told in listener.take()] == ["run"]


def test_nodes_below_say_what_they_wait_for_now(
    listener: Listener, settings: Settings, root: Path, service: Service, save: Callable[..., Path]
) -> None:
    from jupyter_dataops import Pipeline

    run = Pipeline(save(cell("x = 1", "node:a"), cell("y = x", "node:b")), settings=settings).create_run()
    listener.watcher.ask(WatchRun(id="r", run_id=run.run_id))
    (shown,) = listener.take()
    assert shown.view.nodes[1].waiting == "it waits for `a` (pending)"
    played = PlayedRun(settings, root)
    played.run_id = run.run_id
    played.take()
    played.start("a")
    (changed,) = listener.poll()
    assert [(node.node, node.waiting) for node in changed.nodes] == [("a", None), ("b", "it waits for `a` (running)")]
    played.close()


def test_a_slot_that_is_waited_for_is_no_news_when_others_take_one(listener: Listener, played: PlayedRun) -> None:
    played.create("a", "b", "c")
    played.take()
    for node in ("a", "b", "c"):
        played._apply(NodeQueued(**played._of(node), reason="ready"))
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    assert listener.take()[0].view.nodes[2].waiting == "it waits for a free slot"
    played.store.apply_all([played_start(played, "a")], TOKEN)
    (changed,) = listener.poll()
    assert [node.node for node in changed.nodes] == ["a"]


def played_start(played: PlayedRun, node: str) -> Any:
    from jupyter_dataops.events import NodeStarted
    from jupyter_dataops.ids import Token

    return NodeStarted(
        **played._of(node), attempt=1, token=Token("t"), notebook="n", log=str(played.log), reason="asked"
    )


def test_many_changes_are_told_in_few_messages_whose_last_alone_counts(
    listener: Listener, played: PlayedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "MOST_NODES", 4)
    played.create("a")
    played.take()
    played._apply(NodeQueued(**played._of("a"), reason="ready"))
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    known = listener.take()[0].view.seq
    children = tuple(
        NodeRunRecord(played.run_id, child_name("a", f"k{n}"), n, parent=NodeName("a"), key=f"k{n}") for n in range(9)
    )
    played._apply(NodeExpanded(**played._of("a"), children=children, parameters=None))
    told = listener.poll()
    assert [len(one.nodes) for one in told] == [4, 4, 2]
    assert [one.seq == known for one in told] == [True, True, False]


def test_what_could_not_be_told_is_told_later(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.take()
    played.take()
    listener.deaf_after = 0
    with pytest.raises(ConnectionError):
        listener.watcher.poll()
    listener.deaf_after = None
    assert [told.run.state for told in listener.poll()] == ["running"]


def test_an_unknown_run_is_told_and_watched_no_more(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="nobody"))
    (failed,) = listener.take()
    assert (failed.kind, failed.id, failed.error.code) == ("error", "r", "run_not_found")
    listener.watcher.ask(WatchRuns(id="s", path="../x"))
    assert [told.error.code for told in listener.take()] == ["usage"]
    assert listener.poll() == []


def test_runs_are_told_when_they_are_new_or_differ(
    listener: Listener, played: PlayedRun, settings: Settings, root: Path
) -> None:
    listener.watcher.ask(WatchRuns(id="s", path="etl.ipynb"))
    assert [told.runs for told in listener.take()] == [[]]
    played.create("a")
    assert [[run.state for run in told.runs] for told in listener.poll()] == [["queued"]]
    played.take()
    played.start()
    (told,) = listener.poll()
    assert (told.runs[0].counts, told.runs[0].state) == ({"running": 1}, "running")
    played.store.renew_lease(played.run_id, TOKEN, datetime.now(UTC) + timedelta(hours=2))
    assert listener.poll() == []
    played.fail()
    played.finish(RunState.FAILED)
    assert [told.runs[0].failed for told in listener.poll()] == [["a"]]


def test_a_run_is_told_before_the_lists_of_runs_whatever_was_asked_for_first(
    listener: Listener, played: PlayedRun
) -> None:
    played.create("a")
    played.take()
    listener.watcher.ask(WatchRuns(id="all", path=None))
    listener.watcher.ask(WatchRun(id="one", run_id="last"))
    listener.take()

    played.start()
    assert [told.id for told in listener.poll()] == ["one", "all"]


def test_a_log_is_told_as_it_grows_until_its_attempt_has_ended(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    played.take()
    played.start()
    played.print("one\n")
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    (first,) = listener.take()
    assert ([piece.text for piece in first.chunk.pieces], first.chunk.is_complete) == (["one\n"], False)
    assert listener.poll() == []
    played.print("two\n")
    (second,) = listener.poll()
    assert (second.chunk.start, [piece.text for piece in second.chunk.pieces]) == (first.chunk.next, ["two\n"])
    played.print("three\n")
    played.succeed()
    told = listener.poll()
    assert [[piece.text for piece in one.chunk.pieces] for one in told] == [["three\n"]]
    assert told[-1].chunk.is_complete
    played.print("never\n")
    assert listener.poll() == []


def test_an_attempt_that_printed_nothing_ends_with_an_empty_chunk(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    played.take()
    played.start()
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    assert listener.take() == []
    played.succeed()
    (told,) = listener.poll()
    assert (told.chunk.pieces, told.chunk.is_complete) == ([], True)


def test_a_long_log_is_told_piece_by_piece_from_where_it_is_asked(
    listener: Listener, played: PlayedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "CHUNK_BYTES", 1_024)
    monkeypatch.setattr(watches, "CHUNKS_AT_ONCE", 2)
    played.create("a")
    played.take()
    played.start()
    for number in range(60):
        played.print(f"{number}\n")
    played.succeed()
    played.finish(RunState.SUCCEEDED)
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    told = listener.take()
    assert len(told) == 2
    while not told[-1].chunk.is_complete:
        told += listener.poll()
    assert [piece.text for one in told for piece in one.chunk.pieces] == [f"{number}\n" for number in range(60)]
    assert all(one.chunk.next == after.chunk.start for one, after in pairwise(told))
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1, start=told[0].chunk.next))
    assert listener.take()[0].chunk.pieces == told[1].chunk.pieces


def test_a_log_of_no_such_attempt_is_refused(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    assert listener.take()[0].error.message == "node 'a' has no attempt 1"


def test_an_edited_notebook_is_told(listener: Listener, played: PlayedRun, save: Callable[..., Path]) -> None:
    played.create("a", "b")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    seq = listener.take()[0].view.seq
    save(cell("a = 2", "node:a"), cell("b = 1", "node:b"))
    (told,) = listener.poll()
    assert (told.edited, told.nodes, told.seq) == (["a"], [], seq)
    assert listener.poll() == []


def test_who_watches_no_more_is_told_nothing(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.watcher.ask(Unwatch(id="r"))
    listener.watcher.ask(Unwatch(id="never asked"))
    listener.take()
    played.take()
    assert listener.poll() == []
    listener.watcher.close()
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    assert listener.poll() == []


def test_an_id_that_is_in_use_begins_anew(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.watcher.ask(WatchRuns(id="r"))
    assert [told.kind for told in listener.take()] == ["run", "runs"]
    played.take()
    assert [told.kind for told in listener.poll()] == ["runs"]


def test_a_dead_runner_is_found_by_who_watches(listen: Callable[[], Listener], played: PlayedRun) -> None:
    listener = listen()
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.take()
    dead = a_runner(host=this_runner().host)
    played.take(dead)
    listener.watcher._service.desk._looked_at_s = float("-inf")
    (told,) = listener.poll()
    assert (told.run.state, "died" in told.run.reason) == ("crashed", True)


def test_a_store_that_is_gone_is_told_once(listener: Listener, played: PlayedRun, tmp_path: Path) -> None:
    played.create("a")
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.watcher.ask(WatchRuns(id="s"))
    listener.take()
    (tmp_path / "store").rename(tmp_path / "moved")
    listener.watcher._service.desk._looked_at_s = float("-inf")
    told = listener.poll()
    assert {(one.kind, one.id) for one in told} == {("error", "r"), ("error", "s")}
    assert listener.poll() == []


def test_watches_outlive_the_store_that_was_open_when_they_began(
    listener: Listener, played: PlayedRun, service: Service
) -> None:
    played.create("a")
    played.take()
    played.start()
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.watcher.ask(WatchRuns(id="s"))
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    listener.take()
    service.desk.forget(StoreUnavailable("another has seen trouble"))
    played.succeed()
    changed, log, runs = listener.poll()
    assert (changed.kind, [node.state for node in changed.nodes]) == ("run_changed", ["succeeded"])
    assert [run.counts for run in runs.runs] == [{"succeeded": 1}]
    assert log.chunk.is_complete
    assert listener.poll() == []


def test_a_run_in_an_older_copy_of_the_store_is_shown_whole(
    listener: Listener, played: PlayedRun, settings: Settings, tmp_path: Path, service: Service
) -> None:
    played.create("a")
    played.close()
    copytree(tmp_path / "store", tmp_path / "copy")
    now = PlayedRun(settings, tmp_path)
    now.run_id = played.run_id
    now.take()
    now.close()
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    assert [told.view.run.state for told in listener.take()] == ["running"]
    service.desk.forget(StoreUnavailable("another has seen trouble"))
    rmtree(tmp_path / "store")
    (tmp_path / "copy").rename(tmp_path / "store")
    assert [(told.kind, told.view.run.state) for told in listener.poll()] == [("run", "queued")]


def test_several_threads_may_ask_and_poll(listen: Callable[[], Listener], played: PlayedRun) -> None:
    played.create(*"abcdefgh")
    played.take()
    listeners = [listen() for _ in range(4)]
    ended = threading.Event()

    def work(one: Listener) -> None:
        one.watcher.ask(WatchRun(id="r", run_id=played.run_id))
        while not ended.is_set():
            one.watcher.poll()
        one.watcher.poll()

    threads = [threading.Thread(target=work, args=(one,)) for one in listeners]
    for thread in threads:
        thread.start()
    for node in "abcdefgh":
        played.start(node)
        played.succeed(node)
    ended.set()
    for thread in threads:
        thread.join()
    for one in listeners:
        states: dict[str, str] = {}
        for told in one.take():
            states |= {node.node: node.state for node in (told.view.nodes if told.kind == "run" else told.nodes)}
        assert states == dict.fromkeys("abcdefgh", "succeeded")


def test_a_poll_in_vain_costs_next_to_nothing(listener: Listener, played: PlayedRun) -> None:
    played.create("a")
    played.take()
    played.start()
    listener.watcher.ask(WatchRun(id="r", run_id="last"))
    listener.watcher.ask(WatchRuns(id="s"))
    listener.watcher.ask(WatchLog(id="l", run_id="last", node="a", attempt=1))
    listener.watcher.poll()
    start = time.process_time()
    for _ in range(1_000):
        listener.watcher.poll()
    assert (time.process_time() - start) / 1_000 < 0.000_5


def test_services_and_watchers_open_and_close_cleanly(settings: Settings, root: Path, played: PlayedRun) -> None:
    played.create("a")
    for _ in range(3):
        service = Service(FolderPlaces(root), settings)
        one, other = Listener(service), Listener(service)
        for each in (one, other):
            each.watcher.ask(WatchRun(id="r", run_id="last"))
            assert [told.kind for told in each.take()] == ["run"]
        one.watcher.close()
        one.watcher.close()
        other.watcher.poll()
        other.watcher.close()
        service.close()
        service.close()
