"""The same work by this package and by its peers, in turn, each as one command from start to end."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.environments import clean_environment, python_of, versions_in
from benchmarks.given import pipeline
from benchmarks.measuring import Contestants, Figures, Found, NoFigureError, in_turn, machine, measured
from benchmarks.peers import PAPERMILL, PEERS
from benchmarks.peers.work import Work

OURS = "jupyter-dataops"
PROGRAM = (sys.executable, "-m", "jupyter_dataops")
SCRIPTS = Path(__file__).parent / "peers"


class Arena:
    """A folder with the work, in which contestants start, and a home for them."""

    def __init__(self, folder: Path, work: Work) -> None:
        self.folder = folder
        self.environment = clean_environment(folder / "home")
        self.notebook = folder / "pipeline.ipynb"
        self._jobs = work.jobs
        work.save(folder)
        self.notebook.write_text(json.dumps(pipeline(work)))

    def ours(self, *options: str) -> Figures:
        """Figures of ``jupyter dataops run``."""
        command = [*PROGRAM, "run", self.notebook, "--jobs", str(self._jobs), *options]
        return measured(command, self.folder, self.environment)

    def peer(self, script: str, *, again: bool = False) -> Figures:
        """Figures of one peer; what its last run has made is gone, unless `again`."""
        python = python_of(PEERS[script].environment)
        if not again:
            shutil.rmtree(self.folder / "products", ignore_errors=True)
        return measured([python, SCRIPTS / f"{script}.py"], self.folder, self.environment)


@contextmanager
def arena(work: Work) -> Iterator[Arena]:
    """An arena that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Arena(Path(folder), work)


def contest(
    work: Work, runs: int, peers: Collection[str] = tuple(PEERS), compared: Collection[str] = (PAPERMILL,)
) -> dict[str, Found]:
    """What this package and these peers need for `work`, by title.

    Parameters
    ----------
    runs
        Of each peer; of this package and those it is `compared` with, see `closely`.
    """
    with arena(work) as place:
        entries = {OURS: place.ours, **{PEERS[peer].title: _entry(place, peer) for peer in peers}}
        return closely(entries, [OURS, *(PEERS[peer].title for peer in compared)], runs)


def closely(contestants: Contestants, compared: Collection[str], runs: int) -> dict[str, Found]:
    """All that `in_turn` finds; those of `compared` have their turns first, among themselves, and twice as many.

    A ratio of two commands wants them under the same conditions: not a minute apart, with what one has read gone from
    the machine's memory while others ran.
    """
    first = in_turn({name: one for name, one in contestants.items() if name in compared}, 2 * runs + 1)
    others = in_turn({name: one for name, one in contestants.items() if name not in compared}, runs)
    found = {**first, **others}
    return {name: found[name] for name in contestants}


def _entry(place: Arena, peer: str) -> Callable[[], Figures]:
    return lambda: place.peer(peer)


def conditions(work: Work, peers: Collection[str] = tuple(PEERS)) -> str:
    """Machine and versions, for the line above a table."""
    versions: list[str] = []
    for peer in (PEERS[name] for name in peers):
        with suppress(NoFigureError):  # its row says why
            versions += versions_in(peer.environment, peer.packages)
    ours = machine("jupyter-dataops", "papermill", "ipykernel")
    return f"{ours}; peers: {', '.join(dict.fromkeys(versions))}; {work.jobs} nodes at once"
