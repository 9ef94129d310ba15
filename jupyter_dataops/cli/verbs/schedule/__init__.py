"""``schedule``: when pipelines run by themselves. One file for each of its verbs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jupyter_dataops.cli.group import Row, VerbTable

VERBS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "add": Row("Make a schedule for NOTEBOOK."),
        "list": Row("List all schedules; with --env, those of that environment."),
        "show": Row("Show one schedule with its latest fires, and what came of each."),
        "next": Row("List the next times at which a schedule fires, with a note where clocks are changed."),
        "edit": Row("Change a schedule; it counts from now, and fires for no time before."),
        "pause": Row("Fire nothing until `schedule resume`; what runs goes on."),
        "resume": Row("Fire again from now on."),
        "run-now": Row("Start a run of a schedule now, whatever else runs; this needs no service."),
        "remove": Row("Remove a schedule; its runs stay, and those under way go on."),
        "sync": Row("Bring the schedules of the store in line with `[schedules.NAME]` in dataops.toml."),
    }
)
"""Each is the function ``command`` in the module of this package that has its name."""

command = VerbTable(
    package=__name__,
    verbs=VERBS,
    help="Run notebooks by themselves, at times or when something happens.\n\n"
    "A schedule is kept in the run store. Services start what is due: `jupyter dataops scheduler`, "
    "or a Jupyter server.",
    subcommand_metavar="VERB [ARGS]...",
)
