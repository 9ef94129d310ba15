"""The notebook that a request is about."""

from __future__ import annotations

from typing import Any

from jupyter_dataops.api.reading import read_notebook
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.wire.pipelines import NotebookSource
from jupyter_dataops.spec.notebook import require_notebook


def notebook_of(places: Places, source: NotebookSource) -> dict[str, Any]:
    """The notebook as it came with `source`, else as last saved.

    Raises
    ------
    NotebookUnreadable
        It is no notebook, or there is none.
    UsageError
        The front end may not see it.
    """
    if source.notebook is None:
        return dict(read_notebook(places.absolute(source.path)).notebook)
    require_notebook(source.notebook, source.path)
    return source.notebook
