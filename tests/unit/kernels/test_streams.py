"""What a cell has printed, as one text for each stream."""

from __future__ import annotations

import re
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.kernels.streams import merged


def printed(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


SHOWN = {"output_type": "display_data", "data": {}}


def test_each_stream_is_one_output_at_the_place_of_its_first() -> None:
    outputs = [printed("stdout", "a"), SHOWN, printed("stderr", "x"), printed("stdout", "b"), printed("stderr", "y")]
    assert merged(outputs) == [printed("stdout", "ab"), SHOWN, printed("stderr", "xy")]


def test_standard_output_comes_before_error_output_that_stands_beside_it() -> None:
    assert merged([printed("stderr", "x"), printed("stdout", "a")]) == [printed("stdout", "a"), printed("stderr", "x")]
    assert merged([printed("stderr", "x"), SHOWN, printed("stdout", "a")])[0] == printed("stderr", "x")


@given(st.text(alphabet="ab\r\n", max_size=30), st.integers(0, 30))
def test_a_line_written_over_shows_what_nbclient_shows_wherever_the_text_was_cut(text: str, cut: int) -> None:
    (output,) = merged([printed("stdout", text[:cut]), printed("stdout", text[cut:])])
    assert output["text"] == re.sub(r".*\r(?=[^\n])", "", text)


def test_a_line_of_ten_megabytes_takes_no_time() -> None:
    line = "ab c " * 2_000_000
    begun = time.process_time()
    merged([printed("stdout", line), printed("stdout", "\r" + line)])
    assert time.process_time() - begun < 5  # nbclient's rule takes hours


def test_nothing_printed_is_nothing() -> None:
    assert merged([]) == []
