"""Makes the view that a policy judges, of a notebook as it is or of a version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from msgspec import Struct

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.sub_notebooks import parts_of_pipeline, read_sub_notebooks
from jupyter_dataops.deploying.view import NodeView, OutputView, PipelineView, Stage
from jupyter_dataops.ids import parts_of
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.wiring import open_run_store


class Circumstances(Struct, frozen=True):
    """What a policy is told besides the pipeline itself."""

    stage: Stage
    environment: str = ""
    given: Mapping[str, Any] | None = None
    run: Run | None = None
    """The latest run of these cells; `None`: it is looked for."""
    is_tested: bool = False
    installed: Mapping[str, str] | None = None
    """Versions of packages here; `None`: those of the contents."""
    version: str = ""
    """``NAME@VERSION``; empty: there is none yet."""


def view_of(pipeline: Pipeline, contents: Contents, around: Circumstances) -> PipelineView:
    """The pipeline as a policy sees it.

    Parameters
    ----------
    contents
        What a version of it is, or would be, made of.
    """
    analysed = pipeline.analysed
    return PipelineView(
        name=pipeline.name,
        notebook=str(pipeline.path),
        environment=around.environment,
        stage=around.stage,
        nodes=tuple(_nodes(analysed)),
        parameters={one.name: one.default for one in pipeline.parameters},
        given={**pipeline.settings.parameters, **(around.given or {})},
        diagnostics=pipeline.diagnostics,
        outputs=_outputs(around.run or _latest_like(pipeline)),
        packages=contents.packages,
        installed=contents.packages if around.installed is None else around.installed,
        schedules=contents.schedules,
        is_tested=around.is_tested,
        remarks=contents.remarks,
        version=around.version,
    )


def _nodes(analysed: AnalysedNotebook) -> Iterator[NodeView]:
    for path, part in parts_of_pipeline(analysed, read_sub_notebooks(analysed)):
        spec = part.spec
        for name, node in spec.nodes.items():
            first, options = (node.cells[0] if node.cells else None), node.options
            yield NodeView(
                name=name,
                cell_id=first.id if first else None,
                cell_index=first.index if first else None,
                owner=options.owner,
                kernel=options.kernel or spec.kernel_name,
                retries=options.retry.retries,
                timeout_s=options.timeout_s,
                checks=tuple(check.check for check in spec.checks.values() if check.node == name),
                assets=tuple(options.assets),
                secrets=tuple(options.secrets),
                notebook=options.notebook,
                within=path,
            )


def _latest_like(pipeline: Pipeline) -> Run | None:
    """The latest run of just these cells that succeeded, if one of the last few did."""
    with closing(open_run_store(pipeline.settings)) as store:
        records = store.get_runs(str(pipeline.path), 20)
    wanted = [(cell.role, cell.source) for cell in pipeline.spec.cells]
    for record in records:
        run = Run(record, pipeline.settings)
        if record.state is RunState.SUCCEEDED and [(c.role, c.source) for c in run.snapshot.spec.cells] == wanted:
            return run
    return None


def _outputs(run: Run | None) -> tuple[OutputView, ...]:
    if run is None:
        return ()
    return tuple(
        OutputView(parts_of(name).local if parts_of(name).group is None else name, *_described(output))
        for name, node_run in run.nodes.items()
        if node_run.state in (NodeState.SUCCEEDED, NodeState.REUSED)
        for output in node_run.record.outputs.values()
    )


def _described(output: Any) -> tuple[str, str, str]:
    return output.name, output.artifact.type, output.artifact.serializer
