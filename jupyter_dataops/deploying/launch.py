"""Running a version: from what people, and schedules, call it to a queued run that `api` executes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.bundles import Bundles, Contents
from jupyter_dataops.api.deployed import Deployed
from jupyter_dataops.api.environments import configured_parameters
from jupyter_dataops.api.launch import Keep, Request, create_run, require_jobs
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.policy import Policy, read_policy, require_allowed
from jupyter_dataops.deploying.tables import with_tables
from jupyter_dataops.deploying.versions import bundles_of, find_live, find_name, find_version, opened, split_label
from jupyter_dataops.deploying.view import Stage
from jupyter_dataops.deploying.viewing import Circumstances, view_of
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import RunId, new_run_id
from jupyter_dataops.plan.reuse import Fingerprints
from jupyter_dataops.records import VersionRecord
from jupyter_dataops.store.deployment_lookup import deployment_not_found


class Launchable(Struct, frozen=True):
    """A version, ready to run."""

    version: VersionRecord
    contents: Contents
    pipeline: Pipeline
    """Of the notebook in the bundle, with settings of the place and tables of the version."""
    environment: str | None
    """Where it is live; `None`: it was asked for by its number alone."""
    is_tested: bool = False
    """Whether the test before it became live succeeded."""


class Wishes(Struct, frozen=True):
    """How a run of a version is asked for."""

    parameters: Mapping[str, Any] | None = None
    jobs: int | None = None
    fail_fast: bool = False
    select: str | None = None
    changed: bool = False
    run_id: RunId | None = None
    """Made beforehand; `None`: a fresh one."""
    is_test: bool = False
    schedule: Mapping[str, Any] | None = None
    """The schedule and the fire that it is for; see `Request.schedule`."""
    by: str | None = None
    """Who asks; `None`: the actor of the settings."""


def resolve(wanted: str | Path, environment: str | None, settings: Settings) -> Launchable:
    """What `wanted` means now.

    Parameters
    ----------
    wanted
        ``NAME@VERSION``; ``NAME``, or the path of a notebook, for the version that is live in `environment`.
    settings
        Of the place: where the store is, how many nodes run at once.

    Raises
    ------
    DeploymentNotFound
        There is no such version, or none is live there.
    UsageError
        Neither version nor environment is named.
    ArtifactMissing, ArtifactCorrupt
        Its bundle is gone, or damaged.
    """
    parts = split_label(str(wanted))
    with opened(settings) as store:
        is_tested = False
        if parts is not None and parts[1] is not None:
            version = find_version(parts[0], parts[1], store)
            if environment is not None:
                live = store.get_live(parts[0], environment)
                is_tested = bool(live and live[0].number == version.number and live[0].details.get("test_run_id"))
        elif environment is None:
            if parts is not None and not store.get_versions(parts[0], 1):
                raise deployment_not_found(parts[0], store.get_names())
            raise UsageError(
                f"which version of {wanted} is not said",
                hint=f"name the environment in which it is live, --env ENV, or the version, {wanted}@1",
            )
        else:
            version, move = find_live(find_name(wanted, environment, store), environment, store)
            is_tested = bool(move.details.get("test_run_id"))
    return ready(version, environment, settings, is_tested=is_tested)


def ready(
    version: VersionRecord,
    environment: str | None,
    settings: Settings,
    *,
    is_tested: bool = False,
    bundles: Bundles | None = None,
) -> Launchable:
    """The version, whose bundle is whole. Raises `ArtifactMissing`, `ArtifactCorrupt`.

    Parameters
    ----------
    bundles
        Where its bundle is; by default in the store of `settings`.
    """
    bundles = bundles or bundles_of(settings)
    contents = bundles.read(version.digest)
    bundles.note_use(version.digest)
    own = with_tables(settings, contents.settings, environment, version.label)
    pipeline = Pipeline(bundles.notebook(version.digest, contents), settings=own)
    return Launchable(version, contents, pipeline, environment, is_tested)


def launch(
    found: Launchable,
    wishes: Wishes,
    policy: Policy | None = None,
    keep: Keep | None = None,
    fingerprints: Callable[[Mapping[str, Any]], Fingerprints] | None = None,
) -> Run:
    """A queued run of a version, which `Run.execute`, or a process of its own, drives to its end.

    Parameters
    ----------
    policy
        What must hold; `None`: what the settings of the place say.
    keep
        What stores the run; by default the run store.
    fingerprints
        See `Pipeline.plan`.

    Raises
    ------
    PolicyViolated
        Nothing has been started.
    InvalidPipeline, ParameterError, EnvironmentRefused
        As for any run.
    """
    pipeline, settings = found.pipeline, found.pipeline.settings
    require_jobs(wishes.jobs)
    if not wishes.is_test:
        require_launchable(found, wishes, policy)
    given = {**configured_parameters(settings, pipeline.parameters), **(wishes.parameters or {})}
    plan = pipeline.plan(given, select=wishes.select, changed=wishes.changed, fingerprints=fingerprints)
    run_id = wishes.run_id or new_run_id()
    bundles: Bundles = bundles_of(settings)
    files = bundles.working_copy(run_id)
    bundles.unpack(found.version.digest, files)
    request = Request(
        notebook=pipeline.path,
        working_dir=files / found.contents.folder,
        parameters=given,
        jobs=wishes.jobs or settings.jobs,
        fail_fast=wishes.fail_fast,
        select=wishes.select,
        run_id=run_id,
        schedule=wishes.schedule,
        deployment=Deployed(
            name=found.version.name,
            version=found.version.number,
            digest=found.version.digest,
            files=str(files),
            environment=found.environment,
            is_test=wishes.is_test,
        ).as_option(),
    )
    settings = replace(settings, actor=wishes.by or settings.actor)
    return Run(create_run(pipeline.analysed, plan, request, settings, keep), settings)


def require_launchable(found: Launchable, wishes: Wishes, policy: Policy | None = None) -> None:
    """Return if the policy of the place allows the run. Raises `PolicyViolated`."""
    settings = found.pipeline.settings
    rules = read_policy(settings.policy) if policy is None else policy
    if not rules:
        return
    around = Circumstances(
        stage=Stage.LAUNCH,
        environment=found.environment or "",
        given=wishes.parameters,
        is_tested=found.is_tested,
        installed=_installed(found),
        version=found.version.label,
    )
    require_allowed(rules, view_of(found.pipeline, found.contents, around), Path.cwd())


def _installed(found: Launchable) -> Mapping[str, str]:
    """Versions of what the version's code imports, as they are installed here now."""
    from jupyter_dataops.deploying.gathering import gather  # noqa: PLC0415 - only a policy asks

    return gather(found.pipeline.analysed, found.pipeline.path).packages


def launch_version(
    wanted: str | Path,
    environment: str | None,
    settings: Settings,
    wishes: Wishes | None = None,
    policy: Policy | None = None,
) -> Run:
    """A queued run of what `wanted` means now; see `resolve` and `launch`.

    Safe to ask twice with the same `Wishes.run_id`: the second call is refused by the store.
    """
    return launch(resolve(wanted, environment, settings), wishes or Wishes(), policy)
