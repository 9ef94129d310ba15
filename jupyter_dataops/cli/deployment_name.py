"""What the first word of a verb means that takes a notebook and a deployment alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

METAVAR: Final = "NOTEBOOK|NAME[@VERSION]"
_NOTEBOOKS: Final = (".ipynb", ".py", ".md", ".Rmd", ".qmd")


def deployment_meant(wanted: Path) -> tuple[str, str | None] | None:
    """Name and version of the deployment that `wanted` means; `None`: a notebook.

    What is the path of a file, or looks like one of a notebook, is a notebook.
    """
    text = str(wanted)
    if wanted.exists() or os.sep in text or (wanted.suffix in _NOTEBOOKS and "@" not in text):
        return None
    from jupyter_dataops.deploying.versions import split_label  # noqa: PLC0415 - a notebook's run needs none of it

    return split_label(text)
