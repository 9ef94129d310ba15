"""When notifications are sent: at the end of a run, by commands that come later, and in the rounds of what lives on.

All of it happens in threads of its own. A run has ended, and says so, before anything is sent.
"""

from __future__ import annotations

# Not for its names: it cannot be imported any more once the main thread has ended, and most services need it.
import concurrent.futures.thread  # noqa: F401
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from jupyter_dataops.api.notifying import Sender, deliver_left, note_late, settings_finder
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.interfaces import Clock, Notifier
from jupyter_dataops.notices import DELIVERY
from jupyter_dataops.notices.wanted import OPTION, late_moments
from jupyter_dataops.records import RunRecord
from jupyter_dataops.wiring import Stores, SystemClock, make_notifier, open_notice_store, open_stores

_LOG: Final = logging.getLogger(__name__)
_LONGEST_WAIT_S: Final = 60.0
"""Between two looks at the clock: it may be set, and machines sleep."""
_PATIENCE_S: Final = 5.0
_RETRY_S: Final = 10.0
"""After trouble with the store."""


def start_delivery(settings: Settings, run: RunRecord | None = None) -> threading.Thread:
    """A thread sends what waits; the process does not end before it: at most `WITHIN_S`, where nobody answers.

    Parameters
    ----------
    run
        One that was executed with exactly `settings`: they have its addresses.
    """

    def work() -> None:
        try:
            deliver_left(settings, run)
        except DataOpsError as error:  # somebody else will send it
            _LOG.warning("notifications wait: %s", error)

    thread = threading.Thread(target=work, name=DELIVERY, daemon=False)
    thread.start()
    return thread


def start_delivery_of_left(settings: Settings) -> None:
    """Such a thread, where something may be sent now: for commands, after they have found dead runners."""
    with closing(open_notice_store(settings)) as store:
        next_at = store.find_next()
    if next_at is not None and next_at <= SystemClock().now():
        start_delivery(settings)


@contextmanager
def told_of(run: RunRecord, settings: Settings) -> Iterator[None]:
    """While the block executes `run`, somebody notices when it becomes late; then what its end calls for is sent.

    Nothing of that is done in the thread of the block, or waited for. Costs nothing where nobody is to be told.
    """
    if not run.options.get(OPTION):
        yield
        return
    ended = threading.Event()
    moments = late_moments(run)
    if moments:
        threading.Thread(
            target=_watch, args=(moments, run, settings, ended), name="dataops-lateness", daemon=True
        ).start()
    try:
        yield
    finally:
        ended.set()
        start_delivery(settings, run)


def _watch(moments: list[datetime], run: RunRecord, settings: Settings, ended: threading.Event) -> None:
    clock = SystemClock()
    for moment in moments:
        while (left_s := (moment - clock.now()).total_seconds()) > 0:
            if ended.wait(min(left_s, _LONGEST_WAIT_S)):
                return
        start_delivery(settings, run)


class Deliveries:
    """Sends what others have left, for whoever lives long and goes round: call `look` in each round.

    Parameters
    ----------
    settings
        Where the store is. Addresses are those configured beside each notebook.

    Notes
    -----
    A look costs microseconds while nobody writes to the store and nothing is due; the rest happens in a thread, of
    which there is one at a time. Whoever looks first sends; any number of processes may look.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        notifier: Notifier | None = None,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._notifier = notifier or make_notifier()
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._stores: Stores | None = None
        self._version: int | None = None
        self._wake_at: datetime | None = None
        self._not_before = monotonic()
        self._said = ""
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """What may be sent now is on its way. Returns at once, and raises nothing. From one thread at a time."""
        if (self._thread is not None and self._thread.is_alive()) or self._monotonic() < self._not_before:
            return
        if self._is_due():
            self._thread = threading.Thread(target=self._work, name="dataops-deliveries", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Release the store, once what is on its way is there, or somebody else has to send it. May be called again."""
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)
            if self._thread.is_alive():
                return
        self._release()

    def _is_due(self) -> bool:
        if self._stores is None:
            # Whoever has never run a pipeline needs no store, and no database library in memory.
            return Path(self._settings.store).exists()
        try:
            is_new = self._stores.runs.get_data_version() != self._version
        except DataOpsError:  # said by the thread
            return True
        return is_new or (self._wake_at is not None and self._clock.now() >= self._wake_at)

    def _work(self) -> None:
        try:
            self._send()
            self._said = ""
        except DataOpsError as error:
            self._give_up_for_now(str(error))
        except Exception:  # noqa: BLE001 - a defect must not end what goes round
            _LOG.exception("notifications wait")
            self._give_up_for_now("")

    def _send(self) -> None:
        stores = self._stores = self._stores or open_stores(self._settings)
        self._version = stores.runs.get_data_version()  # before reading: what is written meanwhile is looked at again
        moments = note_late(stores, self._clock)
        Sender(stores, settings_finder(self._settings), self._notifier, self._clock).send_all()
        next_at = stores.notices.find_next()
        self._wake_at = min([*moments, *([next_at] if next_at is not None else [])], default=None)

    def _give_up_for_now(self, what: str) -> None:
        if what and what != self._said:
            _LOG.warning("notifications wait: %s", what)
        self._said = what
        self._not_before = self._monotonic() + _RETRY_S
        self._release()

    def _release(self) -> None:
        stores, self._stores = self._stores, None
        if stores is not None:
            stores.close()
