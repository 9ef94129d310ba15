"""The key of a store: made once, readable by its owner alone."""

from __future__ import annotations

import secrets

from jupyter_dataops.artifacts.files import Files, refusing

KEY_NAME = "signing.key"
_KEY_BYTES = 32


def get_or_make_key(files: Files) -> bytes:
    """The store's key; of processes that make it at the same time, one wins and all get that one.

    Raises
    ------
    EnvironmentRefused
        The key belongs to another user, or cannot be written.
    """
    with refusing("the key of the artifact store cannot be used", files):
        if files.size(KEY_NAME) is None:
            key = secrets.token_bytes(_KEY_BYTES)
            try:
                files.create(KEY_NAME, key)
            except FileExistsError:
                pass
            else:
                return key
        return bytes(files.read(KEY_NAME))
