"""How the value of a tag is written: one `Form` per kind of value, each parsing and writing.

For every form and every value it accepts, ``parse(write(value)) == value``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.spec.models import Condition, Tolerance, TriggerRule
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.states import CheckSeverity

NODE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_UNITS: Final = {"d": Decimal(86400), "h": Decimal(3600), "m": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
# A century: beyond it a duration is a typing error, and exact decimal arithmetic would need more digits.
_LONGEST_S: Final = Decimal(36525 * 86400)
_ALL_PERCENT: Final = 100


class Form(Struct, frozen=True):
    """One way to write a value."""

    takes: str
    """What it accepts, to complete the sentence "takes ..."."""
    parse: Callable[[str], Any]
    """The value of a text without outer blanks; `ValueError` says why there is none (its message may be empty)."""
    write: Callable[[Any], str] = str
    example: str = ""
    """A text that it accepts."""
    choices: tuple[str, ...] = ()
    """All texts that it accepts, or the words among them, where there are few."""


def parse_duration(text: str) -> float:
    """Seconds of ``500ms``, ``2s``, ``10m``, ``1h``, ``1d`` or a plain number of seconds.

    Raises
    ------
    ValueError
        It is none of these, or longer than a century.

    Examples
    --------
    >>> parse_duration("10m"), parse_duration("500ms"), parse_duration("3")
    (600.0, 0.5, 3.0)
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise ValueError("")
    seconds = Decimal(match[1]) * _UNITS[match[2] or "s"]
    if seconds > _LONGEST_S:
        raise ValueError("longer than a century")
    return float(seconds)


def format_duration(seconds: float) -> str:
    """The shortest exact spelling of a duration; `parse_duration` gives `seconds` back.

    Examples
    --------
    >>> format_duration(600.0), format_duration(90.0), format_duration(0.5), format_duration(0.0)
    ('10m', '90s', '500ms', '0s')
    """
    exact = Decimal(repr(seconds))
    if exact:
        for unit, size in _UNITS.items():
            if exact % size == 0:
                return f"{(exact / size).normalize():f}{unit}"
    return f"{exact.normalize():f}s"


def _name(text: str) -> str:
    if NODE_NAME.fullmatch(text):
        return text
    ascii_text = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_-")
    cured = ascii_text if NODE_NAME.fullmatch(ascii_text) else f"_{ascii_text}"
    raise ValueError(f"for example '{cured}'" if ascii_text else "")


def _identifier(text: str) -> str:
    if not text.isidentifier():
        raise ValueError("one tag for each name" if "," in text else "")
    return text


def _class_name(text: str) -> str:
    if not all(part.isidentifier() for part in text.split(".")):
        raise ValueError("one tag for each class" if "," in text else "")
    return text


def _data(text: str) -> str:
    if not text.isidentifier() and "/" not in text and "." not in text:
        raise ValueError("one tag for each name" if "," in text else f"a file in the same folder is './{text}'")
    return text


def _integer(text: str, least: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < least:
        raise ValueError("")
    return int(text)


def _number(text: str, least: float) -> float:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII) or float(text) < least:
        raise ValueError("")
    return float(text)


def _write_number(value: float) -> str:
    return f"{Decimal(repr(value)).normalize():f}"


def _positive_duration(text: str) -> float:
    seconds = parse_duration(text)
    if seconds == 0:
        raise ValueError("zero would end every attempt at once")
    return seconds


def _cache(text: str) -> str:
    return text if text in ("on", "off") else format_duration(_positive_duration(text))


def _text(text: str) -> str:
    if not text:
        raise ValueError("")
    return text


def _pair(text: str) -> tuple[str, str]:
    item, equals, variable = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValueError("")
    return _identifier(item), _identifier(variable)


def _asset(text: str) -> tuple[str, str]:
    name, equals, variable = (part.strip() for part in text.partition("="))
    return (_name(name), _identifier(variable)) if equals else (_identifier(name), name)


def _write_asset(value: tuple[str, str]) -> str:
    name, variable = value
    return name if name == variable else f"{name}={variable}"


def _pool(text: str) -> tuple[str, int]:
    name, equals, slots = (part.strip() for part in text.partition("="))
    return _name(name), _integer(slots, 1) if equals else 1


def _write_pool(value: tuple[str, int]) -> str:
    name, slots = value
    return name if slots == 1 else f"{name}={slots}"


def _resource(text: str) -> tuple[str, float]:
    name, equals, amount = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValueError("")
    return _name(name), _number(amount, 0)


def _tolerance(text: str) -> Tolerance:
    if not text.endswith("%"):
        return Tolerance(count=_integer(text, 0))
    percent = _number(text.removesuffix("%").rstrip(), 0)
    if percent > _ALL_PERCENT:
        raise ValueError("more than all cannot fail")
    return Tolerance(percent=percent)


def _write_tolerance(value: Tolerance) -> str:
    return f"{_write_number(value.percent)}%" if value.percent else str(value.count)


def _check(text: str) -> tuple[str, str | None]:
    node, slash, name = (part.strip() for part in text.partition("/"))
    return _name(node), _name(name) if slash else None


def _write_check(value: tuple[str, str | None]) -> str:
    node, name = value
    return node if name is None else f"{node}/{name}"


def one_of(*words: str) -> Form:
    """A form for a closed list of words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(suggestion(text, words))
        return text

    return Form(f"one of {', '.join(words)}", parse, example=words[0], choices=words)


def condition(wanted: bool) -> Form:
    """A form for ``when:`` (wanted) or ``unless:``."""
    return Form(
        "the name of a variable",
        lambda text: Condition(_identifier(text), wanted),
        lambda value: value.variable,
        example="is_new",
    )


def _holds(text: str) -> bool:
    if text not in ("retry", "hold"):
        raise ValueError(suggestion(text, ("retry", "hold")))
    return text == "hold"


def _severity(text: str) -> CheckSeverity:
    try:
        return CheckSeverity(text)
    except ValueError:
        raise ValueError(suggestion(text, CheckSeverity)) from None


def _trigger(text: str) -> TriggerRule:
    try:
        return TriggerRule(text)
    except ValueError:
        raise ValueError(suggestion(text, TriggerRule)) from None


NODE = Form("a node name: letters, digits, '_' and '-', not starting with a digit", _name, example="clean")
VARIABLE = Form("the name of a variable", _identifier, example="REGION")
CLASS = Form("the name of an exception class", _class_name, example="ConnectionError")
DATA = Form("the name of a variable, or a path with '/' or '.'", _data, example="df")
COUNT = Form("a whole number, 0 or more", lambda text: _integer(text, 0), example="3")
FACTOR = Form("a number, 1 or more", lambda text: _number(text, 1), _write_number, example="2")
DURATION = Form("a duration such as 500ms, 2s, 10m, 1h or 1d", parse_duration, format_duration, example="2s")
TIMEOUT = Form("a duration above zero, such as 30s, 10m or 1h", _positive_duration, format_duration, example="10m")
CACHE = Form("on, off, or a duration such as 1d", _cache, example="1d", choices=("on", "off"))
TRIGGER = Form(
    f"one of {', '.join(TriggerRule)}",
    _trigger,
    example=TriggerRule.ALL_DONE.value,
    choices=tuple(map(str, TriggerRule)),
)
SEVERITY = Form(
    f"one of {', '.join(CheckSeverity)}",
    _severity,
    example=CheckSeverity.WARN.value,
    choices=tuple(map(str, CheckSeverity)),
)
ON_CRASH = Form(
    "retry or hold", _holds, lambda holds: "hold" if holds else "retry", example="hold", choices=("retry", "hold")
)
EACH = Form("ITEM=VARIABLE, two names", _pair, "=".join, example="city=cities")
TOLERANCE = Form("a whole number, or a percentage such as 10%", _tolerance, _write_tolerance, example="10%")
ASSET = Form("VARIABLE or NAME=VARIABLE", _asset, _write_asset, example="report")
POOL = Form("NAME or NAME=SLOTS, at least one slot", _pool, _write_pool, example="gpu=1")
RESOURCE = Form(
    "NAME=AMOUNT, such as GPU=1", _resource, lambda value: f"{value[0]}={_write_number(value[1])}", example="GPU=1"
)
CHECK = Form("NODE or NODE/NAME", _check, _write_check, example="clean/not_null")
TEXT = Form("a text", _text, example="sales by region")
