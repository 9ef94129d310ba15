"""Threads that answer and look: as few as needed, in order where it matters, and none after the end."""

from __future__ import annotations

import threading

import pytest

from jupyter_dataops.panel.threads import Pool, Watchman
from tests.support.waiting import until


def threads(name: str) -> int:
    return sum(thread.name.startswith(name) for thread in threading.enumerate())


def test_a_pool_starts_a_thread_only_when_all_are_busy() -> None:
    pool, done = Pool(3, "test-pool"), []
    for number in range(5):
        pool.submit(lambda number=number: done.append(number))  # type: ignore[misc]
        until(lambda number=number: number in done, "the work", 5)  # type: ignore[misc]
    assert threads("test-pool") <= 2  # the first may not have come to rest when the second is asked for
    pool.close()
    until(lambda: threads("test-pool") == 0, "no thread", 5)


def test_a_pool_does_no_more_at_once_than_it_has_threads_and_leaves_nothing_out() -> None:
    pool, go_on, done = Pool(2, "test-pool"), threading.Event(), []
    running: list[int] = []

    def work(number: int) -> None:
        running.append(number)
        assert go_on.wait(10)
        done.append(number)

    for number in range(6):
        pool.submit(lambda number=number: work(number))  # type: ignore[misc]
    until(lambda: len(running) == 2, "two at once", 5)
    assert threads("test-pool") == 2
    go_on.set()
    until(lambda: sorted(done) == list(range(6)), "all", 5)
    pool.close()
    until(lambda: threads("test-pool") == 0, "no thread", 5)


def test_a_closed_pool_does_what_it_was_given_before_and_nothing_after() -> None:
    pool, done = Pool(1, "test-pool"), []
    go_on = threading.Event()
    pool.submit(lambda: done.append(go_on.wait(10)))
    pool.submit(lambda: done.append(True))
    pool.close()
    pool.submit(lambda: done.append(False))
    go_on.set()
    until(lambda: threads("test-pool") == 0, "no thread", 5)
    assert done == [True, True]


def test_a_watchman_polls_between_what_it_is_given() -> None:
    polled, done = [], []
    watchman = Watchman(lambda: polled.append(len(done)), 0.01, "test-watchman")
    for number in range(100):
        watchman.submit(lambda number=number: done.append(number))  # type: ignore[misc]
    until(lambda: len(done) == 100 and len(polled) > 3, "polls", 5)
    assert done == list(range(100))
    watchman.submit(lambda: done.append(-1))
    watchman.close()
    until(lambda: threads("test-watchman") == 0, "no thread", 5)
    assert done[-1] == -1


def test_what_fails_ends_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    looks = iter(range(10_000))

    def poll() -> None:
        if next(looks) == 0:
            raise KeyError("a look")
        done.append("look")

    def fail() -> None:
        raise KeyError("what was asked")

    pool, watchman = Pool(1, "test-pool"), Watchman(poll, 0.01, "test-watchman")
    for crew in (pool, watchman):
        crew.submit(fail)
        crew.submit(lambda: done.append("work"))
    until(lambda: done.count("work") == 2 and "look" in done, "what comes after", 5)
    pool.close()
    watchman.close()
    until(lambda: threads("test-pool") == threads("test-watchman") == 0, "no thread", 5)
    assert [record.message for record in caplog.records] == ["something that serves a panel failed"] * 3
