"""What can be said about how a run ended: values, and the JSON object that they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.differences import Difference
from jupyter_dataops.records import Failure, NodeRunRecord, RunRecord

TRACEBACK_LINES: Final = 12
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME: Final = re.compile(r"^File (?P<path>.+?):\d+, in .*\n(?:.+\n)*\n?", re.MULTILINE)
"""As IPython shows one of a file: a head, lines of code, an empty line."""
_HERE: Final = Path(__file__).parents[1]
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
"""Where packages are put: a kernel may have one of its own, in another place than this process."""


class Place(Struct, frozen=True):
    """Where in the user's notebook it failed."""

    cell_id: str
    cell_index: int
    line: int | None
    """1-based, in the cell."""
    source: tuple[tuple[int, str], ...]
    """The lines around it, numbered."""
    notebook: str = ""
    """The notebook that the node's group runs; empty for the run's own."""

    @property
    def failed_line(self) -> str:
        """The line itself."""
        return dict(self.source).get(self.line or 0, "")


class Explanation(Struct, frozen=True):
    """What can be said about how a run ended."""

    run: RunRecord
    verdict: str
    """The likely cause, in a sentence or two."""
    failed: NodeRunRecord | None = None
    """What failed first; `None` where nothing did."""
    place: Place | None = None
    others: tuple[NodeName, ...] = ()
    """What failed, too, in order of time."""
    going_on: tuple[NodeName, ...] = ()
    """What was running when the run crashed, or was cancelled."""
    compared_with: NodeRunRecord | None = None
    """The last success of what failed, in an earlier run."""
    differences: tuple[Difference, ...] = ()
    """From that success; most likely cause first."""

    @property
    def failure(self) -> Failure | None:
        """The error of what failed first."""
        return self.failed.failure if self.failed is not None else None

    @property
    def traceback_end(self) -> str:
        """The last lines of the user's traceback, without colours.

        Of an error of ours, it ends where the user's code called us.
        """
        text = _ANSI.sub("", self.failure.traceback) if self.failure is not None else ""
        if self.failure is not None and DataOpsError.__name__ in self.failure.mro:
            text = _FRAME.sub(lambda frame: "" if _is_ours(frame["path"]) else frame[0], text)
        return "\n".join(text.rstrip().splitlines()[-TRACEBACK_LINES:])

    def to_json(self) -> dict[str, Any]:
        """The documented object of ``explain --json``."""
        failed, failure, before = self.failed, self.failure, self.compared_with
        return {
            "run_id": self.run.run_id,
            "state": self.run.state.value,
            "verdict": self.verdict,
            "node": failed.node if failed else None,
            "attempt": failed.attempt if failed else None,
            "cause": failure.cause.value if failure else None,
            "error": {"ename": failure.ename, "evalue": failure.evalue} if failure else None,
            "place": _place_json(self.place) if self.place else None,
            "traceback": self.traceback_end,
            "facts": dict(failure.facts) if failure else {},
            "others": list(self.others),
            "going_on": list(self.going_on),
            "compared_with": {"run_id": before.run_id, "finished_at": _iso(before)} if before else None,
            "differences": [one.as_json() for one in self.differences],
        }


def _is_ours(shown: str) -> bool:
    """Whether a file, as IPython shows it, is one of this package; a folder of the user's may have the same name."""
    path = Path(shown).expanduser() if shown.startswith(("~/", "~\\")) else Path(shown)
    above = [_HERE, *(one for one in path.parents if one.name == _HERE.name and one.parent.name in _INSTALLED)]
    return any(path.is_relative_to(one) for one in above)


def _place_json(place: Place) -> dict[str, Any]:
    source = [{"line": number, "text": text} for number, text in place.source]
    return {
        "notebook": place.notebook or None,
        "cell_id": place.cell_id,
        "cell_index": place.cell_index,
        "line": place.line,
        "source": source,
    }


def _iso(record: NodeRunRecord) -> str | None:
    return record.finished_at.isoformat() if record.finished_at else None
