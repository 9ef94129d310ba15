"""What a policy looks at: a pipeline and its surroundings, as frozen values. Part of the public interface.

A field may be added; none is taken away, since rules of users read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.ids import CellId
from jupyter_dataops.lint.models import Diagnostic


class Stage(StrEnum):
    """When a policy is asked."""

    CHECK = "check"
    """Somebody looks at the notebook."""
    DEPLOY = "deploy"
    """A version is about to become the live one."""
    LAUNCH = "launch"
    """A run of a version is about to be made."""


class NodeView(Struct, frozen=True):
    """One node."""

    name: str
    cell_id: CellId | None
    """Of its first cell."""
    cell_index: int | None
    owner: str | None
    kernel: str
    retries: int
    timeout_s: float | None
    checks: tuple[str, ...]
    """Names of its checks."""
    assets: tuple[str, ...]
    secrets: tuple[str, ...]
    notebook: str | None
    """The notebook that it runs."""
    within: str = ""
    """Path of the notebook that it is in; empty: the pipeline's own."""


class OutputView(Struct, frozen=True):
    """A value that a node handed on, in the latest run of these cells."""

    node: str
    name: str
    type: str
    serializer: str


class PipelineView(Struct, frozen=True):
    """A pipeline, on its way into an environment."""

    name: str
    notebook: str
    """Its path."""
    environment: str
    """Empty: none was named."""
    stage: Stage
    nodes: tuple[NodeView, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Declared ones, with their defaults as written."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Values that the environment, a schedule or whoever asks gives."""
    diagnostics: tuple[Diagnostic, ...] = ()
    outputs: tuple[OutputView, ...] = ()
    """Empty: it is not known what nodes hand on, since none has run."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Distribution to version, as imported by the code; of a version: as recorded in it."""
    installed: Mapping[str, str] = field(default_factory=dict)
    """The same, as it is installed here now."""
    schedules: Mapping[str, Any] = field(default_factory=dict)
    is_tested: bool = False
    """Whether a test run of it succeeded."""
    remarks: tuple[str, ...] = ()
    """What a version could not take along, or find out."""
    version: str = ""
    """``NAME@VERSION``; empty: there is none yet."""
