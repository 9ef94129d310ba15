from __future__ import annotations

import base64
import binascii
import csv
import html
import io
import json
import pickle
import re
import shlex
from urllib.parse import quote, quote_plus, urlencode

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.errors import ConfigError
from jupyter_dataops.secrets import MASK, MINIMUM, Masker, spellings_of

PLAIN = "hunter2lake"
PUNCTUATED = "p@ss w/rd+1=&<é>'x"
NASTY = "a\"b'c\\d\t$e<é>{`f`}"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
VALUES = (PLAIN, PUNCTUATED, NASTY, PEM, TOKEN)


def listed(value: str) -> str:
    rows = io.StringIO()
    csv.writer(rows, quoting=csv.QUOTE_ALL).writerow([value])
    return rows.getvalue()


WAYS = {
    "as it is": str,
    "repr": repr,
    "repr in a list, beside a quote": lambda value: repr([value + "'"]),
    "repr of bytes": lambda value: repr(value.encode()),
    "ascii": ascii,
    "json": json.dumps,
    "json, not ascii": lambda value: json.dumps({"auth": value}, ensure_ascii=False),
    "json in json": lambda value: json.dumps({"body": json.dumps({"auth": value})}),
    "json with escaped slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "html": html.escape,
    "html text": lambda value: html.escape(value, quote=False),
    "html in json": lambda value: json.dumps(f"<td>{html.escape(value)}</td>"),
    "a json string in html": lambda value: html.escape(json.dumps(value)),
    "quoted": quote,
    "quoted whole": lambda value: quote(value, safe=""),
    "quoted, lower hex": lambda value: re.sub("%..", lambda match: match[0].lower(), quote(value, safe="")),
    "a form": lambda value: urlencode({"token": value}),
    "quote_plus": quote_plus,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64, url": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64 without padding": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "base64 behind one byte": lambda value: base64.b64encode(b"u" + value.encode()).decode(),
    "base64 behind two bytes": lambda value: base64.b64encode(b"u:" + value.encode()).decode(),
    "base64 amid others": lambda value: base64.b64encode(b"user:" + value.encode() + b"@host").decode(),
    "base64 of a line": lambda value: base64.b64encode(value.encode() + b"\n").decode(),
    "hex": lambda value: value.encode().hex(),
    "upper hex": lambda value: binascii.hexlify(value.encode()).decode().upper(),
    "a shell's quoting": shlex.quote,
    "SQL": lambda value: "'" + value.replace("'", "''") + "'",
    "CSV": listed,
}


def traces(value: str) -> set[str]:
    """Pieces of the value, long enough to be no chance, that no way of writing it leaves out."""
    return {word for word in ("hunter2lake", "MIIEvQIBADANBgkq", "hkiG9w0BAQEFAASC", "dozjgNryP4J3j") if word in value}


@pytest.mark.parametrize("value", VALUES, ids=["plain", "punctuated", "nasty", "pem", "token"])
@pytest.mark.parametrize("way", WAYS)
def test_a_value_is_masked_however_it_is_written(value, way):
    written = WAYS[way](value)
    masked = Masker({"TOKEN": value}).mask(f"before {written} after")
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert not any(spelling in masked for spelling in spellings_of(value))
    assert not any(trace in masked for trace in traces(value))
    # Beside the mask: braces and key of a container, a few characters of base64 that others have a part in.
    context = WAYS[way]("")
    assert len(masked) <= len(f"before  after{MASK}{context}") + 20 * value.count("\n") + 8


def test_text_without_a_secret_is_untouched():
    text = "hunter2, lake; " * 10
    assert Masker({"TOKEN": PLAIN}).mask(text) == text


def test_without_secrets_the_masker_is_false_and_changes_nothing():
    masker = Masker({})
    assert not masker
    assert masker.mask(PLAIN) == PLAIN
    assert masker.stream().feed(PLAIN) == PLAIN
    assert masker.find(PLAIN.encode()) is None


def test_secrets_that_overlap_leave_nothing_of_each_other():
    masker = Masker({"ONE": "abcdefgh", "TWO": "efghijkl"})
    assert masker.mask("<abcdefghijkl>") == f"<{MASK}>"


def test_a_secret_within_another_is_masked_alone_too():
    masker = Masker({"SHORT": "lake", "LONG": "hunter2lake"})
    assert masker.mask("hunter2lake and a lake") == f"{MASK} and a {MASK}"


def test_two_secrets_side_by_side_are_two_masks():
    assert Masker({"TOKEN": PLAIN}).mask(PLAIN * 2) == MASK * 2


def test_a_value_is_also_masked_without_the_blanks_around_it():
    masker = Masker({"TOKEN": f" {PLAIN}\n"})
    assert masker.mask(f"[{PLAIN}]") == f"[{MASK}]"
    assert masker.mask(base64.b64encode(PLAIN.encode()).decode()) == MASK
    assert masker.find(PLAIN.encode("utf-32")) == "TOKEN"


@pytest.mark.parametrize("dots", ["...", "…"])
def test_a_value_that_a_table_cut_off_is_masked(dots):
    masked = Masker({"TOKEN": TOKEN}).mask(f"0  {TOKEN[:47]}{dots}\n1  x")
    assert masked == f"0  {MASK}{dots}\n1  x"


def test_a_table_of_pandas_shows_nothing_of_a_long_value():
    frame = pd.DataFrame({"token": [TOKEN, "x"]})
    masker = Masker({"TOKEN": TOKEN})
    for shown in (repr(frame), frame.to_html(), frame.to_string()):
        assert TOKEN[:10] in shown
        assert TOKEN[:8] not in masker.mask(shown)


def test_lines_of_a_secret_are_masked_wherever_they_are_printed_singly():
    masker = Masker({"KEY": PEM})
    shown = masker.mask("\n".join(f"    {line}" for line in PEM.splitlines()))
    assert "MIIEvQ" not in shown
    assert "hkiG9w" not in shown


def test_the_frame_of_a_pem_text_is_no_secret():
    text = "-----BEGIN PRIVATE KEY-----"
    assert Masker({"KEY": PEM}).mask(text) == text


@pytest.mark.parametrize("width", [64, 76])
def test_base64_that_a_program_broke_into_lines_is_masked(width):
    value = TOKEN * 2
    text = base64.b64encode(value.encode()).decode()
    broken = "\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert set(Masker({"TOKEN": value}).mask(broken)) <= set("*=\n")


@pytest.mark.parametrize("value", ["", "   ", "abc", " abc\n"])
def test_a_value_too_short_to_be_masked_is_refused_by_name(value):
    with pytest.raises(ConfigError, match="'PIN' has fewer than 4 characters") as refused:
        Masker({"PIN": value})
    assert "secret:PIN" in refused.value.hint
    assert value.strip() == "" or value.strip() not in str(refused.value)


def test_the_shortest_value_is_masked():
    assert Masker({"PIN": "q7%z"}).mask("q7%z q7%25z") == f"{MASK} {MASK}"
    assert len("q7%z") == MINIMUM


def test_masked_data_keeps_its_shape():
    data = {"rows": [[PLAIN, 1, None, True], (f"x{PLAIN}", 0.5)], PLAIN: "key"}
    masked = Masker({"TOKEN": PLAIN}).mask_all(data)
    assert masked == {"rows": [[MASK, 1, None, True], [f"x{MASK}", 0.5]], MASK: "key"}
    json.dumps(masked)


STORED = {
    "text": str.encode,
    "json": lambda value: json.dumps({"a": value}).encode(),
    "pickle": pickle.dumps,
    "pickled deep inside": lambda value: pickle.dumps({"a": [(1, {"b": value})]}),
    "numpy text": lambda value: np.array([value, "x"]).tobytes(),
    "numpy text, big-endian": lambda value: np.array([value, "x"]).astype(">U99").tobytes(),
    "numpy objects": lambda value: pickle.dumps(np.array([value], dtype=object)),
    "arrow": lambda value: pa.table({"a": [value]}).column("a").chunk(0).buffers()[2].to_pybytes(),
    "utf-16": lambda value: value.encode("utf-16"),
    "base64": lambda value: base64.b64encode(b"u:" + value.encode()),
}


@pytest.mark.parametrize("value", VALUES, ids=["plain", "punctuated", "nasty", "pem", "token"])
@pytest.mark.parametrize("way", STORED)
def test_a_stored_value_is_found_by_name(value, way):
    content = b"\x00\xff" * 50 + STORED[way](value) + b"\xfe" * 50
    masker = Masker({"OTHER": "something else", "TOKEN": value})
    assert masker.find(content) == "TOKEN"
    assert masker.find(memoryview(content)) == "TOKEN"
    assert masker.find(content.replace(content[100:-50], b"")) is None


def test_content_that_arrives_in_pieces_is_searched_across_them():
    content = b"x" * 9 + PLAIN.encode() + b"y" * 9
    for at in range(len(content)):
        scanner = Masker({"TOKEN": PLAIN}).scanner()
        scanner.feed(content[:at])
        assert scanner.feed(memoryview(content)[at:])
        assert scanner.found == "TOKEN"


def test_a_secret_across_two_slices_of_large_content_is_found():
    content = b"x" * ((1 << 20) - 3) + PLAIN.encode() + b"y" * 9
    assert Masker({"TOKEN": PLAIN}).find(content) == "TOKEN"


def test_what_was_found_stays_found():
    scanner = Masker({"TOKEN": PLAIN}).scanner()
    assert scanner.feed(PLAIN.encode() + bytes(3 << 20))
    assert scanner.feed(b"nothing more")
    assert scanner.found == "TOKEN"


def test_content_of_larger_items_than_bytes_is_searched():
    assert Masker({"TOKEN": PLAIN}).find(memoryview(np.frombuffer(PLAIN.encode() + b"\0", "u4"))) == "TOKEN"


def test_a_value_printed_letter_by_letter_is_masked():
    stream = Masker({"TOKEN": PLAIN}).stream()
    shown = [stream.feed(letter) for letter in f"> {PLAIN} <"]
    assert "".join(shown) + stream.flush() == f"> {MASK} <"


def test_only_what_may_be_the_beginning_of_a_secret_is_held_back():
    stream = Masker({"TOKEN": "hunter2"}).stream()
    assert stream.feed("a line\n") == "a line\n"
    assert stream.feed("the hun") == "the "
    assert stream.feed("dred") == "hundred"
    assert stream.flush() == ""


def test_what_was_held_back_comes_in_the_end():
    stream = Masker({"TOKEN": "hunter2"}).stream()
    assert stream.feed("hunt") == ""
    assert stream.flush() == "hunt"
    assert stream.flush() == ""


def test_a_secret_that_goes_over_into_another_across_two_pieces_is_one_mask():
    masker = Masker({"ONE": "abcdefgh", "TWO": "efghijkl"})
    stream = masker.stream()
    assert [stream.feed("<abcdefgh"), stream.feed("ijkl>"), stream.flush()] == [f"<{MASK}", ">", ""]


letters = st.sampled_from("ab.é%\n")
values = st.text(letters, min_size=4, max_size=14).filter(lambda text: len(text.strip()) >= MINIMUM)


@st.composite
def printed(draw) -> tuple[Masker, list[str]]:
    secrets = draw(st.lists(values, min_size=1, max_size=3))
    spellings = sorted({spelling for value in secrets for spelling in spellings_of(value)})
    cut = st.builds(lambda text, end: text[:end], st.sampled_from(spellings), st.integers(0, 20))
    text = "".join(draw(st.lists(st.sampled_from(spellings) | cut | letters | st.just("..."), max_size=8)))
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return Masker({f"SECRET_{index}": value for index, value in enumerate(secrets)}), pieces


@given(printed())
def test_pieces_are_masked_as_the_whole_is(given_):
    masker, pieces = given_
    stream = masker.stream()
    assert "".join([*map(stream.feed, pieces), stream.flush()]) == masker.mask("".join(pieces))


@given(printed())
def test_what_is_masked_holds_no_spelling_any_more(given_):
    masker, pieces = given_
    text = "".join(pieces)
    masked = masker.mask(text)
    assert masker.mask(masked) == masked or "..." in masked
    assert masker.find(masked.encode()) is None
    if masker.find(text.encode()) is not None:
        assert masked != text
