"""What a panel says to its views: answers, refusals, what watchers are told; whatever it is asked, and by whomever."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest

from jupyter_dataops.errors import EnvironmentRefused, NotebookUnreadable
from jupyter_dataops.panel.attendant import MOST_CALLS, MOST_VIEWS, MOST_WATCHES, Attendant
from jupyter_dataops.panel.backstage import Backstage
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.pipelines import Grammar
from jupyter_dataops.service.wire.runs import LogChunk
from jupyter_dataops.service.wire.watching import LogGrown, RunsChanged
from tests.support.panel import PATH, RUN, FakeSource, Page, panel_threads
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every test closes what it opened: the threads end then."""
    yield
    until(lambda: not panel_threads(), "the threads of the panel have ended", 10)


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


@pytest.fixture
def open_panel(source: FakeSource, backstage: Backstage) -> Iterator[Callable[..., Page]]:
    """Makes a panel with a page that looks at it."""
    made: list[Attendant] = []

    def open_panel(open_source: Callable[[], FakeSource] = lambda: source, *, is_read_only: bool = False) -> Page:
        page = Page()
        attendant = Attendant(PATH, "folder", open_source, page.take, backstage, is_read_only=is_read_only)
        page.panel = attendant
        made.append(attendant)
        return page

    yield open_panel
    for attendant in made:
        attendant.close()


@pytest.fixture
def page(open_panel: Callable[..., Page]) -> Page:
    return open_panel()


def test_every_message_is_acknowledged_before_it_is_answered(page: Page) -> None:
    page.say("hello")
    page.call("grammar")
    assert [(message["kind"], message.get("n")) for message in page.heard] == [
        ("taken", 1),
        ("taken", 2),
        ("answer", 2),
    ]


def test_an_operation_is_answered_in_a_thread_of_the_panel(page: Page, source: FakeSource) -> None:
    reply = page.call("grammar")
    assert json.loads(reply["response"]) == {"rows": []}
    assert source.threads == {"dataops-panel-answers-1"}


def test_reading_a_message_does_not_wait_for_answers(page: Page, source: FakeSource) -> None:
    go_on = threading.Event()

    def slow(_request: Wire) -> Wire:
        assert go_on.wait(10)
        return Grammar(rows=[])

    source.answers["plan"] = slow
    numbers = [page.say("call", op="plan", request={"path": PATH}) for _ in range(3)]
    fast = page.call("grammar")
    assert fast["kind"] == "answer"
    assert page.reply(numbers[0]) is None
    go_on.set()
    for n in numbers:
        until(lambda n=n: page.reply(n), "the answer")  # type: ignore[misc]


def test_an_error_of_ours_becomes_a_refusal_with_what_to_do(page: Page, source: FakeSource) -> None:
    def refuse(_request: Wire) -> Wire:
        raise NotebookUnreadable("no such notebook", where="etl.ipynb", hint="look for it")

    source.answers["plan"] = refuse
    assert page.call("plan", path=PATH)["refusal"] == {
        "code": "notebook_unreadable",
        "message": "no such notebook",
        "where": "etl.ipynb",
        "hint": "look for it",
    }


def test_a_bug_of_ours_is_a_refusal_without_its_text_and_a_traceback_in_the_log(
    page: Page, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_request: Wire) -> Wire:
        raise ZeroDivisionError("a secret")

    source.answers["grammar"] = fail
    refusal = page.call("grammar")["refusal"]
    assert refusal["code"] == "unexpected"
    assert "secret" not in json.dumps(refusal)
    assert "ZeroDivisionError: a secret" in caplog.text
    source.answers.clear()
    assert page.call("grammar")["kind"] == "answer"


def test_a_store_that_cannot_be_opened_is_a_refusal_and_is_tried_again(open_panel: Callable[..., Page]) -> None:
    has_space = False

    def open_source() -> FakeSource:
        if not has_space:
            raise EnvironmentRefused("no space", hint="make room")
        return FakeSource()

    page = open_panel(open_source)
    assert page.call("grammar")["refusal"]["message"] == "no space"
    has_space = True
    assert page.call("grammar")["kind"] == "answer"


@pytest.mark.parametrize(
    "content",
    [
        None,
        "hello",
        [],
        {},
        {"kind": "hello"},
        {"kind": "hello", "view": "", "n": 1},
        {"kind": "hello", "view": "a" * 65, "n": 1},
        {"kind": "hello", "view": "a", "n": -1},
        {"kind": "hello", "view": "a", "n": 1, "more": 1},
        {"kind": "call", "view": "a", "n": 1, "op": "grammar"},
        {"kind": "call", "view": "a", "n": 1, "op": "grammar", "request": None},
        {"kind": "call", "view": ["a"], "n": 1, "op": "grammar", "request": {}},
        {"kind": "watch", "view": "a", "n": 1, "request": {"op": "watch_all", "id": "1"}},
        {"kind": "anywidget-command", "id": "1", "name": "x", "msg": {}},
    ],
)
def test_what_is_no_message_is_ignored_and_starts_nothing(page: Page, source: FakeSource, content: object) -> None:
    page.panel.hear(content)
    assert page.heard == []
    assert panel_threads() == []


@pytest.mark.parametrize(
    ("op", "request_", "code"),
    [
        ("drop_everything", {}, "bad_request"),
        ("__class__", {}, "bad_request"),
        ("grammar", {"more": 1}, "bad_request"),
        ("create_run", {}, "bad_request"),
        ("create_run", {"path": 7}, "bad_request"),
        ("create_run", {"path": "other.ipynb"}, "out_of_scope"),
        ("create_run", {"path": "../etl.ipynb"}, "out_of_scope"),
        ("plan", {"path": "/etc/passwd"}, "out_of_scope"),
        ("list_runs", {"path": "other.ipynb"}, "out_of_scope"),
        ("get_run", {"run_id": "bbbb"}, "run_not_found"),
        ("cancel", {"run_id": "bbbb"}, "run_not_found"),
        ("preview", {"path": PATH, "notebook": {"cells": []}}, "out_of_scope"),
    ],
)
def test_what_is_not_about_its_notebook_is_refused_and_not_passed_on(
    page: Page, source: FakeSource, op: str, request_: dict[str, object], code: str
) -> None:
    assert page.call(op, **request_)["refusal"]["code"] == code
    assert source.asked == []


def test_runs_are_passed_on_by_their_full_id_and_all_runs_are_those_of_the_notebook(
    page: Page, source: FakeSource
) -> None:
    for op, request in (("get_run", {"run_id": "last"}), ("cancel", {"run_id": "aaa"}), ("list_runs", {"limit": 3})):
        assert page.call(op, **request)["kind"] == "answer"
    assert [asked.model_dump(exclude_unset=False) for _, asked in source.asked] == [
        {"run_id": RUN},
        {"run_id": RUN},
        {"path": PATH, "limit": 3},
    ]


def test_a_panel_for_looking_starts_and_cancels_nothing(open_panel: Callable[..., Page], source: FakeSource) -> None:
    page = open_panel(is_read_only=True)
    for op, request in (("create_run", {"path": PATH}), ("cancel", {"run_id": "last"}), ("retry", {"run_id": "last"})):
        assert page.call(op, **request)["refusal"]["code"] == "out_of_scope"
    assert source.asked == []
    assert page.call("get_run", run_id="last")["kind"] == "answer"


def test_a_flood_of_calls_is_refused_and_the_panel_goes_on(page: Page, source: FakeSource) -> None:
    go_on = threading.Event()

    def slow(_request: Wire) -> Wire:
        assert go_on.wait(10)
        return Grammar(rows=[])

    source.answers["grammar"] = slow
    numbers = [page.say("call", op="grammar", request={}) for _ in range(MOST_CALLS + 5)]
    refused = [message["refusal"]["code"] for message in page.of_kind("refusal")]
    assert refused == ["too_many"] * 5
    assert len(panel_threads()) <= 6
    go_on.set()
    until(lambda: all(page.reply(n) for n in numbers), "all replies")
    assert page.call("grammar")["kind"] == "answer"


def told(page: Page, view: str = "a") -> list[str]:
    """Ids of what a view was told."""
    return [
        json.loads(text)["id"]
        for message in page.of_kind("told")
        if message["view"] == view
        for text in message["told"]
    ]


def watch_runs(page: Page, watch_id: str = "1", view: str = "a") -> None:
    page.say("watch", view, request={"op": "watch_runs", "id": watch_id})


def test_what_is_told_within_a_moment_travels_in_one_message(page: Page, source: FakeSource) -> None:
    watch_runs(page)
    watching = until(lambda: source.watchings and source.watchings[0], "a watch")
    assert [request.model_dump() for request in until(lambda: watching.asked, "a request")] == [
        {"op": "watch_runs", "id": "1", "path": PATH}
    ]
    watching.tell(*[RunsChanged(id="1", runs=[])] * 100)
    until(lambda: len(told(page)) == 100, "all is told")
    assert [message["number"] for message in page.of_kind("told")] == list(range(1, len(page.of_kind("told")) + 1))
    assert len(page.of_kind("told")) <= 3


def test_a_watch_of_another_notebook_has_failed_and_the_others_go_on(page: Page, source: FakeSource) -> None:
    page.say("watch", request={"op": "watch_runs", "id": "1", "path": "other.ipynb"})
    page.say("watch", request={"op": "watch_run", "id": "2", "run_id": "bbbb"})
    watch_runs(page, "3")
    until(lambda: source.watchings and source.watchings[0].open == {"3"}, "the third")
    until(lambda: len(told(page)) == 2, "two are told to have failed")
    texts = [json.loads(text) for message in page.of_kind("told") for text in message["told"]]
    assert [(text["kind"], text["error"]["code"]) for text in texts] == [
        ("error", "out_of_scope"),
        ("error", "run_not_found"),
    ]


def test_a_watch_may_be_asked_for_again_and_ended_twice(page: Page, source: FakeSource) -> None:
    watch_runs(page)
    watch_runs(page)
    page.say("watch", request={"op": "unwatch", "id": "1"})
    page.say("watch", request={"op": "unwatch", "id": "1"})
    page.say("watch", request={"op": "unwatch", "id": "never"})
    until(lambda: source.watchings and len(source.watchings[0].asked) == 5, "all requests")
    assert source.watchings[0].open == set()


def test_a_view_watches_only_so_much_and_what_has_ended_does_not_count(page: Page, source: FakeSource) -> None:
    for number in range(MOST_WATCHES + 1):
        watch_runs(page, str(number))
    until(lambda: told(page) == [str(MOST_WATCHES)], "the last is refused")
    watch_runs(page, "0")
    watching = source.watchings[0]
    assert len(watching.open) == MOST_WATCHES
    watching.tell(LogGrown(id="0", chunk=LogChunk(attempt=1, start=0, next=0, size=0, is_complete=True, pieces=[])))
    until(lambda: "0" in told(page), "the log has ended")
    watch_runs(page, "another")
    until(lambda: "another" in watching.open, "there is room again")


def test_a_view_that_says_good_bye_is_told_nothing_more_and_all_threads_end(page: Page, source: FakeSource) -> None:
    page.say("hello")
    watch_runs(page)
    watching = until(lambda: source.watchings and source.watchings[0], "a watch")
    page.say("bye")
    until(lambda: not panel_threads(), "no thread")
    assert watching.is_closed
    assert source.is_closed
    heard = len(page.heard)
    watching.tell(RunsChanged(id="1", runs=[]))
    assert len(page.heard) == heard
    page.say("hello")  # the same output, shown again
    assert page.call("grammar")["kind"] == "answer"


def test_a_panel_that_is_closed_neither_answers_nor_sends(page: Page, source: FakeSource) -> None:
    page.say("hello")
    watch_runs(page)
    until(lambda: source.watchings, "a watch")
    page.panel.close()
    until(lambda: not panel_threads(), "no thread")
    heard = len(page.heard)
    page.say("hello")
    page.say("call", op="grammar", request={})
    assert len(page.heard) == heard
    assert panel_threads() == []


def test_a_new_view_makes_the_others_ask_again_and_one_whose_page_is_gone_does_not(
    page: Page, source: FakeSource
) -> None:
    page.say("hello", "gone")
    watch_runs(page, view="gone")
    page.say("hello", "there")
    assert page.of_kind("renew") == [{"kind": "renew", "but": "there"}]
    watch_runs(page, view="there")
    gone, there = until(lambda: source.watchings[1:] and source.watchings, "both watches")
    until(lambda: gone.is_closed, "the first is closed")
    gone.tell(RunsChanged(id="1", runs=[]))
    there.tell(RunsChanged(id="1", runs=[]))
    until(lambda: told(page, "there"), "the second is told")
    assert told(page, "gone") == []


def test_views_are_numbered_each_for_itself(page: Page, source: FakeSource) -> None:
    for view in "ab":
        watch_runs(page, view=view)
    first, second = until(lambda: source.watchings[1:] and source.watchings, "both watches")
    for _ in range(2):
        first.tell(RunsChanged(id="1", runs=[]))
        second.tell(RunsChanged(id="1", runs=[]))
        count = len(told(page, "b"))
        until(lambda count=count: len(told(page, "b")) > count, "the second is told")  # type: ignore[misc]
    numbers = {view: [m["number"] for m in page.of_kind("told") if m["view"] == view] for view in "ab"}
    assert numbers["a"] == sorted(set(numbers["a"]))
    assert numbers["b"][0] == 1


def test_views_without_number_are_forgotten_the_oldest_first(page: Page, source: FakeSource) -> None:
    for number in range(MOST_VIEWS + 1):
        watch_runs(page, view=f"view{number}")
    until(lambda: len(source.watchings) == MOST_VIEWS + 1, "all watches")
    until(lambda: source.watchings[0].is_closed, "the first is closed")
    assert not source.watchings[1].is_closed


def test_panels_share_threads_and_source_and_the_last_one_ends_them(
    open_panel: Callable[..., Page], source: FakeSource
) -> None:
    pages = [open_panel() for _ in range(10)]
    for page in pages:
        page.say("hello")
        watch_runs(page)
        assert page.call("grammar")["kind"] == "answer"
    assert len(panel_threads()) <= 6
    for page in pages[:-1]:
        page.say("bye")
    assert pages[-1].call("grammar")["kind"] == "answer"
    assert not source.is_closed
    pages[-1].say("bye")
    until(lambda: not panel_threads(), "no thread")
    assert source.is_closed


def test_a_watcher_that_breaks_says_so_and_the_other_views_are_told(
    page: Page, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    for view in "ab":
        watch_runs(page, view=view)
    first, second = until(lambda: source.watchings[1:] and source.watchings, "both watches")
    first.tell(ZeroDivisionError("a secret"))
    second.tell(RunsChanged(id="1", runs=[]))
    until(lambda: told(page, "b"), "the second is told")
    assert "a secret" in caplog.text
    assert "a secret" not in json.dumps(page.heard)


def test_views_hear_once_that_the_notebook_was_saved(page: Page, source: FakeSource) -> None:
    page.say("hello")
    until(lambda: source.looked_at, "a look at the notebook", 5)
    source.versions[PATH] = 1
    until(lambda: page.of_kind("saved"), "the view hears it", 5)
    looks = len(source.looked_at)
    until(lambda: len(source.looked_at) > looks, "another look", 5)
    assert len(page.of_kind("saved")) == 1
