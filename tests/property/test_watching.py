"""Whatever happens to a run, and however often a watcher is cut off: what it has folded is what the store says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_dataops.api.sub_notebooks import text_digest
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeExpanded,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeReopened,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunCancelRequested,
    RunCrashed,
    RunFinished,
    RunResumed,
    RunStarted,
)
from jupyter_dataops.ids import NodeName, RunId, Token, child_name
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watcher import Watcher
from jupyter_dataops.service.wire.runs import NodeRunView, RunSummary
from jupyter_dataops.service.wire.watching import Told, WatchRun
from jupyter_dataops.states import CheckSeverity, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.notebooks import cell, notebook
from tests.support.stores import TOKEN, a_failure, stores_in_memory

RUN = RunId("bcd2345678")
NOTEBOOK = notebook(
    cell("a = [1, 2]", "node:a"),
    cell("assert a", "check:a/some"),
    cell("b = a", "node:b"),
    cell("c = x", "node:c", "each:x=a"),
    cell("print(b, c)", "node:d"),
)
NAMES = ("a", "check:a/some", "b", "c", "d")
CHILDREN = tuple(
    NodeRunRecord(RUN, child_name("c", key), place, parent=NodeName("c"), key=key) for place, key in enumerate("xy")
)
NODES = (*NAMES, *(child.node for child in CHILDREN))
START = datetime(2026, 1, 1, tzinfo=UTC)
FAR = datetime.now(UTC) + timedelta(days=365)

Make = Callable[[dict[str, Any], NodeRunRecord | None], Event]
NODE_EVENTS: dict[str, Make] = {
    "queued": lambda key, _: NodeQueued(**key, reason="ready"),
    "held": lambda key, _: NodeHeld(**key, reason="pool gpu is full"),
    "started": lambda key, record: NodeStarted(
        **key, attempt=(record.attempt if record else 0) + 1, token=Token("t"), notebook="n", log="l", reason="asked"
    ),
    "succeeded": lambda key, _: NodeSucceeded(**key),
    "failed": lambda key, _: NodeFailed(**key, failure=a_failure(), reason="it raised"),
    "retrying": lambda key, _: NodeRetrying(**key, failure=a_failure(), not_before=key["at"], reason="again"),
    "skipped": lambda key, _: NodeSkipped(**key, reason="when"),
    "upstream failed": lambda key, _: NodeUpstreamFailed(**key, reason="a failed"),
    "cancelled": lambda key, _: NodeCancelled(**key, reason="asked"),
    "reopened": lambda key, _: NodeReopened(**key, reason="once more", by="ana"),
    "expanded": lambda key, _: NodeExpanded(**key, children=CHILDREN, parameters=None),
}
TAKEN = {"token": TOKEN, "control": "nowhere", "runner": this_runner(), "lease_until": FAR}
RUN_EVENTS: dict[str, Callable[[dict[str, Any]], Event]] = {
    "crashed": lambda key: RunCrashed(**key, reason="it died", lease_until=FAR),
    "resumed": lambda key: RunResumed(**key, **TAKEN, by="ana"),
    "cancel": lambda key: RunCancelRequested(**key, reason="asked", by="ana"),
    "finished": lambda key: RunFinished(**key, state=RunState.FAILED, reason="over"),
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["queued", "started", "succeeded", *NODE_EVENTS]), st.sampled_from(NODES)),
        st.sampled_from([("queued", "c"), ("expanded", "c")]),
        st.tuples(st.sampled_from(list(RUN_EVENTS)), st.none()),
        st.tuples(st.just("poll"), st.integers(0, 2)),
        st.tuples(st.just("come back"), st.integers(0, 2)),
        st.tuples(st.just("server restarts"), st.integers(0, 2)),
    ),
    max_size=60,
)


class Folding:
    """Who knows of the run what it was told; hears only so many messages before it is cut off."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.watcher = Watcher(service, self._hear)
        self.nodes: dict[str, NodeRunView] = {}
        self.run: RunSummary | None = None
        self.seq = 0
        self._left = 10**9

    def _hear(self, told: Told) -> None:
        if self._left <= 0:
            raise ConnectionError
        self._left -= 1
        if told.kind == "run":
            self.nodes, self.run, self.seq = {one.node: one for one in told.view.nodes}, told.view.run, told.view.seq
        elif told.kind == "run_changed":
            assert told.seq >= self.seq
            self.nodes |= {one.node: one for one in told.nodes}
            self.run, self.seq = told.run, told.seq

    def poll(self, hears: int = 10**9) -> None:
        self._left = hears
        try:
            self.watcher.poll()
        except ConnectionError:
            self.come_back()

    def come_back(self, service: Service | None = None) -> None:
        """To the same server, or to another, which knows nothing of what was before."""
        self._service = service or self._service
        self._left = 10**9
        self.watcher.close()
        self.watcher = Watcher(self._service, self._hear)
        self.watcher.ask(WatchRun(id="r", run_id=RUN, after=self.seq))


class Kept(MemoryRunStore):
    """A store that several open, and that nobody closes."""


def happen(store: MemoryRunStore, kind: str, node: str | None, number: int) -> None:
    key: dict[str, Any] = {"run_id": RUN, "at": START + timedelta(seconds=number)}
    record = next((one for one in store.get_node_runs(RUN) if one.node == node), None)
    if node is not None and record is None:
        return
    event = RUN_EVENTS[kind](key) if node is None else NODE_EVENTS[kind]({**key, "node": NodeName(node)}, record)
    try:
        store.apply(event, TOKEN)
    except IllegalMove:
        return


def a_run(folder: Path, store: MemoryRunStore) -> None:
    text = json.dumps(NOTEBOOK)
    (folder / "etl.ipynb").write_text(text)
    options = {"working_dir": str(folder), "jobs": 2, "mode": "full"}
    run = RunRecord(RUN, str(folder / "etl.ipynb"), text_digest(text), {}, RunState.QUEUED, START, options=options)
    node_runs = [
        NodeRunRecord(RUN, NodeName(name), place, severity=CheckSeverity.ERROR if "check:" in name else None)
        for place, name in enumerate(NAMES)
    ]
    store.create_run(run, node_runs, {run.snapshot: text}, START)
    store.apply(RunStarted(run_id=RUN, at=START, **TAKEN), None)


def watched(folder: Path, store: MemoryRunStore) -> Iterator[Service]:
    while True:
        yield Service(FolderPlaces(folder), Settings(str(folder), 1), open_stores=lambda _: stores_in_memory(store))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_what_a_watcher_has_folded_is_what_the_store_says(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        store, folder = Kept(), Path(name)
        a_run(folder, store)
        services = watched(folder, store)
        with closing(next(services)) as service, closing(next(services)) as fresh:
            folding = [Folding(service) for _ in range(3)]
            for one in folding:
                one.come_back()
            for number, (kind, what) in enumerate(steps, 1):
                if kind == "poll":
                    folding[what].poll(hears=number % 3)
                elif kind == "come back":
                    folding[what].come_back()
                elif kind == "server restarts":
                    folding[what].come_back(next(services))
                else:
                    happen(store, kind, what, number)
            expected = fresh.desk.picture(RUN).whole()
            for one in folding:
                one.poll()
                assert one.seq == expected.seq
                assert one.run == expected.run
                assert one.nodes == {node.node: node for node in expected.nodes}
                one.watcher.close()
