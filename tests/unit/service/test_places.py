from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.errors import UsageError
from jupyter_dataops.service.places import FolderPlaces


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a//b", ".git/config", "a/.hidden", "a\0b", "a/"]
)
def test_what_is_no_path_in_the_folder_is_refused(root: Path, path: str) -> None:
    with pytest.raises(UsageError, match="is no path of a file here"):
        FolderPlaces(root).absolute(path)


def test_a_link_that_leads_out_is_refused_and_not_shown(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.ipynb").write_text("{}")
    (root / "in.ipynb").write_text("{}")
    (root / "out.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (root / "folder").symlink_to(tmp_path)
    (root / "link.ipynb").symlink_to(root / "in.ipynb")
    places = FolderPlaces(root)
    for path in ("out.ipynb", "folder/secret.ipynb"):
        with pytest.raises(UsageError):
            places.absolute(path)
        assert places.shown(root / path) is None
    assert places.absolute("link.ipynb") == root / "link.ipynb"
    assert places.shown(root / "link.ipynb") == "link.ipynb"


def test_what_lies_elsewhere_is_not_shown(root: Path, tmp_path: Path) -> None:
    places = FolderPlaces(root)
    assert places.shown(tmp_path / "x.ipynb") is None
    assert places.shown(root) is None
    assert places.shown(root / ".hidden" / "x.ipynb") is None
    assert places.shown(root / ".." / "x.ipynb") is None
    assert places.shown(root / "a" / "x.ipynb") == "a/x.ipynb"


def test_a_folder_reached_by_a_link_is_the_same_folder(root: Path, tmp_path: Path) -> None:
    (tmp_path / "also").symlink_to(root)
    places = FolderPlaces(tmp_path / "also")
    assert places.absolute("x.ipynb") == tmp_path / "also" / "x.ipynb"
    assert places.shown(root / "x.ipynb") == "x.ipynb"


def test_links_in_a_circle_lead_nowhere(root: Path, tmp_path: Path) -> None:
    (root / "a.ipynb").symlink_to("b.ipynb")
    (root / "b.ipynb").symlink_to("a.ipynb")
    (tmp_path / "c.ipynb").symlink_to("c.ipynb")
    places = FolderPlaces(root)
    with pytest.raises(UsageError):
        places.absolute("a.ipynb")
    assert places.shown(root / "a.ipynb") is None
    assert places.shown(tmp_path / "c.ipynb") is None
