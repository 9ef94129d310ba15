"""What a notebook says, as frozen values. No meaning is derived here; see `notebook` for the reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.states import CheckSeverity


class Role(StrEnum):
    """What a cell is to the pipeline."""

    PARAMETERS = "parameters"
    SETUP = "setup"
    NODE = "node"
    CHECK = "check"
    SKIP = "skip"
    TEXT = "text"
    """Markdown and raw cells."""


class TriggerRule(StrEnum):
    """When a node may run, by the states of its direct upstream. See ``docs/trigger-rules.md``."""

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ALL_SKIPPED = "all_skipped"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    ONE_DONE = "one_done"
    NONE_FAILED = "none_failed"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    NONE_SKIPPED = "none_skipped"
    ALWAYS = "always"


class Severity(StrEnum):
    """How grave a diagnostic is: errors stop a run before anything starts."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Problem(Struct, frozen=True):
    """Something wrong in the notebook, found while reading or analysing it; `lint` makes diagnostics of these."""

    code: str
    """``DOnnn``."""
    message: str
    """One sentence, naming what and where."""
    hint: str
    """The cure."""
    cell_id: CellId | None = None
    cell_index: int | None = None
    node: NodeName | None = None
    severity: Severity | None = None
    """`None`: the code's own."""
    tag: str = ""
    """The tag that it is about, as written or in its normal spelling: one that is there, or should be."""


class Cell(Struct, frozen=True):
    """One cell of the notebook, with its role."""

    id: CellId
    index: int
    """0-based place in the document."""
    source: str
    tags: tuple[str, ...]
    role: Role
    node: NodeName | None = None
    """The node it belongs to (`Role.NODE`), or checks (`Role.CHECK`)."""
    check: str | None = None
    """Name of the check among those of its node (`Role.CHECK`)."""


class RetryPolicy(Struct, frozen=True):
    """How often, and how patiently, a failed attempt is tried again."""

    retries: int = 0
    retry_delay_s: float = 0.0
    retry_backoff: float = 1.0
    retry_max_delay_s: float = 3600.0
    retry_jitter: str = "none"
    """``none``, ``full`` or ``equal``."""
    retry_on: tuple[str, ...] = ()
    """Exception class names; empty: any."""
    give_up_on: tuple[str, ...] = ()
    infra_retries: int = 2
    hold_on_crash: bool = False
    """An attempt that a runner's death cut off is not made again; together with no retries, it runs at most once."""


class Condition(Struct, frozen=True):
    """``when:VAR`` (wanted) or ``unless:VAR`` (not wanted)."""

    variable: str
    wanted: bool


class Tolerance(Struct, frozen=True):
    """How many children of an ``each:`` node may fail without the node failing: ``tolerate:2``, ``tolerate:10%``."""

    count: int = 0
    percent: float = 0.0

    def allows(self, failed: int, of: int) -> bool:
        """Whether that many of all may fail.

        Examples
        --------
        >>> Tolerance(percent=10.0).allows(1, of=10), Tolerance(count=1).allows(2, of=100), Tolerance().allows(0, of=5)
        (True, False, True)
        """
        return failed <= max(self.count, of * self.percent / 100)


class NodeOptions(Struct, frozen=True):
    """Everything the tags of a node's cells say about it."""

    after: tuple[NodeName, ...] = ()
    inputs: tuple[str, ...] = ()
    """``in:`` names that are variables."""
    outputs: tuple[str, ...] = ()
    """``out:`` names that are variables."""
    input_files: tuple[str, ...] = ()
    output_files: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    trigger: TriggerRule = TriggerRule.ALL_SUCCESS
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    retry_said: frozenset[str] = frozenset()
    """The fields of `retry` that the notebook gives; the others may be configured."""
    timeout_s: float | None = None
    cache: str | None = None
    """``on``, ``off`` or a duration as written; `None`: as the run asks."""
    env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    kernel: str | None = None
    each: tuple[str, str] | None = None
    """(item, variable)."""
    tolerance: Tolerance = field(default_factory=Tolerance)
    """For `each`: how many children may fail."""
    notebook: str | None = None
    pools: Mapping[str, int] = field(default_factory=dict)
    resources: Mapping[str, float] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    """Asset name to variable."""
    description: str | None = None
    owner: str | None = None
    foreign: tuple[str, ...] = ()
    """Kale options that are kept and shown, not acted on."""


class NodeSpec(Struct, frozen=True):
    """One node: its cells in document order, and its options."""

    name: NodeName
    cells: tuple[Cell, ...]
    options: NodeOptions
    description: str = ""
    """``description:``, else the Markdown above its first cell."""


class CheckSpec(Struct, frozen=True):
    """A test of a node's outputs: the ``check:NODE/NAME`` cells of one name. It runs in a kernel of its own."""

    name: NodeName
    """As in runs: ``check:NODE/NAME``, see `jupyter_dataops.ids.check_name`."""
    node: NodeName
    """The node that it checks."""
    check: str
    """``NAME``; cells tagged ``check:NODE`` alone are ``check_1``, ``check_2``, ... in document order."""
    cells: tuple[Cell, ...]
    severity: CheckSeverity = CheckSeverity.ERROR
    timeout_s: float | None = None


class PipelineSpec(Struct, frozen=True, dict=True):
    """What a notebook says, whole. `problems` holds what could not be understood: reading never fails on tags."""

    name: str
    cells: tuple[Cell, ...]
    """All cells, in document order."""
    nodes: Mapping[NodeName, NodeSpec]
    """In order of each node's first cell."""
    checks: Mapping[NodeName, CheckSpec]
    """By name, in document order of each one's first cell."""
    kernel_name: str
    language: str
    metadata: Mapping[str, Any]
    """The notebook's ``metadata.dataops``."""
    problems: tuple[Problem, ...] = ()

    def cells_with(self, *roles: Role) -> tuple[Cell, ...]:
        """Cells that have one of `roles`, in document order."""
        found = (cell for role in dict.fromkeys(roles) for cell in self._by_role.get(role, ()))
        return tuple(sorted(found, key=lambda cell: cell.index))

    @cached_property
    def _by_role(self) -> Mapping[Role, Sequence[Cell]]:
        found: dict[Role, list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.role, []).append(cell)
        return found
