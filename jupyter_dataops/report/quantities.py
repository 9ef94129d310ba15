"""Durations and sizes as people say them."""

from __future__ import annotations


def duration_text(seconds: float | None) -> str:
    """A duration as people say it.

    Examples
    --------
    >>> [duration_text(seconds) for seconds in (None, 0.042, 9.96, 75, 3725)]
    ['', '0.0s', '10.0s', '1m15s', '1h02m']
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m"


def size_text(size_bytes: int) -> str:
    """A size as people say it.

    Examples
    --------
    >>> [size_text(size) for size in (0, 1023, 1024, 3_500_000)]
    ['0 B', '1023 B', '1.0 KiB', '3.3 MiB']
    """
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
