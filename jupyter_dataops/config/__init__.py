"""What can be configured: defaults < file < its environment < environment variables < arguments.

Everything is pure but `loading`, which reads files and the environment.
"""

from jupyter_dataops.config.layers import Given, Layer, Layered, Origin, OriginKind, merge
from jupyter_dataops.config.loading import (
    ENVIRONMENT_VARIABLE,
    FILE_NAME,
    Configuration,
    available_cpus,
    environment_of,
    load_configuration,
    load_settings,
)
from jupyter_dataops.config.secret_sources import SecretSource, SourceKind
from jupyter_dataops.config.settings import Notification, Settings

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "FILE_NAME",
    "Configuration",
    "Given",
    "Layer",
    "Layered",
    "Notification",
    "Origin",
    "OriginKind",
    "SecretSource",
    "Settings",
    "SourceKind",
    "available_cpus",
    "environment_of",
    "load_configuration",
    "load_settings",
    "merge",
]
