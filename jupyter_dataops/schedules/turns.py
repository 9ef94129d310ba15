"""Which of the fires that shall run start now, wait, or are skipped, given the runs that are active."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules.facts import Facts, Verdict
from jupyter_dataops.schedules.policies import Overlap
from jupyter_dataops.schedules.wording import moment_in_words
from jupyter_dataops.states import FireFate

MOST_WAITING: Final = 1_000
"""So many fires of one schedule may be buffered."""
_REPLACING: Final = frozenset({Overlap.CANCEL_OTHER, Overlap.TERMINATE_OTHER})


class DueFire(Struct, frozen=True):
    """A fire whose start has come, and that is not too late to run."""

    nominal: datetime
    start: datetime
    is_caught_up: bool = False
    """It was due while nobody looked: it waits its turn, whatever overlap says of fires that are found in time."""


class Turns:
    """The turns of one schedule at one moment; asked first for the buffered fires, then for each due one in order."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._overlap = facts.policy.overlap
        self._active = [self._run_told(run.run_id, run.nominal) for run in facts.active]
        self._run_ids = tuple(run.run_id for run in facts.active)
        self._made = facts.runs_made
        self.waiting = list(facts.buffered)

    @property
    def is_over(self) -> bool:
        """As many runs as there may be are made, or wait."""
        most = self._facts.policy.max_runs
        return most is not None and self._made + len(self.waiting) >= most

    def of_buffered(self) -> Iterator[Verdict]:
        """Those that have waited and start, since no run is active any more."""
        while self.waiting and (not self._active or self._overlap is Overlap.ALLOW_ALL):
            yield self._start(self.waiting.pop(0), "it waited for its turn")

    def of_fire(self, fire: DueFire, following: DueFire | None) -> Iterator[Verdict]:
        """What becomes of `fire`, which `following` follows at the same moment. After `max_runs`, fires are none."""
        if self.is_over:
            return
        whom = self._active[-1] if self._active else ""
        replaces = self._overlap in _REPLACING and not fire.is_caught_up
        if replaces and following is not None:
            reason = f"the fire of {self._told(following.nominal)}, due as well, takes its place"
            yield Verdict(fire.nominal, FireFate.SKIPPED, reason)
        elif self._overlap is Overlap.ALLOW_ALL or not (self._active or self.waiting):
            yield self._start(fire.nominal, due=fire.start)
        elif replaces:
            yield from self._in_place_of_others(fire, whom)
        elif self._may_wait(fire):
            self.waiting.append(fire.nominal)
            yield Verdict(fire.nominal, FireFate.BUFFERED, f"it waits for {whom or 'its turn'}", due=fire.start)
        elif self.waiting:
            reason = f"the fire of {self._told(self.waiting[0])} is waiting already"
            yield Verdict(fire.nominal, FireFate.SKIPPED, reason)
        else:
            yield Verdict(fire.nominal, FireFate.SKIPPED, f"{whom} is still active")

    def _may_wait(self, fire: DueFire) -> bool:
        if fire.is_caught_up or self._overlap is Overlap.BUFFER_ALL:
            return len(self.waiting) < MOST_WAITING
        return self._overlap is Overlap.BUFFER_ONE and not self.waiting

    def _in_place_of_others(self, fire: DueFire, whom: str) -> Iterator[Verdict]:
        for nominal in self.waiting:
            reason = f"the later fire of {self._told(fire.nominal)} takes its place"
            yield Verdict(nominal, FireFate.SKIPPED, reason)
        self.waiting = []
        if self._overlap is Overlap.TERMINATE_OTHER or not self._active:
            self._active = []
            started = self._start(fire.nominal, f"{whom} is ended for it" if whom else "", due=fire.start)
            yield replace(started, terminate=self._run_ids)
        else:
            self.waiting = [fire.nominal]
            reason = f"it waits until {whom} is cancelled"
            yield Verdict(fire.nominal, FireFate.BUFFERED, reason, due=fire.start, cancel=self._run_ids)

    def _start(self, nominal: datetime, reason: str = "", due: datetime | None = None) -> Verdict:
        self._made += 1
        self._active.append(f"the run of {self._told(nominal)}")
        return Verdict(nominal, FireFate.STARTED, reason, due)

    def _run_told(self, run_id: RunId, nominal: datetime | None) -> str:
        return f"run {run_id}" if nominal is None else f"run {run_id} of {self._told(nominal)}"

    def _told(self, nominal: datetime) -> str:
        return moment_in_words(nominal, self._facts.trigger)
