"""What made a schedule fire, beside time: which versions of which assets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from jupyter_dataops.records import SignalRecord
from jupyter_dataops.schedules.fires import next_fire
from jupyter_dataops.schedules.triggers import AllOf, AnyOf, Asset, Trigger, signal_key
from jupyter_dataops.scheduling.deciding import Signals, times_of

_TICK: Final = timedelta(microseconds=1)


def cause_of(trigger: Trigger, nominal: datetime, signals: Signals) -> str:
    """The versions that made the trigger fire at that time, as a sentence; empty: none did.

    Where several triggers have to occur, those that were published last for it.

    Examples
    --------
    >>> from datetime import UTC
    >>> from jupyter_dataops.schedules.text import parse_trigger
    >>> six, nine = (datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (6, 9))
    >>> signal = SignalRecord(7, "asset:sales", nine, {"version": 3, "run_id": "bcd2345678"})
    >>> cause_of(parse_trigger("0 6 * * * | asset sales"), nine, {"asset:sales": [signal]})
    'asset sales@3 was published by run bcd2345678'
    >>> cause_of(parse_trigger("0 6 * * * | asset sales"), six, {"asset:sales": [signal]})
    ''
    """
    return "; ".join(dict.fromkeys(_told(name, signal) for name, signal in _published(trigger, nominal, signals)))


def _published(trigger: Trigger, nominal: datetime, signals: Signals) -> Iterator[tuple[str, SignalRecord]]:
    match trigger:
        case Asset():
            here = [one for one in signals.get(signal_key(trigger), ()) if one.at == nominal]
            yield from ((trigger.name, one) for one in here[-1:])
        case AnyOf():
            for member in trigger.members:
                yield from _published(member, nominal, signals)
        case AllOf():
            times = times_of(signals)
            if any(next_fire(member, nominal - _TICK, times) == nominal for member in trigger.members):
                yield from _latest(trigger, nominal, signals)


def _latest(trigger: Trigger, nominal: datetime, signals: Signals) -> Iterator[tuple[str, SignalRecord]]:
    """Of each asset that the trigger waits for, what was published last by then."""
    match trigger:
        case Asset():
            found: Sequence[SignalRecord] = signals.get(signal_key(trigger), ())
            yield from ((trigger.name, one) for one in [one for one in found if one.at <= nominal][-1:])
        case AnyOf() | AllOf():
            for member in trigger.members:
                yield from _latest(member, nominal, signals)


def _told(name: str, signal: SignalRecord) -> str:
    said: Mapping[str, object] = signal.verdict
    if "version" in said and "run_id" in said:
        return f"asset {name}@{said['version']} was published by run {said['run_id']}"
    return f"asset {name} was announced" + (f" by {said['by']}" if "by" in said else "")
