"""One attempt's job: which stored values the node gets, and the notebook that loads them."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.api.inputs import Outputs, inputs_of
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.kernels.node_notebook import build_node_notebook
from jupyter_dataops.plan.aliasing import entangled
from jupyter_dataops.records import RunRecord
from jupyter_dataops.wiring import Layout


class JobMaker:
    """Makes the jobs of one run; see `jupyter_dataops.engine.models.MakeJob`."""

    def __init__(self, run: RunRecord, analysed: AnalysedNotebook, layout: Layout) -> None:
        self._run = run
        self._analysed = analysed
        self._layout = layout

    def __call__(self, node: NodeName, attempt: int, token: Token, outputs: Outputs) -> NodeJob:
        """The job of `node`; its folder exists afterwards."""
        folder = self._layout.attempt(self._run.run_id, node, attempt)
        folder.mkdir(parents=True, exist_ok=True)
        spec = self._analysed.spec
        given = inputs_of(self._analysed.flow, node, outputs)
        kernel_name = spec.nodes[node].options.kernel or spec.kernel_name
        return NodeJob(
            run_id=self._run.run_id,
            node=node,
            attempt=attempt,
            token=token,
            notebook=build_node_notebook(
                self._analysed.notebook,
                spec,
                self._analysed.flow,
                node,
                inputs=given.values,
                imports=given.imports,
                apart=entangled(self._analysed.flow, outputs, node),
                store_url=self._layout.artifacts,
                run_id=self._run.run_id,
                attempt=attempt,
            ),
            parameters=self._run.parameters,
            kernel_name=kernel_name,
            working_dir=self._working_dir,
            output_path=folder / "notebook.ipynb",
            log_path=folder / "log.jsonl",
            environment={
                "DATAOPS_RUN_ID": self._run.run_id,
                "DATAOPS_NODE": node,
                "DATAOPS_ATTEMPT": str(attempt),
                "DATAOPS_ATTEMPT_TOKEN": token,
            },
        )

    @property
    def _working_dir(self) -> Path:
        return Path(self._run.options["working_dir"])
