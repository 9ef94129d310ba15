from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.extras import how_to_install
from tests.support.source_tree import REPOSITORY

NAMED = "pip install 'jupyter-dataops[notifications]'"


def installed(folder: Path, direct_url: dict[str, Any] | None) -> PathDistribution:
    """This package as pip leaves it, from an index or from elsewhere."""
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: jupyter-dataops\nVersion: 1.0\nRequires-Dist: click>=8\n"
        "Requires-Dist: apprise>=1.9; extra == 'notifications'\n"
        'Requires-Dist: one>=1; extra == "both"\nRequires-Dist: two; extra == "both"\n'
    )
    if direct_url is not None:
        (folder / "direct_url.json").write_text(json.dumps(direct_url))
    return PathDistribution(folder)


def test_an_extra_of_a_package_from_an_index_has_the_name_of_that(tmp_path: Path) -> None:
    assert how_to_install("notifications", installed(tmp_path, None)) == NAMED


@pytest.mark.parametrize(
    "direct_url",
    [
        {"url": "file:///home/ana/clone", "dir_info": {"editable": True}},
        {"url": "https://example.org/clone.git", "vcs_info": {"vcs": "git", "commit_id": "0"}},
    ],
)
def test_in_a_clone_the_packages_themselves_are_named(tmp_path: Path, direct_url: dict[str, Any]) -> None:
    found = installed(tmp_path, direct_url)
    assert how_to_install("notifications", found) == "pip install 'apprise>=1.9'"
    assert how_to_install("both", found) == "pip install 'one>=1' 'two'"
    assert how_to_install("unknown", found) == "pip install 'jupyter-dataops[unknown]'"


def test_every_extra_that_is_hinted_at_is_one() -> None:
    sources = (path.read_text("utf-8") for path in (REPOSITORY / "jupyter_dataops").rglob("*.py"))
    told = {name for source in sources for name in re.findall(r"how_to_install\(['\"]([\w-]+)", source)}
    known = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert told
    assert told <= set(known)
