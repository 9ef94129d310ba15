"""Modules, by name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, Sink, describe_any
from jupyter_dataops.errors import ArtifactError


class ModuleSerializer:
    """Imported modules: the reader imports them again."""

    name = "module"
    priority = 20
    signed = False

    def handles(self, value: Any) -> bool:
        """Modules that can be imported by their name."""
        return isinstance(value, ModuleType) and sys.modules.get(value.__name__) is value

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write the name."""
        sink.write(value.__name__.encode())

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The module. Raises `ArtifactError` where it cannot be imported."""
        name = str(buffers[0], "utf-8")
        try:
            return import_module(name)
        except ImportError as error:
            raise ArtifactError(
                f"the module {name!r} cannot be imported here", hint="install it for this kernel"
            ) from error

    def describe(self, value: Any) -> Description:
        """Type and `repr`."""
        return describe_any(value)
