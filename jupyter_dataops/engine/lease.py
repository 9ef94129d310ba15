"""Keeping a run's lease: the sign, renewed every few seconds, that its runner is there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from jupyter_dataops.engine.mailbox import LeaseLost
from jupyter_dataops.errors import DataOpsError, StoreUnavailable
from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.interfaces import Clock, RunStore

_LOG = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews a run's lease from a thread of its own, whatever the coordinator and the kernels are busy with.

    Only the token decides who may write: a lease that ran out while the machine slept is renewed as any other, if
    nobody has taken the run meanwhile. So a store that does not answer is asked again until it does; a refusal is
    final, and told.

    Used as a context: the thread ends with it.

    Parameters
    ----------
    tell
        Called, from the thread, once the run is somebody else's.
    wait
        Waits for so many seconds; whether to stop. `None`: until the context ends.
    """

    def __init__(
        self,
        store: RunStore,
        clock: Clock,
        run_id: RunId,
        *,
        lease_s: float,
        tell: Callable[[LeaseLost], None],
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._run_id = run_id
        self._lease_s = lease_s
        self._tell = tell
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def start(self, token: Token) -> None:
        """The lease of the run, taken with `token`, is renewed from now on. Call it once."""
        self._thread = threading.Thread(target=self.keep, args=(token,), name=f"lease of {self._run_id}", daemon=True)
        self._thread.start()

    def keep(self, token: Token) -> None:
        """Renew until stopped, or refused."""
        every_s = self._lease_s / 3
        while not self._wait(every_s):
            try:
                until = self._clock.now() + timedelta(seconds=self._lease_s)
                self._store.renew_lease(self._run_id, token, until)
            except StoreUnavailable as error:
                _LOG.warning("run %s: its lease could not be renewed: %s", self._run_id, error)
            except DataOpsError as refusal:
                self._tell(LeaseLost(refusal))
                return
