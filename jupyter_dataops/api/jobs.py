"""One attempt's job: which stored values the node gets, and the notebook that loads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.api.inputs import Outputs, inputs_of
from jupyter_dataops.api.scopes import Scope, Scopes
from jupyter_dataops.crash_points import reach
from jupyter_dataops.ids import NodeName, Token, parts_of
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.kernels.node_notebook import (
    Element,
    Given,
    Heading,
    build_check_notebook,
    build_node_notebook,
)
from jupyter_dataops.plan.aliasing import FromEach
from jupyter_dataops.records import RunRecord
from jupyter_dataops.wiring import Layout


class JobMaker:
    """Makes the jobs of one run; see `jupyter_dataops.engine.models.MakeJob`."""

    def __init__(self, run: RunRecord, scopes: Scopes, layout: Layout, secrets: Mapping[str, str]) -> None:
        self._run = run
        self._scopes = scopes
        self._layout = layout
        self._secrets = secrets

    def __call__(self, node: NodeName, attempt: int, token: Token, outputs: Outputs) -> NodeJob:
        """The job of a node, child or check; its folder exists afterwards."""
        folder = self._layout.attempt(self._run.run_id, node, attempt)
        # Its owner's alone, wherever the store lies: what a node prints may be nobody else's business.
        self._layout.run(self._run.run_id).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        reach("folder made")
        scope, local = self._scopes.of(node), parts_of(node).local
        spec = scope.analysed.spec
        check = spec.checks.get(local)
        options = spec.nodes[local if check is None else check.node].options
        return NodeJob(
            run_id=self._run.run_id,
            node=node,
            attempt=attempt,
            token=token,
            notebook=self._notebook(node, scope, attempt, outputs),
            parameters=scope.parameters,
            kernel_name=options.kernel or spec.kernel_name,
            working_dir=scope.working_dir,
            output_path=folder / "notebook.ipynb",
            log_path=folder / "log.jsonl",
            environment={
                "DATAOPS_RUN_ID": self._run.run_id,
                "DATAOPS_NODE": node,
                "DATAOPS_ATTEMPT": str(attempt),
                "DATAOPS_ATTEMPT_TOKEN": token,
                # What the node's code asks of this package, such as for an asset, is asked of the run's own store.
                "DATAOPS_STORE": str(self._layout.folder.absolute()),
            },
            secrets=self._secrets,
            is_check=check is not None,
        )

    def _notebook(self, node: NodeName, scope: Scope, attempt: int, outputs: Outputs) -> dict[str, Any]:
        local, inside = parts_of(node).local, scope.outputs(outputs)
        found = scope.analysed
        heading = Heading(node, self._run.run_id, attempt, self._layout.artifacts)
        given = inputs_of(found.flow, local, inside)
        if local in found.spec.checks:
            return build_check_notebook(found.notebook, found.spec, found.flow, local, heading=heading, given=given)
        return build_node_notebook(
            found.notebook,
            found.spec,
            found.flow,
            local,
            heading=heading,
            given=self._with_element(node, scope, given, inside),
            delivery=self._scopes.delivery(node),
        )

    def _with_element(self, node: NodeName, scope: Scope, given: Given, inside: Outputs) -> Given:
        local = parts_of(node).local
        each = scope.analysed.spec.nodes[local].options.each
        item = self._scopes.elements.get(node)
        if each is None or item is None:
            return replace(given, apart=scope.sharing.entangled(local, inside))
        variable, source = each
        element = FromEach(variable, source, is_entwined=source in item.output.shares)
        return replace(
            given,
            element=Element(variable, item.key, item.output),
            apart=scope.sharing.entangled(local, inside, element),
        )
