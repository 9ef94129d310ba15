from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jupyter_dataops.cli.group import program


@pytest.fixture
def call() -> Callable[..., Result]:
    """Call the program as a pipe would: ``call(face, "runs", "-q")``."""

    def call_program(face: Any, *arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(program, list(arguments), obj=face, catch_exceptions=False, **more)

    return call_program
