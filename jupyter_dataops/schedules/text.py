r"""How a trigger is written on one line: ``parse_trigger(format_trigger(trigger)) == trigger``.

::

    trigger   = all ("|" all)*
    all       = one ("&" one)*
    one       = "(" trigger ")" | kind words... (option "=" value)*
    kind      = "cron" EXPRESSION           options tz on_gap on_fold; the word `cron` may be left out
              | "every" DURATION            option from
              | "at" INSTANT...             option tz; commas may stand between
              | "file" PATH                 option poll
              | "asset" NAME
              | "condition" TARGET          option poll

Words that hold blanks, quotes, ``=``, ``|``, ``&``, ``(`` or ``)`` stand in double quotes; in them, ``\`` goes before a
quote and before itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules.policies import OnFold, OnGap
from jupyter_dataops.schedules.triggers import EPOCH, AllOf, AnyOf, Asset, At, Condition, Cron, File, Interval, Trigger
from jupyter_dataops.schedules.wording import local_time
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.values import format_duration, parse_duration

_KINDS: Final = ("cron", "every", "at", "file", "asset", "condition")
_SIGNS: Final = frozenset("|&()")
_TOKEN = re.compile(r'\s*(?:([|&()])|((?:"(?:[^"\\]|\\.)*"|[^\s|&()"])+))')
_DEEPEST: Final = 50

_CRON_FIELDS: Final = ("minute", "hour", "day of month", "month", "day of week")

_Word = TypeVar("_Word", bound=StrEnum)


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def parse_trigger(text: str, zone: str = "UTC") -> Trigger:
    """The trigger that `text` writes.

    Parameters
    ----------
    zone
        The zone of cron expressions and instants that do not say ``tz=``.

    Raises
    ------
    InvalidSchedule
        It cannot be read; the hint says how it is written, the facts ``start`` and ``end`` which part is meant.

    Examples
    --------
    >>> parse_trigger("0 6 * * * tz=Europe/Berlin").zone
    'Europe/Berlin'
    >>> parse_trigger("every 15m")
    Interval(every=datetime.timedelta(seconds=900), anchor=datetime.datetime(1970, 1, 1, 0, 0, ...))
    >>> parse_trigger('asset sales & file "in box/*.csv" poll=10s')
    AllOf(members=(Asset(name='sales'), File(path='in box/*.csv', poll=datetime.timedelta(seconds=10))))
    """
    return _Parser(text, zone).whole()


def format_trigger(trigger: Trigger) -> str:
    """The text of `trigger`, with every option that is not the default.

    Examples
    --------
    >>> format_trigger(Cron("0 6 * * *", "Europe/Berlin") | Asset("sales"))
    'cron 0 6 * * * tz=Europe/Berlin | asset sales'
    """
    match trigger:
        case AnyOf():
            return " | ".join(map(format_trigger, trigger.members))
        case AllOf():
            return " & ".join(
                f"({format_trigger(member)})" if isinstance(member, AnyOf) else format_trigger(member)
                for member in trigger.members
            )
        case Cron():
            said = {"tz": trigger.zone, "on_gap": str(trigger.on_gap), "on_fold": str(trigger.on_fold)}
            default = {"tz": "", "on_gap": str(OnGap.END_OF_GAP), "on_fold": str(OnFold.FIRST)}
            return " ".join(["cron", trigger.expression, *_options(said, default)])
        case Interval():
            said, default = {"from": _instant_text(trigger.anchor)}, {"from": _instant_text(EPOCH)}
            return " ".join(["every", _duration_text(trigger.every), *_options(said, default)])
        case At():
            times = [_instant_text(moment, trigger.zone) for moment in trigger.times]
            return " ".join(["at", *times, *_options({"tz": trigger.zone}, {"tz": ""})])
        case File():
            return " ".join(["file", _quoted(trigger.path), *_poll(trigger.poll, File("x").poll)])
        case Asset():
            return f"asset {_quoted(trigger.name)}"
        case Condition():
            return " ".join(["condition", _quoted(trigger.target), *_poll(trigger.poll, Condition("x:y").poll)])


class _Parser:
    """Reads one text, from left to right."""

    def __init__(self, text: str, zone: str) -> None:
        self._text = text
        self._zone = zone
        self._depth = 0
        self._tokens = list(self._split())
        self._at = 0

    def whole(self) -> Trigger:
        if not self._tokens:
            raise self._refused("there is no trigger")
        trigger = self._any()
        if self._at < len(self._tokens):
            raise self._refused(f"`{self._tokens[self._at].text}` is one too many", self._tokens[self._at])
        return trigger

    def _split(self) -> list[_Token]:
        tokens, at = [], 0
        stripped = self._text.rstrip()
        while at < len(stripped):
            match = _TOKEN.match(stripped, at)
            if match is None:
                start = stripped.index('"', at)
                raise self._refused("a quote is not closed", _Token(stripped[start:], start, len(stripped)))
            tokens.append(_Token(match[1] or match[2], match.end() - len(match[1] or match[2]), match.end()))
            at = match.end()
        return tokens

    def _any(self) -> Trigger:
        return self._members("|", self._all, AnyOf)

    def _all(self) -> Trigger:
        return self._members("&", self._one, AllOf)

    def _members(self, sign: str, read: Callable[[], Trigger], kind: type[AnyOf | AllOf]) -> Trigger:
        first = self._at
        members = [read()]
        while self._took(sign):
            members.append(read())
        if len(members) == 1:
            return members[0]
        with self._placed(first):
            return kind(tuple(members))

    def _one(self) -> Trigger:
        if self._took("("):
            opening = self._tokens[self._at - 1]
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._refused("brackets are nested too deeply", opening)
            inner = self._any()
            if not self._took(")"):
                raise self._refused("a bracket is not closed", opening)
            self._depth -= 1
            return inner
        first = self._at
        words: list[str] = []
        options: dict[str, str] = {}
        while self._at < len(self._tokens) and self._tokens[self._at].text not in _SIGNS:
            token = self._tokens[self._at].text
            self._at += 1
            name, equals, value = token.partition("=")
            if equals and name.isidentifier() and words:
                options[name] = _unquoted(value)
            else:
                words.append(_unquoted(token))
        if not words:
            raise self._refused(
                "a trigger is missing", self._tokens[self._at] if self._at < len(self._tokens) else None
            )
        with self._placed(first):
            return self._leaf(words, options)

    @contextmanager
    def _placed(self, first: int) -> Iterator[None]:
        """What is refused within says which part of the text it is: of the tokens from `first` on, or narrower."""
        try:
            yield
        except InvalidSchedule as error:
            tokens = self._tokens[first : self._at]
            start, end = _span(error, tokens, self._text)
            error.facts.setdefault("start", start)
            error.facts.setdefault("end", end)
            raise
        except OverflowError as error:
            start, end = self._tokens[first].start, self._tokens[self._at - 1].end
            raise InvalidSchedule(
                "this lies beyond the calendar", where=self._text[start:end], start=start, end=end
            ) from error

    def _leaf(self, words: list[str], options: dict[str, str]) -> Trigger:
        kind, rest = words[0], words[1:]
        if kind not in _KINDS:
            if kind.isalpha() and kind.islower():
                hint = suggestion(kind, _KINDS) or "there are " + ", ".join(_KINDS)
                raise InvalidSchedule("there is no such trigger", where=kind, hint=hint)
            kind, rest = "cron", words
        match kind:
            case "cron":
                self._know(kind, options, "tz", "on_gap", "on_fold")
                on_gap = _word(options, "on_gap", OnGap, OnGap.END_OF_GAP)
                on_fold = _word(options, "on_fold", OnFold, OnFold.FIRST)
                return Cron(" ".join(rest), options.get("tz", self._zone), on_gap, on_fold)
            case "every":
                self._know(kind, options, "from")
                return Interval(_duration(self._single(kind, rest)), _instant(options.get("from", EPOCH.isoformat())))
            case "at":
                self._know(kind, options, "tz")
                times = tuple(_instant(word) for word in " ".join(rest).replace(",", " ").split())
                return At(times, options.get("tz", self._zone))
            case "file":
                self._know(kind, options, "poll")
                return File(self._single(kind, rest), *map(_duration, options.values()))
            case "asset":
                self._know(kind, options)
                return Asset(self._single(kind, rest))
            case _:
                self._know(kind, options, "poll")
                return Condition(self._single(kind, rest), *map(_duration, options.values()))

    def _took(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].text == sign:
            self._at += 1
            return True
        return False

    def _single(self, kind: str, words: list[str]) -> str:
        if len(words) != 1:
            hint = "a name with blanks stands in double quotes" if words else ""
            raise InvalidSchedule(f"`{kind}` takes one word, not {len(words)}", where=self._text, hint=hint)
        return words[0]

    def _know(self, kind: str, options: Mapping[str, str], *known: str) -> None:
        for name in options:
            if name not in known:
                there_are = f"there are {', '.join(known)}" if known else "it has none"
                hint = suggestion(name, known) or there_are
                raise InvalidSchedule(f"`{kind}` has no option `{name}`", where=self._text, hint=hint, option=name)

    def _refused(self, message: str, token: _Token | None = None) -> InvalidSchedule:
        hint = "for example: 0 6 * * * tz=Europe/Berlin | asset sales & every 1h"
        end = len(self._text.rstrip())
        start, end = (token.start, token.end) if token is not None else (end, end)
        return InvalidSchedule(message, where=self._text, hint=hint, start=start, end=end)


def _span(error: InvalidSchedule, tokens: list[_Token], text: str) -> tuple[int, int]:
    """Which part of `text`, within `tokens`, the error is about."""
    start, end = tokens[0].start, tokens[-1].end
    field = error.facts.get("field")
    if field in _CRON_FIELDS:
        fields = tokens[1:] if tokens[0].text == "cron" else tokens
        named = fields[_CRON_FIELDS.index(field)]
        return named.start, named.end
    option = error.facts.get("option")
    for token in tokens:
        if option is not None and token.text.startswith(f"{option}="):
            return token.start, token.end
    if error.where and (found := text.find(error.where, start, end)) >= 0:
        return found, found + len(error.where)
    return start, end


def _word(options: Mapping[str, str], name: str, kind: type[_Word], default: _Word) -> _Word:
    text = options.get(name, str(default))
    try:
        return kind(text)
    except ValueError as error:
        there_are = "there are " + ", ".join(kind)
        hint = suggestion(text, list(kind)) or there_are
        raise InvalidSchedule(f"`{name}` cannot be `{text}`", hint=hint, option=name) from error


def _duration(text: str) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueError as error:
        raise InvalidSchedule("this is no duration", where=text, hint="for example 30s, 15m, 6h or 1d") from error


def _duration_text(duration: timedelta) -> str:
    return format_duration(duration / timedelta(seconds=1))


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidSchedule("this is no instant", where=text, hint="for example 2026-01-31T06:00+01:00") from error


def _instant_text(moment: datetime, zone: str = "UTC") -> str:
    if zone != "UTC":
        return local_time(moment, zone).isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _options(said: Mapping[str, str], default: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in said.items() if value != default[name]]


def _poll(poll: timedelta, default: timedelta) -> list[str]:
    return [] if poll == default else [f"poll={_duration_text(poll)}"]


def _quoted(word: str) -> str:
    if re.search(r'[\s|&()"\\]', word) or "=" in word:
        escaped = word.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return word


def _unquoted(word: str) -> str:
    unescaped: Callable[[re.Match[str]], str] = lambda match: re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)  # noqa: E731
    return re.sub(r'"((?:[^"\\]|\\.)*)"', unescaped, word, flags=re.DOTALL)
