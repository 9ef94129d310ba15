"""Every operation of `operations`, answered: the one thing that a face to browsers calls, beside `Watcher`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.records import RunRecord
from jupyter_dataops.service.desk import Desk, SettingsIn
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.refusals import refusal_of
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import Refusal
from jupyter_dataops.wiring import Stores, open_stores

Answer = Callable[[Desk, Any, str | None], Wire]
"""Takes what all share, the request, and who asks."""


class Service:
    """Answers requests; safe to call from several threads at once. Runs that it starts outlive it.

    Parameters
    ----------
    places
        Which files the front end may see.
    settings
        Whose store holds the runs.
    settings_in
        The settings for runs of notebooks in a folder; `None`: `settings` for all.
    open_stores
        Opens the stores: runs, and what is kept beside them.

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.service.places import FolderPlaces
    >>> from jupyter_dataops.service.wire.runs import RunsRequest
    >>> service = Service(FolderPlaces("example_notebooks"), Settings(store=tempfile.mkdtemp(), jobs=2))
    >>> service.answer("list_runs", RunsRequest())
    RunList(runs=[])
    >>> service.close()
    """

    def __init__(
        self,
        places: Places,
        settings: Settings,
        settings_in: SettingsIn | None = None,
        *,
        open_stores: Callable[[Settings], Stores] = open_stores,
    ) -> None:
        self.desk = Desk(places, settings, settings_in, open_stores=open_stores)

    def answer(self, name: str, request: Wire, *, actor: str | None = None) -> Wire:
        """What the operation `name` says to `request`, a model of the kind that `operations` gives it.

        Parameters
        ----------
        actor
            Who asks, for the audit trail; `None`: whoever the settings say.

        Raises
        ------
        DataOpsError
            Of the tree in `jupyter_dataops.errors`: it is refused, or cannot be done; see `refusal`.
        """
        if name not in OPERATIONS:
            raise UsageError(f"there is no operation {name!r}", hint=f"there are: {', '.join(OPERATIONS)}")
        answer: Answer = getattr(import_module(f"jupyter_dataops.service.{OPERATIONS[name].module}"), name)
        with self._mindful():
            return answer(self.desk, request, actor)

    def find_run(self, name: str, notebook: Path) -> RunRecord:
        """The run meant by an id, a unique prefix of one, or ``last`` of `notebook`. Raises `RunNotFound`."""
        with self._mindful():
            return self.desk.find_run(name, notebook)

    @contextmanager
    def _mindful(self) -> Iterator[None]:
        """After trouble with the store, it is opened anew when it is next needed."""
        try:
            yield
        except DataOpsError as error:
            self.desk.forget(error)
            raise

    def refusal(self, error: DataOpsError) -> Refusal:
        """The error as the front end shows it."""
        return refusal_of(error, self.desk.places)

    def close(self) -> None:
        """Release what is open. A second call does nothing."""
        self.desk.close()
