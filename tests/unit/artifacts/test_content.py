from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import IO, Any

import pytest

from jupyter_dataops.artifacts.content import ContentFiles, digest_of, path_of
from jupyter_dataops.artifacts.files import LocalFiles
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactError, ArtifactMissing, EnvironmentRefused
from jupyter_dataops.ids import Digest

SEAL = bytes(32)


def write(content: ContentFiles, *pieces: bytes) -> Digest:
    with content.writing() as draft:
        for piece in pieces:
            draft.write(piece)
        draft.seal(SEAL)
    return draft.digest


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def content(tmp_path) -> ContentFiles:
    return ContentFiles(LocalFiles(tmp_path))


def test_content_has_the_address_of_its_bytes_and_comes_back(content):
    digest = write(content, b"some", b"thing")
    assert digest == digest_of(b"something")
    assert content.read(digest) == (b"something", SEAL)


def test_files_lie_two_folders_deep_and_are_read_only(content, tmp_path):
    digest = write(content, b"x")
    (path,) = files_below(tmp_path)
    assert path == tmp_path / path_of(digest)
    assert len(path.relative_to(tmp_path).parts) == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_the_same_content_is_not_written_again(content, tmp_path):
    write(content, b"x")
    (before,) = files_below(tmp_path)
    inode = before.stat().st_ino
    write(content, b"x")
    assert [path.stat().st_ino for path in files_below(tmp_path)] == [inode]


def test_a_file_cut_short_by_a_power_cut_is_replaced(content, tmp_path):
    path = tmp_path / path_of(write(content, b"whole"))
    path.chmod(0o644)
    path.write_bytes(b"")
    digest = write(content, b"whole")
    assert content.read(digest)[0] == b"whole"


def test_a_draft_that_is_not_sealed_leaves_nothing(content, tmp_path):
    with content.writing() as draft:
        draft.write(b"x")
    assert files_below(tmp_path) == []


def test_a_draft_that_fails_leaves_nothing(content, tmp_path):
    def fail() -> None:
        with content.writing() as draft:
            draft.write(b"x")
            draft.seal(SEAL)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert files_below(tmp_path) == []


def test_a_rewound_draft_forgets_what_was_written(content):
    with content.writing() as draft:
        draft.write(b"a long beginning")
        draft.rewind()
        draft.write(b"x")
        draft.seal(SEAL)
    assert content.read(digest_of(b"x")) == (b"x", SEAL)


def test_a_changed_byte_is_found_on_reading(content, tmp_path):
    digest = write(content, b"hello")
    path = tmp_path / path_of(digest)
    path.chmod(0o644)
    path.write_bytes(b"jello" + SEAL)
    with pytest.raises(ArtifactCorrupt, match="changed or damaged"):
        content.read(digest)


def test_an_empty_file_is_corrupt_and_not_an_error_of_ours(content, tmp_path):
    path = tmp_path / path_of(write(content, b"hello"))
    path.chmod(0o644)
    path.write_bytes(b"")
    with pytest.raises(ArtifactCorrupt):
        content.read(digest_of(b"hello"))


def test_missing_content_says_what_to_do(content):
    with pytest.raises(ArtifactMissing, match="run the node that made it again"):
        content.read(digest_of(b"never written"))


@pytest.mark.parametrize("digest", ["sha256:00", "blake3:../../../etc/passwd", "blake3:" + "G" * 64, ""])
def test_what_is_no_address_is_refused_before_any_file_is_touched(content, digest):
    with pytest.raises(ArtifactMissing, match="not an address"):
        content.read(Digest(digest))


def test_content_over_the_limit_is_refused_and_leaves_nothing(content, tmp_path):
    with pytest.raises(ArtifactError, match="limit for one artifact"), content.writing(max_bytes=3) as draft:
        draft.write(b"four")
    assert files_below(tmp_path) == []


class FailingFile:
    def __init__(self, file: IO[bytes], error: OSError) -> None:
        self._file, self._error = file, error

    def write(self, piece: Any) -> int:
        self._file.write(piece[:1])
        raise self._error

    def close(self) -> None:
        self._file.close()


class FailingFiles(LocalFiles):
    """A place where the first byte fits, and no more."""

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(root)
        self._error = OSError(number, "refused")

    def open_temporary(self):
        name, file = super().open_temporary()
        return name, FailingFile(file, self._error)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "no space left"), (errno.EACCES, "permission is denied"), (errno.EROFS, "read-only")],
)
def test_a_place_that_refuses_is_an_error_of_the_environment_and_leaves_nothing(tmp_path, number, sentence):
    with pytest.raises(EnvironmentRefused, match=sentence) as caught:
        write(ContentFiles(FailingFiles(tmp_path, number)), b"xyz")
    assert caught.value.hint
    assert files_below(tmp_path) == []


def test_a_store_below_a_file_is_refused_with_its_place(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentRefused, match="cannot be written") as caught:
        write(ContentFiles(LocalFiles(tmp_path / "file")), b"x")
    assert str(tmp_path) in caught.value.where
