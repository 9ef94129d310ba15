"""The seam of schedules: where they, and their fires, are kept.

The facade in `jupyter_dataops.scheduling` writes what somebody asks for; the services, any number of them in any number
of processes, decide, claim and start what is due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.records import (
    FireRecord,
    FireStart,
    OpenFire,
    PollRecord,
    ScheduleRecord,
    ServiceRecord,
    SignalRecord,
    Turn,
)
from jupyter_dataops.states import RunState


class ScheduleStore(Protocol):
    """Keeps schedules and their fires beside the runs; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or written; nothing is half written then.
    """

    # -- what somebody asks for: each writes its audit record in the same transaction

    def add_schedule(self, schedule: ScheduleRecord, by: str, at: datetime) -> ScheduleRecord:
        """Keep a new schedule; the answer has its ``seq``. Raises `ScheduleExists` where its name is taken."""
        ...

    def change_schedule(
        self,
        before: ScheduleRecord,
        after: ScheduleRecord,
        action: str,
        by: str,
        at: datetime,
        *,
        turn: Turn | None = None,
    ) -> ScheduleRecord:
        """What somebody may change is as in `after`, and ``version`` is one more; the answer is what is stored.

        What services keep (counts, times of fires) stays as it is; ``considered_until`` only ever goes on. Buffered
        fires of a schedule that is removed are skipped. With `turn`, that is stored, too, in the same transaction.

        Raises
        ------
        ScheduleNotFound
            It was removed.
        IllegalMove
            Somebody has changed it since `before` was read; or, with `turn`, a service has decided something.
        ScheduleExists
            Its new name is taken.
        """
        ...

    def add_fires(
        self, schedule: ScheduleRecord, fires: Sequence[FireRecord], action: str, by: str, at: datetime
    ) -> Sequence[FireRecord]:
        """Keep fires that somebody asks for, claimed or buffered; the answer is those that are kept.

        Left out are fire times for which there is a fire already, unless nothing has come of that
        (`FireFate.may_be_filled_in`), nor will: then the new one takes its place. Raises `ScheduleNotFound`.
        """
        ...

    # -- what services do

    def decide(self, turns: Sequence[Turn], at: datetime) -> Mapping[ScheduleId, Sequence[FireRecord]]:
        """Store what was decided, all in one transaction, each turn whole or not at all.

        A schedule that has changed since it was looked at, by a decision of another service or by somebody, is left out
        of the answer, and nothing of its turn is stored. The answer has the fires that are claimed now: those for whose
        time there was a fire already are not among them.
        """
        ...

    # Each of these is one transaction, however many fires it is about.

    def start_fires(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        """Each claimed fire is ``started``, and its run made; see `RunStore.create_run`. The answer: what is started.

        Left out, and not made, are those whose claim is another service's. The lease goes on until `note_launched`: a
        run that nobody has started a process for is somebody else's then. Where the run is there already, none is made.
        """
        ...

    def note_launched(self, fires: Sequence[FireRecord]) -> None:
        """A process is there for each fire's run: nothing is left to be done for its start."""
        ...

    def fail_fires(self, failed: Sequence[tuple[FireRecord, str]]) -> None:
        """The claimed fires have failed to start, each with its reason, as far as the claims are still the caller's."""
        ...

    def take_over(
        self, fires: Sequence[FireRecord], by: Token, until: datetime, *, resumes: bool = False
    ) -> Sequence[FireRecord]:
        """The fires as they are once `by` has the claims of a service whose lease is over.

        Left out are those where another was faster. With `resumes`, the fires' runs have crashed, and the caller
        resumes them: that is counted.
        """
        ...

    def renew_claims(self, fires: Sequence[FireRecord], by: Token, until: datetime) -> None:
        """The claims of `by` on these fires last until then, as far as they are open, and still its own."""
        ...

    def end_fires(self, ended: Sequence[tuple[FireRecord, RunState]], at: datetime) -> Sequence[FireRecord]:
        """The fires' runs were seen to have ended so; the answer: those of which it was this call that noted it."""
        ...

    def renew_service(self, service: ServiceRecord) -> None:
        """The service is there, until its lease ends."""
        ...

    def remove_service(self, token: Token, at: datetime) -> None:
        """The service has ended, and so have those whose lease was over at `at`.

        Whoever looks may take over at once what it had claimed, and not started.
        """
        ...

    # -- what triggers other than time wait for

    def get_polls(self) -> Sequence[PollRecord]:
        """When each schedule looks next at what, of schedules that are there."""
        ...

    def take_poll(self, poll: PollRecord, next_at: datetime) -> PollRecord | None:
        """The poll as it is once the caller has the look that is due; `None`: another service was faster.

        One that is not there yet is made.
        """
        ...

    def keep_poll(
        self, poll: PollRecord, seen: Mapping[str, Any], signal: Mapping[str, Any] | None, at: datetime
    ) -> bool:
        """What was seen, and, where that is a signal, its verdict, in one transaction; whether no look followed."""
        ...

    def add_signal(self, source: str, verdict: Mapping[str, Any], at: datetime) -> SignalRecord:
        """Something happened that triggers wait for; it counts as of after everything that was decided before."""
        ...

    def get_new_signals(self, after: int, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of all sources with a ``seq`` above `after`, in order, no more than `limit`."""
        ...

    def get_last_signal(self) -> int:
        """The ``seq`` of the newest signal of all sources; 0 before the first."""
        ...

    def get_signals(self, source: str, after: datetime, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of a source after an instant, in order of time, no more than `limit`."""
        ...

    # -- reading

    def get_schedules(self) -> Sequence[ScheduleRecord]:
        """Those that are there, by name."""
        ...

    def get_described(self, origin: str) -> Sequence[ScheduleRecord]:
        """Those that a file or a deployment describes, or did when they were removed, by name; the latest last."""
        ...

    def get_changed_schedules(self, after: int) -> Sequence[ScheduleRecord]:
        """Those with a ``seq`` above `after`, removed ones too, in order of it: costs what has changed."""
        ...

    def find_schedule(self, name: str) -> ScheduleRecord:
        """The schedule that has that name. Raises `ScheduleNotFound`, with a suggestion."""
        ...

    def get_schedule(self, schedule_id: ScheduleId) -> ScheduleRecord:
        """The schedule, also where it was removed. Raises `ScheduleNotFound`."""
        ...

    def get_schedules_of(self, fires: Sequence[FireRecord]) -> Mapping[ScheduleId, ScheduleRecord]:
        """The schedules of these fires, also where they were removed."""
        ...

    def get_open_fires(self) -> Sequence[OpenFire]:
        """Fires with which something is still to happen, by schedule and fire time: costs as many as there are."""
        ...

    def get_fires(
        self, schedule_id: ScheduleId, limit: int = 50, before: datetime | None = None
    ) -> Sequence[FireRecord]:
        """The latest fires of a schedule, by fire time, newest first; with `before`, those of earlier times."""
        ...

    def find_fires(self, schedule_id: ScheduleId, times: Collection[datetime]) -> Mapping[datetime, FireRecord]:
        """The fires that there are for these times."""
        ...

    def get_latest_fires(
        self, schedule_ids: Collection[ScheduleId], limit: int = 1
    ) -> Mapping[ScheduleId, Sequence[FireRecord]]:
        """The latest fires of each of these schedules that has one, by fire time, newest first, `limit` or fewer."""
        ...

    def find_success(self, schedule_id: ScheduleId, before: datetime) -> datetime | None:
        """The latest fire time before an instant whose run succeeded; `None`: there is none."""
        ...

    def find_fire_of_run(self, run_id: RunId) -> FireRecord | None:
        """The fire whose run has that id, made or not."""
        ...

    def get_services(self, at: datetime) -> Sequence[ServiceRecord]:
        """The services that are there."""
        ...

    def get_data_version(self) -> int:
        """As `RunStore.get_data_version`."""
        ...

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...
