"""What can be configured, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct, field

from jupyter_dataops.config.secret_sources import SecretSource
from jupyter_dataops.discreet import Discreet


class Notification(Discreet, frozen=True):
    """Whom to tell of what."""

    hidden: ClassVar = frozenset({"urls"})

    urls: tuple[str, ...]
    """apprise URLs, or where they stand: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``."""
    events: tuple[str, ...] = ("failed", "crashed", "recovered", "missed")
    """Values of `jupyter_dataops.states.Notified`."""
    late_after_s: float | None = None
    """How long after it was due a run that has not ended is late, seconds; given where ``late`` is among the events."""
    link: str | None = None
    """Where a message leads, with placeholders; see `jupyter_dataops.notices.text.link_to`."""


class Settings(Struct, frozen=True):
    """Everything that can be configured; `jupyter_dataops.config.rows` has how each is written."""

    store: str
    """Folder of the run store: database, artifacts, executed notebooks and logs."""
    jobs: int
    """How many nodes may run at the same time."""
    max_active_runs: int = 16
    """How many runs of the store's schedules have a process at the same time; others wait, ``queued``."""
    lease_s: float = 30.0
    """How long a runner that gives no sign of life still counts as alive, seconds; it gives three in that time."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Pool to its number of slots, shared by all runs of the store; a pool that is not named has one."""
    fork: bool = True
    """Whether kernels are forked, where they can be; otherwise each is started by itself."""
    no_preload: tuple[str, ...] = ()
    """Top-level modules that are not to be imported before kernels are forked."""
    actor: str = "unknown"
    """Who asks for what is done, for the audit trail."""
    artifacts: str | None = None
    """Folder or fsspec URL of the artifact store; `None`: in the run store's folder."""
    executor: str = "local"
    """Where attempts run."""
    retry: Mapping[str, Any] = field(default_factory=dict)
    """Retry tag to its value as text (texts, where it may be repeated), for nodes that do not say."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameter to its value, for notebooks that declare it; JSON-able."""
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    """Secret to where its value is; one that is not named is the environment variable of its name."""
    notifications: Mapping[str, Notification] = field(default_factory=dict)
    """By a name of the user's."""
    policy: tuple[str, ...] = ()
    """What a deployment must pass: names, or ``module:callable``."""
    environment: str = ""
    """The chosen environment; empty: none."""
