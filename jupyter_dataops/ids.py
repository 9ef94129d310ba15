"""Names of things, as types, so that a run id is never passed where a node name is meant."""

from __future__ import annotations

import secrets
from typing import NewType

NodeName = NewType("NodeName", str)
"""Name of a node, unique in its pipeline: ``[A-Za-z_][A-Za-z0-9_-]*``."""

CellId = NewType("CellId", str)
"""nbformat's cell id; synthesised as ``cell-INDEX`` where the notebook has none."""

RunId = NewType("RunId", str)
"""Identifies one run in its store: 10 lower-case letters and digits."""

Digest = NewType("Digest", str)
"""Address of stored content: ``ALGORITHM:HEX``."""

Token = NewType("Token", str)
"""Proof of being the runner of a run, or the process of an attempt; never reused."""

# No vowels (no words), no 0/1/l (no misreading); a letter first, so that a shell or YAML never sees a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"


def new_run_id() -> RunId:
    """A fresh run id: 10 characters, about 48 random bits; a few of them usually identify it."""
    return RunId(secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(9)))


def new_token() -> Token:
    """A fresh token: 128 random bits."""
    return Token(secrets.token_hex(16))
