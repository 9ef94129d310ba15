"""What a verb may ask for: the Python API with the user's settings, and the few things that reach outside.

The API is imported when first used: a verb's ``--help`` and shell completion do not pay for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

import click

from jupyter_dataops.cli.follow_up import ENVIRONMENT, STORE
from jupyter_dataops.cli.group import Verb
from jupyter_dataops.config import Configuration, Settings, load_configuration
from jupyter_dataops.config.loading import chosen_environment
from jupyter_dataops.errors import DeploymentNotFound, RunNotFound, UsageError

if TYPE_CHECKING:
    from jupyter_dataops.api.pipeline import Pipeline
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.api.trials import Trial
    from jupyter_dataops.deploying.launch import Launchable
    from jupyter_dataops.ids import RunId
    from jupyter_dataops.lint.models import Diagnostic
    from jupyter_dataops.records import AssetRecord, AuditRecord, NoticeRecord
    from jupyter_dataops.scheduling.schedules import Schedules
    from jupyter_dataops.states import CheckSeverity

_P = ParamSpec("_P")
_R = TypeVar("_R")

POLL_S: Final = 0.2


class Face:
    """The API as the verbs call it. Tests pass one of their own as click's ``obj``."""

    def __init__(self) -> None:
        self.store: str | None = None
        """What ``--store`` said."""
        self.environment: str | None = None
        """What ``--env`` said."""

    def settings(self, start: Path | None = None) -> Settings:
        """Settings for a notebook in folder `start`, by default the working directory."""
        return self.configuration(start).settings

    def configuration(self, start: Path | None = None) -> Configuration:
        """The same, with where each comes from."""
        return load_configuration(start, environment=self.environment, store=self.store)

    def require_store(self) -> None:
        """Return if there is a store where ``--store`` says, should it say anything. Raises `UsageError`."""
        if self.store is None:
            return
        from jupyter_dataops.wiring import has_store  # noqa: PLC0415 - see the module's docstring

        settings = self.settings_in()
        if not has_store(settings):
            raise UsageError(
                "there is no run store",
                where=settings.store,
                hint="correct --store; the first `run` or `deploy` makes one",
            )

    def store_of(self, environment: str, start: Path) -> str:
        """The store that notebooks in folder `start` have in an environment."""
        return load_configuration(start, environment=environment, store=self.store).settings.store

    def open_pipeline(self, path: Path) -> Pipeline:
        """The pipeline in a notebook. Raises `NotebookUnreadable`."""
        from jupyter_dataops.api.pipeline import Pipeline  # noqa: PLC0415 - see the module's docstring

        return Pipeline(path, settings=self.settings(path.absolute().parent))

    def open_run(self, name: str) -> Run:
        """The run meant by an id, a unique prefix, or ``last`` in the chosen environment. Raises `RunNotFound`."""
        from jupyter_dataops.api.stored_runs import open_run  # noqa: PLC0415 - see the module's docstring

        settings = self.settings()
        found = open_run(name, settings, environment=settings.environment or None)
        self._send_what_is_left(found.settings)
        return found

    def list_runs(
        self,
        notebook: Path | None = None,
        limit: int = 50,
        *,
        deployment: str | None = None,
        version: int | None = None,
    ) -> list[Run]:
        """The latest runs, newest first; where an environment is chosen, those started in it."""
        from jupyter_dataops.api.stored_runs import list_runs  # noqa: PLC0415 - see the module's docstring

        start = notebook.absolute().parent if notebook else None
        settings = self.settings(start)
        found = list_runs(settings, notebook, limit, settings.environment or None, deployment, version)
        self._send_what_is_left(settings)
        return found

    def require_deployment(self, name: str, version: str | None = None) -> int | None:
        """The number of that version, where one is named. Raises `DeploymentNotFound`."""
        from jupyter_dataops.deploying.versions import find_either, list_versions  # noqa: PLC0415 - as above

        if version is not None:
            return find_either(self.settings(), name, version).number
        list_versions(self.settings(), name, 1)
        return None

    def _send_what_is_left(self, settings: Settings) -> None:
        """Runners that were found dead have left messages; they are on their way when this returns."""
        from jupyter_dataops.api.deliveries import start_delivery_of_left  # noqa: PLC0415 - see the module's docstring

        start_delivery_of_left(settings)

    def list_notices(self, run: Run) -> Sequence[NoticeRecord]:
        """Whom a run has told, or is to tell, of what."""
        from jupyter_dataops.api.notifying import list_notices  # noqa: PLC0415 - see the module's docstring

        return list_notices(run.settings, run.run_id)

    def send_waiting(self, settings: Settings) -> Sequence[NoticeRecord]:
        """What came of each message that waits to be sent, also of those that wait for another try."""
        from jupyter_dataops.api.notifying import deliver_left  # noqa: PLC0415 - see the module's docstring

        return deliver_left(settings, early=True)

    def send_trials(self, settings: Settings) -> Sequence[Trial]:
        """What came of a message to every configured address. Raises `EnvironmentRefused`."""
        from jupyter_dataops.api.trials import send_trials  # noqa: PLC0415 - see the module's docstring

        return send_trials(settings)

    def list_audit(self, run: str | None = None, since: datetime | None = None) -> list[AuditRecord]:
        """Who asked for what, oldest first. Raises `RunNotFound`."""
        from jupyter_dataops.api.audit import list_audit  # noqa: PLC0415 - see the module's docstring

        return list_audit(self.settings(), run, since)

    def open_schedules(self, start: Path | None = None) -> Schedules:
        """The schedules of the store; a context."""
        from jupyter_dataops.scheduling.schedules import Schedules  # noqa: PLC0415 - see the module's docstring

        return Schedules(self.settings(start))

    def count_failed_checks(self, runs: Sequence[Run]) -> Mapping[RunId, Mapping[CheckSeverity, int]]:
        """How many checks of each run failed, by severity; runs of which none did are left out."""
        from jupyter_dataops.api.counting import count_failed_checks  # noqa: PLC0415 - see the module's docstring

        return count_failed_checks(runs)

    # -- deployments

    def settings_in(self, environment: str | None = None, start: Path | None = None) -> Settings:
        """Settings of an environment, by default the chosen one. Raises `ConfigError` where no file has it."""
        from jupyter_dataops.api.environments import settings_in  # noqa: PLC0415 - see the module's docstring

        chosen = environment or self.environment or chosen_environment()
        return settings_in(chosen, start, self.store)

    def require_environment(self) -> str:
        """The chosen environment. Raises `click.UsageError` where none is."""
        chosen = self.environment or chosen_environment()
        if not chosen:
            raise click.UsageError("which environment? Name it: --env prod")
        return chosen

    def open_deployable(self, path: Path) -> Pipeline:
        """The pipeline in a notebook, with settings of the chosen environment. Raises `NotebookUnreadable`."""
        from jupyter_dataops.api.pipeline import Pipeline  # noqa: PLC0415 - see the module's docstring

        return Pipeline(path, settings=self.settings_in(start=path.absolute().parent))

    def open_version(self, wanted: str) -> Launchable:
        """What ``NAME@VERSION`` means, or ``NAME`` in the chosen environment. Raises `DeploymentNotFound`."""
        from jupyter_dataops.deploying.launch import resolve  # noqa: PLC0415 - see the module's docstring

        return resolve(wanted, self.environment or chosen_environment() or None, self.settings_in())

    def judge(self, pipeline: Pipeline) -> Sequence[Diagnostic]:
        """What the policy of the chosen environment forbids."""
        if not pipeline.settings.policy or not pipeline.settings.environment:
            return ()
        from jupyter_dataops.deploying.deploy import judge_notebook  # noqa: PLC0415 - see the module's docstring

        return judge_notebook(pipeline)

    def assets_of_others(self, pipeline: Pipeline) -> Sequence[AssetRecord]:
        """What `pipeline` publishes and another notebook has published last."""
        own = {asset for node in pipeline.spec.nodes.values() for asset in node.options.assets}
        if not own:
            return ()
        from jupyter_dataops.api.assets import published_elsewhere  # noqa: PLC0415 - see the module's docstring

        return published_elsewhere(own, pipeline.path, pipeline.settings)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at what is printed."""
        return sys.stdout.isatty()

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return datetime.now(UTC)

    def wait(self) -> None:
        """Return after a moment, in which something may have happened."""
        time.sleep(POLL_S)

    def start_detached(self, run: Run, settings: Settings) -> Path:
        """Have a process of its own drive a queued run, and outlive this one; the file that takes its output."""
        from jupyter_dataops.api.detached import start_detached  # noqa: PLC0415 - see the module's docstring

        return start_detached(run.record, settings).output

    def open_lab(self, path: Path) -> int:
        """Have JupyterLab show `path`; its exit code, when the user ends it."""
        return subprocess.run([sys.executable, "-m", "jupyterlab", os.fspath(path)], check=False).returncode  # noqa: S603


def verb(*, json_shape: str = "", reads_store: bool = False) -> Callable[[Callable[Concatenate[Face, _P], _R]], Verb]:
    """Make a function, whose first argument is the `Face`, a verb of the program.

    Parameters
    ----------
    json_shape
        What its ``--json`` prints; part of its help and of the documentation.
    reads_store
        Whether it is about what is there: then a ``--store`` that leads nowhere is wrong, and not to be made.
    """

    def decorate(function: Callable[Concatenate[Face, _P], _R]) -> Verb:
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            face = current_face(click.get_current_context())
            try:
                if reads_store:
                    face.require_store()
                return function(face, *args, **kwargs)
            except (RunNotFound, DeploymentNotFound) as error:
                from jupyter_dataops.cli.elsewhere import where_it_is  # noqa: PLC0415 - only where something is missing

                error.hint = "; ".join(filter(None, [error.hint, where_it_is(face, error)]))
                raise

        made: Verb = click.command(cls=Verb, json_shape=json_shape)(update_wrapper(call, function))
        return made

    return decorate


def current_face(ctx: click.Context) -> Face:
    """The face of this call, with what ``--store`` and ``--env`` said."""
    face = ctx.find_object(Face) or Face()
    face.store, face.environment = ctx.meta.get(STORE), ctx.meta.get(ENVIRONMENT)
    return face
