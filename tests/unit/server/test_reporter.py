from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.server.announcements import Announcement
from jupyter_dataops.server.reporter import RETRY_S, Reporter

LOG = logging.getLogger("tests.reporter")


class FakeNews:
    """Has the announcements that a test puts in, or trouble."""

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.waiting: list[Announcement] = []
        self.trouble: Exception | None = None
        self.is_closed = False

    def glance(self) -> int | None:
        if self.trouble is not None:
            raise self.trouble
        return self.after

    @property
    def is_due(self) -> bool:
        return bool(self.waiting) or self.trouble is not None

    def look(self) -> list[Announcement]:
        if self.trouble is not None:
            raise self.trouble
        found, self.waiting = self.waiting, []
        self.after += len(found)
        return found

    def close(self) -> None:
        self.is_closed = True


class Desk:
    """A reporter with all that it needs."""

    def __init__(self) -> None:
        self.news: FakeNews | None = FakeNews()
        self.opened: list[FakeNews] = []
        self.followed_from: list[int | None] = []
        self.emitted: list[tuple[str, dict[str, Any]]] = []
        self.now_s = 0.0
        self.trouble: Exception | None = None
        self.refused = ""
        self.reporter = Reporter(self.open, self.in_thread, self, LOG, monotonic=lambda: self.now_s)  # type: ignore[arg-type]

    def open(self, after: int | None) -> FakeNews | None:
        self.followed_from.append(after)
        if self.trouble is not None:
            raise self.trouble
        if self.news is not None:
            self.opened.append(self.news)
        return self.news

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        return work()

    def emit(self, *, schema_id: str, data: dict[str, Any]) -> None:
        if schema_id == self.refused:
            raise ValueError("not as its schema says")
        self.emitted.append((schema_id, data))

    def report(self) -> None:
        asyncio.run(self.reporter.report())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_is_new_is_emitted_once(desk: Desk) -> None:
    desk.report()
    assert desk.emitted == []

    desk.news.waiting = [Announcement("a", {"x": 1}), Announcement("b", {})]  # type: ignore[union-attr]
    desk.report()
    desk.report()

    assert desk.emitted == [("a", {"x": 1}), ("b", {})]
    assert len(desk.opened) == 1


def test_where_there_is_no_store_it_is_asked_for_again(desk: Desk) -> None:
    news, desk.news = desk.news, None
    desk.report()
    assert not desk.reporter.follows

    desk.news = news
    desk.report()
    assert desk.reporter.follows


def test_trouble_is_said_once_and_tried_again_later(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.trouble = StoreUnavailable("the disk is full")
    for _ in range(3):
        desk.report()
        desk.now_s += RETRY_S
    assert [record.message for record in caplog.records] == ["No events about runs for now: the disk is full"]

    desk.trouble = None
    desk.report()
    assert desk.reporter.follows


def test_after_trouble_nothing_is_asked_for_a_while(desk: Desk) -> None:
    desk.trouble = StoreUnavailable("the disk is full")
    desk.report()
    desk.trouble = None

    desk.now_s += RETRY_S / 2
    desk.report()
    assert not desk.reporter.follows


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), KeyError("a mistake of ours")])
def test_news_in_trouble_are_closed_and_opened_anew(desk: Desk, trouble: Exception) -> None:
    desk.report()
    first = desk.opened[0]
    first.trouble = trouble

    desk.report()
    assert first.is_closed
    assert not desk.reporter.follows

    desk.news = FakeNews()
    desk.now_s += RETRY_S
    desk.report()
    assert desk.reporter.follows


def test_a_mistake_of_ours_is_logged_with_where_it_happened(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.report()
    desk.opened[0].trouble = KeyError("what")

    desk.report()

    assert caplog.records[0].exc_info is not None


def test_after_trouble_it_goes_on_from_what_was_told_last(desk: Desk) -> None:
    desk.news = FakeNews(after=7)
    desk.report()
    desk.news.waiting = [Announcement("a", {}), Announcement("b", {})]
    desk.report()
    desk.news.trouble = StoreUnavailable("gone")
    desk.report()

    desk.news = FakeNews(after=9)
    desk.now_s += RETRY_S
    desk.report()

    assert desk.followed_from == [None, 9]


def test_what_could_not_be_read_after_opening_is_not_lost(desk: Desk) -> None:
    desk.news = FakeNews(after=7)
    desk.news.trouble = StoreUnavailable("gone")
    desk.report()

    desk.now_s += RETRY_S
    desk.report()

    assert desk.followed_from == [None, 7]


def test_where_there_was_no_store_all_that_is_in_it_is_new(desk: Desk) -> None:
    news, desk.news = desk.news, None
    desk.report()
    desk.news = news
    desk.report()

    assert desk.followed_from == [None, 0]


def test_a_mistake_of_ours_is_not_made_again_and_again(desk: Desk) -> None:
    desk.report()
    desk.opened[0].trouble = KeyError("what")
    desk.report()

    desk.news = FakeNews()
    desk.now_s += RETRY_S
    desk.report()

    assert desk.followed_from == [None, None]


def test_an_event_that_cannot_be_emitted_keeps_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.report()
    desk.refused = "a"
    desk.opened[0].waiting = [Announcement("a", {}), Announcement("b", {})]
    desk.report()

    assert desk.emitted == [("b", {})]
    assert [record.message for record in caplog.records] == ["An event about a run could not be emitted: a"]
    assert desk.reporter.follows


def test_a_glance_says_nothing_before_the_store_is_open_and_of_trouble(desk: Desk) -> None:
    assert desk.reporter.glance() is None
    desk.report()
    assert desk.reporter.glance() == 0

    desk.opened[0].trouble = StoreUnavailable("it is gone")
    assert desk.reporter.glance() is None
