"""Moving the live pointer without a new version: to another environment, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.launch import Launchable, Wishes, ready, require_launchable
from jupyter_dataops.deploying.origin import require_same_notebook
from jupyter_dataops.deploying.pointing import Foreseen, foresee_move, move_pointer
from jupyter_dataops.deploying.policy import Policy, read_policy, require_allowed
from jupyter_dataops.deploying.versions import bundles_of, find_live, find_version, opened, require_name
from jupyter_dataops.deploying.view import Stage
from jupyter_dataops.deploying.viewing import Circumstances, view_of
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.interfaces import DeploymentStore, NewVersion
from jupyter_dataops.records import MoveRecord
from jupyter_dataops.states import MoveKind
from jupyter_dataops.wiring import SystemClock

_ALL: Final = 1_000_000


class Promotion(Struct, frozen=True):
    """What is live in one environment, to be live in another."""

    name: str
    source: str
    target: str
    from_settings: Settings
    """Of `source`."""
    settings: Settings
    """Of `target`."""
    policy: Policy | None = None
    """`None`: what the settings of `target` say."""
    takeover: bool = False
    """Whether it may take the place of a version of another notebook, should one be live in `target`."""


class _Coming(Struct, frozen=True):
    """A version to be live, against which nothing speaks."""

    new: NewVersion
    """As the target's store is to have it."""
    found: Launchable
    live: MoveRecord | None
    """What is, where it is to be."""
    test_run_id: Any
    foreseen: Foreseen


def foresee_promote(wanted: Promotion) -> Foreseen:
    """What `promote` would do now; nothing is written. Raises as it does, but where it is live already."""
    return _coming(wanted).foreseen


def promote(wanted: Promotion) -> MoveRecord:
    """The version that is live in the source is live in the target, too, with its schedules.

    It is copied where that has another store. What is refused has changed nothing.

    Raises
    ------
    DeploymentNotFound
        Nothing is live in the source.
    UsageError
        It is live in the target already.
    AnotherNotebook
        What is live there is of a notebook at another place.
    ScheduleExists, ConfigError, ParameterError, InvalidSchedule
        Not all of its schedules can be had there; see `jupyter_dataops.deploying.schedules`.
    PolicyViolated
        The policy of the target forbids it.
    LiveMoved
        Somebody else moved the pointer of the target meanwhile.
    """
    coming = _coming(wanted)
    version, settings = coming.found.version, wanted.settings
    if coming.foreseen.is_live and not coming.foreseen.schedules:
        raise UsageError(f"{version.label} is live in {wanted.target} already", hint="there is nothing to do")
    bundles_of(settings).keep(coming.found.contents)
    with opened(settings) as store:
        here = store.add_version(coming.new, SystemClock().now())
    found = ready(here, wanted.target, settings)
    details = {"promoted_from": wanted.source, "test_run_id": coming.test_run_id}
    return move_pointer(found, coming.live, MoveKind.PROMOTE, details)


def _coming(wanted: Promotion) -> _Coming:
    """Raises as `promote` does, but where it is live already."""
    name, source, target, settings = wanted.name, wanted.source, wanted.target, wanted.settings
    require_name(target, "environment")
    if source == target:
        raise UsageError(f"'{source}' and '{target}' are one environment", hint="name two: promote NAME dev prod")
    with opened(wanted.from_settings) as store:
        version, move = find_live(name, source, store)
    with opened(settings) as store:
        live = next(iter(store.get_live(name, target)), None)
        same = next(iter(store.find_digest(name, version.digest.rpartition(":")[2])), None)
        newest = next(iter(store.get_versions(name, 1)), None)
        present = None if live is None else store.get_version(name, live.number)
    new = NewVersion(name, version.digest, version.notebook, settings.actor, version.details)
    if not wanted.takeover:
        require_same_notebook(present, new, target)
    test_run_id = move.details.get("test_run_id")
    # As the target's store will call it.
    here = same or replace(version, number=newest.number + 1 if newest else 1)
    own = bundles_of(wanted.from_settings)
    found = ready(here, target, settings, is_tested=test_run_id is not None, bundles=own)
    plan = foresee_move(found)
    _require_allowed(found, wanted.policy)
    foreseen = Foreseen(
        name=name,
        number=here.number,
        is_new=same is None,
        environment=target,
        digest=version.digest,
        previous=live.number if live else None,
        schedules=plan.told,
    )
    return _Coming(new, found, live, test_run_id, foreseen)


def foresee_rollback(name: str, environment: str, settings: Settings, to: str | None = None) -> Foreseen:
    """What `rollback` would do now; nothing is written. Raises as it does."""
    found, live = _before(name, environment, settings, to)
    return Foreseen(
        name=name,
        number=found.version.number,
        is_new=False,
        environment=environment,
        digest=found.version.digest,
        previous=live.number,
        schedules=foresee_move(found, strictly=False).told,
        remarks=_refusals(found),
    )


def rollback(name: str, environment: str, settings: Settings, to: str | None = None) -> MoveRecord:
    """An earlier version is live again: the one before, or `to`.

    Its schedules are there again, and those that it had not are gone. A schedule that cannot be had is left as it is,
    and a policy that lets no run of it start is told in the ``remarks`` of the move: who rolls back needs what worked,
    at once.

    Raises
    ------
    DeploymentNotFound
        Nothing is live there, or there is no such version.
    UsageError
        There is nothing to go back to, or `to` is live.
    ArtifactMissing, ArtifactCorrupt
        The version that would be live cannot run: what is live stays live.
    LiveMoved
        Somebody else moved the pointer meanwhile.
    """
    found, live = _before(name, environment, settings, to)
    return move_pointer(found, live, MoveKind.ROLLBACK, {"remarks": _refusals(found) or None}, strictly=False)


def _refusals(found: Launchable) -> tuple[str, ...]:
    """What keeps runs of the version from starting now, as a remark; empty: nothing does."""
    try:
        require_launchable(found, Wishes())
    except DataOpsError as error:
        return (f"runs of {found.version.label} will be refused, those of its schedules too: {error.message}",)
    return ()


def _before(name: str, environment: str, settings: Settings, to: str | None) -> tuple[Launchable, MoveRecord]:
    """What to go back to, and what is live. Raises as `rollback` does."""
    with opened(settings) as store:
        present, live = find_live(name, environment, store)
        if to is not None:
            version = find_version(name, to, store)
        else:
            before = find_before(live, store)
            if before is None:
                raise UsageError(
                    f"{present.label} is the first version that is live in {environment}: there is none to go back to",
                    hint=f"name another with --to: `jupyter dataops versions {name}`",
                )
            version = store.get_version(name, before)
    if version.number == present.number:
        raise UsageError(f"{present.label} is live in {environment} already", hint="name another version with --to")
    return ready(version, environment, settings), live


def find_before(live: MoveRecord, store: DeploymentStore) -> int | None:
    """The version that `rollback` makes live again; `None`: there is none to go back to."""
    return version_before(store.get_moves(live.name, live.environment, _ALL), live)


def version_before(moves: Sequence[MoveRecord], live: MoveRecord) -> int | None:
    """The version that was live before the present one came; going back twice goes back two moves.

    Moves are a stack: each puts a version on top, and one that goes back takes off what came after the place that it
    goes back to. That is the latest one of its version, which may have been live several times.

    Parameters
    ----------
    moves
        All of the environment, newest first.
    """
    trail: list[int] = []
    for one in reversed([one for one in moves if one.seq <= live.seq]):
        if one.kind is MoveKind.ROLLBACK:
            below = trail[:-1]
            if one.number in below:
                del trail[len(below) - below[::-1].index(one.number) :]
                continue
        if trail[-1:] != [one.number]:
            trail.append(one.number)
    return trail[-2] if len(trail) > 1 else None


def _require_allowed(found: Launchable, policy: Policy | None) -> None:
    rules = read_policy(found.pipeline.settings.policy) if policy is None else policy
    if rules:
        around = Circumstances(
            Stage.DEPLOY, found.environment or "", is_tested=found.is_tested, version=found.version.label
        )
        require_allowed(rules, view_of(found.pipeline, found.contents, around), Path.cwd())
