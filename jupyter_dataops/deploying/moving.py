"""Moving the live pointer without a new version: to another environment, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.launch import Launchable, ready
from jupyter_dataops.deploying.pointing import foresee_move, move_pointer
from jupyter_dataops.deploying.policy import Policy, read_policy, require_allowed
from jupyter_dataops.deploying.versions import bundles_of, find_live, find_version, opened, require_name
from jupyter_dataops.deploying.view import Stage
from jupyter_dataops.deploying.viewing import Circumstances, view_of
from jupyter_dataops.errors import UsageError
from jupyter_dataops.interfaces import NewVersion
from jupyter_dataops.records import MoveRecord
from jupyter_dataops.states import MoveKind
from jupyter_dataops.wiring import SystemClock


def promote(  # noqa: PLR0917  # what, from where to where, and the settings of both
    name: str, source: str, target: str, from_settings: Settings, settings: Settings, policy: Policy | None = None
) -> MoveRecord:
    """The version that is live in `source` is live in `target`, too, with its schedules.

    It is copied where that has another store.

    Parameters
    ----------
    from_settings, settings
        Of `source` and of `target`.
    policy
        `None`: what the settings of `target` say.

    Raises
    ------
    DeploymentNotFound
        Nothing is live in `source`.
    UsageError
        It is live in `target` already.
    ScheduleExists, ConfigError, ParameterError, InvalidSchedule
        Not all of its schedules can be had there; see `jupyter_dataops.deploying.schedules`.
    PolicyViolated
        The policy of `target` forbids it.
    LiveMoved
        Somebody else moved the pointer of `target` meanwhile.
    """
    require_name(target, "environment")
    if source == target:
        raise UsageError(f"'{source}' and '{target}' are one environment", hint="name two: promote NAME dev prod")
    with opened(from_settings) as store:
        version, move = find_live(name, source, store)
    contents = bundles_of(from_settings).read(version.digest)
    bundles_of(settings).keep(contents)
    new = NewVersion(version.name, version.digest, version.notebook, settings.actor, version.details)
    with opened(settings) as store:
        live = next(iter(store.get_live(name, target)), None)
        here = store.add_version(new, SystemClock().now())
    test_run_id = move.details.get("test_run_id")
    found = ready(here, target, settings, is_tested=test_run_id is not None)
    if live is not None and live.number == here.number and not foresee_move(found).changes:
        raise UsageError(f"{here.label} is live in {target} already", hint="there is nothing to do")
    _require_allowed(found, policy)
    return move_pointer(found, live, MoveKind.PROMOTE, {"promoted_from": source, "test_run_id": test_run_id})


def rollback(name: str, environment: str, settings: Settings, to: str | None = None) -> MoveRecord:
    """An earlier version is live again: the one before, or `to`.

    Its schedules are there again, and those that it had not are gone. The policy is not asked, and a schedule that
    cannot be had is left as it is: who rolls back needs what worked, at once.

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
    with opened(settings) as store:
        present, live = find_live(name, environment, store)
        if to is not None:
            version = find_version(name, to, store)
        else:
            before = version_before(store.get_moves(name, environment, limit=1_000), live)
            if before is None:
                raise UsageError(
                    f"{present.label} is the first version that is live in {environment}: there is none to go back to",
                    hint=f"name another with --to: `jupyter dataops versions {name}`",
                )
            version = store.get_version(name, before)
    if version.number == present.number:
        raise UsageError(f"{present.label} is live in {environment} already", hint="name another version with --to")
    return move_pointer(ready(version, environment, settings), live, MoveKind.ROLLBACK, {}, strictly=False)


def version_before(moves: Sequence[MoveRecord], live: MoveRecord) -> int | None:
    """The version that was live before the present one came; going back twice goes back two versions.

    Moves that went back are passed over together with what they undid.
    """
    history = [one for one in moves if one.seq <= live.seq]
    trail: list[int] = []
    for one in reversed(history):
        if one.kind is MoveKind.ROLLBACK and one.number in trail:
            del trail[trail.index(one.number) + 1 :]
        elif not trail or trail[-1] != one.number:
            trail.append(one.number)
    return trail[-2] if len(trail) > 1 else None


def _require_allowed(found: Launchable, policy: Policy | None) -> None:
    rules = read_policy(found.pipeline.settings.policy) if policy is None else policy
    if rules:
        around = Circumstances(
            Stage.DEPLOY, found.environment or "", is_tested=found.is_tested, version=found.version.label
        )
        require_allowed(rules, view_of(found.pipeline, found.contents, around), Path.cwd())
