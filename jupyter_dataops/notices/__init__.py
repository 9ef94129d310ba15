"""What somebody is to be told, when, and in which words: pure."""

from __future__ import annotations

from typing import Final

DELIVERY: Final = "dataops-notifications"
"""Name of threads that send messages and that the end of a process waits for."""
