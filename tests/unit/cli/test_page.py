from __future__ import annotations

from pathlib import Path

from jupyter_dataops.cli.group import VERBS
from jupyter_dataops.cli.page import render_page

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_what_the_verbs_say() -> None:
    assert PAGE.read_text("utf-8") == render_page() + "\n", "python -m jupyter_dataops.cli.page > docs/cli.md"


def test_the_page_has_a_section_for_every_visible_verb() -> None:
    assert {line[3:] for line in render_page().splitlines() if line.startswith("## ")} >= {
        name for name, row in VERBS.items() if not row.hidden
    }
