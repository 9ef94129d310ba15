"""Trying whether messages reach whom they are for, before there is one that counts."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_dataops.api.notifying import WITHIN_S, address_of, sentence_of
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import new_token
from jupyter_dataops.interfaces import Notifier
from jupyter_dataops.notices.text import trial_message
from jupyter_dataops.wiring import make_notifier


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a message to one address."""

    receiver: str
    place: int
    """Of the address among the receiver's, from 0."""
    error: str | None = None
    """Why it was not sent; `None`: it was."""


def send_trials(settings: Settings, notifier: Notifier | None = None, *, within_s: float = WITHIN_S) -> Sequence[Trial]:
    """What came of a message to every configured address, in their order. Takes no longer than `within_s`.

    Raises
    ------
    EnvironmentRefused
        Nothing can be sent from here: there is no apprise.
    """
    sender = notifier or make_notifier()
    sender.require()
    answers: queue.SimpleQueue[Trial] = queue.SimpleQueue()
    wanted = list(_addresses(settings))
    for receiver, place, url in wanted:
        work = (sender, settings, Trial(receiver, place), url, answers)
        threading.Thread(target=_send, args=work, name="dataops-notifier", daemon=True).start()
    found: dict[tuple[str, int], Trial] = {}
    deadline = time.monotonic() + within_s
    while len(found) < len(wanted):
        try:
            trial = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[trial.receiver, trial.place] = trial
    late = f"no answer within {within_s:g} s"
    return [found.get((receiver, place), Trial(receiver, place, late)) for receiver, place, _ in wanted]


def _addresses(settings: Settings) -> Iterator[tuple[str, int, str]]:
    for name, one in settings.notifications.items():
        for place, url in enumerate(one.urls):
            yield name, place, url


def _send(notifier: Notifier, settings: Settings, trial: Trial, url: str, answers: queue.SimpleQueue[Trial]) -> None:
    try:
        message = trial_message(trial.receiver, settings.environment, str(new_token())[:16])
        notifier.send(address_of(url), message)
    except DataOpsError as error:
        answers.put(Trial(trial.receiver, trial.place, sentence_of(error)))
    except Exception as error:  # noqa: BLE001 - as where messages that count are sent
        answers.put(Trial(trial.receiver, trial.place, f"{type(error).__name__} inside jupyter-dataops"))
    else:
        answers.put(trial)
