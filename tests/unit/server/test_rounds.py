from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

from jupyter_dataops.server.rounds import Rounds

AGES_S = 3_600.0
PATIENCE_S = 10.0


class FakeLooker:
    """Counts; `looked` is set when it was looked for."""

    def __init__(self) -> None:
        self.is_ready = True
        self.looks = 0
        self.takes = 0
        self.thread: int | None = None
        self.looked = asyncio.Event()

    def look(self) -> None:
        self.looks += 1
        self.thread = threading.get_ident()

    def found(self) -> None:
        self.takes += 1
        self.looked.set()


class Each:
    """Counts rounds; `went` is set with each."""

    def __init__(self) -> None:
        self.rounds = 0
        self.went = asyncio.Event()

    async def __call__(self) -> None:
        self.rounds += 1
        self.went.set()

    async def once_more(self) -> None:
        self.went.clear()
        await asyncio.wait_for(self.went.wait(), PATIENCE_S)


async def in_thread(work: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, work)


def nothing_goes_on() -> int | None:
    return None


class Written:
    """A store to glance at: `version` grows with each write."""

    def __init__(self) -> None:
        self.version: int | None = 1
        self.glances = 0
        self.glanced = asyncio.Event()

    def __call__(self) -> int | None:
        self.glances += 1
        self.glanced.set()
        return self.version

    async def glance(self, times: int) -> None:
        for _ in range(times):
            self.glanced.clear()
            await asyncio.wait_for(self.glanced.wait(), PATIENCE_S)


def go(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def test_who_comes_is_looked_for_at_once_in_a_thread() -> None:
    async def test() -> None:
        rounds = Rounds(in_thread, Each(), nothing_goes_on, often_s=AGES_S, seldom_s=AGES_S)
        rounds.start()
        looker = FakeLooker()

        rounds.add(looker)
        await asyncio.wait_for(looker.looked.wait(), PATIENCE_S)
        await rounds.stop()

        assert (looker.looks, looker.takes) == (1, 1)
        assert looker.thread != threading.get_ident()

    go(test)


def test_rounds_follow_each_other_while_somebody_watches() -> None:
    async def test() -> None:
        each = Each()
        rounds = Rounds(in_thread, each, nothing_goes_on, often_s=0.001, seldom_s=AGES_S)
        rounds.start()
        looker = FakeLooker()
        rounds.add(looker)

        for _ in range(5):
            await each.once_more()
        await rounds.stop()

        assert looker.looks >= 5

    go(test)


def test_who_has_not_taken_what_was_found_is_left_out_and_holds_up_nobody() -> None:
    async def test() -> None:
        each = Each()
        rounds = Rounds(in_thread, each, nothing_goes_on, often_s=0.001, seldom_s=AGES_S)
        slow, quick = FakeLooker(), FakeLooker()
        slow.is_ready = False
        rounds.add(slow)
        rounds.add(quick)
        rounds.start()
        for _ in range(5):
            await each.once_more()
        assert slow.looks == 0
        assert quick.looks >= 4

        slow.is_ready = True
        await asyncio.wait_for(slow.looked.wait(), PATIENCE_S)
        await rounds.stop()

    go(test)


def test_without_watchers_rounds_are_seldom_and_end_when_stopped() -> None:
    async def test() -> None:
        each = Each()
        rounds = Rounds(in_thread, each, nothing_goes_on, often_s=0.001, seldom_s=AGES_S)
        looker = FakeLooker()
        rounds.add(looker)
        rounds.remove(looker)
        rounds.remove(looker)
        rounds.start()

        await each.once_more()  # `add` had woken it
        assert (looker.looks, each.rounds, list(rounds.lookers)) == (0, 1, [])
        await rounds.stop()
        await rounds.stop()
        assert each.rounds == 1

    go(test)


def test_while_a_run_goes_on_what_is_written_after_a_quiet_moment_is_looked_at_at_once() -> None:
    async def test() -> None:
        each, written, looker = Each(), Written(), FakeLooker()
        rounds = Rounds(in_thread, each, written, often_s=AGES_S, seldom_s=AGES_S)
        rounds.add(looker)
        rounds.start()
        await each.once_more()

        written.version = 2
        await each.once_more()
        assert looker.looks == 2

        written.version = 3  # soon after that: with all else that is written by the next round
        await written.glance(3)
        assert (looker.looks, each.rounds) == (2, 2)
        await rounds.stop()

    go(test)


def test_while_no_run_goes_on_or_nobody_watches_nothing_is_glanced_at() -> None:
    async def test() -> None:
        each, written, looker = Each(), Written(), FakeLooker()
        rounds = Rounds(in_thread, each, written, often_s=AGES_S, seldom_s=AGES_S)
        rounds.start()
        await each.once_more()
        assert written.glances == 0

        written.version = None
        rounds.add(looker)
        await each.once_more()
        rounds.wake()
        await each.once_more()
        assert written.glances == 2  # one with each round
        await rounds.stop()

    go(test)
