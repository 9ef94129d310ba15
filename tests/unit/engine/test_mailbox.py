from __future__ import annotations

import signal
import threading
import time

import pytest

from jupyter_dataops.engine.mailbox import CancelRequested, Mailbox, Woken


def test_messages_come_out_in_the_order_in_which_they_were_put() -> None:
    mailbox = Mailbox()
    mailbox.put(Woken())
    mailbox.put(CancelRequested("enough", hurry=False))
    assert [mailbox.wait(0), mailbox.wait(None), mailbox.wait(0)] == [Woken(), CancelRequested("enough", False), None]


@pytest.mark.parametrize("timeout_s", [0.0, 0.001])
def test_an_empty_mailbox_gives_up_in_time(timeout_s: float) -> None:
    assert Mailbox().wait(timeout_s) is None


def test_a_timeout_longer_than_any_lock_can_wait_is_accepted() -> None:
    mailbox = Mailbox()
    mailbox.put(Woken())
    assert mailbox.wait(1e300) == Woken()


def test_a_message_from_another_thread_ends_the_wait() -> None:
    mailbox = Mailbox()
    thread = threading.Thread(target=mailbox.put, args=(Woken(),))
    thread.start()
    assert mailbox.wait(60) == Woken()
    thread.join()


def test_a_message_from_a_signal_handler_ends_the_wait() -> None:
    mailbox = Mailbox()
    before = signal.signal(signal.SIGUSR1, lambda *_: mailbox.put(Woken()))
    timer = threading.Timer(0.01, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1))
    try:
        timer.start()
        assert mailbox.wait(60) == Woken()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)


def test_a_signal_that_another_thread_gets_is_heard_while_the_main_thread_waits() -> None:
    mailbox = Mailbox()
    cancel = CancelRequested("SIGUSR1 received", hurry=False)

    def signalled() -> None:
        # It does not wake the thread that waits, as one that comes just before the wait does not.
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, lambda *_: mailbox.put(cancel))
    timer = threading.Timer(0.1, signalled)
    timer.start()
    try:
        begun_s = time.monotonic()
        assert mailbox.wait(30) == cancel
        assert time.monotonic() - begun_s < 10
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
