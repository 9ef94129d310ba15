"""The environment variables by which a process is known to belong to an attempt: a kernel's, and so all it starts."""

from __future__ import annotations

from typing import Final

RUN_VARIABLE: Final = "DATAOPS_RUN_ID"
TOKEN_VARIABLE: Final = "DATAOPS_ATTEMPT_TOKEN"  # noqa: S105 - a variable's name
