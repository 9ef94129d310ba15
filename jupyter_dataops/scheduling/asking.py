"""``python -m jupyter_dataops.scheduling.asking TARGET NOTEBOOK``: the answer of a condition, as JSON on stdout.

A process of its own asks, so that what the user's code imports, prints or breaks is none of the service's.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from jupyter_dataops.errors import UsageError
from jupyter_dataops.spec.models import Cell, PipelineSpec, Role

_SHOWN: Final = 200


def ask(target: str, notebook: Path) -> Any:
    """What ``module:callable``, beside the notebook, returns; or the value of the notebook's cell, for ``cell:NAME``.

    Raises whatever the user's code raises.
    """
    place, _, name = target.partition(":")
    if place.strip() == "cell":
        return _value_of_cells(notebook, name.strip())
    sys.path.insert(0, str(notebook.parent))
    found: Any = importlib.import_module(place.strip())
    for part in name.strip().split("."):
        found = getattr(found, part)
    return found()


def cells_for(spec: PipelineSpec, name: str) -> list[Cell]:
    """Parameters, setup, and the code cells that have the tag `name`, or are the node of that name, in order.

    Raises `UsageError` where there is no such cell.
    """
    meant = [cell for cell in spec.cells if cell.role is not Role.TEXT and (name in cell.tags or cell.node == name)]
    if not meant:
        raise UsageError(f"no cell has the tag `{name}`", hint="tag one with it, and with `skip` if it is no node")
    own = {cell.index for cell in meant}
    before = [cell for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP) if cell.index not in own]
    return sorted([*before, *meant], key=lambda cell: cell.index)


def _value_of_cells(notebook: Path, name: str) -> Any:
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - only cells need it

    from jupyter_dataops.api.reading import read_notebook  # noqa: PLC0415 - as above

    sys.path.insert(0, str(notebook.parent))
    shell: Any = InteractiveShell.instance()
    value: Any = None
    for cell in cells_for(read_notebook(notebook).spec, name):
        result = shell.run_cell(cell.source, store_history=False, silent=False)
        result.raise_error()
        if name in cell.tags or cell.node == name:
            value = result.result
    return value


def main() -> None:
    """Print the answer: ``{"verdict", "shown"}``, or ``{"error"}``."""
    target, notebook = sys.argv[1:]
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            value = ask(target, Path(notebook))
            answer = {"verdict": bool(value), "shown": repr(value)[:_SHOWN]}
    except Exception as error:  # noqa: BLE001 - it is the answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
