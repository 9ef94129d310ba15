from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from jupyter_dataops.server.metrics import make_metrics, shared_metrics


def test_a_registry_refuses_the_same_names_twice_so_a_process_shares_them() -> None:
    registry = CollectorRegistry()
    make_metrics(registry)

    with pytest.raises(ValueError, match="Duplicated timeseries"):
        make_metrics(registry)
    assert shared_metrics() is shared_metrics()


def test_every_number_has_a_name_of_its_own_and_says_what_it_counts() -> None:
    registry = CollectorRegistry()
    metrics = make_metrics(registry)
    metrics.runs.labels("succeeded").inc()

    text = generate_latest(registry).decode()

    said = {line.split()[2]: line.split(maxsplit=3)[3] for line in text.splitlines() if line.startswith("# HELP")}
    names = [name for name in said if not name.endswith("_created")]
    assert len(names) == 6
    assert all(name.startswith("dataops_") and said[name] for name in names)
    assert 'dataops_runs_total{state="succeeded"} 1.0' in text
