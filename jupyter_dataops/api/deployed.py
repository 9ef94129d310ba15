"""Runs of a version: what they are, and their files.

The notebook of such a run is the one in the version's bundle, which never changes: so resuming and retrying it keep to
the version, whatever is live meanwhile. Its kernels work in a copy of the bundle's files of the run's own, which they
import modules from; they may write there, but the version's files are read-only, and as they were whenever the run,
or a retry of it, begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from jupyter_dataops.ids import Digest
from jupyter_dataops.records import RunRecord
from jupyter_dataops.wiring import Layout


class Deployed(Struct, frozen=True):
    """Which version a run runs, and why."""

    name: str
    """Of the deployment."""
    version: int
    digest: Digest
    files: str
    """Folder of the working copy."""
    environment: str | None = None
    """Where the version was live; `None`: it was asked for by its number alone."""
    is_test: bool = False
    """Whether it is the test before a version becomes live."""

    @property
    def label(self) -> str:
        """How it is named: ``NAME@VERSION``, and the environment.

        Examples
        --------
        >>> Deployed("flights", 3, Digest("sha256:00"), "/x", "prod").label
        'flights@3 (prod)'
        """
        where = ", ".join(filter(None, (self.environment, "test" if self.is_test else "")))
        return f"{self.name}@{self.version}" + (f" ({where})" if where else "")

    def as_option(self) -> Mapping[str, Any]:
        """As the options of a run keep it."""
        return asdict(self)


def deployment_of(run: RunRecord) -> Deployed | None:
    """The version that `run` runs; `None`: a notebook as it was when the run was made."""
    said = run.options.get("deployment")
    return None if said is None else Deployed(**said)


def prepare_files(run: RunRecord, layout: Layout) -> None:
    """The working copy of a run of a version holds the version's files, whatever was done to them.

    Raises
    ------
    ArtifactMissing, ArtifactCorrupt
        The version is not in the store, or damaged.
    """
    said = deployment_of(run)
    if said is None:
        return
    from jupyter_dataops.api.bundles import Bundles  # noqa: PLC0415 - most runs are of no version

    Bundles(layout).unpack(said.digest, Path(said.files))
