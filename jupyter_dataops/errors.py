"""The one exception tree.

::

    DataOpsError
    ├── UsageError                    wrong call: exit 2
    │   ├── ParameterError            unknown or unsuitable parameter
    │   ├── RunNotFound               no run, or several, by that name
    │   ├── NodeNotFound
    │   ├── DeploymentNotFound        no deployment, or version, by that name; or none is live there
    │   ├── AnotherNotebook           a deployment is of a notebook at another place
    │   ├── AssetNotFound             nothing is published under that name, or number
    │   ├── ScheduleNotFound
    │   ├── ScheduleExists            its name is taken
    │   ├── ConfigError               dataops.toml, environment variables
    │   └── InvalidSchedule           no such trigger, policy or template
    ├── PipelineError                 the notebook cannot run: exit 2
    │   ├── NotebookUnreadable
    │   ├── InvalidPipeline           carries its diagnostics
    │   ├── NotDeployable             a version cannot take along what it needs
    │   └── PolicyViolated            an environment's policy forbids it; carries its violations
    ├── ArtifactError                 exit 3
    │   ├── ArtifactMissing
    │   ├── ArtifactCorrupt
    │   ├── UnstorableValue
    │   └── UndeclaredMutation
    ├── StoreError                    exit 3
    │   ├── StoreUnavailable          cannot be opened, read or written
    │   ├── StoreTooNew               written by a newer version
    │   ├── LiveMoved                 somebody else moved the live pointer meanwhile
    │   └── IllegalMove               a state change refused: not from this state, or not by this runner
    ├── NotDelivered                  a notification did not reach whom it is for: exit 3
    └── EnvironmentRefused            kernel missing, disk full, ...: exit 3

Each error prints as *what, where, what to do*, carries its facts as attributes, a stable `code` and a `hint`, and
survives pickling.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DataOpsError(Exception):
    """Anything this package refuses or cannot do.

    Parameters
    ----------
    message
        What is wrong, one sentence without a final full stop.
    where
        Node, cell or file it is about.
    hint
        What to do about it.
    facts
        Further facts, readable as attributes.
    """

    code: ClassVar[str] = "dataops_error"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, where: str = "", hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.where, self.hint, self.facts)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        hint = f"\n  -> {self.hint}" if self.hint else ""
        return f"{self.message}{place}{hint}"


def _rebuild(kind: type[DataOpsError], message: str, where: str, hint: str, facts: dict[str, Any]) -> DataOpsError:
    return kind(message, where=where, hint=hint, **facts)


class UsageError(DataOpsError):
    """The call itself is wrong."""

    code = "usage"
    exit_code = 2


class ParameterError(UsageError):
    """A parameter is unknown, or its value does not fit."""

    code = "parameter"


class RunNotFound(UsageError):
    """No run has that id or prefix, or more than one has."""

    code = "run_not_found"


class NodeNotFound(UsageError):
    """The pipeline or run has no such node."""

    code = "node_not_found"


class DeploymentNotFound(UsageError):
    """No deployment, or no version of it, has that name; or no version is live in that environment."""

    code = "deployment_not_found"


class AnotherNotebook(UsageError):
    """What is live, or newest, of the deployment was made from a notebook at another place."""

    code = "another_notebook"


class AssetNotFound(UsageError):
    """No run has published an asset of that name, or that version of it."""

    code = "asset_not_found"


class ScheduleNotFound(UsageError):
    """No schedule has that name."""

    code = "schedule_not_found"


class ScheduleExists(UsageError):
    """Another schedule has that name."""

    code = "schedule_exists"


class ConfigError(UsageError):
    """A setting is unknown or has an unsuitable value."""

    code = "config"


class InvalidSchedule(UsageError):
    """A trigger, policy or template of a schedule cannot be as it is written."""

    code = "invalid_schedule"


class PipelineError(DataOpsError):
    """The notebook cannot be run as a pipeline."""

    code = "pipeline"
    exit_code = 2


class NotebookUnreadable(PipelineError):
    """The file is missing, or is not a notebook."""

    code = "notebook_unreadable"


class InvalidPipeline(PipelineError):
    """The notebook has diagnostics of severity error; the fact ``diagnostics`` lists them."""

    code = "invalid_pipeline"


class NotDeployable(PipelineError):
    """A version cannot take along what the notebook needs."""

    code = "not_deployable"


class PolicyViolated(PipelineError):
    """The policy of an environment forbids it; the fact ``violations`` lists why."""

    code = "policy"


class ArtifactError(DataOpsError):
    """A stored value cannot be written or read."""

    code = "artifact"


class ArtifactMissing(ArtifactError):
    """The store has no content at that address."""

    code = "artifact_missing"


class ArtifactCorrupt(ArtifactError):
    """The content is not what its address, or its signature, says."""

    code = "artifact_corrupt"


class UnstorableValue(ArtifactError):
    """A value that another node needs cannot be stored."""

    code = "unstorable_output"


class UndeclaredMutation(ArtifactError):
    """A node changed an input in place that others read too, without saying so."""

    code = "undeclared_mutation"


class StoreError(DataOpsError):
    """The run store failed or refused."""

    code = "store"


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written."""

    code = "store_unavailable"


class StoreTooNew(StoreError):
    """A newer version of this package wrote the store."""

    code = "store_too_new"


class LiveMoved(StoreError):
    """The live pointer is not where it was when this move was decided."""

    code = "live_moved"


class IllegalMove(StoreError):
    """A state change was refused: not legal from the present state, or not by this runner."""

    code = "illegal_move"


class NotDelivered(DataOpsError):
    """A notification did not reach whom it is for."""

    code = "not_delivered"


class EnvironmentRefused(DataOpsError):
    """The machine cannot do it: no such kernel, no space, no permission."""

    code = "environment"
