from __future__ import annotations

import queue

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
