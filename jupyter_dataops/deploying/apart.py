"""``python -m jupyter_dataops.deploying.apart``: deploys, promotes, or goes back, in a process of its own.

Rules of a policy may be the user's code, and a test takes as long as the pipeline does. So neither happens in a server:
this process imports what it imports, is told what to do on stdin, and goes on when whoever asked for it has ended. It
says one JSON object a line: first that a version was ``prepared``, where a test follows, and in the end what was
``done``, or the ``error``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from jupyter_dataops.api.environments import settings_in
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError, EnvironmentRefused

_LAST_WORDS_BYTES: Final = 2_000


class Place(Struct, frozen=True):
    """An environment, for the notebooks of a folder."""

    environment: str
    folder: str
    store: str
    actor: str

    def settings(self) -> Settings:
        """What holds there. Raises `ConfigError`."""
        found = settings_in(self.environment, Path(self.folder), self.store)
        return replace(found, actor=self.actor)


class Deploy(Struct, frozen=True):
    """A version of a notebook, to be live."""

    notebook: str
    place: Place
    name: str | None
    test: Mapping[str, Any] | None
    """Parameters of a test; `None`: there is none."""
    takeover: bool = False


class Promote(Struct, frozen=True):
    """What is live in one place, to be live in another."""

    name: str
    source: Place
    target: Place
    takeover: bool = False


class Rollback(Struct, frozen=True):
    """An earlier version, to be live again."""

    name: str
    place: Place
    to: str | None
    dry_run: bool = False
    """Only what it would do is said."""


class Apart:
    """The process, as whoever started it sees it."""

    def __init__(self, wanted: Deploy | Promote | Rollback) -> None:
        """It is at work. Raises `EnvironmentRefused` where it cannot be started."""
        folder = Path((wanted.target if isinstance(wanted, Promote) else wanted.place).folder)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last answer
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "jupyter_dataops.deploying.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                encoding="utf-8",
                cwd=folder if folder.is_dir() else None,
                start_new_session=True,
            )
        except OSError as error:
            self._complaints.close()
            raise EnvironmentRefused(f"no process can be started: {error.strerror or error}") from error
        with suppress(BrokenPipeError):  # it ended at once: `answers` says why
            stdin: Any = self._process.stdin
            with stdin:
                json.dump({"kind": type(wanted).__name__, **to_builtins(wanted)}, stdin)

    def answers(self) -> Generator[Mapping[str, Any]]:
        """What it says, as it says it; to be read to its end, or closed after what was done.

        Raises the error that it met, and `EnvironmentRefused` where it just ended.
        """
        is_done = False
        with self._complaints, self._process:
            said: Any = self._process.stdout
            for line in said:
                answer = json.loads(line)
                if "error" in answer:
                    raise _error_of(answer["error"])
                is_done = "done" in answer
                yield answer
            code = self._process.wait()
            if not is_done:
                raise EnvironmentRefused(
                    f"the process that deploys ended with code {code}: {self._last_words()}",
                    hint="what was live still is",
                )

    def _last_words(self) -> str:
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - _LAST_WORDS_BYTES))
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _error_of(said: Mapping[str, Any]) -> DataOpsError:
    kinds: dict[str, type[DataOpsError]] = {kind.code: kind for kind in _below(DataOpsError)}
    kind = kinds.get(said["code"], DataOpsError)
    return kind(said["message"], where=said["where"], hint=said["hint"])


def _below(kind: type[DataOpsError]) -> Iterator[type[DataOpsError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _below(one)


def _deploy(wanted: Mapping[str, Any], answer: IO[str]) -> Mapping[str, Any]:
    from jupyter_dataops.api.pipeline import Pipeline  # noqa: PLC0415 - whoever starts the process needs none of it
    from jupyter_dataops.deploying.deploy import create_test, finish, prepare  # noqa: PLC0415 - as above

    place, test = Place(**wanted["place"]), wanted["test"]
    pipeline = Pipeline(wanted["notebook"], settings=place.settings())
    how = {"name": wanted["name"], "takeover": wanted["takeover"]}
    prepared = prepare(pipeline, place.environment, tests=test is not None, parameters=test, **how)
    version = {"name": prepared.version.name, "number": prepared.version.number, "is_new": prepared.is_new}
    previous = prepared.live.number if prepared.live else None
    run = None
    if test is not None:
        run = create_test(prepared, test)
        _say(answer, {"prepared": {**version, "previous": previous, "test_run_id": run.run_id}})
        run.execute(progress=False)
    outcome = finish(prepared, run)
    schedules = [one.to_json() for one in outcome.schedules]
    done = {"previous": outcome.previous, "is_live": outcome.is_live, "remarks": outcome.remarks}
    return {**version, **done, "schedules": schedules}


def _promote(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    from jupyter_dataops.deploying.description import describe_move  # noqa: PLC0415 - as above
    from jupyter_dataops.deploying.moving import Promotion, promote  # noqa: PLC0415 - as above

    source, target = Place(**wanted["source"]), Place(**wanted["target"])
    places = source.environment, target.environment, source.settings(), target.settings()
    return describe_move(promote(Promotion(wanted["name"], *places, takeover=wanted["takeover"])))


def _rollback(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    from jupyter_dataops.deploying.description import describe_foreseen, describe_move  # noqa: PLC0415 - as above
    from jupyter_dataops.deploying.moving import foresee_rollback, rollback  # noqa: PLC0415 - as above

    place = Place(**wanted["place"])
    how = wanted["name"], place.environment, place.settings(), wanted["to"]
    return describe_foreseen(foresee_rollback(*how)) if wanted["dry_run"] else describe_move(rollback(*how))


def _done(wanted: Mapping[str, Any], answer: IO[str]) -> Mapping[str, Any]:
    match wanted["kind"]:
        case Deploy.__name__:
            return _deploy(wanted, answer)
        case Promote.__name__:
            return _promote(wanted)
        case _:
            return _rollback(wanted)


def _say(answer: IO[str], said: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError):  # whoever asked has ended; what it asked for is done all the same
        answer.write(json.dumps(said) + "\n")
        answer.flush()


def main() -> None:
    """Do what stdin says; what user's code prints goes to stderr."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    wanted = json.load(sys.stdin)
    try:
        _say(answer, {"done": _done(wanted, answer)})
    except DataOpsError as error:
        said = {"code": error.code, "message": error.message, "where": error.where, "hint": error.hint}
        _say(answer, {"error": said})


if __name__ == "__main__":
    main()
