from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_dataops.errors import RunNotFound, StoreUnavailable
from jupyter_dataops.server import listening
from jupyter_dataops.server.listening import MOST_ASKED, Listener, TooMuchAsked
from jupyter_dataops.server.refusals import MalformedRequest
from jupyter_dataops.service.wire.watching import RunsChanged, Told, Unwatch, WatchRequest, WatchRuns


class FakeWatcher:
    """Tells of runs as often as it is polled; refuses ids that begin with ``x``."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self.tell = tell
        self.watched: dict[str, WatchRequest] = {}
        self.is_closed = False

    def ask(self, request: WatchRequest) -> None:
        if request.id.startswith("x"):
            raise RunNotFound(f"no run {request.id}", where="/home/ana/store/runs.db")
        if isinstance(request, Unwatch):
            self.watched.pop(request.id, None)
        else:
            self.watched[request.id] = request

    def poll(self) -> None:
        for name in self.watched:
            self.tell(RunsChanged(id=name, runs=[]))

    def close(self) -> None:
        self.is_closed = True


class Opened:
    """What was opened."""

    def __init__(self) -> None:
        self.watchers: list[FakeWatcher] = []

    def __call__(self, tell: Callable[[Told], None]) -> FakeWatcher:
        self.watchers.append(FakeWatcher(tell))
        return self.watchers[-1]


def asked(op: str = "watch_runs", **fields: Any) -> str:
    return json.dumps({"op": op, **fields})


def told(listener: Listener) -> list[tuple[str, str]]:
    messages = [json.loads(message) for message in listener.take()]
    return [(message["kind"], message["id"]) for message in messages]


def test_what_is_asked_is_told_with_the_next_look() -> None:
    listener = Listener(Opened())

    listener.ask(asked(id="1"))
    assert told(listener) == []

    listener.look()
    assert told(listener) == [("runs", "1")]
    assert told(listener) == []


def test_messages_are_heard_in_order() -> None:
    opened = Opened()
    listener = Listener(opened)

    for message in (asked(id="1"), asked(id="2"), asked("unwatch", id="1")):
        listener.ask(message)
    listener.look()

    assert opened.watchers[0].watched == {"2": WatchRuns(id="2")}


def test_nothing_is_opened_for_who_watches_nothing() -> None:
    opened = Opened()

    Listener(opened).look()

    assert opened.watchers == []


def test_what_cannot_be_watched_is_refused_and_the_others_go_on() -> None:
    listener = Listener(Opened())

    listener.ask(asked(id="x1"))
    listener.ask(asked(id="2"))
    listener.look()

    refused, runs = map(json.loads, listener.take())
    assert [(one["kind"], one["id"]) for one in (refused, runs)] == [("error", "x1"), ("runs", "2")]
    assert refused["error"]["where"] == "runs.db"  # not where the store lies


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (asked("watch_run", id="1"), "watch_run.run_id: Field required"),
        (asked("watch_run", id="1", run_id=7), "watch_run.run_id: Input should be a valid string"),
        (asked("watch_run", id="1", run_id="a", after="2"), "watch_run.after: Input should be a valid integer"),
        (asked("watch_run", id="1", run_id="a", after=-1), "watch_run.after: Input should be greater"),
        (asked("watch_runs", id="1", more=1), "watch_runs.more: Extra inputs are not permitted"),
        (asked("sing", id="1"), "Input tag 'sing'"),
        (json.dumps({"id": "1"}), "Unable to extract tag"),
    ],
)
def test_a_malformed_message_with_an_id_is_answered(message: str, where: str) -> None:
    listener = Listener(Opened())

    listener.ask(message)
    listener.look()

    (answer,) = (json.loads(one) for one in listener.take())
    assert (answer["kind"], answer["id"], answer["error"]["code"]) == ("error", "1", "malformed_request")
    assert where in answer["error"]["where"]


@pytest.mark.parametrize(
    "message", ["", "hello", "[]", "null", '{"id": 1}', '{"op": "watch_runs"}', b"\xff", "[" * 9_999]
)
def test_a_message_without_an_id_cannot_be_answered(message: str | bytes) -> None:
    with pytest.raises(MalformedRequest):
        Listener(Opened()).ask(message)


def test_who_asks_without_end_is_stopped() -> None:
    listener = Listener(Opened())
    for number in range(MOST_ASKED):
        listener.ask(asked(id=str(number)))

    with pytest.raises(TooMuchAsked):
        listener.ask(asked(id="more"))


def test_a_store_that_opens_later_is_watched_later() -> None:
    opened = Opened()
    failures = [StoreUnavailable("the disk is full")]

    def open_watcher(tell: Callable[[Told], None]) -> FakeWatcher:
        if failures:
            raise failures.pop()
        return opened(tell)

    listener = Listener(open_watcher)
    listener.ask(asked(id="1"))
    listener.look()
    assert told(listener) == [("error", "1")]

    listener.ask(asked(id="1"))
    listener.look()
    assert told(listener) == [("runs", "1")]


def test_after_its_end_nothing_is_looked_at() -> None:
    opened = Opened()
    listener = Listener(opened)
    listener.ask(asked(id="1"))
    listener.look()
    listener.take()

    listener.close()
    listener.close()
    listener.look()

    assert opened.watchers[0].is_closed
    assert told(listener) == []


def test_the_protocol_is_that_of_the_wire() -> None:
    assert listening.read_watch_request(asked("watch_log", id="1", run_id="r", node="a[b/c]", attempt=1))
