"""Whether, and after which imports, the kernels of a run are forked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.sub_notebooks import Notebooks, parts_of_pipeline, pinned_sub_notebooks, read_sub_notebooks
from jupyter_dataops.config import Settings
from jupyter_dataops.dataflow.imports_ahead import imports_ahead
from jupyter_dataops.spec.models import PipelineSpec, Severity
from jupyter_dataops.wiring import ForkRequest, start_fork_servers

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.kernels.fork_servers import ForkServers


MOST_STANDING_BY: Final = 4
"""Each takes some megabytes; where more nodes run at once, their kernels are forked when they are needed."""


def fork_request(
    parts: Sequence[AnalysedNotebook], working_dir: Path, settings: Settings, jobs: int
) -> ForkRequest | None:
    """What to ask of the executor; `None`: kernels are started one by one.

    A module that a file beside the notebook stands in for is imported by the kernels themselves: it may be edited
    meanwhile, and is found from their working directory alone.

    Parameters
    ----------
    parts
        The notebook of the run, and those that its nodes run.
    """
    if not settings.fork:
        return None
    found = imports_ahead(part.spec for part in parts)
    remarks = [] if found.why_none is None else [f"nothing was imported ahead: {found.why_none}"]
    imports = []
    for module, names in found.imports:
        top = module.partition(".")[0]
        why = "the setting `no_preload` says so" if top in settings.no_preload else _local(working_dir, top)
        if why is None:
            imports.append((module, names))
        else:
            remarks.append(f"{top} was not imported ahead: {why}")
    own = parts[0].spec
    most = _most_kernels(own)
    ahead = min(jobs, MOST_STANDING_BY if most is None else most, MOST_STANDING_BY)
    return ForkRequest(own.kernel_name, ahead, tuple(imports), tuple(dict.fromkeys(remarks)), most)


def _most_kernels(spec: PipelineSpec) -> int | None:
    """How many kernels the nodes of a notebook need, where none is retried; `None`: it turns out as it runs."""
    expands = any(node.options.each is not None or node.options.notebook is not None for node in spec.nodes.values())
    return None if expands else len(spec.nodes) + len(spec.checks)


def kernels_of(run: Run) -> StartingKernels:
    """Kernels for a run that is made already, and is about to be executed."""
    options = run.record.options
    with run.store() as store:
        notebooks = pinned_sub_notebooks(run.record, store)
    return StartingKernels(run.snapshot, Path(options["working_dir"]), run.settings, options["jobs"], notebooks)


class StartingKernels:
    """A fork server that starts while a run is still being made; it ends with the block, or with the run.

    Parameters
    ----------
    notebooks
        Those that its nodes run; `None`: as they are on disk now.
    """

    def __init__(
        self,
        analysed: AnalysedNotebook,
        working_dir: Path,
        settings: Settings,
        jobs: int,
        notebooks: Notebooks | None = None,
    ) -> None:
        self.servers: ForkServers | None = None
        """Fork servers for the run; `None`: it forks nothing, or is not valid."""
        if any(found.severity is Severity.ERROR for found in analysed.diagnostics):
            return
        found = read_sub_notebooks(analysed) if notebooks is None else notebooks
        parts = [part for _, part in parts_of_pipeline(analysed, found)]
        forking = fork_request(parts, working_dir, settings, jobs)
        if forking is not None:
            self.servers = start_fork_servers(forking)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.servers is not None:
            self.servers.close()


def _local(folder: Path, top: str) -> str | None:
    is_there = (folder / top).is_dir() or any(folder.glob(f"{top}.*"))
    return f"the folder '{folder.name}', where nodes run, holds one of that name" if is_there else None
