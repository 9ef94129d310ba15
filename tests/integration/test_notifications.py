"""Whoever is killed, at whichever step: an event is told once, and who may be told twice can tell."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.api.deliveries import Deliveries
from jupyter_dataops.api.notifying import LEASE, deliver_left, list_notices
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import load_settings
from jupyter_dataops.crash_points import NOTIFYING
from jupyter_dataops.extras import how_to_install
from jupyter_dataops.notices.trying import PAUSES
from jupyter_dataops.wiring import SystemClock
from tests.support import crash_runner
from tests.support.forked import Forked
from tests.support.notebooks import cell
from tests.support.notices import Post, Sink, open_sink
from tests.support.shell import PATIENCE_S, Shell, finished, open_shell
from tests.support.stores import in_processes
from tests.support.waiting import WAIT_FOR, until

REPOSITORY = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
DEAD_RUNNER = ["before RunFinished", "inside RunFinished"]
UNSENT = ["after RunFinished", "notices claimed"]
SENT = ["notice tried", "notice marked"]


class AheadClock:
    """The machine's clock, so much ahead."""

    def __init__(self, ahead: timedelta = LEASE) -> None:
        self.ahead = ahead

    def now(self) -> Any:
        return SystemClock().now() + self.ahead


class World:
    """A folder with a notebook, whoever is told, and programs that die."""

    def __init__(self, shell: Shell, sink: Sink) -> None:
        self.shell, self.sink = shell, sink
        paths = (str(REPOSITORY), os.environ.get("PYTHONPATH", ""))
        shell.environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "DATAOPS_LEASE_S": "300"}
        self.notebook = shell.save(
            cell("print('reading')\nrows = open('in').read()", "node:load"), cell("count = len(rows)", "node:count")
        )
        self.configure()

    def configure(self, more: str = "") -> None:
        events = '["failed", "crashed", "succeeded", "recovered", "missed"]'
        text = f'[notifications.team]\nurls = ["{self.sink.url}"]\nevents = {events}\n{more}'
        (self.shell.folder / "dataops.toml").write_text(text)

    def start(self, *arguments: str, crash_at: str = "") -> Forked:
        env = self.shell.environment | {"DATAOPS_CRASH_AT": crash_at}
        process = Forked(crash_runner.main, *arguments, cwd=self.shell.folder, env=env)
        self.shell.processes.append(process)
        return process

    def call(self, *arguments: str, crash_at: str = "") -> None:
        process = self.start(*arguments, crash_at=crash_at)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == (KILLED if crash_at else 0), said

    @property
    def runs(self) -> list[Run]:
        return list_runs(self.shell.settings)

    def deliver(self, **how: Any) -> list[str]:
        """What somebody else sends; dead runners are found before."""
        assert self.runs
        return [str(one.state) for one in deliver_left(self.shell.settings, **how)]

    @property
    def titles(self) -> list[str]:
        return [post.title for post in self.sink.posts]

    @property
    def keys(self) -> set[str | None]:
        return {post.key for post in self.sink.posts}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_sink() as sink, open_shell(tmp_path) as shell:
        yield World(shell, sink)


def test_the_runner_tells_of_its_runs_end(world: World) -> None:
    world.call("run", str(world.notebook))
    world.shell.put("in")
    world.call("run", str(world.notebook))
    world.call("run", str(world.notebook))
    assert world.titles == ["etl failed at load", "etl has recovered", "etl succeeded"]
    failed: Post = world.sink.posts[0]
    assert "load: FileNotFoundError: [Errno 2] No such file or directory: 'in'" in failed.body
    assert "the last that load printed:\n  reading" in failed.body
    assert world.deliver(clock=AheadClock()) == []


@pytest.mark.parametrize("point", DEAD_RUNNER)
def test_a_runner_killed_before_the_end_is_told_of_as_crashed_and_then_its_end(world: World, point: str) -> None:
    world.call("run", str(world.notebook), crash_at=point)
    assert world.titles == []
    assert world.deliver() == ["sent"]
    assert world.deliver(clock=AheadClock()) == []
    world.call("resume", "last")
    assert world.titles == ["etl crashed", "etl failed at load"]
    assert world.deliver(clock=AheadClock()) == []


@pytest.mark.parametrize("point", UNSENT)
def test_what_a_killed_runner_has_not_sent_somebody_else_sends_once(world: World, point: str) -> None:
    world.call("run", str(world.notebook), crash_at=point)
    assert world.titles == []
    if point == "notices claimed":
        assert world.deliver() == []  # its lease goes on
    assert world.deliver(clock=AheadClock()) == ["sent"]
    assert world.deliver(clock=AheadClock(10 * LEASE)) == []
    assert world.titles == ["etl failed at load"]


def test_what_was_sent_and_not_marked_is_sent_again_under_the_same_key(world: World) -> None:
    world.call("run", str(world.notebook), crash_at="notice tried")
    assert world.titles == ["etl failed at load"]
    assert world.deliver() == []
    assert world.deliver(clock=AheadClock()) == ["sent"]
    assert world.deliver(clock=AheadClock(10 * LEASE)) == []
    first, second = world.sink.posts
    assert (first.key, first.body) == (second.key, second.body)
    assert first.key is not None


def test_what_was_marked_is_not_sent_again(world: World) -> None:
    world.call("run", str(world.notebook), crash_at="notice marked")
    assert world.deliver(clock=AheadClock()) == []
    assert world.titles == ["etl failed at load"]


def test_every_point_is_come_to() -> None:
    assert {*NOTIFYING} <= {*UNSENT, *SENT}


def test_who_finds_a_dead_runner_may_be_killed_too(world: World) -> None:
    world.call("run", str(world.notebook), crash_at="after NodeFailed")
    world.call("show", "last", crash_at="after RunCrashed")
    assert world.deliver() == ["sent"]
    assert world.deliver(clock=AheadClock()) == []
    assert world.titles == ["etl crashed"]


def race(index: int, barrier: Any, folder: Path) -> None:
    settings = load_settings(folder, store=str(folder / "store"))
    barrier.wait()
    deliver_left(settings)


def test_of_many_who_send_at_once_each_message_is_sent_by_one(world: World) -> None:
    for _ in range(6):
        world.call("run", str(world.notebook), crash_at="after RunFinished")
    assert in_processes(4, race, world.shell.folder) == [0] * 4
    assert len(world.sink.posts) == len(world.keys) == 6
    assert {one.state for run in world.runs for one in list_notices(run.settings, run.run_id)} == {"sent"}


def test_a_service_that_is_down_neither_fails_nor_delays_the_run_and_is_told_when_it_is_up(world: World) -> None:
    world.sink.status = 503
    world.shell.put("in")
    world.call("run", str(world.notebook))
    (run,) = world.runs
    (notice,) = list_notices(run.settings, run.run_id)
    assert (run.state, notice.state, notice.attempts) == ("succeeded", "waiting", 1)
    assert "503" in notice.error
    world.sink.status = 200
    assert world.deliver() == []  # not before its time
    assert world.deliver(clock=AheadClock(PAUSES[0])) == ["sent"]
    assert len(world.keys) == 1


def test_a_slow_service_is_waited_for_by_nobody_but_the_end_of_the_process(world: World) -> None:
    world.sink.go.clear()
    process = world.start("run", str(world.notebook))
    world.sink.wait_for(1)
    (run,) = world.runs
    assert run.state == "failed"
    assert process.poll() is None
    world.sink.go.set()
    process.communicate(timeout=PATIENCE_S)
    (notice,) = list_notices(run.settings, run.run_id)
    assert (process.returncode, notice.state) == (0, "sent")


def test_whoever_goes_round_sends_what_was_left(world: World) -> None:
    world.call("run", str(world.notebook), crash_at="after RunFinished")
    deliveries = Deliveries(world.shell.settings)
    until(lambda: deliveries.look() or bool(world.sink.posts), "it is sent")
    deliveries.close()
    (run,) = world.runs
    assert [one.state for one in list_notices(run.settings, run.run_id)] == ["sent"]


def test_a_run_that_does_not_end_is_told_of_while_it_goes_on(world: World) -> None:
    world.shell.save(cell(WAIT_FOR, "setup"), cell("wait_for('go')", "node:busy"), name="slow.ipynb")
    text = f'[notifications.team]\nurls = ["{world.sink.url}"]\nevents = ["late"]\nlate_after = "1s"\n'
    (world.shell.folder / "dataops.toml").write_text(text)
    process = world.start("run", "slow.ipynb")
    (post,) = world.sink.wait_for(1)
    assert (post.title, "at work: busy" in post.body) == ("slow is late", True)
    world.shell.put("go")
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert world.titles == ["slow is late"]


# -- on the command line


def test_the_next_command_sends_what_a_dead_runner_left_and_show_tells(world: World) -> None:
    world.call("run", str(world.notebook), crash_at="after RunFinished")
    finished(world.shell.start("runs"), 0)
    assert world.titles == ["etl failed at load"]
    (notice,) = world.shell.run("show", "last")["notifications"]
    assert (notice["event"], notice["receiver"], notice["state"], notice["attempts"]) == ("failed", "team", "sent", 1)
    assert notice["message_id"] == world.sink.posts[0].key
    assert "notification: failed -> team/1: sent" in world.shell.call("show", "last").out


def test_notify_tries_every_address_and_sends_what_waits_without_waiting(world: World) -> None:
    assert world.shell.call("notify", "--test").out == "team/1: sent\n"
    world.sink.status = 500
    called = world.shell.call("notify", "--test", exit_code=1)
    assert "500" in called.out
    world.call("run", str(world.notebook))
    world.sink.status = 200
    assert "failed -> team/1: sent" in world.shell.call("notify").out
    assert world.shell.call("notify").out == "nothing waits to be sent\n"
    assert world.shell.run("notify") == {"trials": [], "notifications": []}


def test_without_apprise_a_run_ends_all_the_same_and_says_what_to_install(world: World) -> None:
    world.shell.write("raise ImportError('not here')\n", "apprise.py")  # found first, as the folder comes first
    world.shell.put("in")
    process = world.start("run", str(world.notebook))
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    hint = how_to_install("notifications")
    assert (
        f"a notification for 'team' waits: notifications need the package `apprise`, which is not installed; {hint}"
        in said
    )
    (notice,) = world.shell.run("show", "last")["notifications"]
    assert (notice["state"], notice["attempts"], hint in notice["error"]) == ("waiting", 0, True)
    assert hint in world.shell.call("notify", "--test", exit_code=3).err
    checks = {one["name"]: one for one in world.shell.run("doctor")["checks"]}
    assert (checks["notifications"]["status"], checks["notifications"]["cure"]) == ("warn", hint)


def test_notify_in_an_environment_that_tells_nobody_says_so(world: World) -> None:
    (world.shell.folder / "dataops.toml").write_text("[env.dev]\njobs = 1\n")
    assert (
        "nobody is to be told of anything in environment 'dev'"
        in world.shell.call("notify", "--test", "--env", "dev", exit_code=2).err
    )


@pytest.mark.kernel
def test_no_secret_leaves_and_no_address_is_kept(world: World) -> None:
    world.shell.environment["TOKEN"] = "hunter2-and-more"
    world.shell.save(
        cell(
            "import os\nprint('with', os.environ['TOKEN'])\nraise ValueError(os.environ['TOKEN'])",
            "node:load",
            "secret:TOKEN",
        )
    )
    world.shell.call("run", "etl.ipynb", exit_code=1)
    (post,) = world.sink.posts
    assert "hunter2" not in post.raw
    assert "load: ValueError: ***" in post.body
    assert "  with ***" in post.body
    kept = b"".join(path.read_bytes() for path in world.shell.store.rglob("runs.sqlite*"))
    assert world.sink.url.encode() not in kept
