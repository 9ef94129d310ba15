"""What a notebook says: graph, cells, parameters, diagnostics, tags, plans."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from jupyter_dataops.plan.models import Action
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.spec.models import Role, Severity
from jupyter_dataops.spec.tags import Keep


class NotebookSource(Wire):
    """A notebook as the front end holds it, saved or not."""

    path: str
    notebook: dict[str, Any] | None = None
    """nbformat 4 JSON; outputs may be left out. `None`: as last saved."""


class NodeView(Wire):
    """One node of the notebook."""

    name: str
    kind: Literal["node", "each", "notebook"]
    description: str
    upstream: list[str]
    downstream: list[str]
    reads: list[str]
    binds: list[str]
    cells: list[str]
    """Ids of its cells, in document order."""
    tags: list[str]
    checks: list[str]
    """Names of its checks: ``check:NODE/NAME``."""


class EdgeView(Wire):
    """One edge."""

    source: str
    target: str
    names: list[str]
    """Variables, then paths of files."""
    kind: Literal["data", "order", "both"]


class CheckView(Wire):
    """One check of a node."""

    name: str
    """``check:NODE/NAME``."""
    node: str
    check: str
    severity: Literal["error", "warn"]
    cells: list[str]


class GraphView(Wire):
    """Nodes and edges, in document order."""

    nodes: list[NodeView]
    edges: list[EdgeView]
    checks: list[CheckView]


class TagView(Wire):
    """One tag of a cell, taken apart."""

    text: str
    key: str | None
    """`None`: the tag is somebody else's, or cannot be understood."""
    value: str
    """As written after the colon; empty for a bare key."""
    problem: str | None
    """What is wrong with it."""


class CellView(Wire):
    """One cell of the notebook."""

    id: str
    index: int
    role: Role
    node: str | None
    check: str | None
    """``check:NODE/NAME`` where it belongs to a check."""
    is_first: bool
    """The first cell of its node or check, or of a block of setup: the one that a header stands above."""
    tags: list[TagView]


class ParameterView(Wire):
    """One parameter that the notebook declares."""

    name: str
    default: str
    """Source text."""
    value: Any
    """The default as JSON; `None` where it is no literal (see `is_literal`)."""
    is_literal: bool
    type: str | None
    help: str


class TagChange(Wire):
    """The tags that a cell should have instead."""

    cell_id: str
    tags: list[str]


class Fix(Wire):
    """A cure that needs one click."""

    title: str
    """What the button says, in the imperative: ``Change to after:clean``."""
    changes: list[TagChange]


class DiagnosticView(Wire):
    """A problem found before running."""

    code: str
    severity: Severity
    message: str
    hint: str
    cell_id: str | None
    cell_index: int | None
    node: str | None
    fixes: list[Fix]


class Preview(Wire):
    """All that follows from a notebook's text."""

    path: str
    name: str
    language: str
    is_pipeline: bool
    """It has at least one node."""
    can_run: bool
    """No diagnostic of severity error."""
    graph: GraphView
    cells: list[CellView]
    parameters: list[ParameterView]
    diagnostics: list[DiagnosticView]


class TagRow(Wire):
    """One tag of the language, for the form of the tag editor."""

    key: str
    meaning: str
    takes: str | None
    """What its value is, to complete "takes ..."; `None`: it has none."""
    role: Role | None
    """The role that it gives the cell; `None`: it is an option."""
    keep: Keep
    choices: list[str]
    """All values, where there are few; else empty."""
    example: str
    """A value that fits; empty where it takes none."""


class Nothing(Wire):
    """A request that says no more than what it is."""


class Grammar(Wire):
    """The tag language."""

    rows: list[TagRow]


class TagEntry(Wire):
    """One tag as typed into a form."""

    key: str
    value: str = ""


class TagsRequest(Wire):
    """Tags to be spelled: those of ours as entries, those of others as they are."""

    entries: list[TagEntry]
    others: list[str] = Field(default_factory=list)


class EntryProblem(Wire):
    """Why one entry is no tag."""

    index: int
    message: str
    hint: str


class Tags(Wire):
    """The tags of a cell in their normal spelling. Where there are problems, they are not to be written."""

    tags: list[str]
    problems: list[EntryProblem]


class ProposedTags(Wire):
    """What `tag` proposes for one cell."""

    cell_id: str
    cell_index: int
    before: list[str]
    after: list[str]
    reason: str


class Proposals(Wire):
    """What `tag` proposes for a notebook; empty where it has tags already, or no code."""

    changes: list[ProposedTags]


class PlanRequest(Wire):
    """What would run; of the saved notebook."""

    path: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    select: str | None = None
    changed: bool = False


class DecisionView(Wire):
    """One node's part of a plan."""

    node: str
    action: Action
    reason: str
    source_run_id: str | None


class PlanView(Wire):
    """A decision for every node and check, in document order."""

    mode: str
    decisions: list[DecisionView]
