"""What a monitoring system reads from the server's own ``/metrics``."""

from __future__ import annotations

from functools import cache
from typing import Final

from msgspec import Struct
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

_SECONDS: Final = (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1_800, 3_600, 10_800, 43_200)


class Metrics(Struct, frozen=True):
    """Numbers about the runs of the store, counted while the server runs, whoever started them."""

    runs: Counter
    node_runs: Counter
    running_runs: Gauge
    run_seconds: Histogram
    node_run_seconds: Histogram
    watchers: Gauge


def make_metrics(registry: CollectorRegistry) -> Metrics:
    """New collectors in `registry`. Raises `ValueError` where it has them already."""
    return Metrics(
        runs=Counter("dataops_runs", "Runs that ended, by their state", ["state"], registry=registry),
        node_runs=Counter(
            "dataops_node_runs",
            "Nodes, children and checks of runs that were done, by their state",
            ["state"],
            registry=registry,
        ),
        running_runs=Gauge("dataops_running_runs", "Runs that a runner has just now", registry=registry),
        run_seconds=Histogram(
            "dataops_run_duration_seconds",
            "From start to end of a run, by the state in which it ended",
            ["state"],
            buckets=_SECONDS,
            registry=registry,
        ),
        node_run_seconds=Histogram(
            "dataops_node_run_duration_seconds",
            "From start to end of an attempt that was a node's last, by the state in which it left the node",
            ["state"],
            buckets=_SECONDS,
            registry=registry,
        ),
        watchers=Gauge("dataops_watchers", "Browsers that watch runs", registry=registry),
    )


@cache
def shared_metrics() -> Metrics:
    """The collectors of this process, which has one registry and refuses the same names twice.

    Several servers in one process, as tests have, add up in them.
    """
    return make_metrics(REGISTRY)
