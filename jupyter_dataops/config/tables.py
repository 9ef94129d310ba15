"""How entries of tables are written: ``[pools]``, ``[retry]``, ``[parameters]``, ``[secrets]``... Pure.

See `jupyter_dataops.config.forms` for what readers are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, Final

from jupyter_dataops.config.forms import NAME
from jupyter_dataops.config.secret_sources import SecretSource, SourceKind, parse_source
from jupyter_dataops.config.settings import Notification
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.states import Notified

NOTIFIED: Final = tuple(event.value for event in Notified)
"""What somebody can be told of."""
_NOTIFICATION: Final = ("urls", "events", "late_after", "link")


def pool(name: str, size: Any, _base: Path) -> int:
    """A number of slots."""
    if not NAME.fullmatch(name):
        raise ValueError(f"has a pool {name!r}, which no tag can name: letters, digits, _ and -, a letter or _ first")
    if type(size) is not int or size < 1:
        raise ValueError(f"gives pool '{name}' the size {size!r}: a whole number, at least 1, is needed")
    return size


def pool_sizes(text: str) -> dict[str, int | str]:
    """What ``gpu=2, database=4`` says."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {name.strip(): int(size) if size.strip().isdecimal() else size.strip() for name, _, size in pairs}


def pool_text(sizes: Mapping[str, int]) -> str:
    """What `pool_sizes` reads."""
    return ",".join(f"{name}={size}" for name, size in sizes.items())


def retry(key: str, value: Any, _base: Path) -> str | tuple[str, ...]:
    """What the tag of that name would say, in its normal spelling; texts, where it may be repeated."""
    from jupyter_dataops.spec.tags import GRAMMAR, Keep  # noqa: PLC0415 - most configurations have no such table

    known = {name: row for name, row in GRAMMAR.items() if row.is_default and row.field.startswith("retry.")}
    if key not in known or known[key].form is None:
        raise ValueError(f"has no '{key}': {suggestion(key, known) or 'it takes ' + ', '.join(known)}")
    if known[key].keep is Keep.MANY:
        return tuple(_retry_text(key, one) for one in (value if isinstance(value, list | tuple) else [value]))
    return _retry_text(key, value)


def _retry_text(key: str, value: Any) -> str:
    from jupyter_dataops.spec.tags import GRAMMAR, Tag, format_tag, parse_tag  # noqa: PLC0415 - as above

    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    parsed = parse_tag(f"{key}:{value}") if is_plain else None
    form = GRAMMAR[key].form
    if not is_plain or not isinstance(parsed, Tag):
        raise ValueError(f"gives '{key}' the value {value!r}: it takes {form.takes if form else 'no value'}")
    return format_tag(parsed).partition(":")[2]


def parameter(name: str, value: Any, _base: Path) -> Any:
    """Any value of TOML; dates and times are text, as papermill has them."""
    if not name.isidentifier():
        raise ValueError(f"has a parameter {name!r}, which no cell can assign")
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def secret(name: str, value: Any, base: Path) -> SecretSource:
    """Where the value is."""
    if not name.isidentifier() or not name.isascii():
        raise ValueError(f"has a secret {name!r}, which no environment variable can be called")
    try:
        return parse_source(value, base)
    except ValueError as error:
        raise ValueError(f"has a secret '{name}', which {error}") from None


def notification(name: str, value: Any, base: Path) -> Notification:
    """Whom to tell of what."""
    if not NAME.fullmatch(name):
        raise ValueError(f"has {name!r}: a name of letters, digits, _ and - is needed")
    if not isinstance(value, Mapping):
        raise ValueError(f"has '{name}', which must be a table: \"[notifications.{name}]\" with urls")  # noqa: TRY004
    for key in value:
        if key not in _NOTIFICATION:
            raise ValueError(
                f"has '{key}' in '{name}', which is not known: "
                f"{suggestion(key, _NOTIFICATION) or ', '.join(_NOTIFICATION)}"
            )
    urls, events = _texts(value.get("urls")), _texts(value.get("events", list(Notification(()).events)))
    if not urls or not all("://" in url or _is_source(url) for url in urls):
        raise ValueError(f"has '{name}', whose urls must be apprise URLs, or where they stand, as \"env:SLACK_URL\"")
    for event in events or ():
        if event not in NOTIFIED:
            raise ValueError(
                f"has an event '{event}' in '{name}': {suggestion(event, NOTIFIED) or ', '.join(NOTIFIED)}"
            )
    if not events:
        raise ValueError(f"has '{name}', whose events must be of {', '.join(NOTIFIED)}")
    return Notification(
        tuple(str(parse_source(url, base)) if _is_source(url) else url for url in urls),
        events,
        _late_after(name, value.get("late_after"), is_wanted=Notified.LATE in events),
        _link(name, value.get("link")),
    )


def _late_after(name: str, value: Any, *, is_wanted: bool) -> float | None:
    from jupyter_dataops.spec.values import parse_duration  # noqa: PLC0415 - most configurations have none

    if value is None:
        if is_wanted:
            raise ValueError(f"has '{name}', which wants to know what is late, and no late_after, such as \"2h\"")
        return None
    try:
        seconds = parse_duration(str(value))
    except ValueError:
        seconds = 0.0
    if seconds <= 0 or isinstance(value, bool):
        raise ValueError(f'has \'{name}\', whose late_after is {value!r}: a time such as "2h" or "90m" is needed')
    return seconds


def _link(name: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or "://" not in value):
        raise ValueError(
            f"has '{name}', whose link must be a URL, such as \"https://hub.example.org/lab?run={{run_id}}\""
        )
    return value


def _is_source(url: str) -> bool:
    return url.partition(":")[0] in [*SourceKind] and "://" not in url


def _texts(value: Any) -> tuple[str, ...] | None:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(item, str) for item in listed):
        return None
    return tuple(listed)


def plain_notification(value: Notification) -> dict[str, Any]:
    """As it is written."""
    return {"urls": list(value.urls), **_rest(value)}


def shown_notification(value: Notification) -> dict[str, Any]:
    """As it is written, but for what of its URLs lets somebody write there."""
    shown = [url if _is_source(url) else f"{url.partition('://')[0]}://***" for url in value.urls]
    return {"urls": shown, **_rest(value)}


def _rest(value: Notification) -> dict[str, Any]:
    found = {"events": list(value.events), "late_after": value.late_after_s, "link": value.link}
    return {key: one for key, one in found.items() if one is not None}
