"""Settings to live objects: the only file that names adapters.

Adapters are imported inside the functions, because kernels and ``--help`` must not pay for what they do not use.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from jupyter_dataops.artifacts.unsigned import UnsignedReader
    from jupyter_dataops.config import Settings
    from jupyter_dataops.interfaces import (
        ArtifactStore,
        AssetStore,
        DeploymentStore,
        Executor,
        NoticeStore,
        Notifier,
        RunStore,
        ScheduleStore,
    )
    from jupyter_dataops.kernels.fork_server import Imports
    from jupyter_dataops.kernels.fork_servers import ForkServers
    from jupyter_dataops.records import RunRecord
    from jupyter_dataops.store.database import Database

_PLAIN: Final = re.compile("[a-z_][a-z0-9_-]{0,63}")
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
_SPELLED: Final = 48


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return datetime.now(UTC)


class Layout(Struct, frozen=True):
    """Where things lie in a store's folder."""

    folder: Path
    artifacts_at: str | None = None
    """Folder or URL of the artifact store, where it is not in the store's folder."""

    @classmethod
    def of(cls, settings: Settings, run: RunRecord | None = None) -> Layout:
        """The layout of the configured store; of `run`, whose artifacts stay where they were put, if one is given."""
        artifacts = settings.artifacts if run is None else run.options.get("artifacts")
        return cls(Path(settings.store), artifacts)

    @property
    def artifacts(self) -> str:
        """Address of the artifact store."""
        return self.artifacts_at or str(self.folder / "artifacts")

    @property
    def deployments(self) -> Path:
        """Bundles of versions, each in a folder named by its content."""
        return self.folder / "deployments"

    @property
    def working_copies(self) -> Path:
        """Files of versions, a folder for each run of one."""
        return self.folder / "working"

    def run(self, run_id: str) -> Path:
        """Everything a run leaves as files."""
        return self.folder / "runs" / run_id

    def attempt(self, run_id: str, node: str, attempt: int) -> Path:
        """Executed notebook and log of one attempt."""
        return self.run(run_id) / folder_name(node) / str(attempt)


def folder_name(node: str) -> str:
    """A name for the folder of `node`, any node of any run, that every file system takes, and no other node has.

    Plain names stay as they are. Others are spelled in plain letters, with a mark of their own, because a file system
    may not tell ``A`` from ``a``, and Windows keeps some names for itself.

    Examples
    --------
    >>> folder_name("clean_2")
    'clean_2'
    >>> folder_name("etl[São Paulo]/Clean")
    'etl-s-o-paulo-clean~2d93ecf73789'
    """
    if _PLAIN.fullmatch(node) and node not in _DEVICES:
        return node
    spelled = re.sub("[^a-z0-9_]+", "-", node.lower()).strip("-")[:_SPELLED]
    return f"{spelled}~{hashlib.sha256(node.encode()).hexdigest()[:12]}"


def open_run_store(settings: Settings) -> RunStore:
    """The run store, created or migrated if need be.

    Raises
    ------
    StoreUnavailable, StoreTooNew
    """
    from jupyter_dataops.store.sql import open_sql_store  # noqa: PLC0415

    return open_sql_store(Path(settings.store))


def has_store(settings: Settings) -> bool:
    """Whether there is a store, of whatever age; nothing is made."""
    from jupyter_dataops.store.database import has_database  # noqa: PLC0415

    return has_database(Path(settings.store))


def open_deployment_store(settings: Settings) -> DeploymentStore:
    """The deployment store, in the database of the run store. Raises as `open_run_store` does."""
    from jupyter_dataops.store.deployments import SqlDeploymentStore  # noqa: PLC0415

    return SqlDeploymentStore(_database(settings))


def open_notice_store(settings: Settings) -> NoticeStore:
    """The store of messages, in the database of the run store. Raises as `open_run_store` does."""
    from jupyter_dataops.store.notices import SqlNoticeStore  # noqa: PLC0415

    return SqlNoticeStore(_database(settings))


def open_asset_store(settings: Settings) -> AssetStore:
    """The assets, in the database of the run store; also opened inside kernels. Raises as `open_run_store` does."""
    from jupyter_dataops.store.assets import SqlAssetStore  # noqa: PLC0415

    return SqlAssetStore(_database(settings))


def _database(settings: Settings) -> Database:
    from jupyter_dataops.store.database import Database, database_of  # noqa: PLC0415

    return Database(database_of(Path(settings.store)))


class Stores(Struct, frozen=True):
    """What is kept in one database, open over the same connections."""

    runs: RunStore
    schedules: ScheduleStore
    deployments: DeploymentStore
    notices: NoticeStore
    assets: AssetStore

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self.assets.close()
        self.notices.close()
        self.deployments.close()
        self.schedules.close()
        self.runs.close()


def open_stores(settings: Settings) -> Stores:
    """All that the database keeps, which is created or migrated if need be. Raises as `open_run_store` does."""
    return stores_in(_database(settings))


def stores_in(database: Database) -> Stores:
    """All that is kept in a database that is open; it closes with them."""
    from jupyter_dataops.store.assets import SqlAssetStore  # noqa: PLC0415
    from jupyter_dataops.store.deployments import SqlDeploymentStore  # noqa: PLC0415
    from jupyter_dataops.store.notices import SqlNoticeStore  # noqa: PLC0415
    from jupyter_dataops.store.schedules import SqlScheduleStore  # noqa: PLC0415
    from jupyter_dataops.store.sql import SqlRunStore  # noqa: PLC0415

    return Stores(
        SqlRunStore(database),
        SqlScheduleStore(database),
        SqlDeploymentStore(database),
        SqlNoticeStore(database),
        SqlAssetStore(database),
    )


def make_notifier() -> Notifier:
    """What sends messages; it costs nothing before there is one to be sent."""
    from jupyter_dataops.notifiers.through_apprise import AppriseNotifier  # noqa: PLC0415

    return AppriseNotifier()


def open_artifact_store(url: str, secrets: Mapping[str, str] | None = None) -> ArtifactStore:
    """The artifact store at `url`, which refuses values that hold one of `secrets`; also called inside kernels."""
    from jupyter_dataops.artifacts.store import ContentArtifactStore  # noqa: PLC0415

    if not secrets:
        return ContentArtifactStore(url)
    from jupyter_dataops.secrets import Masker  # noqa: PLC0415

    return ContentArtifactStore(url, masker=Masker(secrets))


def require_artifact_store(url: str) -> None:
    """Return if something here knows how to go to `url`; nobody has tried. Raises `EnvironmentRefused`."""
    if "://" in url:
        from jupyter_dataops.artifacts.files import require_protocol  # noqa: PLC0415

        require_protocol(url)


def open_unsigned_reader(url: str) -> UnsignedReader:
    """What reads values of the artifact store at `url` without running code that came with them."""
    from jupyter_dataops.artifacts.unsigned import UnsignedReader  # noqa: PLC0415

    return UnsignedReader(url)


class ForkRequest(Struct, frozen=True):
    """How kernels are to be forked."""

    kernel_name: str
    """The kernelspec that most nodes use."""
    ahead: int
    """How many kernels stand by for a node at the most."""
    imports: Imports = ()
    """What to import before: module, and the names that a ``from`` takes from it."""
    remarks: tuple[str, ...] = ()
    """What is not imported before, and why."""
    most: int | None = None
    """How many its nodes can need, retries apart; `None`: it is not known yet. None beyond them is made ahead."""


def start_fork_servers(forking: ForkRequest) -> ForkServers:
    """The fork servers of a run, of which the one that most nodes need is starting already, should there be one."""
    from jupyter_dataops.kernels.fork_server import NoForkServer  # noqa: PLC0415
    from jupyter_dataops.kernels.fork_servers import ForkServers, purpose_of  # noqa: PLC0415
    from jupyter_dataops.kernels.node_command import PARKED, likely_command  # noqa: PLC0415

    servers, command = ForkServers(), likely_command(forking.kernel_name)
    if command is not None:
        with suppress(NoForkServer):
            servers.get(purpose_of(command, os.environ, forking.imports, PARKED, forking.most))
    return servers


def make_executor(forking: ForkRequest | None, servers: ForkServers | None = None) -> Executor:
    """An executor of its own for one run; without `forking`, each of its kernels is started by itself.

    Parameters
    ----------
    servers
        What `start_fork_servers` made; they end with the executor, and are waited for by whoever closes them.
    """
    from jupyter_dataops.executors.local import LocalExecutor, Preparing  # noqa: PLC0415
    from jupyter_dataops.kernels.attempt import NodeAttempt  # noqa: PLC0415
    from jupyter_dataops.kernels.fork_servers import ForkServers  # noqa: PLC0415
    from jupyter_dataops.kernels.guard import KernelGuard  # noqa: PLC0415
    from jupyter_dataops.kernels.launching import end_early  # noqa: PLC0415
    from jupyter_dataops.kernels.node_command import PARKED  # noqa: PLC0415
    from jupyter_dataops.kernels.node_kernel import Forking  # noqa: PLC0415
    from jupyter_dataops.kernels.standby import prepare  # noqa: PLC0415

    end_early()  # whoever wants it has it by now
    guard, forks = KernelGuard(), servers or ForkServers()

    def release() -> None:
        if servers is None:
            forks.close()
        else:  # The system takes the memory of a fork server back while the rest of the command goes on.
            forks.end()
        guard.close()

    if forking is None:
        return LocalExecutor(partial(NodeAttempt, guard=guard), release)
    made = Forking(forks, forking.imports, PARKED, forking.most, forking.remarks)
    preparing = Preparing(partial(prepare, forking.kernel_name, made), forking.ahead, forking.most)
    return LocalExecutor(partial(NodeAttempt, guard=guard, forking=made), release, preparing)


def why_not_forked(command: Sequence[str]) -> str | None:
    """Why kernels that `command` starts cannot be forked on this machine; `None`: one just was. Takes a second."""
    from jupyter_dataops.kernels.fork_server import ForkServer, NoForkServer  # noqa: PLC0415
    from jupyter_dataops.kernels.fork_servers import purpose_of  # noqa: PLC0415

    try:
        with closing(ForkServer(purpose_of(command, os.environ, (), ahead=1))) as server:
            process, channel = server.take()
            channel.close()
            process.wait()
    except NoForkServer as error:
        return str(error)
    return None
