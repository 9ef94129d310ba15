"""The peers: the same work with other tools, each by a script of its own in an environment of its own.

A further peer is a script here, started with the work in ``work.json`` beside it (see `work`), and a row below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A row of the table."""

    title: str
    environment: str
    """A key of `benchmarks.environments.ENVIRONMENTS`."""
    packages: tuple[str, ...] = ()
    """Whose versions are told."""


PAPERMILL = "papermill_api"
PLOOMBER = "ploomber_parallel"
WITHOUT_KERNELS = "ploomber_without_kernels"

PEERS: Mapping[str, Peer] = {
    PAPERMILL: Peer("papermill, Python API, a notebook per node", "papermill", ("papermill", "nbclient", "ipykernel")),
    "papermill_command": Peer("papermill command per node", "papermill", ("papermill",)),
    "nbconvert_command": Peer("nbconvert --execute per node", "papermill", ("nbconvert",)),
    PLOOMBER: Peer("ploomber, parallel executor", "ploomber", ("ploomber",)),
    "ploomber_parallel_without_kernels": Peer(
        "ploomber with ploomber-engine, parallel executor: no kernels", "ploomber", ("ploomber", "ploomber-engine")
    ),
    WITHOUT_KERNELS: Peer("ploomber with ploomber-engine: one process, no kernels", "ploomber", ("ploomber-engine",)),
    "elyra_local": Peer("Elyra, local", "elyra", ("elyra",)),
    "dagstermill_in_process": Peer("dagstermill, in process", "dagster", ("dagster", "dagstermill")),
    "ploomber_engine_loop": Peer(
        "ploomber-engine in a loop: one process, a floor", "ploomber-engine", ("ploomber-engine",)
    ),
    "marimo_script": Peer("marimo script: one process, a floor", "marimo", ("marimo",)),
    "plain_python": Peer("plain Python: one process, the floor", "python"),
}
"""Script to row, in the order of the tables."""
