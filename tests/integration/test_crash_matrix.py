"""Dies by SIGKILL at every crash point, starts again, and finds one run, one legal history, nothing lost or left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.crash_points import POINTS
from jupyter_dataops.kernels.leftovers import CONNECTION_FILE
from jupyter_dataops.wiring import Layout, open_artifact_store, open_stores
from tests.support import crash_runner
from tests.support.forked import Forked
from tests.support.invariants import age_drafts, left_behind, violations
from tests.support.notebooks import cell
from tests.support.shell import PATIENCE_S, Shell, open_shell
from tests.support.waiting import WAIT_FOR, until

WITH_KERNELS = (sys.executable, "-m", "jupyter_dataops")
REPOSITORY = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
LONG_LEASE_S = 300
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
Process = subprocess.Popen[str] | Forked


class World:
    """A folder with notebooks, their store, and programs that die."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.folder = shell.folder
        paths = (str(REPOSITORY), os.environ.get("PYTHONPATH", ""))
        shell.environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "DATAOPS_JOBS": "1"}

    def start(
        self,
        *arguments: str,
        crash_at: str = "",
        lease_s: float = LONG_LEASE_S,
        program: Sequence[str] = (),
    ) -> Process:
        """The program, or without one what runs without kernels, which dies where it is told to."""
        env = self.shell.environment | {"DATAOPS_CRASH_AT": crash_at, "DATAOPS_LEASE_S": str(lease_s)}
        process: Process
        if program:
            quiet = subprocess.DEVNULL
            pipe = subprocess.PIPE
            process = subprocess.Popen(
                [*program, *arguments], cwd=self.folder, env=env, stdin=quiet, stdout=quiet, stderr=pipe, text=True
            )
        else:
            process = Forked(crash_runner.main, *arguments, cwd=self.folder, env=env)
        self.shell.processes.append(process)
        return process

    def call(self, *arguments: str, program: Sequence[str] = ()) -> None:
        """The program has ended well."""
        ended(self.start(*arguments, program=program), 0)

    def die(self, point: str, *arguments: str, program: Sequence[str] = ()) -> None:
        """The program was killed where it came to `point`."""
        ended(self.start(*arguments, crash_at=point, program=program), KILLED)

    @property
    def runs(self) -> list[Run]:
        """Newest first. Dead runners are found by this look."""
        return list_runs(self.shell.settings)

    def published(self) -> list[tuple[str, list[int], list[int]]]:
        """Assets by name, with the numbers of their versions, and those that schedules have been told of."""
        with closing(open_stores(self.shell.settings)) as stores:
            return [
                (
                    newest.name,
                    [one.version for one in stores.assets.get_asset_versions(newest.name)],
                    [one.verdict["version"] for one in stores.schedules.get_signals(f"asset:{newest.name}", LONG_AGO)],
                )
                for newest in stores.assets.get_newest()
            ]

    @property
    def run(self) -> Run:
        """The only one."""
        (run,) = self.runs
        return run

    def has_happened(self, kind: str, node: str | None = None) -> bool:
        """Whether the newest run's history has such an event."""
        newest = self.runs[:1] if (self.shell.store / "runs.sqlite").exists() else []
        return any(event.kind == kind and node in (None, event.node) for run in newest for event in run.events())

    def resume_all(self) -> None:
        """Somebody has gone on with every run that had not ended."""
        while unfinished := [run for run in self.runs if run.state in ("crashed", "queued")]:
            self.call("resume", unfinished[0].run_id)

    def wrong(self) -> list[str]:
        """What is not as it must be, of any run, after all have ended."""
        age_drafts(self.shell.store)
        runs = self.runs
        artifacts = open_artifact_store(Layout(self.shell.store).artifacts)
        with runs[0].store() as store:
            found = [wrong for run in runs for wrong in violations(store, artifacts, run.run_id)]
        return found + left_behind(self.shell.store, [run.run_id for run in runs])


def ended(process: Process, exit_code: int) -> None:
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == exit_code, said


def states(run: Run) -> dict[str, str]:
    return {name: node_run.state.value for name, node_run in run.nodes.items()}


def around(*events: str) -> list[str]:
    return [f"{when} {event}" for event, when in product(events, ("before", "inside", "after"))]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_shell(tmp_path) as shell:
        yield World(shell)


# -- one run with everything in it

EVERYTHING = (
    cell("from pathlib import Path", "setup"),
    cell("cities = ['berlin', 'paris']\nno = False\nlimit = 3", "node:cities"),
    cell(
        "tried = Path('tried')\nwas_tried = tried.exists()\ntried.touch()\nassert was_tried\nsteady = 1",
        "node:flaky",
        "retries:1",
    ),
    cell("score = city.upper()", "node:score", "each:city=cities", "pool:gpu", "asset:scores=score"),
    cell("assert score == ['BERLIN', 'PARIS']", "check:score/whole"),
    cell("limit", "node:inner", "notebook:inner.ipynb", "in:limit", "out:total"),
    cell("boom = 1 / 0", "node:boom"),
    cell("after_boom = boom", "node:after_boom"),
    cell("tidied = True", "node:tidy", "trigger:all_failed", "after:boom", "after:after_boom"),
    cell("never = 1", "node:never", "when:no"),
    cell("report = (score, total, steady)", "node:report", "asset:report"),
)
INNER = (
    cell("limit = 1", "parameters"),
    cell("numbers = list(range(limit))", "node:numbers"),
    cell("total = sum(numbers)", "node:total", "asset:total"),
)
ENDS = {
    "cities": "succeeded",
    "flaky": "succeeded",
    "score": "succeeded",
    "score[berlin]": "succeeded",
    "score[paris]": "succeeded",
    "check:score/whole": "succeeded",
    "inner": "succeeded",
    "inner/numbers": "succeeded",
    "inner/total": "succeeded",
    "boom": "failed",
    "after_boom": "upstream_failed",
    "tidy": "succeeded",
    "never": "skipped",
    "report": "succeeded",
}
ONCE = [(name, [1], [1]) for name in ("report", "scores", "total")]
"""Each asset has one version, and schedules have been told of it once."""

ON_THE_WAY = [
    *around("RunStarted", "NodeQueued", "NodeExpanded", "NodeStarted", "NodeSucceeded", "NodeRetrying", "NodeFailed"),
    *around("NodeSkipped", "NodeUpstreamFailed", "RunFinished"),
    *("slots taken", "folder made", "artifact drafted", "artifact kept", "outputs shown", "attempt ended"),
]
ONCE_MORE = [
    *(f"{point}@2" for point in around("NodeStarted", "NodeSucceeded", "NodeExpanded")),
    *(
        "slots taken@2",
        "folder made@4",
        "artifact kept@3",
        "outputs shown@4",
        "attempt ended@6",
        "after NodeSucceeded@9",
    ),
]
RECOVERING = around("RunCrashed", "RunResumed")
CREATING = around("RunCreated")
REUSING = around("NodeReused")


@pytest.fixture
def everything(world: World) -> str:
    world.shell.save(*INNER, name="inner.ipynb")
    return str(world.shell.save(*EVERYTHING))


def check_whole(world: World) -> None:
    world.resume_all()
    assert world.wrong() == []
    assert states(world.run) == ENDS
    assert world.run.load("report", "report") == (["BERLIN", "PARIS"], 3, 1)
    assert world.run.state == "succeeded"
    assert world.published() == ONCE


def test_without_a_crash_the_run_ends_so(world: World, everything: str) -> None:
    world.call("run", everything)
    check_whole(world)


@pytest.mark.parametrize("point", [*ON_THE_WAY, *ONCE_MORE])
def test_a_runner_killed_there_is_resumed_to_the_same_end(world: World, everything: str, point: str) -> None:
    world.die(point, "run", everything)
    check_whole(world)


@pytest.mark.parametrize("point", CREATING)
def test_a_runner_killed_while_it_makes_the_run_leaves_one_or_none(world: World, everything: str, point: str) -> None:
    world.die(point, "run", everything)
    if point == "after RunCreated":
        assert world.run.state == "queued"
    else:
        assert world.runs == []
        world.call("run", everything)
    check_whole(world)


@pytest.mark.parametrize("point", RECOVERING)
def test_who_finds_or_resumes_a_crashed_run_may_die_too(world: World, everything: str, point: str) -> None:
    world.die("after NodeStarted@3", "run", everything)
    world.die(point, "resume", "last")
    check_whole(world)


def test_a_run_whose_every_resumer_dies_goes_on_a_step_each_time(world: World, everything: str) -> None:
    world.die("after NodeSucceeded@2", "run", everything)
    for _ in range(2):
        world.die("after NodeSucceeded@2", "resume", "last")
    check_whole(world)
    assert [event.kind for event in world.run.events()].count("RunResumed") == 3


@pytest.mark.parametrize("point", REUSING)
def test_a_retry_killed_while_it_reuses_is_resumed(world: World, everything: str, point: str) -> None:
    world.call("run", everything)
    world.die(f"{point}@2", "retry", "last")
    world.resume_all()
    assert world.wrong() == []
    retried, first = world.runs
    assert (retried.state, first.state) == ("succeeded", "succeeded")
    assert retried["boom"].state == "failed"
    assert world.published() == ONCE
    assert retried.load("report", "report") == (["BERLIN", "PARIS"], 3, 1)


def test_a_crashed_run_may_be_retried_instead_of_resumed(world: World, everything: str) -> None:
    world.die("after NodeSucceeded@5", "run", everything)
    world.call("retry", "last")
    retried, crashed = world.runs
    assert (retried.state, crashed.state) == ("succeeded", "crashed")
    assert retried["cities"].state == "reused"
    assert world.published() == ONCE
    assert retried.load("report", "report") == (["BERLIN", "PARIS"], 3, 1)
    assert world.wrong() == []


# -- cancelling

CANCELLING_QUEUED = around("RunCancelRequested", "NodeCancelled", "RunFinished")
CANCELLING_AT_WORK = ["after NodeSucceeded", *around("NodeCancelled", "RunFinished")]


@pytest.mark.parametrize("point", CANCELLING_QUEUED)
def test_who_cancels_a_queued_run_may_die_too(world: World, everything: str, point: str) -> None:
    world.die("after RunCreated", "run", everything)
    world.die(point, "cancel", "last")
    if world.run.state != "cancelled":
        world.call("cancel", "last")
    assert world.run.state == "cancelled"
    assert set(states(world.run).values()) == {"cancelled"}
    assert world.wrong() == []


@pytest.fixture
def slow(world: World) -> str:
    return str(
        world.shell.save(
            cell(WAIT_FOR, "setup"),
            cell("note('here')\nwait_for('go')\nfound = 1", "node:busy"),
            cell("more = found + 1", "node:later"),
        )
    )


def cancel_at_work(world: World, slow: str, point: str) -> None:
    runner = world.start("run", slow, crash_at=point)
    until((world.folder / "here").exists, "the node is at work")
    world.call("cancel", "last")
    assert world.run.state == "cancelling"
    world.shell.put("go")
    ended(runner, KILLED)


@pytest.mark.parametrize("point", CANCELLING_AT_WORK)
def test_a_run_that_is_being_cancelled_ends_so_although_its_runner_dies(world: World, slow: str, point: str) -> None:
    cancel_at_work(world, slow, point)
    assert world.run.state == "cancelled"
    assert states(world.run)["later"] == "cancelled"
    assert world.wrong() == []


@pytest.mark.parametrize("point", around("NodeCancelled", "RunFinished"))
def test_who_ends_a_cancelled_run_for_its_dead_runner_may_die_too(world: World, slow: str, point: str) -> None:
    cancel_at_work(world, slow, "before NodeCancelled")
    world.die(point, "show", "last")
    assert world.run.state == "cancelled"
    assert states(world.run)["later"] == "cancelled"
    assert world.wrong() == []


# -- two runs and one slot

HOLDING = around("NodeHeld")


@pytest.fixture
def holder(world: World) -> Iterator[Process]:
    """A run that has the only slot until the file ``go`` is there."""
    world.shell.save(cell("got = 1", "node:want", "pool:gpu"), name="want.ipynb")
    hold = cell("note('holding')\nwait_for('go')\nheld = 1", "node:hold", "pool:gpu")
    world.shell.save(cell(WAIT_FOR, "setup"), hold, name="hold.ipynb")
    return world.start("run", "hold.ipynb")


@pytest.mark.parametrize("point", HOLDING)
def test_a_run_killed_while_it_waits_for_a_slot_is_resumed(world: World, holder: Process, point: str) -> None:
    until((world.folder / "holding").exists, "the slot is taken")
    world.die(point, "run", "want.ipynb")
    world.shell.put("go")
    ended(holder, 0)
    world.resume_all()
    assert [run.state for run in world.runs] == ["succeeded", "succeeded"]
    assert world.wrong() == []


def test_who_finds_the_holder_of_a_slot_dead_lets_the_waiting_run_go_on(world: World, holder: Process) -> None:
    until((world.folder / "holding").exists, "the slot is taken")
    waiter = world.start("run", "want.ipynb")
    until(lambda: world.has_happened("NodeHeld"), "it is waited for")
    holder.kill()
    holder.wait()
    assert [run.state for run in world.runs] == ["running", "crashed"]
    ended(waiter, 0)  # Long before the lease ends.
    world.shell.put("go")
    world.resume_all()
    assert world.wrong() == []


def test_a_slot_comes_back_when_the_lease_of_its_dead_holder_ends(world: World) -> None:
    lease_s = 1.5
    world.shell.save(cell("got = 1", "node:want", "pool:gpu"), name="want.ipynb")
    world.shell.save(cell("held = 1", "node:hold", "pool:gpu"), name="hold.ipynb")
    ended(world.start("run", "hold.ipynb", crash_at="slots taken", lease_s=lease_s), KILLED)
    # Nobody looks for dead runners meanwhile.
    ended(world.start("run", "want.ipynb", lease_s=lease_s), 0)
    assert [run.state for run in world.runs] == ["succeeded", "crashed"]
    world.resume_all()
    assert world.wrong() == []


# -- a node is tried again while the run goes on

REOPENING = around("NodeReopened")


@pytest.fixture
def mendable(world: World) -> str:
    """`load` fails until ``rows`` is there; `busy` keeps the run going until ``go`` is."""
    return str(
        world.shell.save(
            cell(WAIT_FOR, "setup"),
            cell("rows = open('rows').read()", "node:load"),
            cell("count = len(rows)", "node:count", "out:count"),
            cell("note('here')\nwait_for('go')", "node:busy"),
        )
    )


def ask_again(world: World, ask: Callable[[str], None]) -> None:
    until((world.folder / "here").exists, "the rest is at work")
    assert states(world.run)["count"] == "upstream_failed"
    world.shell.put("rows")
    ask(world.run.run_id)
    world.shell.put("go")


@pytest.mark.parametrize("point", REOPENING)
def test_who_wants_a_node_tried_again_may_die(world: World, mendable: str, point: str) -> None:
    runner = world.start("run", mendable)
    ask_again(world, lambda run_id: world.die(point, "retry_node", run_id, "load"))
    ended(runner, 0)
    assert world.run.state == ("succeeded" if point == "after NodeReopened" else "failed")
    assert world.wrong() == []


@pytest.mark.parametrize("point", REOPENING)
def test_a_runner_killed_while_it_opens_what_is_below_is_resumed(world: World, mendable: str, point: str) -> None:
    runner = world.start("run", mendable, crash_at=point)
    ask_again(world, lambda run_id: world.call("retry_node", run_id, "load"))
    ended(runner, KILLED)
    world.resume_all()
    assert world.run.state == "succeeded"
    assert world.run.load("count", "count") == 0
    assert world.wrong() == []


# -- with kernels

IN_THE_RUNNER = ["kernel started", "attempt ended", "after NodeStarted"]
IN_THE_KERNEL = ["artifact drafted", "artifact kept", "outputs shown"]


@pytest.mark.kernel
@pytest.mark.parametrize("point", IN_THE_RUNNER)
def test_no_kernel_outlives_a_killed_runner_and_the_run_is_resumed(world: World, point: str) -> None:
    path = str(world.shell.save(cell("a = [1, 2]", "node:a"), cell("b = sum(a)", "node:b", "out:b")))
    world.die(point, "run", path, program=WITH_KERNELS)
    until(lambda: not left_behind(world.shell.store, [world.run.run_id]), "its kernel has ended", timeout_s=2)
    world.call("resume", "last", program=WITH_KERNELS)
    assert world.run.state == "succeeded"
    assert world.run.load("b", "b") == 3
    assert world.wrong() == []


@pytest.mark.kernel
@pytest.mark.parametrize("verb", ["resume", "retry"])
def test_who_goes_on_clears_away_what_a_finder_that_died_had_no_time_for(world: World, verb: str) -> None:
    world.shell.environment["DATAOPS_FORK"] = "off"  # only a kernel that is started has a connection file
    path = str(world.shell.save(cell("a = 1", "node:a", "out:a")))
    world.die("kernel started", "run", path, program=WITH_KERNELS)
    world.die("after RunCrashed", "show", "last")
    run_id = world.run.run_id
    assert [wrong for wrong in left_behind(world.shell.store, [run_id]) if CONNECTION_FILE in wrong]
    world.call(verb, "last", program=WITH_KERNELS)
    assert world.runs[0].load("a", "a") == 1
    assert world.wrong() == []


@pytest.mark.kernel
@pytest.mark.parametrize("point", IN_THE_KERNEL)
def test_a_kernel_killed_while_it_hands_on_costs_an_attempt_and_changes_nothing(world: World, point: str) -> None:
    first_kernel = f"import os\nif os.environ['DATAOPS_ATTEMPT'] == '1': os.environ['DATAOPS_CRASH_AT'] = {point!r}"
    path = str(world.shell.save(cell(first_kernel, "setup"), cell("a = [1, 2]", "node:a", "out:a")))
    world.call("run", path, program=WITH_KERNELS)
    first, second = world.run.get_attempts()["a"]
    assert first.failure is not None
    assert (first.failure.cause, second.failure) == ("kernel_died", None)
    assert world.run.load("a", "a") == [1, 2]
    assert world.wrong() == []


def test_every_point_is_come_to() -> None:
    reached = {
        *ON_THE_WAY,
        *CREATING,
        *RECOVERING,
        *REUSING,
        *CANCELLING_QUEUED,
        *CANCELLING_AT_WORK,
        *HOLDING,
        *REOPENING,
        *IN_THE_RUNNER,
        *IN_THE_KERNEL,
    }
    assert reached == set(POINTS)
