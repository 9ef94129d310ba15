"""What notebooks are called in the front end, and where they are: nothing outside may be named, or is shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from jupyter_dataops.api.paths import absolute_path
from jupyter_dataops.errors import UsageError


class Places(Protocol):
    """Which files the front end may see, and under what names. Called from several threads."""

    @property
    def root(self) -> Path | None:
        """The folder that the front end shows; `None`: it shows no files."""
        ...

    def absolute(self, path: str) -> Path:
        """Where the file lies that the front end calls `path`; it need not exist.

        Raises
        ------
        UsageError
            The front end may not see it.
        """
        ...

    def shown(self, path: Path) -> str | None:
        """What the front end calls the file at an absolute path; `None`: it may not see it."""
        ...


class FolderPlaces:
    """All that lies in one folder, but for what is hidden and for links that lead out of it.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> places = FolderPlaces(root)
    >>> places.absolute("sales/etl.ipynb") == root / "sales" / "etl.ipynb", places.shown(root / "etl.ipynb")
    (True, 'etl.ipynb')
    >>> places.absolute("../etl.ipynb")
    Traceback (most recent call last):
    jupyter_dataops.errors.UsageError: '../etl.ipynb' is no path of a file here
      -> give it relative to the folder that the front end shows, with '/'
    """

    def __init__(self, root: str | Path) -> None:
        self._root = absolute_path(root)
        self._real_root = self._root.resolve()

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    def absolute(self, path: str) -> Path:
        """Where `path` lies; see `Places.absolute`."""
        parts = path.split("/")
        found = self.root.joinpath(*parts) if all(map(_is_plain, parts)) else None
        if found is None or not self._is_inside(found):
            raise UsageError(
                f"{path!r} is no path of a file here",
                hint="give it relative to the folder that the front end shows, with '/'",
            )
        return found

    def shown(self, path: Path) -> str | None:
        """What `path` is called; see `Places.shown`."""
        # As it is written first, which needs no look at the disk.
        if path.is_relative_to(self.root):
            relative = path.relative_to(self.root)
        elif (real := _resolved(path)) is not None and real.is_relative_to(self._real_root):
            relative = real.relative_to(self._real_root)
        else:
            return None
        is_visible = relative.parts and all(map(_is_plain, relative.parts)) and self._is_inside(path)
        return relative.as_posix() if is_visible else None

    def _is_inside(self, path: Path) -> bool:
        real = _resolved(path)
        return real is not None and real.is_relative_to(self._real_root)


def _resolved(path: Path) -> Path | None:
    """Where `path` leads; `None`: nowhere."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # no permission to look; links in a circle, until Python 3.12
        return None
    return None if real.is_symlink() else real  # since then


def _is_plain(part: str) -> bool:
    """Neither nothing, nor hidden, nor ``..``, nor something that a system would take for more than a name."""
    forbidden = {"\0", os.sep, *filter(None, (os.altsep,)), *(":\\" if os.name == "nt" else "")}
    return bool(part) and not part.startswith(".") and not forbidden.intersection(part)
