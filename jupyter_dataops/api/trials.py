"""Trying whether messages reach whom they are for, before there is one that counts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from jupyter_dataops.api.notifying import WITHIN_S, address_of, answers_of, sentence_of
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import new_token
from jupyter_dataops.interfaces import Notifier
from jupyter_dataops.notices.text import Message, trial_message
from jupyter_dataops.wiring import make_notifier


class Trial(Struct, frozen=True):
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
    wanted = {
        (receiver, place): url for receiver, one in settings.notifications.items() for place, url in enumerate(one.urls)
    }
    works = {
        key: partial(_error_of, sender, url, trial_message(key[0], settings.environment, str(new_token())[:16]))
        for key, url in wanted.items()
    }
    found = dict(answers_of(works, time.monotonic() + within_s))
    late = f"no answer within {within_s:g} s"
    return [Trial(receiver, place, found.get((receiver, place), late)) for receiver, place in wanted]


def _error_of(notifier: Notifier, url: str, message: Message) -> str | None:
    """Why the message was not sent; `None`: it was."""
    try:
        notifier.send(address_of(url), message)
    except DataOpsError as error:
        return sentence_of(error)
    except Exception as error:  # noqa: BLE001 - as where messages that count are sent
        return f"{type(error).__name__} inside jupyter-dataops"
    return None
