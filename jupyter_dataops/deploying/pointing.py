"""Moving a live pointer together with the schedules that the version describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.deploying.launch import Launchable
from jupyter_dataops.deploying.schedules import Planning, SchedulePlan, Target, Told, wanted_of
from jupyter_dataops.deploying.versions import bundles_of
from jupyter_dataops.errors import DeploymentNotFound, IllegalMove, ScheduleExists, ScheduleNotFound
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import Move
from jupyter_dataops.records import MoveRecord
from jupyter_dataops.states import MoveKind
from jupyter_dataops.wiring import Stores, SystemClock, open_stores

_TRIES: Final = 5
"""Schedules may be changed by somebody between the look and the move."""


class Foreseen(Struct, frozen=True):
    """What a move of a live pointer would do."""

    name: str
    number: int
    """Of the version."""
    is_new: bool
    """False: the store has a version with just these contents."""
    environment: str
    digest: Digest
    previous: int | None
    """What is live."""
    schedules: Sequence[Told]
    remarks: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether the version is live already."""
        return self.previous == self.number

    @property
    def label(self) -> str:
        """The version, ``NAME@NUMBER``."""
        return f"{self.name}@{self.number}"


def foresee(pipeline: Pipeline, tables: Mapping[str, Any], target: Target, *, strictly: bool = True) -> SchedulePlan:
    """What a move would do to schedules now.

    Parameters
    ----------
    pipeline
        Of the version, or of what one would be made of, with the settings of the target.
    tables
        Of its schedules.
    strictly
        See `Planning.plan`.

    Raises
    ------
    ScheduleExists, ConfigError, ParameterError, InvalidSchedule
        See `Planning.plan`.
    """
    with closing(open_stores(pipeline.settings)) as stores:
        return _planning(pipeline, tables, target, stores).plan(strictly=strictly)


def foresee_move(found: Launchable, *, strictly: bool = True) -> SchedulePlan:
    """The same, of a version. Raises as `foresee` does."""
    return foresee(found.pipeline, found.contents.schedules, target_of(found), strictly=strictly)


def target_of(found: Launchable) -> Target:
    """Where a version is to be live."""
    if found.environment is None:
        raise DeploymentNotFound("no environment is named", hint="name one with --env")
    return Target(found.version.name, found.environment, found.version.notebook, found.version.label)


def move_pointer(
    found: Launchable, live: MoveRecord | None, kind: MoveKind, details: Mapping[str, Any], *, strictly: bool = True
) -> MoveRecord:
    """The version is live, and its schedules are there, in one transaction.

    Parameters
    ----------
    live
        What is live as far as the caller knows.
    details
        Of the move; those that are `None` are left out.
    strictly
        Whether a schedule that cannot be had is refused; else it is left as it is, which the move tells.

    Raises
    ------
    LiveMoved
        Something else is live.
    ScheduleExists, ConfigError, ParameterError, InvalidSchedule
        See `Planning.plan`.
    IllegalMove
        Somebody changes schedules again and again meanwhile.
    """
    target, settings = target_of(found), found.pipeline.settings
    bundles_of(settings).note_use(found.version.digest)  # its test may have taken long
    with closing(open_stores(settings)) as stores:
        for tries_left in reversed(range(_TRIES)):
            planning = _planning(found.pipeline, found.contents.schedules, target, stores)
            plan = planning.plan(strictly=strictly)
            move = Move(
                name=target.deployment,
                environment=target.environment,
                number=found.version.number,
                expected=live.number if live else None,
                kind=kind,
                by=settings.actor,
                details=_given({**details, "schedules": plan.to_json() or None}),
                schedules=plan.changes,
            )
            try:
                return stores.deployments.move_live(move, planning.now)
            except (IllegalMove, ScheduleExists, ScheduleNotFound):
                if not tries_left:
                    raise
    raise AssertionError


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _planning(pipeline: Pipeline, tables: Mapping[str, Any], target: Target, stores: Stores) -> Planning:
    described = stores.schedules.get_described(target.origin)
    return Planning(
        wanted=wanted_of(tables, target),
        target=target,
        pipeline=pipeline,
        present={one.name: one for one in stores.schedules.get_schedules()},
        earlier={one.name: one for one in described},
        now=SystemClock().now(),
    )
