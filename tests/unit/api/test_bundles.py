"""A bundle is there whole or not at all, never changes, and is believed only as far as its content bears it out."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from jupyter_dataops.api.bundles import FILES, MANIFEST, Bundles, Contents, version_digest
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactMissing, EnvironmentRefused
from jupyter_dataops.ids import Digest
from jupyter_dataops.wiring import Layout
from tests.support.crashing import kill_at

CONTENTS = Contents(
    "flows/etl.ipynb",
    {"flows/etl.ipynb": b'{"cells": []}', "lib/a.py": b"x = 1\n"},
    {"numpy": "2.0"},
    "3.12.1",
    {"env": {"prod": {"parameters": {"a": [1, 2]}}}},
    {"nightly": {"cron": "0 6 * * *"}},
    ("one remark",),
)


def bundles(folder: Path) -> Bundles:
    return Bundles(Layout(folder))


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    version = bundles(tmp_path).keep(CONTENTS)
    assert version == version_digest(CONTENTS)
    assert bundles(tmp_path).read(version) == CONTENTS


def test_it_is_read_only_and_for_nobody_else(tmp_path: Path) -> None:
    place = bundles(tmp_path).place(bundles(tmp_path).keep(CONTENTS))
    for path in (place / FILES).rglob("*"):
        assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH), path
    assert stat.S_IMODE((tmp_path / "deployments").stat().st_mode) == 0o700


def test_keeping_it_again_touches_nothing(tmp_path: Path) -> None:
    place = bundles(tmp_path).place(bundles(tmp_path).keep(CONTENTS))
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in place.rglob("*")}
    bundles(tmp_path).keep(CONTENTS)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in place.rglob("*")} == before


@pytest.mark.parametrize("path", [f"{FILES}/lib/a.py", f"{FILES}/flows/etl.ipynb", MANIFEST])
def test_damage_is_noticed_and_mended_by_deploying_again(tmp_path: Path, path: str) -> None:
    version = bundles(tmp_path).keep(CONTENTS)
    damaged = bundles(tmp_path).place(version) / path
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes().replace(b"1", b"2") + b" ")
    with pytest.raises(ArtifactCorrupt, match="is damaged"):
        bundles(tmp_path).read(version)
    bundles(tmp_path).keep(CONTENTS)
    assert bundles(tmp_path).read(version) == CONTENTS


def test_a_file_that_is_missing_is_noticed(tmp_path: Path) -> None:
    version = bundles(tmp_path).keep(CONTENTS)
    gone = bundles(tmp_path).place(version) / FILES / "lib" / "a.py"
    gone.parent.chmod(0o700)
    gone.unlink()
    with pytest.raises(ArtifactCorrupt, match=r"a\.py is missing"):
        bundles(tmp_path).read(version)


def test_a_manifest_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    version = bundles(tmp_path).keep(CONTENTS)
    manifest = bundles(tmp_path).place(version) / MANIFEST
    manifest.chmod(0o600)
    manifest.write_text(manifest.read_text().replace('"2.0"', '"1.0"'))
    with pytest.raises(ArtifactCorrupt, match="has been changed"):
        bundles(tmp_path).read(version)


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing):
        bundles(tmp_path).read(Digest("sha256:00"))


def test_a_working_copy_is_as_the_version_whatever_was_done_to_it(tmp_path: Path) -> None:
    version, target = bundles(tmp_path).keep(CONTENTS), tmp_path / "copy"
    bundles(tmp_path).unpack(version, target)
    (target / "lib" / "a.py").chmod(0o600)
    (target / "lib" / "a.py").write_text("x = 2\n")
    (target / "lib" / "made_by_a_node.txt").write_text("kept")
    bundles(tmp_path).unpack(version, target)
    assert (target / "lib" / "a.py").read_text() == "x = 1\n"
    assert (target / "lib" / "made_by_a_node.txt").read_text() == "kept"


@pytest.mark.parametrize("point", ["bundle drafted", "bundle kept"])
def test_who_dies_while_keeping_one_leaves_all_of_it_or_nothing(tmp_path: Path, point: str) -> None:
    program = (
        "from pathlib import Path; from tests.unit.api.test_bundles import *; "
        f"bundles(Path({str(tmp_path)!r})).keep(CONTENTS)"
    )
    kill_at(point, program)
    version = version_digest(CONTENTS)
    if point == "bundle kept":
        assert bundles(tmp_path).read(version) == CONTENTS
    else:
        assert not bundles(tmp_path).place(version).exists()
        (draft,) = (tmp_path / "deployments" / "drafts").iterdir()
        os.utime(draft, (time.time() - 7_200,) * 2)
    bundles(tmp_path).keep(CONTENTS)
    assert bundles(tmp_path).read(version) == CONTENTS
    assert list((tmp_path / "deployments" / "drafts").iterdir()) == []


def test_a_store_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deployments").write_text("a file in its place")
    with pytest.raises(EnvironmentRefused, match="Not a directory"):
        bundles(tmp_path).keep(CONTENTS)
