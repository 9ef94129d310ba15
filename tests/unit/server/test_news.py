from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.events import (
    NodeFailed,
    NodeQueued,
    NodeRetrying,
    NodeStarted,
    NodeSucceeded,
    RunFinished,
)
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.server.announcements import NODE_FAILED, RUN_ENDED, RUN_STATE, Announcement
from jupyter_dataops.server.metrics import make_metrics
from jupyter_dataops.server.news import MOST_FAILURES_TOLD, News
from jupyter_dataops.states import RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.failing_store import Call, Fault, Script, failing
from tests.support.stores import (
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_failure,
    a_node,
    a_resumption,
    a_run,
    a_start,
    at,
    keep,
    play,
)


class Watched:
    """A store, its news, and their numbers."""

    def __init__(self) -> None:
        self.store = MemoryRunStore()
        self.registry = CollectorRegistry()
        self.now_s = 0.0
        self.dead_looked_for = 0
        self.news = self.follow()

    def follow(self, after: int | None = None, script: Script | None = None) -> News:
        return News(
            failing(self.store, script) if script else self.store,
            make_metrics(self.registry),
            find_dead=self._find_dead,
            path_of=lambda file: file.name,
            monotonic=lambda: self.now_s,
            after=after,
        )

    def _find_dead(self) -> None:
        self.dead_looked_for += 1

    def apply(self, *events: Any) -> None:
        for event in events:
            self.store.apply(event, TOKEN)

    def look(self) -> list[Announcement]:
        return self.news.look()

    def value(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def watched() -> Watched:
    return Watched()


def begun(watched: Watched, *nodes: str) -> None:
    """A run that has been taken, with its nodes."""
    keep(watched.store, a_run(), *(a_node(name, position=n) for n, name in enumerate(nodes or ("a",))))
    watched.apply(a_start())


def attempt(node: str = "a", seconds: float = 6) -> tuple[Any, ...]:
    key = {"run_id": RUN, "node": NodeName(node), "at": at(seconds)}
    start = NodeStarted(**key, attempt=1, token=Token("t"), notebook="n", log="l", reason="asked")
    return NodeQueued(**key, reason="ready"), start


def failed(node: str = "a", seconds: float = 7) -> NodeFailed:
    return NodeFailed(run_id=RUN, node=NodeName(node), at=at(seconds), failure=a_failure(), reason="it failed")


def succeeded(node: str = "a", seconds: float = 7) -> NodeSucceeded:
    return NodeSucceeded(run_id=RUN, node=NodeName(node), at=at(seconds))


def finished(state: RunState, seconds: float = 9) -> RunFinished:
    return RunFinished(run_id=RUN, at=at(seconds), state=state, reason="so it went")


def states(announcements: list[Announcement]) -> list[tuple[str, str]]:
    return [(one.data["run_id"], one.data["state"]) for one in announcements if one.schema_id == RUN_STATE]


def test_each_state_of_a_run_is_said_once_in_order(watched: Watched) -> None:
    begun(watched)
    watched.apply(*attempt(), succeeded(), finished(RunState.SUCCEEDED))

    said = watched.look()

    assert states(said) == [(RUN, "queued"), (RUN, "running"), (RUN, "succeeded")]
    assert [one.schema_id for one in said] == [RUN_STATE, RUN_STATE, RUN_STATE, RUN_ENDED]
    assert watched.look() == []


def test_what_happened_before_is_no_news() -> None:
    watched = Watched()
    play(watched.store, "r1", nodes=1)
    watched.registry = CollectorRegistry()
    watched.news = watched.follow()

    assert watched.look() == []


def test_all_that_happened_is_news_for_who_follows_from_the_start(watched: Watched) -> None:
    play(watched.store, "r1", nodes=1)
    watched.registry = CollectorRegistry()
    watched.news = watched.follow(after=0)

    assert states(watched.look()) == [("r1", "queued"), ("r1", "running"), ("r1", "succeeded")]


def test_news_in_trouble_go_on_from_what_was_told_and_count_nothing_twice(watched: Watched) -> None:
    def script(call: Call) -> Fault | None:
        return Fault.REFUSED if call.method == "get_overviews" else None

    begun(watched)
    watched.apply(*attempt(), succeeded(), finished(RunState.SUCCEEDED))
    watched.registry = CollectorRegistry()
    watched.news = watched.follow(after=0, script=script)

    before = watched.look()
    assert watched.news.is_due
    with pytest.raises(StoreUnavailable):
        watched.look()
    watched.registry = CollectorRegistry()
    watched.news = watched.follow(after=watched.news.after)
    after = watched.look()

    assert states(before) == [(RUN, "queued"), (RUN, "running")]
    assert [one.schema_id for one in after] == [RUN_STATE, RUN_ENDED]
    assert watched.value("dataops_node_runs_total", state="succeeded") == 0
    assert watched.value("dataops_runs_total", state="succeeded") == 1
    assert watched.news.after == watched.store.get_last_seq()


def test_in_another_store_than_the_one_that_was_followed_all_is_news(watched: Watched) -> None:
    begun(watched)
    watched.registry = CollectorRegistry()
    watched.news = watched.follow(after=10_000)

    assert states(watched.look()) == [(RUN, "queued"), (RUN, "running")]


def test_there_is_something_to_glance_at_while_a_run_goes_on(watched: Watched) -> None:
    assert watched.news.glance() is None
    keep(watched.store, a_run(), a_node("a"))
    watched.look()
    assert watched.news.glance() is None  # it waits for a runner

    watched.apply(a_start())
    watched.look()
    before = watched.news.glance()
    assert before is not None
    watched.apply(*attempt())
    assert watched.news.glance() not in (before, None)

    watched.apply(succeeded(), finished(RunState.SUCCEEDED))
    watched.look()
    assert watched.news.glance() is None


def test_a_look_is_due_when_something_was_written(watched: Watched) -> None:
    watched.look()
    assert not watched.news.is_due

    begun(watched)
    assert watched.news.is_due

    watched.look()
    assert not watched.news.is_due


def test_dead_runners_are_looked_for_every_few_seconds_while_a_run_goes_on(watched: Watched) -> None:
    watched.look()
    watched.now_s += 3_600
    assert not watched.news.is_due

    begun(watched)
    watched.look()
    watched.look()
    assert watched.dead_looked_for == 0

    for count in (1, 2):
        watched.now_s += 2.5
        assert watched.news.is_due
        watched.look()
        assert not watched.news.is_due
        assert watched.dead_looked_for == count

    watched.apply(*attempt(), succeeded(), finished(RunState.SUCCEEDED))
    watched.look()
    watched.now_s += 3_600
    assert not watched.news.is_due


def test_a_run_that_was_going_on_before_is_watched_over(watched: Watched) -> None:
    begun(watched)
    watched.registry = CollectorRegistry()
    watched.news = watched.follow()

    assert watched.look() == []
    assert watched.dead_looked_for == 1
    assert watched.value("dataops_running_runs") == 1


def test_a_crash_is_said_and_a_resumption_goes_on(watched: Watched) -> None:
    begun(watched)
    watched.store.apply(a_crash(lease_until=watched.store.get_run(RUN).lease_until, seconds=8), TOKEN)
    first = watched.look()
    watched.store.apply(a_resumption(seconds=10), None)
    second = watched.look()

    assert states(first)[-1] == (RUN, "crashed")
    assert first[-1].data["reason"] == "its process is gone"
    assert states(second) == [(RUN, "running")]
    assert watched.value("dataops_runs_total", state="crashed") == 1
    assert watched.value("dataops_running_runs") == 1


def test_a_request_to_cancel_is_a_state(watched: Watched) -> None:
    begun(watched)
    watched.store.apply(a_cancel_request(), None)

    assert states(watched.look())[-1] == (RUN, "cancelling")


def test_a_failed_node_says_why_and_where(watched: Watched) -> None:
    begun(watched)
    watched.apply(*attempt(), failed())

    (said,) = (one for one in watched.look() if one.schema_id == NODE_FAILED)

    assert said.data == {
        "run_id": RUN,
        "name": "etl",
        "path": "etl.ipynb",
        "parent_run_id": None,
        "node": "a",
        "attempt": 1,
        "severity": None,
        "cause": "exception",
        "ename": "KeyError",
        "evalue": "'größe'",
        "cell_id": "c3",
        "line": 7,
        "reason": "it failed",
        "at": at(7).isoformat(),
    }


def test_what_is_tried_again_is_no_failure_yet(watched: Watched) -> None:
    begun(watched)
    retrying = NodeRetrying(
        run_id=RUN, node=NodeName("a"), at=at(7), failure=a_failure(), not_before=at(8), reason="in a second"
    )
    watched.apply(*attempt(), retrying)

    assert [one.schema_id for one in watched.look()] == [RUN_STATE, RUN_STATE]


def test_of_many_failures_the_first_are_told_however_often_somebody_looks(watched: Watched) -> None:
    names = [f"n{n}" for n in range(MOST_FAILURES_TOLD + 15)]
    begun(watched, *names)
    told = []
    for name in names:
        watched.apply(*attempt(name), failed(name))
        if name in ("n3", "n30"):
            told += watched.look()
    told += watched.look()

    assert [one.data["node"] for one in told if one.schema_id == NODE_FAILED] == names[:MOST_FAILURES_TOLD]
    assert watched.value("dataops_node_runs_total", state="failed") == len(names)


def test_the_end_has_the_numbers(watched: Watched) -> None:
    begun(watched, "a", "b")
    watched.apply(*attempt("a"), failed("a"), *attempt("b"), succeeded("b"), finished(RunState.FAILED))

    said = watched.look()[-1]

    assert said.schema_id == RUN_ENDED
    assert said.data == {
        "run_id": RUN,
        "name": "etl",
        "path": "etl.ipynb",
        "parent_run_id": None,
        "state": "failed",
        "reason": "so it went",
        "started_at": at(5).isoformat(),
        "finished_at": at(9).isoformat(),
        "duration_s": 4.0,
        "counts": {"failed": 1, "succeeded": 1},
        "failed": ["a"],
    }


def test_runs_and_nodes_are_counted_and_timed(watched: Watched) -> None:
    begun(watched, "a", "b")
    watched.look()
    assert watched.value("dataops_running_runs") == 1

    watched.apply(*attempt("a", 6), succeeded("a", 16), *attempt("b", 6), failed("b", 7), finished(RunState.FAILED, 25))
    watched.look()

    assert watched.value("dataops_running_runs") == 0
    assert watched.value("dataops_runs_total", state="failed") == 1
    assert watched.value("dataops_run_duration_seconds_sum", state="failed") == 20
    assert watched.value("dataops_node_runs_total", state="succeeded") == 1
    assert watched.value("dataops_node_run_duration_seconds_sum", state="succeeded") == 10
    assert watched.value("dataops_node_run_duration_seconds_sum", state="failed") == 1


def test_a_run_without_a_name_of_its_own_is_called_like_its_notebook(watched: Watched) -> None:
    keep(watched.store, replace(a_run(), options={"name": "Sales"}), a_node())
    keep(watched.store, a_run("r2"), a_node(run_id="r2"))

    assert [one.data["name"] for one in watched.look()] == ["Sales", "etl"]


def test_times_are_those_of_the_events(watched: Watched) -> None:
    begun(watched)

    said = [datetime.fromisoformat(one.data["at"]) for one in watched.look()]

    assert said == [at(0), at(0) + timedelta(seconds=5)]


def test_ids_are_those_of_the_schemas() -> None:
    folder = Path(__file__).parents[3] / "jupyter_dataops" / "server" / "events"
    written = {
        line.split(": ")[1] for file in folder.glob("*.yaml") for line in file.read_text().splitlines() if "$id" in line
    }

    assert written == {RUN_STATE, RUN_ENDED, NODE_FAILED}
