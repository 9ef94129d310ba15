"""The command line: ``jupyter dataops VERB``, also ``jupyter-dataops VERB`` and ``python -m jupyter_dataops VERB``."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import NoReturn

from jupyter_dataops.cli.group import COMPLETE_VARIABLE, program

__all__ = ["main"]


def main() -> NoReturn:
    """Run one verb with the process's arguments, and exit with its code."""
    # Importing rfc3987_syntax builds a grammar for two seconds, for one format check of jsonschema's that notebooks
    # do not use; jsonschema does without it where it cannot be imported.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a symbol shows "?" rather than failing
    program.main(prog_name="jupyter dataops", complete_var=COMPLETE_VARIABLE)
