"""The page about JupyterLab names each setting with its default, and each command."""

from __future__ import annotations

import json
import re

from tests.support.source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "jupyterlab.md").read_text(encoding="utf-8")
FRONT = REPOSITORY / "labextension"


def _rows(heading: str) -> dict[str, str]:
    section = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([\w:-]+)` \| ([^|]*?) \|", section, flags=re.MULTILINE))


def test_each_setting_is_on_the_page_with_its_default() -> None:
    schema = json.loads((FRONT / "schema" / "plugin.json").read_text(encoding="utf-8"))
    defaults = {
        name: f"`{row['default'] if isinstance(row['default'], str) else json.dumps(row['default'])}`"
        for name, row in schema["properties"].items()
    }

    assert _rows("Settings") == defaults


def test_each_command_is_on_the_page() -> None:
    source = (FRONT / "src" / "commands.ts").read_text(encoding="utf-8")
    commands = set(re.findall(r"'(dataops:[a-z-]+)'", source))

    assert set(_rows("Commands")) == commands
