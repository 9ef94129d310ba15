"""Takes the values of secrets out of text, and finds them in stored content. Pure.

A value is known in every spelling that ordinary code gives it: as it is, as `repr`, JSON, HTML, a shell, SQL or CSV
would escape it, in a URL, in base64 and in hex. What the user's own code makes of it is not: reversed, encrypted.

Texts are searched for one spelling after the other, not with one regular expression: that is five times as fast, and
finds occurrences that overlap, of which an expression would leave the end of the second.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_from_bytes

from jupyter_dataops.errors import ConfigError

MASK: Final = "***"
MINIMUM: Final = 4
"""Characters that a secret must have: what is shorter would be found everywhere."""

_HEAD: Final = 8
"""So many characters of a secret, cut off with an ellipsis, are masked: tables show long texts like that."""
_ELLIPSES: Final = ("...", "…")
_SLICE_BYTES: Final = 1 << 20


class Masker:
    r"""Knows the values of some secrets, and nothing else; immutable, so threads may share it.

    Parameters
    ----------
    secrets
        Name to value.

    Raises
    ------
    ConfigError
        A value has fewer than `MINIMUM` characters.

    Notes
    -----
    An ordinary secret has a dozen spellings, and texts are masked at about 400 MB/s. Without secrets nothing costs
    anything, and the masker is false.

    Examples
    --------
    >>> masker = Masker({"TOKEN": "hunter2/lake"})
    >>> masker.mask("GET /?token=hunter2%2Flake, Basic aHVudGVyMi9sYWtl")
    'GET /?token=***, Basic ***'
    >>> masker.find(b'{"auth": "hunter2\\/lake"}')
    'TOKEN'
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        for name, value in secrets.items():
            if len(value.strip()) < MINIMUM:
                raise ConfigError(
                    f"secret '{name}' has fewer than {MINIMUM} characters: its value would be found everywhere",
                    where=f"environment variable {name}",
                    hint=f"give it a longer value, or remove the tag 'secret:{name}' if it is none",
                    secret=name,
                )
        spellings = {form for value in secrets.values() for form in spellings_of(value)}
        self._longest = max(map(len, spellings), default=0)
        self._by_head = _grouped(spellings, _HEAD)
        self._by_first = _grouped(spellings, 1)
        self._needles = _needles(secrets)

    def __bool__(self) -> bool:
        return bool(self._needles)

    def mask(self, text: str) -> str:
        """`text` with ``***`` in the place of every spelling of every secret."""
        spans = self._spans(text)
        return _without(text, spans) if spans else text

    def mask_all(self, value: Any) -> Any:
        """A copy of JSON-able data with every text in it masked, also those that are keys."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self.mask_all(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_all(item) for item in value]
        return value

    def stream(self) -> MaskingStream:
        """Masks one text that arrives in pieces."""
        return MaskingStream(self)

    def find(self, content: bytes | memoryview) -> str | None:
        """Name of a secret that `content` holds in any spelling, also in UTF-16 and UTF-32; `None` if there is none."""
        scanner = self.scanner()
        scanner.feed(content)
        return scanner.found

    def scanner(self) -> Scanner:
        """Searches content that arrives in pieces."""
        return Scanner(self._needles)

    def _spans(self, text: str, covered: int = 0) -> list[tuple[int, int]]:
        """What to mask, from where to where, in order; what overlaps is one. The first `covered` characters are."""
        found = [(0, covered)] if covered else []
        for head, forms in self._by_head.items():
            start = text.find(head)
            while start >= 0:
                found += ((start, start + length) for form in forms if (length := _masked_length(text, start, form)))
                start = text.find(head, start + 1)
        return _merged(found)

    def _open_from(self, text: str) -> int:
        """Where the part of `text` begins that what follows could complete to a secret; its length if there is none."""
        for start in range(max(0, len(text) - self._longest - 1), len(text)):
            head = text[start : start + _HEAD]
            forms = self._by_head.get(head, ()) if len(head) == _HEAD else self._by_first.get(head[0], ())
            if forms and any(_may_become(text[start:], form) for form in forms):
                return start
        return len(text)


class MaskingStream:
    """Masks one text that arrives in pieces: together they are what `Masker.mask` makes of the whole.

    Examples
    --------
    >>> stream = Masker({"TOKEN": "hunter2"}).stream()
    >>> [stream.feed(piece) for piece in ("the word is hun", "te", "r2, for now", "; h")], stream.flush()
    (['the word is ', '', '***, for now', '; '], 'h')
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = ""
        self._covered = 0
        """How much of what is held belongs to a secret that has been masked already."""

    def feed(self, piece: str) -> str:
        """What can be shown now; held back is only what may be the beginning of a secret."""
        text = self._held + piece
        return self._release(text, self._masker._open_from(text))  # noqa: SLF001 - the other half of one thing

    def flush(self) -> str:
        """What was held back: nothing follows."""
        return self._release(self._held, len(self._held))

    def _release(self, text: str, end: int) -> str:
        if end == 0:
            self._held = text
            return ""
        spans = self._masker._spans(text, self._covered)  # noqa: SLF001 - as above
        # Spans that begin before `end` are whole: the beginning of a longer one would have been held back.
        released = [span for span in spans if span[0] < end]
        shown = _without(text[: max(end, released[-1][1] if released else 0)], released)
        if self._covered:
            shown = shown[len(MASK) :]
        self._held = text[end:]
        self._covered = max(0, released[-1][1] - end) if released else 0
        return shown


class Scanner:
    """Searches content that arrives in pieces, also where a secret lies across two."""

    def __init__(self, needles: Sequence[tuple[bytes, str]]) -> None:
        self._needles = needles
        self._overlap = max((len(needle) for needle, _ in needles), default=1) - 1
        self._tail = b""
        self.found: str | None = None
        """Name of the secret that was found first."""

    def feed(self, piece: bytes | memoryview) -> bool:
        """Whether a secret has been found, in this piece or before."""
        if not self._needles:
            return False
        view = memoryview(piece).cast("B")
        for start in range(0, view.nbytes, _SLICE_BYTES):
            if self.found is not None:
                break
            content = self._tail + bytes(view[start : start + _SLICE_BYTES])
            self.found = next((name for needle, name in self._needles if needle in content), None)
            self._tail = content[-self._overlap :] if self._overlap else b""
        return self.found is not None


def spellings_of(value: str) -> frozenset[str]:
    """Every text that stands for `value`: see the module.

    Of several lines each is a secret, too, since programs print and indent them singly; the first and last line of a
    PEM text, which many texts share, are none.
    """
    wholes = {value, value.strip()}
    lines = {line.strip() for line in value.splitlines() if not line.lstrip().startswith("-----")}
    found = {spelling for part in wholes | lines for spelling in (*_escaped(part), *_in_url(part))}
    for whole in wholes:
        found.update(_encoded(_bytes(whole)))
    return frozenset(spelling for spelling in found if len(spelling) >= MINIMUM)


def _json_for_html(text: str) -> str:
    return re.sub("[<>&']", lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text)[1:-1])


_ESCAPES: Final[Sequence[Callable[[str], str]]] = (
    lambda text: repr(text)[1:-1],
    lambda text: repr('"' + text)[2:-1],
    lambda text: ascii(text)[1:-1],
    lambda text: ascii('"' + text)[2:-1],
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    html.escape,
    lambda text: html.escape(text, quote=False),
)
_OUTER: Final[Sequence[Callable[[str], str]]] = (
    *_ESCAPES,
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    _json_for_html,
    lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    lambda text: repr(_bytes(text))[2:-1],
    lambda text: text.replace("'", "''"),
    lambda text: text.replace('"', '""'),
    lambda text: text.replace("'", "'\"'\"'"),
    lambda text: text.replace("'", "'\\''"),
    lambda text: re.sub(r'([$`"\\])', r"\\\1", text),
)
"""Of Python, JSON, HTML, bytes, SQL, CSV, two of a shell's quoting and one of its listing variables."""


def _escaped(text: str) -> set[str]:
    """`text`, escaped once, and once more around that: a message in a JSON text in an HTML page."""
    once = {text, *(escape(text) for escape in _OUTER)}
    return once | {escape(spelling) for spelling in once for escape in _ESCAPES}


def _in_url(text: str) -> Iterator[str]:
    raw = _bytes(text)
    # Nothing, a path, JavaScript's encodeURIComponent and encodeURI leave different characters as they are.
    for safe in ("", "/", "!'()*", "!'()*;/?:@&=+$,#"):
        quoted = quote_from_bytes(raw, safe)
        for spelling in (quoted, quoted.replace("%20", "+")):
            yield spelling
            yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), spelling)


def _encoded(raw: bytes) -> Iterator[str]:
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # The characters that the bytes before have a part in, then those that bytes behind could change.
            text = encode(b"\0" * before + raw).decode()[(0, 2, 3)[before] :]
            bare = text.rstrip("=")
            inner = bare if len(bare) == len(text) else bare[:-1]
            yield from (text, bare, inner)
            for width in (64, 76):  # as openssl and base64 break their lines
                if before == 0 and len(inner) > width:
                    yield from (inner[start : start + width] for start in range(0, len(inner), width))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # as the environment keeps what is no UTF-8


def _needles(secrets: Mapping[str, str]) -> tuple[tuple[bytes, str], ...]:
    """What to look for in stored content, with the secret's name; none contains another."""
    found: dict[bytes, str] = {}
    for name, value in secrets.items():
        for spelling in spellings_of(value):
            found.setdefault(_bytes(spelling), name)
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            found.setdefault(value.strip().encode(encoding, "surrogatepass"), name)
    shortest: list[tuple[bytes, str]] = []
    for needle in sorted(found, key=len):
        if not any(shorter in needle for shorter, _ in shortest):
            shortest.append((needle, found[needle]))
    return tuple(shortest)


def _grouped(spellings: Iterable[str], length: int) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for spelling in spellings:
        groups.setdefault(spelling[:length], []).append(spelling)
    return {head: tuple(forms) for head, forms in groups.items()}


def _masked_length(text: str, start: int, form: str) -> int:
    """How many characters from `start` are `form`, or its beginning before an ellipsis; 0 if neither."""
    if text.startswith(form, start):
        return len(form)
    same = next(
        (index for index, letter in enumerate(form) if text[start + index : start + index + 1] != letter), len(form)
    )
    # The dots of an ellipsis may be the secret's own next characters, too.
    cuts = range(same, max(same - len(_ELLIPSES[0]), _HEAD) - 1, -1)
    return next((length for length in cuts if text.startswith(_ELLIPSES, start + length)), 0)


def _may_become(rest: str, form: str) -> bool:
    """Whether more text behind `rest` can make it `form`, or a beginning of it before an ellipsis."""
    if len(rest) < len(form) and form.startswith(rest):
        return True
    dots = 2 if rest.endswith("..") else 1 if rest.endswith(".") else 0
    return dots > 0 and len(rest) - dots >= _HEAD and form.startswith(rest[:-dots])


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, shown = [], 0
    for start, end in spans:
        pieces += [text[shown:start], MASK]
        shown = end
    return "".join([*pieces, text[shown:]])
