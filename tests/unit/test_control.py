from __future__ import annotations

import queue
import socket

from jupyter_dataops.control import ControlListener, wake


def test_who_knows_the_address_wakes_the_runner():
    woken: queue.SimpleQueue[str] = queue.SimpleQueue()
    with ControlListener(lambda: woken.put("now")) as listener:
        assert wake(listener.address)
        assert woken.get(timeout=10) == "now"
        assert wake(listener.address), "any number of times"
        assert woken.get(timeout=10) == "now"


def test_a_stranger_without_the_secret_wakes_nobody():
    woken: list[str] = []
    with ControlListener(lambda: woken.append("now")) as listener:
        assert not wake(listener.address.partition("#")[0] + "#wrong")
    assert woken == []


def test_a_runner_that_has_gone_is_noticed():
    with ControlListener(lambda: None) as listener:
        address = listener.address
    assert not wake(address)


def test_closing_wakes_nobody():
    woken: list[str] = []
    with ControlListener(lambda: woken.append("now")):
        pass
    assert woken == []


def test_a_caller_that_says_nothing_does_not_keep_others_out():
    woken: queue.SimpleQueue[str] = queue.SimpleQueue()
    with ControlListener(lambda: woken.put("now")) as listener:
        host, _, port = listener.address.partition("#")[0].partition(":")
        with socket.create_connection((host, int(port))) as silent:
            silent.shutdown(socket.SHUT_WR)
            assert wake(listener.address)
            assert woken.get(timeout=10) == "now"


def test_closing_right_after_a_stranger_called_does_not_hang():
    for _ in range(200):
        with ControlListener(lambda: None) as listener:
            assert not wake(listener.address.partition("#")[0] + "#" + "0" * 32)
