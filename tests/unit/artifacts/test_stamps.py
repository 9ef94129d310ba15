"""A large file that nobody has touched is not hashed again; one that somebody has, is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_dataops.artifacts.content import ContentFiles, path_of
from jupyter_dataops.artifacts.files import LocalFiles, RemoteFiles
from jupyter_dataops.artifacts.stamps import FROM_BYTES, Stamps
from jupyter_dataops.errors import ArtifactCorrupt
from jupyter_dataops.ids import Digest

KEY = b"k" * 32


def content_in(folder: Path, key: bytes = KEY) -> tuple[ContentFiles, Stamps]:
    files = LocalFiles(folder)
    stamps = Stamps(files, lambda: key)
    return ContentFiles(files, stamps=stamps), stamps


def stored(content: ContentFiles, size_bytes: int = FROM_BYTES) -> Digest:
    with content.writing() as draft:
        draft.write(bytes(size_bytes))
        draft.seal(bytes(32))
    return draft.digest


def damage(path: Path) -> None:
    """One byte is another; size and time of the last change are as before."""
    before = path.stat()
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(b"x")
    path.chmod(0o444)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_was_changed_is_found_out_however_it_is_disguised(tmp_path: Path) -> None:
    content, _ = content_in(tmp_path)
    digest = stored(content)
    content.read(digest)
    damage(tmp_path / path_of(digest))
    with pytest.raises(ArtifactCorrupt):
        content.read(digest)


def test_a_file_that_was_found_whole_is_not_looked_through_again(tmp_path: Path) -> None:
    content, stamps = content_in(tmp_path)
    digest = stored(content)
    damage(tmp_path / path_of(digest))
    stamps.put(digest, LocalFiles(tmp_path).identity(path_of(digest)))  # as if it had been found whole just now
    found, _ = content.read(digest)
    assert bytes(found[:2]) == b"x\0"


def test_only_who_has_the_key_can_say_that_a_file_is_whole(tmp_path: Path) -> None:
    content, _ = content_in(tmp_path)
    _, forger = content_in(tmp_path, key=b"f" * 32)
    digest = stored(content)
    damage(tmp_path / path_of(digest))
    forger.put(digest, LocalFiles(tmp_path).identity(path_of(digest)))
    with pytest.raises(ArtifactCorrupt):
        content.read(digest)


def test_a_file_that_was_hashed_once_more_is_known_again(tmp_path: Path) -> None:
    content, stamps = content_in(tmp_path)
    digest = stored(content)
    path = tmp_path / path_of(digest)
    path.chmod(0o400)
    assert not stamps.holds(digest, LocalFiles(tmp_path).identity(path_of(digest)))
    content.read(digest)
    assert stamps.holds(digest, LocalFiles(tmp_path).identity(path_of(digest)))


def test_small_files_and_those_far_away_have_no_stamp(tmp_path: Path) -> None:
    content, stamps = content_in(tmp_path)
    digest = stored(content, FROM_BYTES - 1)
    content.read(digest)
    assert not stamps.holds(digest, LocalFiles(tmp_path).identity(path_of(digest)))
    assert RemoteFiles("memory://x").identity("y") is None
    assert LocalFiles(tmp_path).identity("missing") is None


def test_a_store_that_takes_no_stamp_is_read_all_the_same(tmp_path: Path) -> None:
    content, _ = content_in(tmp_path)
    (tmp_path / "verified").write_text("in the way")
    digest = stored(content)
    assert content.read(digest)[0].nbytes == FROM_BYTES
