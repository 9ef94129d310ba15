"""The executed notebook on disk: always whole, live within about a second, and cheap whatever its length."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import nbformat
from papermill.engines import NotebookExecutionManager

from jupyter_dataops.kernels.leftovers import draft_of
from jupyter_dataops.kernels.masking import masked_notebook
from jupyter_dataops.secrets import Masker

SAVE_EVERY_S: Final = 1.0
SAVE_SHARE: Final = 0.05
"""At most this part of the time goes into saving while cells run."""


class NotebookRecord(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no types
    """papermill's bookkeeping, saved now and then instead of twice per cell, which is quadratic."""

    def __init__(self, nb: Any, path: Path, masker: Masker) -> None:
        super().__init__(nb, output_path=str(path), progress_bar=False, autosave_cell_every=SAVE_EVERY_S)
        self._path = path
        self._masker = masker
        self._next_save = 0.0

    def save(self, **_cell: Any) -> None:
        """Write the notebook if it is time; papermill calls this after each start and end of a cell."""
        if time.monotonic() >= self._next_save:
            self.write()

    def autosave_cell(self) -> None:
        """Write the notebook if it is time; papermill calls this after each message."""
        self.save()

    def notebook_complete(self, **_notebook: Any) -> None:
        """Finish the metadata and write."""
        self._next_save = 0.0
        super().notebook_complete()

    def write(self) -> None:
        """Replace the file by the notebook as it is now: readers see the old one or the new one."""
        started = time.monotonic()
        draft = draft_of(self._path)
        draft.write_text(nbformat.writes(masked_notebook(self.nb, self._masker)), "utf-8")  # type: ignore[no-untyped-call]
        draft.replace(self._path)
        took = time.monotonic() - started
        self._next_save = started + took + max(SAVE_EVERY_S, took / SAVE_SHARE)
