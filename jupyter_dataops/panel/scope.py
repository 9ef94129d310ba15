"""What the views of one panel may ask for: what concerns its notebook, and nothing else.

In JupyterLab whoever sees a panel can run any code in the kernel. In Voila they cannot: there, what is checked here is
all that keeps somebody who was given a dashboard from the other notebooks and runs of whoever made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from jupyter_dataops.errors import UsageError
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.pipelines import NotebookSource
from jupyter_dataops.service.wire.watching import Unwatch, WatchLog, WatchRun, WatchRuns, WatchSchedules

Watched = WatchRun | WatchRuns | WatchSchedules | WatchLog | Unwatch

_Asked = TypeVar("_Asked", bound=Wire)
_OWNED: Final = ("schedule", "deployment")
"""Fields that name something which is of one notebook."""
_KNOWN_RUNS: Final = 10_000


class OutOfScope(UsageError):
    """The panel does not do this: it shows another notebook, or may only be looked at."""

    code = "out_of_scope"


class BadRequest(UsageError):
    """The request is not what the operation takes."""

    code = "bad_request"


class Scope:
    """Passes on requests about one notebook, in full; refuses the others.

    Parameters
    ----------
    path
        The notebook, as the front end calls it.
    find_run
        The full id of the run of this notebook that an id, a prefix or ``last`` means. Raises `RunNotFound`.
    check_owned
        Called with ``schedule`` or ``deployment`` and a name: raises where this notebook has none of that name.
    is_read_only
        Nothing is started, cancelled or changed.
    """

    def __init__(
        self,
        path: str,
        find_run: Callable[[str], str],
        check_owned: Callable[[str, str], None],
        *,
        is_read_only: bool = False,
    ) -> None:
        self.path = path
        self._find_run = find_run
        self._check_owned = check_owned
        self._is_read_only = is_read_only
        self._own_runs: set[str] = set()

    def request(self, op: str, fields: dict[str, Any]) -> Wire:
        """The request to pass on. Raises `OutOfScope`, `BadRequest`, `RunNotFound`."""
        operation = OPERATIONS.get(op)
        if operation is None:
            raise BadRequest(f"there is no operation '{op}'", hint="reload the page: it may be of another version")
        if self._is_read_only and operation.action != "read":
            raise OutOfScope("this panel is for looking only", hint="make it without read_only to run the pipeline")
        if operation.action == "write":  # a trigger may name any code, and a version goes where others rely on it
            raise OutOfScope("a panel runs what there is", hint="change it in JupyterLab, or on the command line")
        try:
            asked = operation.request.model_validate(fields)
        except ValidationError as error:
            raise BadRequest(_first_problem(error), where=op) from None
        if isinstance(asked, NotebookSource) and asked.notebook is not None:
            raise OutOfScope("this panel shows the notebook as last saved", hint="leave `notebook` out")
        return self._narrowed(asked)

    def watch(self, asked: Watched) -> Watched:
        """The same for something to be told of."""
        return self._narrowed(asked)

    def _narrowed(self, asked: _Asked) -> _Asked:
        """`asked` with its notebook and run in full; what else it names is this notebook's."""
        changes: dict[str, str] = {}
        path = getattr(asked, "path", self.path)
        if path is None:
            changes["path"] = self.path
        elif path != self.path:
            raise OutOfScope(f"this panel is about {self.path} alone", where=path, hint="make a panel of that notebook")
        for kind in _OWNED:
            if (name := getattr(asked, kind, None)) is not None:
                self._check_owned(kind, name)
        run_id = getattr(asked, "run_id", None)
        if run_id is not None:
            changes["run_id"] = self._own(run_id)
        return asked.model_copy(update=changes) if changes else asked

    def _own(self, run_id: str) -> str:
        if run_id in self._own_runs:
            return run_id
        found = self._find_run(run_id)
        if len(self._own_runs) < _KNOWN_RUNS:
            self._own_runs.add(found)
        return found


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the request'}: {first['msg']}"
