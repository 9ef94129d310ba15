"""The run store in a database: that of a store's folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import ArtifactMissing
from jupyter_dataops.events import Event
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import (
    AttemptRecord,
    AuditRecord,
    EarlierResult,
    EventRecord,
    Happening,
    NewRun,
    NodeRunRecord,
    RunChanges,
    RunOverview,
    RunRecord,
    SlotHolder,
)
from jupyter_dataops.states import CheckSeverity
from jupyter_dataops.store import changes, queries, results, watching
from jupyter_dataops.store.database import Database, database_of
from jupyter_dataops.store.lookup import LAST, newest_of, run_meant
from jupyter_dataops.store.slots import Request


def open_sql_store(folder: Path) -> SqlRunStore:
    """The run store in `folder`, made where there is none, for its owner's eyes only.

    Raises
    ------
    StoreUnavailable
        The folder cannot be used; the message says why.
    StoreTooNew
        A newer version of this package wrote it.
    """
    return SqlRunStore(database_of(folder))


class SqlRunStore:
    """A `RunStore` in a database, which is brought to the present schema when it is opened.

    Parameters
    ----------
    url_or_path
        A database URL such as ``postgresql+psycopg://host/name``, the path of a SQLite file, or a database that is open
        already, and is closed with this store.

    Notes
    -----
    A state change costs about six statements; a transaction, of one change or of many, one flush to disk in SQLite.
    Reading a run costs the same however many others there are. Not to be used across a fork.
    """

    def __init__(self, url_or_path: str | Path | Database) -> None:
        self.database = url_or_path if isinstance(url_or_path, Database) else Database(url_or_path)
        self._transactions = self.database.transactions

    def create_run(
        self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshots: Mapping[Digest, str], at: datetime
    ) -> None:
        """Store a new run; see `RunStore.create_run`."""

        def work(connection: sa.Connection, done: Callable[[str], None]) -> None:
            changes.insert_run(connection, NewRun(run, node_runs, snapshots, at))
            done("RunCreated")

        self._write(["RunCreated"], work)

    def apply(self, event: Event, token: Token | None) -> None:
        """Make a state change durable; see `RunStore.apply`."""
        self.apply_all((event,), token)

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        """Make state changes durable, all or none; see `RunStore.apply_all`."""
        self._write(
            [type(event).__name__ for event in events],
            lambda connection, done: changes.change_all(connection, events, token, done),
        )

    def renew_lease(self, run_id: RunId, token: Token, until: datetime) -> None:
        """The runner is there until then; see `RunStore.renew_lease`."""
        self._transactions.write(lambda connection: changes.renew_lease(connection, run_id, token, until))

    def take_slots(  # noqa: PLR0917  # as in `RunStore`
        self,
        run_id: RunId,
        token: Token,
        node: NodeName,
        wanted: Mapping[str, int],
        sizes: Mapping[str, int],
        at: datetime,
    ) -> Sequence[SlotHolder]:
        """Take slots of pools; see `RunStore.take_slots`."""
        request = Request(run_id, token, node, wanted, sizes, at)
        return self._transactions.write(lambda connection: changes.take_slots(connection, request))

    def find_results(self, keys: Collection[str]) -> Mapping[str, EarlierResult]:
        """The results under those of `keys` that have one."""
        return self._transactions.read(lambda connection: results.select_results(connection, keys))

    def find_latest_results(
        self, notebook: str, nodes: Collection[NodeName], before: datetime | None = None
    ) -> Mapping[NodeName, EarlierResult]:
        """The newest result of each node; see `RunStore.find_latest_results`."""
        return self._transactions.read(lambda connection: results.select_latest(connection, notebook, nodes, before))

    def get_active_runs(self) -> Sequence[RunRecord]:
        """Runs that are at work, oldest first."""
        return self._transactions.read(queries.select_active)

    def get_queued_runs(self) -> Sequence[RunRecord]:
        """Runs that no runner has taken yet, oldest first."""
        return self._transactions.read(queries.select_queued)

    def get_overviews(self, run_ids: Collection[RunId]) -> Mapping[RunId, RunOverview]:
        """How far each run is; see `RunStore.get_overviews`."""
        return self._transactions.read(lambda connection: watching.select_overviews(connection, run_ids))

    def get_changes(self, run_id: RunId, after: int = 0) -> RunChanges:
        """What is not as it was; see `RunStore.get_changes`."""
        return self._transactions.read(lambda connection: watching.select_changes(connection, run_id, after))

    def count_failed_checks(self, run_ids: Collection[RunId]) -> Mapping[RunId, Mapping[CheckSeverity, int]]:
        """How many checks of each run failed, by severity; runs of which none did are left out."""
        return self._transactions.read(lambda connection: queries.count_failed_checks(connection, run_ids))

    def get_audit(self, run_id: RunId | None = None, after: int = 0) -> Sequence[AuditRecord]:
        """Actions with a ``seq`` above `after`, in order."""
        return self._transactions.read(lambda connection: queries.select_audit(connection, run_id, after))

    def get_run(self, run_id: RunId) -> RunRecord:
        """One run. Raises `RunNotFound`."""
        return self._transactions.read(lambda connection: queries.select_run(connection, run_id))

    def find_run(self, name: str, notebook: str | None = None, *, environment: str | None = None) -> RunRecord:
        """The run meant by `name`; see `RunStore.find_run`."""
        if name == LAST:
            return newest_of(self.get_runs(notebook, 1, environment=environment), notebook, environment)
        matches = self._transactions.read(lambda connection: queries.select_runs_starting(connection, name))
        return run_meant(name, matches, lambda: self._transactions.read(queries.select_recent))

    def get_runs(
        self,
        notebook: str | None = None,
        limit: int = 50,
        *,
        environment: str | None = None,
        deployments: Collection[str] = (),
        version: int | None = None,
    ) -> Sequence[RunRecord]:
        """The latest runs, newest first; see `RunStore.get_runs`."""
        wanted = notebook, limit, environment, deployments, version
        return self._transactions.read(lambda connection: queries.select_runs(connection, *wanted))

    def get_node_runs(self, run_id: RunId, names: Collection[NodeName] | None = None) -> Sequence[NodeRunRecord]:
        """A run's node runs with their outputs, in document order. Raises `RunNotFound`."""
        return self._transactions.read(lambda connection: queries.select_node_runs(connection, run_id, names))

    def get_attempts(self, run_id: RunId, node: NodeName | None = None) -> Sequence[AttemptRecord]:
        """Attempts, by node's document order, then number. Raises `RunNotFound`, `NodeNotFound`."""
        return self._transactions.read(lambda connection: queries.select_attempts(connection, run_id, node))

    def get_snapshot(self, digest: Digest) -> str:
        """The notebook's text that a run pinned. Raises `ArtifactMissing`."""
        text = self._transactions.read(lambda connection: queries.select_snapshot(connection, digest))
        if text is None:
            raise ArtifactMissing("The store has no snapshot of that address", where=digest)
        return text

    def get_events(self, run_id: RunId, after: int = 0, kinds: Collection[str] = ()) -> Sequence[EventRecord]:
        """Events with a ``seq`` above `after`, in order. Raises `RunNotFound`."""
        return self._transactions.read(lambda connection: queries.select_events(connection, run_id, after, kinds))

    def get_happenings(self, after: int, limit: int = 1_000) -> Sequence[Happening]:
        """What happened to any run with a ``seq`` above `after`, in order, no more than `limit`."""
        return self._transactions.read(lambda connection: queries.select_happenings(connection, after, limit))

    def get_last_seq(self) -> int:
        """The ``seq`` of the newest event of all runs; 0 before the first."""
        return self._transactions.read(queries.select_last_seq)

    def get_data_version(self) -> int:
        """A number that differs after anything has happened to a run, here too; costs microseconds in SQLite."""
        return self.database.get_data_version()

    def _write(self, kinds: Sequence[str], work: Callable[[sa.Connection, Callable[[str], None]], None]) -> None:
        for kind in kinds:
            reach(f"before {kind}")
        self._transactions.write(lambda connection: work(connection, lambda kind: reach(f"inside {kind}")))
        for kind in kinds:
            reach(f"after {kind}")

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self.database.close()
