from __future__ import annotations

import subprocess
import sys
import uuid

import pytest

from jupyter_dataops.artifacts.files import Files, LocalFiles, RemoteFiles, files_at


@pytest.fixture(params=["local", "remote"])
def files(request, tmp_path) -> Files:
    return LocalFiles(tmp_path) if request.param == "local" else RemoteFiles(f"memory://{uuid.uuid4().hex}")


def publish(files: Files, name: str, data: bytes) -> None:
    temporary, file = files.open_temporary()
    with file:
        file.write(data)
    files.publish(temporary, name)
    files.remove(temporary)


def test_a_published_file_can_be_read(files):
    publish(files, "a/b/c", b"data")
    assert files.read("a/b/c") == b"data"
    assert files.size("a/b/c") == 4


def test_a_file_that_is_not_there_has_no_size_and_cannot_be_read(files):
    assert files.size("nothing") is None
    files.remove("nothing")
    with pytest.raises(FileNotFoundError):
        files.read("nothing")


@pytest.mark.parametrize("size_bytes", [10, 2 << 20])
def test_what_is_read_can_be_changed_without_changing_the_file(files, size_bytes):
    publish(files, "a/b", bytes(size_bytes))
    files.read("a/b")[:3] = b"abc"
    assert files.read("a/b")[:3] == bytes(3)


def test_a_created_file_is_never_replaced(files):
    files.create("key", b"first")
    with pytest.raises(FileExistsError):
        files.create("key", b"second")
    assert files.read("key") == b"first"


def test_a_created_local_file_is_its_owners_alone_and_leaves_nothing_else(tmp_path):
    LocalFiles(tmp_path).create("key", b"secret")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_file_url_is_a_local_path(tmp_path):
    files = files_at((tmp_path / "with space").as_uri())
    assert str(files) == str(tmp_path / "with space")


def test_a_kernel_imports_the_store_without_any_heavy_library():
    program = (
        "import sys, jupyter_dataops.artifacts.store as s; s.ContentArtifactStore('x')\n"
        "heavy = {'pandas', 'numpy', 'pyarrow', 'polars', 'fsspec', 'sqlalchemy', 'pydantic', 'nbformat'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
