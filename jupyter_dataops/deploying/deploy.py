"""From a notebook to a version that is live: check, policy, bundle, test, and only then the pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.bundles import Contents, version_digest
from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.config.document import Document
from jupyter_dataops.config.loading import find_document, require_notebooks
from jupyter_dataops.config.schedules import read_schedules
from jupyter_dataops.deploying.gathering import gather
from jupyter_dataops.deploying.launch import Launchable, Wishes, launch, ready
from jupyter_dataops.deploying.origin import place_in_project, require_same_notebook
from jupyter_dataops.deploying.pointing import Foreseen, foresee, foresee_move, move_pointer
from jupyter_dataops.deploying.policy import Policy, judge, read_policy, require_allowed
from jupyter_dataops.deploying.schedules import SchedulePlan, Target, Told, told_of
from jupyter_dataops.deploying.tables import schedules_of, tables_of
from jupyter_dataops.deploying.versions import bundles_of, default_name, opened, require_name
from jupyter_dataops.deploying.view import Stage
from jupyter_dataops.deploying.viewing import Circumstances, view_of
from jupyter_dataops.errors import UsageError
from jupyter_dataops.interfaces import DeploymentStore, NewVersion
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.records import MoveRecord, RunRecord, VersionRecord
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.states import MoveKind, RunState
from jupyter_dataops.wiring import SystemClock, open_run_store

_TOLD: Final = (RunState.SUCCEEDED, RunState.FAILED, RunState.CRASHED)
"""Ends by which a test says something of the version; one that was cancelled says nothing."""
_LATEST: Final = 200
"""Runs of a version among which its last test is looked for."""


class Prepared(Struct, frozen=True):
    """A version that is stored, and not live yet because of this."""

    version: VersionRecord
    launchable: Launchable
    is_new: bool
    """False: there was a version with just these contents."""
    live: MoveRecord | None
    """What was live when the version was prepared."""
    environment: str
    policy: Policy
    failed_test: RunRecord | None = None
    """The last test of the version, where that failed and no other is to follow."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the version could not take along, or find out, and that its last test failed."""
        test = self.failed_test
        return (*self.launchable.contents.remarks, *([f"its test {test.run_id} {test.state}"] if test else ()))


class Outcome(Struct, frozen=True):
    """What came of a deployment."""

    version: VersionRecord
    environment: str
    is_new: bool
    move: MoveRecord | None
    """`None`: the pointer was not moved, because the version was live already, or its test did not succeed."""
    previous: int | None
    """The version that was live before."""
    test: Run | None = None
    remarks: tuple[str, ...] = ()
    """See `Prepared.remarks`."""

    @property
    def schedules(self) -> Sequence[Told]:
        """What became of schedules."""
        return () if self.move is None else told_of(self.move.details)

    @property
    def is_live(self) -> bool:
        """Whether the version is live now."""
        return self.move is not None or (self.previous == self.version.number and self.has_passed)

    @property
    def has_passed(self) -> bool:
        """Whether no test failed."""
        return self.test is None or self.test.state is RunState.SUCCEEDED


def contents_of(pipeline: Pipeline, document: Document | None = None) -> Contents:
    """What a version of the pipeline, as its notebook is now, is made of. Raises `NotDeployable`."""
    found = find_document(pipeline.path.parent) if document is None else document
    return gather(pipeline.analysed, pipeline.path, tables_of(found), schedules_of(found, pipeline.path))


def judge_notebook(pipeline: Pipeline) -> tuple[Diagnostic, ...]:
    """What the policy of the pipeline's settings would say to a version of its notebook as it is now."""
    rules = read_policy(pipeline.settings.policy)
    if not rules or any(found.severity is Severity.ERROR for found in pipeline.diagnostics):
        return ()  # what is not valid is no version, and is told anyway
    around = Circumstances(Stage.CHECK, pipeline.settings.environment)
    return judge(rules, view_of(pipeline, contents_of(pipeline), around), pipeline.path.parent)


def prepare(
    pipeline: Pipeline,
    environment: str,
    *,
    name: str | None = None,
    policy: Policy | None = None,
    tests: bool = False,
    parameters: Mapping[str, Any] | None = None,
    takeover: bool = False,
) -> Prepared:
    """The version is stored; nothing is live that was not.

    Parameters
    ----------
    pipeline
        Of the notebook, with the settings of the environment.
    policy
        `None`: what these settings say.
    tests
        Whether a test is to follow, whose outcome the policy must wait for.
    takeover
        Whether the notebook may take the place of another one, of which the deployment has been so far.

    Raises
    ------
    InvalidPipeline, NotDeployable, PolicyViolated, AnotherNotebook, UsageError
        Nothing has been stored. Also what a schedule of the version is refused for is one of these.
    """
    examined = _examine(pipeline, environment, name, policy, tests=tests, parameters=parameters)
    settings = pipeline.settings
    with opened(settings) as store:
        newest, live = _standing(examined.new, environment, store, takeover=takeover)
        bundles_of(settings).keep(examined.contents)
        version = store.add_version(examined.new, SystemClock().now())
    is_new = newest is None or version.number > newest.number
    found = ready(version, environment, settings)
    failed_test = None if tests or is_new else _failed_test(found)
    return Prepared(version, found, is_new, live, environment, examined.policy, failed_test)


class _Examined(Struct, frozen=True):
    """What a version would be made of, once nothing speaks against it."""

    new: NewVersion
    contents: Contents
    policy: Policy
    schedules: SchedulePlan


def _examine(  # as in `prepare`
    pipeline: Pipeline,
    environment: str,
    name: str | None,
    policy: Policy | None,
    *,
    tests: bool = False,
    parameters: Mapping[str, Any] | None = None,
) -> _Examined:
    """Nothing is written. Raises as `prepare` does."""
    require_name(environment, "environment")
    deployment = default_name(pipeline.name) if name is None else name
    require_name(deployment)
    pipeline.analysed.require_valid(pipeline.path.name)
    document = find_document(pipeline.path.parent)
    contents = contents_of(pipeline, document)
    if document is not None:
        require_notebooks(document)  # one that is misspelt may be meant to be this one
        read_schedules(document, contents.schedules)  # also those of other environments
    rules = read_policy(pipeline.settings.policy) if policy is None else policy
    if rules:
        around = Circumstances(Stage.DEPLOY, environment, parameters, is_tested=tests)
        require_allowed(rules, view_of(pipeline, contents, around), pipeline.path.parent)
    target = Target(deployment, environment, str(pipeline.path), str(document.path) if document else deployment)
    schedules = foresee(pipeline, contents.schedules, target)
    details = {
        "pipeline": pipeline.name,
        "nodes": len(pipeline.spec.nodes),
        "files": sorted(contents.files),
        "remarks": list(contents.remarks),
        **place_in_project(document, pipeline.path),
    }
    new = NewVersion(deployment, version_digest(contents), str(pipeline.path), pipeline.settings.actor, details)
    return _Examined(new, contents, rules, schedules)


def _standing(
    new: NewVersion, environment: str, store: DeploymentStore, *, takeover: bool
) -> tuple[VersionRecord | None, MoveRecord | None]:
    """The newest version of the deployment, and what is live. Raises `AnotherNotebook` where that is one's."""
    newest = next(iter(store.get_versions(new.name, 1)), None)
    live = next(iter(store.get_live(new.name, environment)), None)
    if not takeover:
        present = newest if live is None else store.get_version(new.name, live.number)
        require_same_notebook(present, new, environment)
    return newest, live


def foresee_deploy(
    pipeline: Pipeline,
    environment: str,
    *,
    name: str | None = None,
    policy: Policy | None = None,
    takeover: bool = False,
) -> Foreseen:
    """What `deploy` would do now, without a test; nothing is written. Raises as `prepare` does."""
    examined = _examine(pipeline, environment, name, policy)
    new = examined.new
    with opened(pipeline.settings) as store:
        newest, live = _standing(new, environment, store, takeover=takeover)
        same = next(iter(store.find_digest(new.name, new.digest.rpartition(":")[2])), None)
    return Foreseen(
        name=new.name,
        number=same.number if same else (newest.number if newest else 0) + 1,
        is_new=same is None,
        environment=environment,
        digest=new.digest,
        previous=live.number if live else None,
        schedules=examined.schedules.told,
        remarks=examined.contents.remarks,
    )


def _failed_test(found: Launchable) -> RunRecord | None:
    """The last test of the version, in whatever environment, if it failed."""
    with closing(open_run_store(found.pipeline.settings)) as store:
        runs = store.get_runs(str(found.pipeline.path), _LATEST)
    said = ((run, deployment_of(run)) for run in runs if run.state in _TOLD)
    tests = (run for run, one in said if one is not None and one.is_test and one.name == found.version.name)
    last = next(tests, None)
    return None if last is None or last.state is RunState.SUCCEEDED else last


def create_test(prepared: Prepared, parameters: Mapping[str, Any] | None = None, jobs: int | None = None) -> Run:
    """A queued run of the prepared version, for its test: in the environment's own store, marked as what it is.

    So a failed test can be looked into, and retried, like any other run.
    """
    return launch(prepared.launchable, Wishes(parameters, jobs=jobs, is_test=True))


def finish(prepared: Prepared, test: Run | None = None) -> Outcome:
    """The version is live, with its schedules, unless its test did not succeed.

    Where it was live already, its schedules are put right.

    Raises
    ------
    PolicyViolated
        What the test handed on is not allowed. What was live still is.
    LiveMoved
        Somebody else has made another version live since this one was prepared.
    ScheduleExists
        Somebody has given another schedule the name of one of the version's since.
    """
    version, live = prepared.version, prepared.live
    previous = live.number if live else None
    outcome = Outcome(
        version=version,
        environment=prepared.environment,
        is_new=prepared.is_new,
        move=None,
        previous=previous,
        test=test,
        remarks=prepared.remarks,
    )
    if not outcome.has_passed:
        return outcome
    if test is not None and prepared.policy:
        around = Circumstances(
            Stage.DEPLOY, prepared.environment, test.parameters, run=test, is_tested=True, version=version.label
        )
        view = view_of(prepared.launchable.pipeline, prepared.launchable.contents, around)
        require_allowed(prepared.policy, view, Path(version.notebook).parent)
    test_run_id = test.run_id if test is not None else None
    if live is not None and live.number == version.number and test is None:
        if not foresee_move(prepared.launchable).changes:
            return outcome
        test_run_id = live.details.get("test_run_id")
    return replace(outcome, move=move_pointer(prepared.launchable, live, MoveKind.DEPLOY, {"test_run_id": test_run_id}))


def deploy(
    pipeline: Pipeline,
    environment: str,
    *,
    name: str | None = None,
    policy: Policy | None = None,
    test: Mapping[str, Any] | None = None,
    takeover: bool = False,
) -> Outcome:
    """The version of the notebook as it is now is stored, tested if asked for, and live in the environment.

    Parameters
    ----------
    pipeline
        Of the notebook, with the settings of the environment.
    name
        Of the deployment; by default that of the pipeline.
    test
        Parameters of a test run; `None`: there is none. If it does not succeed, what was live stays live.
    takeover
        See `prepare`.

    Raises
    ------
    InvalidPipeline, NotDeployable, PolicyViolated, AnotherNotebook, UsageError, LiveMoved
    """
    if not environment:
        raise UsageError("an environment is needed", hint="name it: --env prod")
    prepared = prepare(
        pipeline, environment, name=name, policy=policy, tests=test is not None, parameters=test, takeover=takeover
    )
    run = create_test(prepared, test).execute(progress=False) if test is not None else None
    return finish(prepared, run)
