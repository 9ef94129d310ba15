"""Settings to live objects: the only file that names adapters.

Adapters are imported inside the functions, because kernels and ``--help`` must not pay for what they do not use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jupyter_dataops.config import Settings
from jupyter_dataops.interfaces import ArtifactStore, Executor, RunStore


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in a store's folder."""

    folder: Path

    @property
    def artifacts(self) -> str:
        """Address of the artifact store."""
        return str(self.folder / "artifacts")

    def run(self, run_id: str) -> Path:
        """Everything a run leaves as files."""
        return self.folder / "runs" / run_id

    def attempt(self, run_id: str, node: str, attempt: int) -> Path:
        """Executed notebook and log of one attempt."""
        return self.run(run_id) / node / str(attempt)


def open_run_store(settings: Settings) -> RunStore:
    """The run store, created or migrated if need be.

    Raises
    ------
    StoreUnavailable, StoreTooNew
    """
    from jupyter_dataops.store.sql import open_sql_store  # noqa: PLC0415

    return open_sql_store(Path(settings.store))


def open_artifact_store(url: str) -> ArtifactStore:
    """The artifact store at `url`; also called inside kernels."""
    from jupyter_dataops.artifacts.store import ContentArtifactStore  # noqa: PLC0415

    return ContentArtifactStore(url)


def make_executor() -> Executor:
    """An executor of its own for one run."""
    from jupyter_dataops.executors.local import LocalExecutor  # noqa: PLC0415
    from jupyter_dataops.kernels.attempt import NodeAttempt  # noqa: PLC0415

    return LocalExecutor(NodeAttempt)
