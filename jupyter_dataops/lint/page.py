"""The page ``docs/diagnostics.md``, written from the table of rules."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_dataops.lint.rule import ExampleCell, Rule
from jupyter_dataops.lint.rules import RULES

_INTRODUCTION = """\
# Diagnostics

`jupyter dataops check NOTEBOOK` and every other face show what is wrong in a notebook before anything runs. Errors stop
a run before it starts; warnings and information do not. Each diagnostic has a code that stays the same.

This page is generated from the tables in `jupyter_dataops/lint/rules.py` and `rules_beyond.py`.

| code | severity | title |
|---|---|---|
"""


def render_page() -> str:
    """The whole page, as Markdown."""
    rows = [f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.title} |" for rule in RULES.values()]
    return _INTRODUCTION + "\n".join(rows) + "\n" + "".join(map(_section, RULES.values()))


def _section(rule: Rule) -> str:
    lines = [
        "",
        f"## {rule.code}",
        "",
        f"**{rule.title}** ({rule.severity})",
        "",
        rule.explanation,
        "",
        f"*Cure:* {rule.cure}",
        "",
        "A notebook with this problem" + (f" (its kernel runs {rule.language}):" if _is_foreign(rule) else ":"),
        "",
        *_fenced(rule.bad),
        "",
        "Cured:",
        "",
        *_fenced(rule.cured),
        "",
    ]
    return "\n".join(lines)


def _is_foreign(rule: Rule) -> bool:
    return rule.language != "python"


def _fenced(cells: Iterable[ExampleCell]) -> list[str]:
    """Cells in jupytext's percent format, which shows tags."""
    shown = []
    for source, *tags in cells:
        quoted = ", ".join(f'"{tag}"' for tag in tags)
        shown.append(f"# %% tags=[{quoted}]\n{source}" if tags else f"# %%\n{source}")
    return ["```python", "\n\n".join(shown), "```"]
