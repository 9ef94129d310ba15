"""Sending what waits to be sent: by the runner at its end, and by whoever lives on where that was killed.

The store is the truth: an event and the messages that it calls for are one transaction, and whoever is to send one
claims it there. What is sent and not yet marked when its sender is killed is sent again, with the same id.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from jupyter_dataops.api.environments import settings_of_live
from jupyter_dataops.api.findings import findings_of
from jupyter_dataops.api.secret_sources import read_source
from jupyter_dataops.config import Notification, Settings, SourceKind
from jupyter_dataops.config.secret_sources import parse_source
from jupyter_dataops.errors import ConfigError, DataOpsError, EnvironmentRefused, NotDelivered
from jupyter_dataops.ids import RunId, new_token
from jupyter_dataops.interfaces import Clock, Notifier
from jupyter_dataops.notices import trying
from jupyter_dataops.notices.text import message_of
from jupyter_dataops.notices.wanted import OPTION, Receiver, called_for_by_lateness, late_moments
from jupyter_dataops.records import NoticeRecord, RunRecord
from jupyter_dataops.states import NoticeState, Notified
from jupyter_dataops.wiring import Stores, SystemClock, make_notifier, open_notice_store, open_stores

_LOG: Final = logging.getLogger(__name__)
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")

WITHIN_S: Final = 20.0
"""How long a sender waits for all answers together; what is not answered by then counts as failed."""
LEASE: Final = timedelta(seconds=60)
"""How long a sender that gives no sign of life is counted on: longer than it waits for answers."""


def receivers_in(settings: Settings) -> list[Receiver]:
    """Whom a run that is made with `settings` tells."""
    return [
        Receiver(name, frozenset(map(Notified, one.events)), len(one.urls), one.late_after_s)
        for name, one in settings.notifications.items()
    ]


def notification_options(settings: Settings) -> dict[str, object]:
    """What a run keeps of them; empty where nobody is to be told."""
    kept = {one.name: one.to_json() for one in receivers_in(settings)}
    return {OPTION: kept} if kept else {}


def address_of(url: str) -> str:
    """The URL itself: what stands where `url` says, if it does not stand there.

    Raises
    ------
    EnvironmentRefused
        There is none.
    """
    if "://" in url or url.partition(":")[0] not in [*SourceKind]:
        return url
    source = parse_source(url, Path())
    found = read_source(source, os.environ)
    if not found:
        raise EnvironmentRefused(f"no URL is at {source}", hint="set it where notifications are sent from")
    return found.strip()


def answers_of(works: Mapping[_Key, Callable[[], _Answer]], deadline: float) -> Iterator[tuple[_Key, _Answer]]:
    """What each of `works` returns, as it comes: each has a thread of its own, and raises nothing.

    Parameters
    ----------
    deadline
        On the monotonic clock. What is not there by then never comes.
    """
    answers: queue.SimpleQueue[tuple[_Key, _Answer]] = queue.SimpleQueue()

    def work_on(key: _Key) -> None:
        answers.put((key, works[key]()))

    for key in works:
        # A daemon: nobody waits for a service that never answers, not even the end of the process.
        threading.Thread(target=work_on, args=(key,), name="dataops-notifier", daemon=True).start()
    for _ in works:
        try:
            yield answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


class Sender(Struct, frozen=True):
    """Sends messages of a store.

    Parameters
    ----------
    settings_for
        The settings that have the addresses for a message. Raises `ConfigError`.
    """

    stores: Stores
    settings_for: Callable[[NoticeRecord], Settings]
    notifier: Notifier
    clock: Clock
    within_s: float = WITHIN_S

    def send_all(self, *, early: bool = False) -> list[NoticeRecord]:
        """What came of each message that was to be sent now; takes no longer than `within_s` and what the store takes.

        One address that does not answer holds up no other.
        """
        by, deadline = new_token(), time.monotonic() + self.within_s
        outcomes: list[NoticeRecord] = []
        while time.monotonic() < deadline:
            now = self.clock.now()
            claims = self.stores.notices.claim_notices(by, now, now + LEASE, early=early)
            if not claims:
                break
            outcomes += self._send_some(claims, deadline)
            early = False  # what has just failed waits
        return outcomes

    def _send_some(self, claims: Sequence[NoticeRecord], deadline: float) -> Iterator[NoticeRecord]:
        open_claims = {claim.key: claim for claim in claims}
        works = {claim.key: partial(self._sent, claim) for claim in claims}
        for key, outcome in answers_of(works, deadline):
            yield self._keep(open_claims.pop(key), outcome)
        for claim in open_claims.values():
            yield self._keep(claim, trying.failed(claim, self.clock.now(), f"no answer within {self.within_s:g} s"))

    def _sent(self, claim: NoticeRecord) -> NoticeRecord:
        try:
            self._send(claim)
        except (ConfigError, EnvironmentRefused) as error:
            return trying.not_here(claim, self.clock.now(), sentence_of(error))
        except NotDelivered as error:
            return trying.failed(claim, self.clock.now(), sentence_of(error))
        except DataOpsError as error:
            return trying.not_here(claim, self.clock.now(), sentence_of(error))
        except Exception as error:  # noqa: BLE001 - a defect must end in the record of the message, not in a lost thread
            return trying.failed(claim, self.clock.now(), f"{type(error).__name__} inside jupyter-dataops")
        return trying.sent(claim, self.clock.now())

    def _send(self, claim: NoticeRecord) -> None:
        self.notifier.require()
        settings = self.settings_for(claim)
        configured = settings.notifications.get(claim.receiver, Notification(()))
        if claim.place >= len(configured.urls):
            raise ConfigError(
                f"[notifications.{claim.receiver}] has no such address any more", where=str(Path(claim.notebook).parent)
            )
        url = address_of(configured.urls[claim.place])
        findings = findings_of(self.stores.runs, claim)
        self.notifier.send(url, message_of(claim, findings, configured.link))

    def _keep(self, claim: NoticeRecord, outcome: NoticeRecord) -> NoticeRecord:
        if not self.stores.notices.keep_outcome(claim, outcome):
            _LOG.info("message %s was sent by another process, too", claim.message_id)
        elif outcome.state is NoticeState.GIVEN_UP:
            _LOG.warning("a notification for '%s' is given up: %s", outcome.receiver, outcome.error)
        elif outcome.state is NoticeState.WAITING and outcome.error != claim.error:  # else it was said before
            _LOG.warning("a notification for '%s' waits: %s", outcome.receiver, outcome.error)
        return outcome


def sentence_of(error: DataOpsError) -> str:
    """What it says, and what to do, on one line."""
    return str(error).replace("\n  -> ", "; ").replace("\n", " ")


def list_notices(settings: Settings, run_id: RunId) -> Sequence[NoticeRecord]:
    """Whom the store's run has told, or is to tell, of what."""
    with closing(open_notice_store(settings)) as store:
        return store.get_notices(run_id)


def settings_finder(settings: Settings, run: RunRecord | None = None) -> Callable[[NoticeRecord], Settings]:
    """What finds the settings for a message: beside its notebook, in its environment; `settings` for those of `run`."""

    @cache
    def configured(folder: Path, environment: str) -> Settings:
        return settings_of_live(environment, folder, settings.store)

    def find(notice: NoticeRecord) -> Settings:
        if run is not None and notice.run_id == run.run_id:
            return settings
        return configured(Path(notice.notebook).parent, notice.environment)

    return find


def note_late(stores: Stores, clock: Clock) -> list[datetime]:
    """Of runs that are late by now somebody will be told; when others will be, unless they end before.

    Two short queries where there are none.
    """
    now = clock.now()
    unfinished = (*stores.runs.get_active_runs(), *stores.runs.get_queued_runs())
    found = [notice for run in unfinished for notice in called_for_by_lateness(run, now)]
    kept = {
        notice.key
        for run_id in {one.run_id for one in found}
        if run_id
        for notice in stores.notices.get_notices(run_id)
    }
    new = [notice for notice in found if notice.key not in kept]
    if new:
        stores.notices.add_late(new)
    return [moment for run in unfinished for moment in late_moments(run) if moment > now]


def deliver_left(
    settings: Settings,
    run: RunRecord | None = None,
    *,
    early: bool = False,
    within_s: float = WITHIN_S,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
) -> list[NoticeRecord]:
    """What came of every message of the store that was to be sent now, whoever has left it.

    Parameters
    ----------
    run
        One that was executed with exactly `settings`: they have its addresses.
    early
        Also those that wait for their next try.

    Raises
    ------
    StoreUnavailable
    """
    clock = clock or SystemClock()
    with closing(open_stores(settings)) as stores:
        note_late(stores, clock)
        found = settings_finder(settings, run)
        return Sender(stores, found, notifier or make_notifier(), clock, within_s).send_all(early=early)
