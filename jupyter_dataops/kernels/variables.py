"""Environment variables of kernels, and so of all that they start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RUN_VARIABLE: Final = "DATAOPS_RUN_ID"
TOKEN_VARIABLE: Final = "DATAOPS_ATTEMPT_TOKEN"  # noqa: S105 - a variable's name
"""By these two a process is known to belong to an attempt."""

BESIDE_OTHERS: Final[Mapping[str, str]] = {"OMP_WAIT_POLICY": "PASSIVE"}
"""For whoever computes beside others, unless it is set. OpenMP's threads wait for each other at every step; by default
they spin meanwhile, and so keep from a core the very thread that they wait for: seconds become minutes."""
