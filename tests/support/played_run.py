"""A run whose runner is the test: every step of it is written to the store when the test says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.events import NodeFailed, NodeQueued, NodeStarted, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import open_run_store
from tests.support.notebooks import cell, notebook
from tests.support.stores import TOKEN, a_failure

_LONG = timedelta(hours=1)


class PlayedRun:
    """A run of a notebook in `folder`, which has one cell for each node."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self.path = folder / "etl.ipynb"
        self.log = folder / "log.jsonl"
        self.store = open_run_store(settings)
        self.run_id = RunId("")

    def create(self, *nodes: str) -> None:
        self.path.write_text(json.dumps(notebook(*(cell(f"{name} = 1", f"node:{name}") for name in nodes))))
        self.begin()

    def begin(self) -> None:
        """A run of the notebook as it is."""
        self.run_id = Pipeline(self.path, settings=self._settings).create_run().run_id

    def take(self, runner: RunnerRecord | None = None) -> None:
        now = datetime.now(UTC)
        self.store.apply(
            RunStarted(
                run_id=self.run_id,
                at=now,
                token=TOKEN,
                control="nowhere",
                runner=runner or this_runner(),
                lease_until=now + _LONG,
            ),
            None,
        )

    def start(self, node: str = "a") -> None:
        begun = NodeStarted(
            **self._of(node), attempt=1, token=Token("t"), notebook="n", log=str(self.log), reason="asked"
        )
        self._apply(NodeQueued(**self._of(node), reason="ready"), begun)

    def succeed(self, node: str = "a") -> None:
        self._apply(NodeSucceeded(**self._of(node)))

    def fail(self, node: str = "a") -> None:
        self._apply(NodeFailed(**self._of(node), failure=a_failure(), reason="it failed"))

    def finish(self, state: RunState) -> None:
        self._apply(RunFinished(run_id=self.run_id, at=datetime.now(UTC), state=state, reason="so it went"))

    def print(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            write_log_line(file, LogLine(datetime.now(UTC), "stdout", text))

    def close(self) -> None:
        self.store.close()

    def _of(self, node: str) -> dict[str, Any]:
        return {"run_id": self.run_id, "node": NodeName(node), "at": datetime.now(UTC)}

    def _apply(self, *events: Any) -> None:
        self.store.apply_all(events, TOKEN)
