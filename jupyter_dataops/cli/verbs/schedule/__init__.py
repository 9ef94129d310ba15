"""``schedule``: when pipelines run by themselves. One file for each of its verbs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jupyter_dataops.cli.group import Row, VerbTable

VERBS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "sync": Row("Bring the schedules of the store in line with `[schedules.NAME]` in dataops.toml."),
    }
)
"""Each is the function ``command`` in the module of this package that has its name."""

command = VerbTable(
    package=__name__,
    verbs=VERBS,
    help="Say when pipelines run by themselves, and see what came of it.",
    subcommand_metavar="VERB [ARGS]...",
)
