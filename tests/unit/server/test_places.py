from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager, FileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.contents.manager import ContentsManager
from traitlets.config import Config

from jupyter_dataops.server.places import ContentsPlaces
from jupyter_dataops.server.refusals import OutsideContents


@pytest.fixture(params=[FileContentsManager, AsyncFileContentsManager, AsyncLargeFileManager])
def manager(request: pytest.FixtureRequest) -> type[Any]:
    return request.param


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "outside.ipynb").write_text("{}")
    return folder


def places(manager: type[Any], root: Path, *, may_follow_links: bool = False, **traits: Any) -> ContentsPlaces:
    contents = manager(root_dir=str(root), config=Config(), **traits)
    return ContentsPlaces(contents, may_follow_links=may_follow_links)


def test_a_path_is_below_the_root(manager: type[Any], root: Path) -> None:
    found = places(manager, root)

    assert found.absolute("sub/etl.ipynb") == root / "sub" / "etl.ipynb"
    assert found.shown(root / "sub" / "etl.ipynb") == "sub/etl.ipynb"


def test_a_leading_slash_means_the_root_of_the_front_end(manager: type[Any], root: Path) -> None:
    assert places(manager, root).absolute("/etc/passwd") == root / "etc" / "passwd"


@pytest.mark.parametrize(
    "path",
    [
        "../outside.ipynb",
        "sub/../../outside.ipynb",
        "..",
        "../root-of-another/x.ipynb",
        "a\0b",
        "../../../../etc/passwd",
    ],
)
def test_a_path_that_leads_out_is_refused(manager: type[Any], root: Path, path: str) -> None:
    with pytest.raises(OutsideContents, match="not among the files"):
        places(manager, root).absolute(path)


def test_a_folder_whose_name_begins_like_the_root_is_outside(manager: type[Any], root: Path) -> None:
    sibling = root.with_name("root-of-another") / "x.ipynb"

    assert places(manager, root).shown(sibling) is None


@pytest.mark.parametrize("path", [".secret.ipynb", ".git/x.ipynb", "sub/.hidden/x.ipynb"])
def test_a_hidden_file_is_shown_only_where_the_manager_shows_it(manager: type[Any], root: Path, path: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()

    with pytest.raises(OutsideContents):
        places(manager, root).absolute(path)
    assert places(manager, root).shown(file) is None

    showing = places(manager, root, allow_hidden=True)
    assert showing.absolute(path) == file
    assert showing.shown(file) == path


def test_a_link_that_leads_out_is_followed_only_where_that_is_allowed(manager: type[Any], root: Path) -> None:
    link = root / "link.ipynb"
    link.symlink_to(root.parent / "outside.ipynb")

    with pytest.raises(OutsideContents):
        places(manager, root).absolute("link.ipynb")
    assert places(manager, root).shown(link) is None

    following = places(manager, root, may_follow_links=True)
    assert following.absolute("link.ipynb") == link
    assert following.shown(link) == "link.ipynb"


def test_below_a_folder_that_is_a_link_out_nothing_is_shown(manager: type[Any], root: Path) -> None:
    (root / "up").symlink_to(root.parent, target_is_directory=True)

    with pytest.raises(OutsideContents):
        places(manager, root).absolute("up/outside.ipynb")


def test_a_link_inside_is_a_file_like_others(manager: type[Any], root: Path) -> None:
    (root / "real.ipynb").touch()
    (root / "link.ipynb").symlink_to("real.ipynb")

    assert places(manager, root).absolute("link.ipynb") == root / "link.ipynb"


def test_links_in_a_circle_are_refused(manager: type[Any], root: Path) -> None:
    (root / "a.ipynb").symlink_to("b.ipynb")
    (root / "b.ipynb").symlink_to("a.ipynb")

    with pytest.raises(OutsideContents):
        places(manager, root).absolute("a.ipynb")
    assert places(manager, root).shown(root / "a.ipynb") is None


def test_a_file_outside_that_is_links_in_a_circle_has_no_path(manager: type[Any], root: Path) -> None:
    (root.parent / "a.ipynb").symlink_to("a.ipynb")

    assert places(manager, root).shown(root.parent / "a.ipynb") is None


def test_a_root_that_is_a_link_knows_its_files_by_both_names(manager: type[Any], root: Path) -> None:
    other = root.with_name("by-another-name")
    other.symlink_to(root, target_is_directory=True)
    found = places(manager, other)

    assert found.absolute("etl.ipynb") == other / "etl.ipynb"
    assert found.shown(other / "etl.ipynb") == "etl.ipynb"
    assert found.shown(root / "etl.ipynb") == "etl.ipynb"


def test_files_outside_have_no_path(manager: type[Any], root: Path) -> None:
    assert places(manager, root).shown(root.parent / "outside.ipynb") is None
    assert places(manager, root).shown(root) is None


def test_a_manager_without_files_has_no_places() -> None:
    found = ContentsPlaces(ContentsManager(config=Config()))

    assert found.root is None
    assert found.shown(Path("/home/ana/etl.ipynb")) is None
    with pytest.raises(OutsideContents, match="in a ContentsManager, not in files"):
        found.absolute("etl.ipynb")
