"""What somebody may do with schedules; every face calls this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from msgspec.structs import replace

from jupyter_dataops.api.paths import absolute_path
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import ScheduleId, new_run_id, new_schedule_id, new_token
from jupyter_dataops.interfaces import Clock
from jupyter_dataops.records import FireRecord, OpenFire, ScheduleRecord, ServiceRecord, SignalRecord
from jupyter_dataops.schedules.as_json import policy_to_json, trigger_to_json
from jupyter_dataops.schedules.due import decide, resume
from jupyter_dataops.schedules.fires import fires_between
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.preview import Preview, upcoming
from jupyter_dataops.schedules.triggers import Trigger
from jupyter_dataops.scheduling.attending import attend
from jupyter_dataops.scheduling.checking import Check, check_schedule, checked_name, require_a_fire
from jupyter_dataops.scheduling.deciding import Claimant, facts_of, occurrences, turn_of, understood
from jupyter_dataops.scheduling.filling import free_times
from jupyter_dataops.scheduling.launching import DetachedLauncher, Launcher
from jupyter_dataops.scheduling.starting import Starter
from jupyter_dataops.scheduling.targets import remarks, require_targets
from jupyter_dataops.scheduling.views import Backfill, ScheduleView, as_now
from jupyter_dataops.states import FireFate, FireKind
from jupyter_dataops.wiring import Stores, SystemClock, open_stores

LEASE: Final = timedelta(seconds=30)
_TICK: Final = timedelta(microseconds=1)


class Schedules(AbstractContextManager["Schedules"]):
    """The schedules of a store. A context: it holds the store open.

    Parameters
    ----------
    settings
        Where the store is, and who acts; by default what ``dataops.toml`` and the environment say.
    check
        What refuses a schedule whose notebook or parameters are wrong.

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.schedules.text import parse_trigger
    >>> settings = Settings(store=tempfile.mkdtemp(), jobs=2, actor="ada@here")
    >>> with Schedules(settings) as schedules:
    ...     added = schedules.add("nightly", "example_notebooks/flights.ipynb", parse_trigger("0 6 * * *"))
    ...     [fire.at.hour for fire in schedules.next("nightly", 2)], [one.name for one in schedules.list()]
    ([6, 6], ['nightly'])
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        stores: Stores | None = None,
        clock: Clock | None = None,
        launcher: Launcher | None = None,
        check: Check = check_schedule,
    ) -> None:
        self._settings = settings or load_settings()
        self._stores = stores or open_stores(self._settings)
        self._store = self._stores.schedules
        self._clock = clock or SystemClock()
        self._launcher = launcher or DetachedLauncher(self._settings, self._stores.runs, self._clock)
        self._check = check

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """Release the store. A second call does nothing."""
        self._stores.close()

    # -- what is there

    def list(self, fires: int = 0) -> Sequence[ScheduleView]:
        """All schedules, by name, each with so many of its latest fires."""
        records, on_the_way = self._store.get_schedules(), self._open_fires()
        latest = self._store.get_latest_fires([record.schedule_id for record in records], max(1, fires))
        return [
            self._view(record, latest.get(record.schedule_id, ()), on_the_way.get(record.schedule_id, ()), fires)
            for record in records
        ]

    def show(self, name: str, fires: int = 10) -> ScheduleView:
        """One schedule with its latest fires. Raises `ScheduleNotFound`."""
        record = self._store.find_schedule(name)
        on_the_way = self._open_fires().get(record.schedule_id, ())
        latest = self._store.get_fires(record.schedule_id, max(1, fires))
        polls = (poll for poll in self._store.get_polls() if poll.schedule_id == record.schedule_id)
        view = self._view(record, latest, on_the_way, fires)
        return replace(view, polls=tuple(polls))

    def next(self, name: str, count: int = 10) -> Sequence[Preview]:
        """The next fires by time, each with a note where a change of clocks touches it. Raises `ScheduleNotFound`.

        As if it were not paused; what waits for files, assets and conditions cannot be foreseen.
        """
        return self.ahead(self._store.find_schedule(name), count)

    def ahead(self, record: ScheduleRecord, count: int) -> Sequence[Preview]:
        """The same of a schedule that has been read."""
        schedule = understood(record)
        policy, after = schedule.policy, max(self._clock.now(), schedule.record.considered_until)
        if policy.starts_at is not None:
            after = max(after, policy.starts_at - _TICK)
        left = count if policy.max_runs is None else min(count, policy.max_runs - schedule.record.started_count)
        found = upcoming(schedule.trigger, after, max(0, left), occurrences(schedule, self._store.get_signals))
        return [fire for fire in found if policy.ends_at is None or fire.at < policy.ends_at]

    def services(self) -> Sequence[ServiceRecord]:
        """The processes that start what is due, and are there now."""
        return list(self._store.get_services(self._clock.now()))

    # -- what somebody changes

    def add(
        self,
        name: str,
        notebook: str | Path,
        trigger: Trigger,
        *,
        policy: Policy | None = None,
        parameters: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        environment: str | None = None,
        deployed: bool = False,
        paused: bool = False,
        origin: str | None = None,
    ) -> ScheduleView:
        """A new schedule, which fires from now on.

        Parameters
        ----------
        parameters
            For its runs; texts may hold ``{{ fire_time }}``, ``{{ previous_success }}`` and ``{{ run_id }}``.
        options
            How its runs are asked for: ``jobs``, ``fail_fast``, ``select``, ``changed``.
        origin
            The file that describes it.

        Raises
        ------
        ScheduleExists, UsageError, InvalidPipeline, NotebookUnreadable, ParameterError, InvalidSchedule
        """
        now = self._clock.now()
        record = ScheduleRecord(
            schedule_id=new_schedule_id(),
            name=checked_name(name),
            notebook=str(absolute_path(notebook)),
            trigger=trigger_to_json(trigger),
            policy=policy_to_json(policy or Policy()),
            parameters=dict(parameters or {}),
            options={key: value for key, value in (options or {}).items() if value not in (None, False)},
            # Which version is live is a question of an environment: that of the settings, if no other is meant.
            environment=environment or (self._settings.environment or None if deployed else None),
            deployed=deployed,
            origin=origin,
            created_at=now,
            created_by=self._settings.actor,
            considered_until=now,
            paused_at=now if paused else None,
        )
        self._check(record, self._settings)
        require_a_fire(understood(record))
        require_targets(record)
        return self._view(self._store.add_schedule(record, self._settings.actor, now))

    def edit(
        self, name: str, /, *, trigger: Trigger | None = None, policy: Policy | None = None, **changes: Any
    ) -> ScheduleView:
        """The schedule as it is from now on; it never fires for a time before.

        Parameters
        ----------
        changes
            ``name``, ``notebook``, ``parameters``, ``options``, ``environment``, ``deployed``, ``origin``.

        Raises
        ------
        ScheduleNotFound, IllegalMove
            As well as what `add` raises.
        """
        before = self._store.find_schedule(name)
        known = ("name", "notebook", "parameters", "options", "environment", "deployed", "origin")
        unknown = sorted(changes.keys() - set(known))
        if unknown:
            raise UsageError(f"a schedule has no '{unknown[0]}' to edit", hint=f"there are {', '.join(known)}")
        if "notebook" in changes:
            changes["notebook"] = str(absolute_path(changes["notebook"]))
        if "name" in changes:
            checked_name(changes["name"])
        if trigger is not None:
            changes["trigger"] = trigger_to_json(trigger)
        if policy is not None:
            changes["policy"] = policy_to_json(policy)
        after = replace(before, **changes)
        self._check(after, self._settings)
        if (after.trigger, after.notebook, after.deployed) != (before.trigger, before.notebook, before.deployed):
            require_targets(after)
        return self._changed(before, after, "edit_schedule")

    def remove(self, name: str) -> None:
        """The schedule is no more; its runs, and those that go on, are left alone. Raises `ScheduleNotFound`."""
        before = self._store.find_schedule(name)
        self._changed(before, replace(before, removed_at=self._clock.now()), "remove_schedule")

    def pause(self, name: str, because: str | None = None) -> ScheduleView:
        """It starts nothing until `resume`; what runs goes on. One that is paused stays so."""
        before = self._store.find_schedule(name)
        if before.is_paused:
            return self.show(name)
        after = replace(before, paused_at=self._clock.now(), paused_because=because)
        return self._changed(before, after, "pause_schedule")

    def resume(self, name: str) -> ScheduleView:
        """It goes on from now. What was due meanwhile is skipped, unless its policy catches up on everything."""
        before = self._store.find_schedule(name)
        if not before.is_paused:
            return self.show(name)
        now, schedule = self._clock.now(), understood(before)
        fires = self._open_fires().get(before.schedule_id, ())
        decision = resume(facts_of(schedule, fires, occurrences(schedule, self._store.get_signals), None), now)
        claimant = Claimant(new_token(), now, new_run_id)
        turn = turn_of(before, decision, [one for one in fires if one.fire.batch is None], claimant, now)
        after = replace(before, paused_at=None, paused_because=None, resumed_at=now)
        record = self._store.change_schedule(
            before, after, "resume_schedule", self._settings.actor, now, turn=turn if decision.verdicts else None
        )
        return self.show(record.name)

    def _changed(self, before: ScheduleRecord, after: ScheduleRecord, action: str) -> ScheduleView:
        now = self._clock.now()
        if (before.trigger, before.policy) != (after.trigger, after.policy):
            after = replace(after, considered_until=now)  # it never fires for a time before
        record = self._store.change_schedule(before, after, action, self._settings.actor, now)
        return self._view(record) if record.removed_at is not None else self.show(record.name)

    # -- what somebody has run

    def run_now(self, name: str, parameters: Mapping[str, Any] | None = None) -> FireRecord:
        """A run of the schedule is started now, whatever else runs; this needs no service.

        Parameters
        ----------
        parameters
            For this run alone; they win over those of the schedule.

        Raises
        ------
        ScheduleNotFound
        """
        schedule, now = self._store.find_schedule(name), self._clock.now()
        token = new_token()
        fire = FireRecord(
            schedule_id=schedule.schedule_id,
            fire_time=now,
            kind=FireKind.MANUAL,
            fate=FireFate.CLAIMED,
            decided_at=now,
            run_id=new_run_id(),
            claimed_by=token,
            lease_until=now + LEASE,
            parameters=dict(parameters or {}),
            asked_by=self._settings.actor,
        )
        self._check(replace(schedule, parameters={**schedule.parameters, **fire.parameters}), self._settings)
        # No service may have been there to note it, and the run is to know of the latest success.
        ended = attend(self._open_fires().get(schedule.schedule_id, ()), now, LEASE).ended
        if ended:
            self._store.end_fires(ended, now)
        self._store.add_fires(schedule, [fire], "run_now", self._settings.actor, now)
        # Who asks has the fate of the fire as the answer.
        Starter(self._store, self._launcher, submit=_at_once, tell=lambda *_: None).start_here(fire)
        open_fires = self._open_fires().get(schedule.schedule_id, ())
        return as_now(self._store.find_fires(schedule.schedule_id, [now]).values(), open_fires)[0]

    def backfill(
        self,
        name: str,
        since: datetime,
        until: datetime | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        limit: int | None = None,
        max_active: int = 1,
        reverse: bool = False,
        dry_run: bool = False,
    ) -> Backfill:
        """The fires of a range of the past are run by the services, those excepted that have had a run, or will.

        Parameters
        ----------
        since, until
            From the one to before the other, aware; `until` is now, if it is not given.
        limit
            At most so many: the earliest of them, or the latest with `reverse`. Those that have had a run do not count.
        max_active
            So many of them run at a time. Other runs of the schedule do not count, and are not held up.
        dry_run
            Say only what would be run.

        Raises
        ------
        ScheduleNotFound, UsageError
        """
        schedule, now = understood(self._store.find_schedule(name)), self._clock.now()
        end = min(until or now, now)
        if max_active < 1 or (limit is not None and limit < 1):
            raise UsageError("a backfill runs at least one fire at a time, and at least one at all")
        if since >= end:
            raise UsageError("the range of the backfill is empty", hint="it lies in the past, and ends after it begins")
        signals = occurrences(schedule, self._store.get_signals, since - _TICK)
        times = fires_between(schedule.trigger, since, end, signals, reverse=reverse)
        free, left_out = free_times(times, partial(self._store.find_fires, schedule.record.schedule_id), limit)
        batch = new_run_id()
        pattern = FireRecord(
            schedule_id=schedule.record.schedule_id,
            fire_time=since,
            kind=FireKind.BACKFILL,
            fate=FireFate.BUFFERED,
            decided_at=now,
            parameters=dict(parameters or {}),
            batch=batch,
            max_active=max_active,
            asked_by=self._settings.actor,
        )
        wanted = [replace(pattern, fire_time=at, position=position) for position, at in enumerate(free)]
        if dry_run or not wanted:
            return Backfill(name, wanted, left_out, None)
        self._check(
            replace(schedule.record, parameters={**schedule.record.parameters, **(parameters or {})}), self._settings
        )
        kept = self._store.add_fires(schedule.record, wanted, "backfill", self._settings.actor, now)
        return Backfill(name, kept, left_out, batch)

    def remarks(self, record: ScheduleRecord) -> Sequence[str]:
        """What may keep it from starting, or start it without end; see `targets.remarks`."""
        return remarks(record, self._stores, self._settings)

    def publish(self, asset: str, verdict: Mapping[str, Any] | None = None) -> SignalRecord:
        """There is a new version of an asset: what waits for it fires."""
        return self._store.add_signal(f"asset:{asset}", verdict or {"by": self._settings.actor}, self._clock.now())

    # -- how

    def _open_fires(self) -> dict[ScheduleId, Sequence[OpenFire]]:
        fires = self._store.get_open_fires()
        return {key: [*group] for key, group in groupby(fires, key=lambda one: one.fire.schedule_id)}

    def _view(
        self,
        record: ScheduleRecord,
        latest: Sequence[FireRecord] = (),
        on_the_way: Sequence[OpenFire] = (),
        fires: int = 0,
    ) -> ScheduleView:
        schedule = understood(record)
        now, known = self._clock.now(), as_now(latest, on_the_way)
        facts = facts_of(schedule, on_the_way, occurrences(schedule, self._store.get_signals), now)
        return ScheduleView(
            record=record,
            trigger=schedule.trigger,
            policy=schedule.policy,
            next_at=None if record.is_paused else decide(facts, now).look_again,
            last=known[0] if known else None,
            open_fires=tuple(on_the_way),
            fires=tuple(known[:fires]),
        )


def _at_once(work: Callable[[], None]) -> None:
    work()
