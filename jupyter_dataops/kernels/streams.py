"""What a cell has printed, as one text for each stream. Pure.

The rules are nbclient's (`coalesce_streams`); the cost is linear, where its own takes time in the square of a line's
length: minutes for a line of a megabyte, in which nothing else in the process goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any


def merged(outputs: Iterable[Any]) -> list[Any]:
    r"""The same outputs with one for each stream, at the place of its first; standard output before error output.

    Examples
    --------
    >>> pieces = ({"output_type": "stream", "name": "stdout", "text": text} for text in ("10%", "\r20%", "\nend"))
    >>> [output["text"] for output in merged(pieces)]
    ['20%\nend']
    """
    kept: list[Any] = []
    texts: dict[str, list[str]] = {}
    streams: dict[str, Any] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            kept.append(output)
            continue
        name = output["name"]
        if name not in streams:
            streams[name] = output
            kept.append(output)
        texts.setdefault(name, []).append(output["text"])
    for name, output in streams.items():
        output["text"] = _as_shown("".join(texts[name]))
    return _in_order(kept)


def _as_shown(text: str) -> str:
    """What is left to see of each line once the cursor has gone back to its beginning and on."""
    if "\r" not in text:
        return text
    return "\n".join(line[line.rfind("\r", 0, max(len(line) - 1, 0)) + 1 :] for line in text.split("\n"))


def _in_order(outputs: list[Any]) -> list[Any]:
    names = [output.get("name") if output["output_type"] == "stream" else None for output in outputs]
    for place, (name, follower) in enumerate(pairwise(names)):
        if (name, follower) == ("stderr", "stdout"):
            outputs[place], outputs[place + 1] = outputs[place + 1], outputs[place]
            break
    return outputs
