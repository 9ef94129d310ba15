"""Paths of notebooks in the front end, and the files that they mean: as the server's contents manager has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from jupyter_core.paths import is_hidden
from jupyter_server.services.contents.fileio import FileManagerMixin
from tornado.web import HTTPError

from jupyter_dataops.api.paths import absolute_path
from jupyter_dataops.server.refusals import OutsideContents


class _FileContents(Protocol):
    """What is asked of a contents manager whose contents are files."""

    root_dir: str
    allow_hidden: bool

    def _get_os_path(self, path: str) -> str: ...


class ContentsPlaces:
    """`jupyter_dataops.service.places.Places`: files below the root of a contents manager, and no others.

    A path that leads out is refused, whether by ``..`` or through a link; so is a hidden file, where the manager shows
    none. A manager that keeps its contents elsewhere than in files has no places at all.

    Parameters
    ----------
    contents
        The server's contents manager.
    may_follow_links
        Whether a symbolic link below the root may lead to a file outside.
    """

    def __init__(self, contents: Any, *, may_follow_links: bool = False) -> None:
        self._contents: _FileContents = contents
        self._has_files = isinstance(contents, FileManagerMixin)
        self._may_follow_links = may_follow_links

    @property
    def root(self) -> Path | None:
        """The folder that the front end shows; `None`: the contents manager has no files."""
        return absolute_path(self._contents.root_dir) if self._has_files else None

    def absolute(self, path: str) -> Path:
        """The file that the front end calls `path`, whether it is there or not.

        Raises
        ------
        OutsideContents
            It is none that the front end may see.
        """
        root = self.root
        if root is None:
            raise OutsideContents(
                f"the server keeps its contents in a {type(self._contents).__name__}, not in files",
                hint="pipelines run notebooks that are files: use a contents manager such as AsyncLargeFileManager",
            )
        try:
            file = absolute_path(self._contents._get_os_path(path))  # noqa: SLF001 - the manager's own rule for paths
        except HTTPError:
            raise _outside(path) from None
        if not self._is_visible(file, root):
            raise _outside(path)
        return file

    def shown(self, path: Path) -> str | None:
        """What the front end calls the file at `path`; `None`: it is none that it may see."""
        root = self.root
        if root is None:
            return None
        inside = _inside(absolute_path(path), root)
        if inside is None:
            # For a root that is reached through a link: a run may know the notebook by its real path.
            try:
                inside = _inside(path.resolve(), root.resolve())
            except (OSError, RuntimeError):  # no permission to look, links in a circle
                return None
        if inside is None or not inside.parts or not self._is_visible(root / inside, root):
            return None
        return inside.as_posix()

    def _is_visible(self, file: Path, root: Path) -> bool:
        """Whether `file`, below the root as it is written, is not hidden, and is not somewhere else in truth."""
        try:
            if not self._contents.allow_hidden and is_hidden(file, root):
                return False
            return self._may_follow_links or file.resolve().is_relative_to(root.resolve())
        except (OSError, RuntimeError, ValueError):  # no permission to look, links in a circle, not below the root
            return False


def _inside(file: Path, folder: Path) -> Path | None:
    return file.relative_to(folder) if file.is_relative_to(folder) else None


def _outside(path: str) -> OutsideContents:
    return OutsideContents(
        f"'{path}' is not among the files that this server shows",
        hint="name a notebook by its path below the server's root folder; one that is hidden may not be shown",
    )
