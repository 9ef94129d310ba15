"""A diagnostic, and what a rule looks at. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.spec.models import PipelineSpec, Severity

NO_NODES: Final = "DO020"

OpenNotebook = Callable[[str], PipelineSpec | None]
"""What the notebook at a path says, the path being relative to the pipeline's own notebook; `None`: there is none."""


Has = Callable[[str], bool]
"""Whether there is a file at a path relative to the pipeline's own notebook, or a kernelspec of that name."""


class Diagnostic(Struct, frozen=True):
    """A problem found in the notebook before running."""

    code: str
    """``DOnnn``; see ``docs/diagnostics.md``."""
    severity: Severity
    message: str
    """One sentence, naming what and where."""
    hint: str
    """The cure."""
    cell_id: CellId | None
    """`None`: it is about the notebook as a whole."""
    cell_index: int | None
    node: NodeName | None
    tag: str = ""
    """The tag that it is about: one that is there, or should be; empty: it is about something else."""

    @property
    def place(self) -> str:
        """Where in the notebook, as a reader counts: ``cell 2, node clean``; empty: the notebook as a whole."""
        cell = [] if self.cell_index is None else [f"cell {self.cell_index + 1}"]
        return ", ".join(cell + ([f"node {self.node}"] if self.node else []))

    def as_json(self) -> dict[str, Any]:
        """The JSON object that every face shows; keys are the names of the fields, but for `tag`."""
        shown = {**asdict(self), "severity": str(self.severity)}
        del shown["tag"]
        return shown


def is_plain(diagnostics: Iterable[Diagnostic]) -> bool:
    """They are of a notebook without a node, or anything that was meant to be one."""
    return {diagnostic.code for diagnostic in diagnostics} == {NO_NODES}


class Subject(Struct, frozen=True):
    """What rules look at."""

    spec: PipelineSpec
    flow: Flow
    open_notebook: OpenNotebook | None = None
    """`None`: sub-notebooks are not looked at."""
    has_file: Has | None = None
    """`None`: files are not looked for."""
    has_kernel: Has | None = None
    """`None`: kernelspecs are not looked for."""
