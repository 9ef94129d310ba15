"""Messages through apprise, which knows some hundred services by their URLs.

apprise is an extra, and takes a quarter of a second to import: that happens where something is to be sent. It answers
yes or no, and says why in its log, which is listened to here.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Any, Final, Self
from urllib.parse import quote, unquote

from jupyter_dataops.errors import EnvironmentRefused, NotDelivered
from jupyter_dataops.extras import how_to_install
from jupyter_dataops.notices.text import Message
from jupyter_dataops.secrets import MASK

CONNECT_S: Final = 5
"""How long a service may take to be reached, unless its URL says so itself (``cto``)."""
READ_S: Final = 10
"""How long it may take to answer, unless its URL says so itself (``rto``)."""
ID_HEADER: Final = "Idempotency-Key"
"""Has the message's id, where a URL is of one's own service (`_OWN`)."""
_OWN: Final = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
_SHORT: Final = 4
"""Parts of a URL that are shorter are left in an error: they would be found everywhere."""


class AppriseNotifier:
    """A `Notifier` for every URL that the installed apprise knows."""

    def require(self) -> None:
        """Return if apprise is there. Raises `EnvironmentRefused`."""
        _apprise()

    def send(self, url: str, message: Message) -> None:
        """The service has taken the message; see `Notifier.send`. It is asked once, and may take some seconds.

        A text that is too long for a service is cut, not sent in pieces.
        """
        plugin = _plugin(_complete(url, message.message_id))
        with _Listening() as said:
            try:
                taken = plugin.notify(body=message.body, title=message.title, notify_type=message.tone.value)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and none of it is ours
                raise _not_delivered(url, f"{type(error).__name__}: {error}") from None
        if not taken:
            raise _not_delivered(url, said.last or "the service refused it, or could not be reached")


def _apprise() -> Any:
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow
    except ImportError as error:
        raise EnvironmentRefused(
            "notifications need the package `apprise`, which is not installed",
            hint=how_to_install("notifications"),
        ) from error
    return apprise


def _plugin(url: str) -> Any:
    try:
        plugin = _apprise().Apprise.instantiate(url, suppress_exceptions=True)
    except EnvironmentRefused:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise _not_delivered(url, f"{type(error).__name__}: {error}") from None
    if plugin is None:
        raise NotDelivered(
            f"apprise does not understand the URL of a service '{url.partition('://')[0]}'",
            hint="see https://appriseit.com/services for how it is written",
        )
    return plugin


def _complete(url: str, message_id: str) -> str:
    """`url` with what it does not say itself: how long to wait, that texts are cut, and the message's id."""
    defaults = {"cto": str(CONNECT_S), "rto": str(READ_S), "overflow": "truncate"}
    if url.partition("://")[0].lower() in _OWN:
        defaults[f"+{ID_HEADER}"] = message_id
    given = {part.partition("=")[0].lower() for part in url.partition("?")[2].split("&")}
    missing = "&".join(f"{key}={quote(value)}" for key, value in defaults.items() if key.lower() not in given)
    return f"{url}{'&' if '?' in url else '?'}{missing}" if missing else url


def _not_delivered(url: str, why: str) -> NotDelivered:
    return NotDelivered(without_keys(url, why.strip().partition("\n")[0]))


def without_keys(url: str, text: str) -> str:
    """`text` without any part of `url` by which somebody could write there.

    Examples
    --------
    >>> without_keys("slack://TokenA/TokenB/#channel", "no: https://hooks.slack.com/TokenA/TokenB")
    'no: https://hooks.slack.com/***/***'
    """
    parts = {part for part in re.split(r"[/?&=:@#,]", url.partition("://")[2]) if len(part) >= _SHORT}
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        text = text.replace(part, MASK)
    return text


class _Listening(logging.Handler):
    """Hears what apprise complains of in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        self._thread = threading.get_ident()
        self._logger = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.last = record.getMessage()

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
