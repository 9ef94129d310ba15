"""The websocket: what is watched is told, after a lost connection from where it was, and garbage harms nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jupyter_dataops.server.app import DataOpsServerApp
from jupyter_dataops.server.stream import GOING_AWAY, MOST_BYTES, NOT_UNDERSTOOD, StreamHandler
from jupyter_dataops.states import RunState
from tests.support.api import PATIENCE_S, Api, Stream, eventually
from tests.support.played_run import PlayedRun

Connect = Callable[..., Awaitable[Stream]]


def states(message: dict[str, Any]) -> dict[str, str]:
    nodes = message["view"]["nodes"] if message["kind"] == "run" else message["nodes"]
    return {node["node"]: node["state"] for node in nodes}


async def test_a_run_is_shown_and_then_each_change(connect: Connect, runner: PlayedRun) -> None:
    runner.create("a", "b")
    stream = await connect()
    await stream.say("watch_run", id="1", run_id=runner.run_id)

    shown = await stream.hear()
    runner.take()
    runner.start("a")
    started = await stream.hear_until(lambda told: states(told).get("a") == "running")
    runner.succeed("a")
    done = await stream.hear_until(lambda told: states(told).get("a") == "succeeded")

    assert (shown["kind"], shown["id"], states(shown)) == ("run", "1", {"a": "pending", "b": "pending"})
    assert started["kind"] == "run_changed"
    assert "b" not in states(done)
    seqs = [told["view"]["seq"] if told["kind"] == "run" else told["seq"] for told in stream.told]
    assert seqs == sorted(seqs)


async def test_who_comes_back_is_told_what_was_missed_and_no_more(connect: Connect, runner: PlayedRun) -> None:
    runner.create("a", "b")
    runner.take()
    first = await connect()
    await first.say("watch_run", id="1", run_id=runner.run_id)
    seq = (await first.hear())["view"]["seq"]
    first.socket.close()
    await first.closed()
    runner.start("a")
    runner.succeed("a")

    second = await connect()
    await second.say("watch_run", id="1", run_id=runner.run_id, after=seq)
    told = await second.hear()

    assert (told["kind"], states(told)) == ("run_changed", {"a": "succeeded"})
    assert told["seq"] > seq


async def test_two_browsers_are_told_the_same(connect: Connect, runner: PlayedRun) -> None:
    runner.create("a")
    runner.take()
    streams = [await connect(), await connect()]
    for stream in streams:
        await stream.say("watch_run", id="w", run_id=runner.run_id)
        await stream.hear()

    runner.start()
    runner.fail()
    runner.finish(RunState.FAILED)

    for stream in streams:
        ended = await stream.hear_until(lambda told: told.get("run", {}).get("state") == "failed")
        assert ended["run"]["failed"] == ["a"]


async def test_a_new_run_is_told_to_who_watches_runs(connect: Connect, runner: PlayedRun) -> None:
    stream = await connect()
    await stream.say("watch_runs", id="all")
    await stream.say("watch_runs", id="other", path="other.ipynb")
    assert [(await stream.hear())["runs"] for _ in range(2)] == [[], []]

    runner.create("a")

    told = await stream.hear()
    assert (told["id"], [run["run_id"] for run in told["runs"]]) == ("all", [runner.run_id])


async def test_a_log_is_followed_as_it_grows(connect: Connect, runner: PlayedRun) -> None:
    runner.create("a")
    runner.take()
    runner.start()
    runner.print("one\n")
    stream = await connect()
    await stream.say("watch_log", id="l", run_id=runner.run_id, node="a", attempt=1)
    first = await stream.hear()
    runner.print("two\n")
    second = await stream.hear()
    runner.succeed()
    last = await stream.hear_until(lambda told: told["chunk"]["is_complete"])

    texts = ["".join(piece["text"] for piece in told["chunk"]["pieces"]) for told in (first, second)]
    assert texts == ["one\n", "two\n"]
    assert first["chunk"]["next"] == second["chunk"]["start"]
    assert last["chunk"]["next"] == runner.log.stat().st_size


async def test_what_is_not_there_ends_its_watch_and_no_other(connect: Connect, runner: PlayedRun) -> None:
    runner.create("a")
    stream = await connect()
    await stream.say("watch_run", id="1", run_id="zzzz")
    await stream.say("watch_log", id="2", run_id=runner.run_id, node="nope", attempt=1)
    await stream.say("watch_run", id="3", run_id=runner.run_id)

    told = {message["id"]: message for message in [await stream.hear() for _ in range(3)]}

    assert {name: told[name]["kind"] for name in told} == {"1": "error", "2": "error", "3": "run"}
    assert told["1"]["error"]["code"] == "run_not_found"
    assert told["2"]["error"]["code"] == "node_not_found"


async def test_a_malformed_message_is_answered(connect: Connect) -> None:
    stream = await connect()
    await stream.say("watch_run", id="1")
    await stream.say("sing", id="2")
    await stream.say("watch_runs", id="3")

    told = [await stream.hear() for _ in range(3)]

    assert [(one["id"], one["kind"]) for one in told] == [("1", "error"), ("2", "error"), ("3", "runs")]
    assert told[0]["error"]["code"] == "malformed_request"


@pytest.mark.parametrize("garbage", ["", "hello", "[1, 2]", '{"op": "watch_runs"}', b"\xff\x00"], ids=repr)
async def test_garbage_ends_the_connection_and_is_no_error_of_the_server(
    connect: Connect, garbage: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    stream = await connect()

    await stream.socket.write_message(garbage, binary=isinstance(garbage, bytes))

    assert (await stream.closed())[0] == NOT_UNDERSTOOD
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_too_long_a_message_ends_the_connection(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    stream = await connect()

    await stream.say("watch_runs", id="x" * MOST_BYTES)

    assert (await stream.closed())[0] is not None or stream.socket.close_code is None
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_nobody_is_looked_for_who_is_gone(connect: Connect, app: DataOpsServerApp, api: Api) -> None:
    stream = await connect()
    await stream.say("watch_runs", id="1")
    await stream.hear()
    assert len(app.rounds.lookers) == 1

    stream.socket.close()

    async def is_gone() -> bool:
        return not app.rounds.lookers

    await eventually(is_gone, "the connection forgotten")


async def test_a_server_that_stops_says_goodbye(connect: Connect, app: DataOpsServerApp) -> None:
    stream = await connect()
    await stream.say("watch_runs", id="1")
    await stream.hear()

    await app.stop_extension()

    assert await stream.closed() == (GOING_AWAY, "the server stops")


async def test_who_does_not_read_costs_no_memory(connect: Connect, app: DataOpsServerApp, runner: PlayedRun) -> None:
    """What is not sent is not looked for either; as soon as it is, all that has changed meanwhile is told at once."""
    runner.create(*(f"n{n}" for n in range(40)))
    runner.take()
    stream = await connect()
    await stream.say("watch_run", id="1", run_id=runner.run_id)
    await stream.hear()
    (handler,) = (one for one in app.rounds.lookers if isinstance(one, StreamHandler))
    sent: list[str] = []
    may_go_on = asyncio.Event()
    write = handler.write_message

    async def write_slowly(message: str) -> None:
        sent.append(message)
        await asyncio.wait_for(may_go_on.wait(), PATIENCE_S)
        await write(message)

    handler.write_message = write_slowly  # type: ignore[method-assign,assignment]
    for n in range(40):
        runner.start(f"n{n}")
        runner.succeed(f"n{n}")
        await asyncio.sleep(0.005)
    assert len(sent) == 1
    assert handler._listener is not None
    assert handler._listener.take() == []

    may_go_on.set()
    known = states(await stream.hear())
    while len(known) < 40 or set(known.values()) != {"succeeded"}:
        known |= states(await stream.hear())

    assert len(sent) <= 3
