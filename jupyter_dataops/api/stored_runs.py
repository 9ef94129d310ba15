"""Finding runs that are stored: one by what people call it, the latest."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from jupyter_dataops.api.paths import stored_path
from jupyter_dataops.api.recovery import find_dead_runs
from jupyter_dataops.api.run import Run
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.wiring import Layout, SystemClock, open_deployment_store, open_run_store


def open_run(
    name: str, settings: Settings | None = None, notebook: str | Path | None = None, environment: str | None = None
) -> Run:
    """The run meant by an id, a unique prefix of one, or ``last``; only of that notebook, environment, where given.

    Raises `RunNotFound`.

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.api.pipeline import Pipeline
    >>> settings = Settings(store=tempfile.mkdtemp(), jobs=2)
    >>> run = Pipeline("example_notebooks/flights.ipynb", settings=settings).create_run()
    >>> open_run("last", settings).run_id == open_run(run.run_id[:8], settings).run_id == run.run_id
    True
    """
    settings = settings or load_settings()
    with closing(open_run_store(settings)) as store:
        find_dead_runs(store, Layout.of(settings), SystemClock())
        return Run(store.find_run(name, stored_path(notebook), environment=environment), settings)


def list_runs(  # noqa: PLR0917 - each may be left out
    settings: Settings | None = None,
    notebook: str | Path | None = None,
    limit: int = 50,
    environment: str | None = None,
    deployment: str | None = None,
    version: int | None = None,
) -> list[Run]:
    """The latest runs, newest first; only of that notebook, environment, deployment, version, where given.

    Runs of a notebook are also those of versions of the deployments that were made from it.
    """
    settings = settings or load_settings()
    path = stored_path(notebook)
    deployments = {deployment} if deployment is not None else _deployments_of(path, settings)
    with closing(open_run_store(settings)) as store:
        find_dead_runs(store, Layout.of(settings), SystemClock())
        found = store.get_runs(path, limit, environment=environment, deployments=deployments, version=version)
        return [Run(one, settings) for one in found]


def _deployments_of(path: str | None, settings: Settings) -> Collection[str]:
    if path is None:
        return ()
    with closing(open_deployment_store(settings)) as store:
        return store.find_deployments(path)
