"""Has the last word on what ended well: whether somebody read a value that a change in place has made stale."""

from __future__ import annotations

from jupyter_dataops.api.scopes import Outputs, Scopes
from jupyter_dataops.errors import UndeclaredMutation
from jupyter_dataops.ids import NodeName, parts_of
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause


class Examiner:
    """See `jupyter_dataops.engine.models.Examine`."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    def __call__(self, node: NodeName, outputs: Outputs) -> Failure | None:
        """Why `node`, which ended well, has failed all the same."""
        here, scope = parts_of(node), self._scopes.of(node)
        # A child's outputs are seen by others once they are collected, and a check has none.
        if here.key is not None or here.local not in scope.analysed.flow.nodes:
            return None
        found = scope.sharing.find_stale(here.local, scope.outputs(outputs))
        if found is None:
            return None
        message = f"{found}\n  -> change a copy (copy.deepcopy), or keep these cells in one node"
        return Failure(FailureCause.UNDECLARED_MUTATION, UndeclaredMutation.__name__, message)
