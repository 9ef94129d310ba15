"""Events about all runs of the store, in the schemas that they name, once each and without anybody watching."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.server.announcements import NODE_FAILED, RUN_ENDED, RUN_STATE
from jupyter_dataops.server.app import DataOpsServerApp
from jupyter_dataops.states import RunState
from tests.support.api import PATIENCE_S, Api
from tests.support.notebooks import cell
from tests.support.played_run import PlayedRun

Follow = Callable[[], Awaitable[None]]


@pytest.fixture
def traits() -> dict[str, Any]:
    return {"news_interval_s": 0.02}


class Heard:
    """Events of ours, as they were emitted."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.all: list[tuple[str, dict[str, Any]]] = []

    async def listen(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        self.queue.put_nowait((schema_id, data))

    async def until(self, schema_id: str, **fields: Any) -> dict[str, Any]:
        """The first event of that schema with those fields, from here."""
        while True:
            self.all.append(await asyncio.wait_for(self.queue.get(), PATIENCE_S))
            found, data = self.all[-1]
            if found == schema_id and all(data[name] == value for name, value in fields.items()):
                return data

    def states(self) -> list[str]:
        return [data["state"] for schema_id, data in self.all if schema_id == RUN_STATE]


@pytest.fixture
def heard(app: DataOpsServerApp) -> Iterator[Heard]:
    found = Heard()
    logger: Any = app.serverapp.event_logger  # type: ignore[union-attr]
    for schema_id in (RUN_STATE, RUN_ENDED, NODE_FAILED):
        logger.add_listener(schema_id=schema_id, listener=found.listen)
    yield found
    logger.remove_listener(listener=found.listen)


async def test_what_happens_to_a_run_is_said_once(api: Api, heard: Heard, runner: PlayedRun, following: Follow) -> None:
    await following()
    runner.create("a", "b")
    runner.take()
    runner.start("a")
    runner.fail("a")
    await heard.until(NODE_FAILED, node="a")
    runner.start("b")
    runner.succeed("b")
    runner.finish(RunState.FAILED)
    ended = await heard.until(RUN_ENDED)

    assert heard.states() == ["queued", "running", "failed"]
    assert [schema_id for schema_id, _ in heard.all].count(NODE_FAILED) == 1
    assert (ended["run_id"], ended["path"], ended["failed"]) == (runner.run_id, "etl.ipynb", ["a"])
    assert ended["counts"] == {"failed": 1, "succeeded": 1}


async def test_the_first_run_ever_is_heard_of(
    api: Api, heard: Heard, save: Callable[..., Path], run: Callable[..., str], store: Path
) -> None:
    assert not store.exists()
    await api.call("grammar")

    run_id = run(save(cell("x = 1", "node:a")))

    await heard.until(RUN_ENDED, run_id=run_id, state="succeeded")
    assert heard.states() == ["queued", "running", "succeeded"]


@pytest.fixture
def earlier(save: Callable[..., Path], run: Callable[..., str]) -> str:
    """A run that had ended before there was a server."""
    return run(save(cell("x = 1", "node:a")))


async def test_runs_that_had_ended_before_are_not_heard_of(
    earlier: str, api: Api, heard: Heard, following: Follow, run: Callable[..., str], jp_root_dir: Path
) -> None:
    await following()

    later = run(jp_root_dir / "etl.ipynb")

    await heard.until(RUN_ENDED, run_id=later)
    assert {data["run_id"] for _, data in heard.all} == {later}


async def test_a_dead_runner_is_noticed_by_the_server_alone(
    api: Api, heard: Heard, runner: PlayedRun, following: Follow
) -> None:
    here = this_runner()
    await following()
    runner.create("a")
    runner.take(RunnerRecord(here.host, 4_000_000, here.started))
    runner.start("a")

    ended = await heard.until(RUN_ENDED)

    assert (ended["state"], ended["run_id"]) == ("crashed", runner.run_id)
    assert "died while `a` was running" in ended["reason"]
    assert runner.store.get_run(runner.run_id).state is RunState.CRASHED


async def test_subscribers_of_jupyter_receive_them(
    api: Api, jp_ws_fetch: Any, runner: PlayedRun, following: Follow
) -> None:
    socket = await jp_ws_fetch("api", "events", "subscribe")
    await following()

    runner.create("a")

    message = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE_S))
    assert (message["schema_id"], message["run_id"], message["state"]) == (RUN_STATE, runner.run_id, "queued")
    socket.close()
    assert await asyncio.wait_for(socket.read_message(), PATIENCE_S) is None


async def test_schemas_are_versioned_and_refuse_what_they_do_not_know(app: DataOpsServerApp) -> None:
    logger: Any = app.serverapp.event_logger  # type: ignore[union-attr]

    for schema_id in (RUN_STATE, RUN_ENDED, NODE_FAILED):
        schema = logger.schemas.get(schema_id)
        assert schema_id.endswith(f"/v{schema.version}")
        assert schema._schema["additionalProperties"] is False
        assert sorted(schema._schema["required"]) == sorted(schema._schema["properties"])


async def test_numbers_are_on_the_metrics_page_of_the_server(
    api: Api,
    jp_fetch: Any,
    heard: Heard,
    save: Callable[..., Path],
    run: Callable[..., str],
) -> None:
    async def value(line: str) -> float:
        page = (await jp_fetch("metrics")).body.decode()
        found = [one.rpartition(" ")[2] for one in page.splitlines() if one.startswith(f"{line} ")]
        return float(found[0]) if found else 0.0

    names = (
        'dataops_runs_total{state="succeeded"}',
        'dataops_node_runs_total{state="succeeded"}',
        'dataops_run_duration_seconds_count{state="succeeded"}',
        'dataops_node_run_duration_seconds_count{state="succeeded"}',
    )
    before = [await value(name) for name in names]

    run_id = run(save(cell("x = 1", "node:a"), cell("y = x", "node:b")))
    await heard.until(RUN_ENDED, run_id=run_id)

    assert [await value(name) - was for name, was in zip(names, before, strict=True)] == [1, 2, 1, 2]
    assert await value("dataops_running_runs") == 0


async def test_the_metrics_page_knows_who_watches(api: Api, connect: Any, jp_fetch: Any) -> None:
    stream = await connect()
    await stream.say("watch_runs", id="1")
    await stream.hear()

    assert "dataops_watchers 1.0" in (await jp_fetch("metrics")).body.decode()


async def test_metrics_want_the_token(api: Api, jp_base_url: str) -> None:
    answer = await api.client.fetch(f"{jp_base_url}metrics", headers={}, raise_error=False)

    assert answer.code == 403


async def test_nothing_is_opened_for_who_has_never_run_a_pipeline(api: Api, app: DataOpsServerApp, store: Path) -> None:
    rounds = 0
    report = app.rounds._each

    async def counted() -> None:
        nonlocal rounds
        await report()
        rounds += 1

    app.rounds._each = counted
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while rounds < 3:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)

    assert not store.exists()
    assert not app.reporter.follows
