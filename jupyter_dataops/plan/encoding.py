"""One value, one byte string: the encoding under every digest that decides reuse. Pure.

Every part is written as type, length and content, so that no two different values share an encoding, whatever
delimiters they contain; mappings and sets are ordered by their encodings, so that it is the same in every process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any


def encode(value: Any) -> bytes:
    """The canonical encoding of `value`.

    Raises
    ------
    TypeError
        `value` is, or contains, something other than None, bool, int, float, str, bytes, a date or time, a path, a
        list, tuple, set or mapping.

    Examples
    --------
    >>> encode(["a", 1])
    b'list:14:str:1:aint:1:1'
    >>> encode(["ab", "c"]) == encode(["a", "bc"])
    False
    >>> encode({"b": 1, "a": 2}) == encode({"a": 2, "b": 1})
    True
    """
    match value:
        case None | bool() | int() | float():
            return _framed(type(value).__name__, repr(value).encode())
        case str():
            # A lone surrogate has no UTF-8 form, yet is a legal value.
            return _framed("str", value.encode("utf-8", "surrogatepass"))
        case bytes():
            return _framed("bytes", value)
        case dt.datetime() | dt.date() | dt.time():
            return _framed(type(value).__name__, value.isoformat().encode())
        case PurePath():
            return _framed("path", value.as_posix().encode("utf-8", "surrogatepass"))
        case list() | tuple():
            return _framed("list", _joined(encode(item) for item in value))
        case set() | frozenset():
            return _framed("set", _joined(sorted(encode(item) for item in value)))
        case Mapping():
            return _framed("dict", _joined(sorted(encode(key) + encode(item) for key, item in value.items())))
        case _:
            raise TypeError(f"a value of type {type(value).__qualname__} has no canonical form")


def digest(value: Any) -> str:
    """SHA-256 of the canonical encoding, as ``sha256:HEX``. Raises `TypeError` as `encode` does."""
    return "sha256:" + hashlib.sha256(encode(value)).hexdigest()


def _framed(kind: str, content: bytes) -> bytes:
    return f"{kind}:{len(content)}:".encode() + content


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)
