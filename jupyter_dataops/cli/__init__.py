"""The command line: ``jupyter dataops VERB``, also ``jupyter-dataops VERB`` and ``python -m jupyter_dataops VERB``."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run one verb with the process's arguments, and exit with its code."""
    try:
        _run()
    except KeyboardInterrupt:  # while modules are loaded: what comes later is told by the program itself
        sys.stderr.write("cancelled\n")
        sys.exit(130)


def _run() -> NoReturn:
    # Here and not above: a Ctrl-C meanwhile is the user's, too, and shows nobody our frames.
    from jupyter_dataops.cli.startup import end_light, kernels_ahead, start_light  # noqa: PLC0415

    start_light()
    try:
        with kernels_ahead(sys.argv[1:]):
            from jupyter_dataops.cli.group import COMPLETE_VARIABLE, program  # noqa: PLC0415

            for stream in (sys.stdout, sys.stderr):
                if isinstance(stream, TextIOWrapper):
                    stream.reconfigure(errors="replace")  # a terminal that lacks a symbol shows "?" rather than failing
            program.main(prog_name="jupyter dataops", complete_var=COMPLETE_VARIABLE)
    except SystemExit as end:
        if isinstance(end.code, int):
            end_light(end.code)
        raise
