from pathlib import Path

from jupyter_dataops.lint.page import render_page
from jupyter_dataops.lint.rules import RULES

PAGE = Path(__file__).parents[3] / "docs" / "diagnostics.md"


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text("utf-8") == render_page(), "write docs/diagnostics.md anew from render_page()"


def test_every_code_has_its_section():
    page = render_page()
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == list(RULES)
    assert all(rule.explanation in page and rule.cure in page for rule in RULES.values())
