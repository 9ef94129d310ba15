"""A Jupyter Server in this process with the extension in it, and users as strict as they can be.

The fixtures of pytest-jupyter are taken in here, not as a plugin of every test: some come by themselves, and replace loops.
"""

from __future__ import annotations

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403
from traitlets.config import Config


@pytest.fixture
def jp_server_config() -> Config:
    """Nobody comes in without a token, also to a handler that forgets to ask."""
    return Config(
        {"ServerApp": {"jpserver_extensions": {"jupyter_dataops": True}, "allow_unauthenticated_access": False}}
    )
