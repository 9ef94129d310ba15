"""Jobs made of cells alone, without a pipeline: ``node_job(folder, cell("1/0"))``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import psutil

from jupyter_dataops.ids import NodeName, RunId, new_token
from jupyter_dataops.interfaces import AttemptFailed, AttemptReport, AttemptSucceeded, NodeJob
from jupyter_dataops.kernels.attempt import NodeAttempt
from jupyter_dataops.kernels.fork_server import Imports
from jupyter_dataops.kernels.fork_servers import ForkServers
from jupyter_dataops.kernels.node_kernel import Forking
from jupyter_dataops.kernels.protocol import OUTPUTS, OUTPUTS_MIMETYPE
from jupyter_dataops.kernels.standby import prepare
from jupyter_dataops.logs import read_log
from tests.support.notebooks import cell, notebook

_FORKING: ContextVar[Forking | None] = ContextVar("forking", default=None)

NOTHING_TO_SAVE = f"""from IPython.display import publish_display_data
publish_display_data({{"{OUTPUTS_MIMETYPE}": {{}}, "text/plain": "nothing"}})"""


def node_job(
    folder: Path,
    *cells: dict[str, Any],
    parameters: Mapping[str, Any] | None = None,
    kernel: str = "python3",
    environment: Mapping[str, str] | None = None,
    working_dir: Path | None = None,
    node: str = "work",
) -> NodeJob:
    """A job in a folder of its own; the cells are followed by one that hands nothing on."""
    place = folder / node
    place.mkdir(exist_ok=True)
    return NodeJob(
        run_id=RunId("r123"),
        node=NodeName(node),
        attempt=1,
        token=new_token(),
        notebook=notebook(*cells, cell(NOTHING_TO_SAVE, OUTPUTS, cell_id=OUTPUTS), kernel=kernel),
        parameters=parameters or {},
        kernel_name=kernel,
        working_dir=working_dir or folder,
        output_path=place / "notebook.ipynb",
        log_path=place / "log.jsonl",
        environment=environment or {},
    )


def run_cells(folder: Path, *cells: dict[str, Any], **options: Any) -> AttemptSucceeded | AttemptFailed:
    return run_job(node_job(folder, *cells, **options))


def run_job(job: NodeJob) -> AttemptSucceeded | AttemptFailed:
    """The end of an attempt; where kernels are forked, one has been standing by."""
    reports: list[AttemptReport] = []
    forking = _FORKING.get()
    standby = prepare("python3", forking) if forking is not None else None
    try:
        return attempt_at(job).run(reports.append, standby)
    finally:
        if standby is not None:
            standby.close()


def attempt_at(job: NodeJob, **options: Any) -> NodeAttempt:
    """An attempt whose kernel is forked, or started, as the test's `kernels` say."""
    return NodeAttempt(job, forking=_FORKING.get(), **options)


@contextmanager
def kernels(*, forked: bool, preload: Imports = ()) -> Iterator[Forking | None]:
    """Within the block, attempts have kernels of this kind."""
    servers = ForkServers()
    forking = Forking(servers, preload, ahead=1) if forked else None
    token = _FORKING.set(forking)
    try:
        yield forking
    finally:
        _FORKING.reset(token)
        servers.close()


def logged(job: NodeJob, *streams: str) -> str:
    return "".join(line.text for line, _ in read_log(job.log_path) if line.stream in streams)


def is_gone(pid: int) -> bool:
    """Whether the process has ended; that nobody has collected its status yet does not count."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
