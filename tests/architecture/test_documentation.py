"""What exists is documented, and what is documented exists."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops.lint.beyond import NOT_YET
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.spec.tags import GRAMMAR, Tag, parse_tag
from jupyter_dataops.states import (
    CAUSE_MEANINGS,
    FATE_MEANINGS,
    LOOKS,
    NODE_MOVES,
    RUN_MOVES,
    FailureCause,
    FireFate,
    NodeState,
    RunState,
)
from tests.support.source_tree import REPOSITORY, Module, is_public, modules

DOCS = REPOSITORY / "docs"
FEWEST_EXAMPLES = 40
PAGES = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((REPOSITORY / "docs").glob("*.md"))
PAGES += [REPOSITORY / "example_notebooks" / "README.md", REPOSITORY / "binder" / "README.md"]


def _public_definitions(module: Module) -> Iterator[tuple[str, ast.AST]]:
    yield module.where, module.tree
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and is_public(node.name):
            yield f"{module.where}:{node.lineno} {node.name}", node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(inner.name):
                        yield f"{module.where}:{inner.lineno} {node.name}.{inner.name}", inner


def _first_column(page: str, heading: str) -> set[str]:
    """The code spans in the first column of every table below `heading`."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| *(`[^|]*) \|", text, re.MULTILINE)
    return {span for row in rows for span in re.findall(r"`([^`]+)`", row)}


def test_everything_public_has_a_docstring() -> None:
    definitions = [pair for module in modules() for pair in _public_definitions(module)]

    assert len(definitions) > len(modules())
    assert [where for where, node in definitions if not ast.get_docstring(node)] == []  # type: ignore[arg-type]


def test_every_picture_is_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = {path.name for path in (DOCS / "images").iterdir()}

    assert {name for name in pictures if f"images/{name})" not in text} == set()


def test_docstrings_begin_with_one_whole_sentence() -> None:
    firsts = {
        where: (ast.get_docstring(node) or "").split("\n\n")[0].strip()  # type: ignore[arg-type]
        for module in modules()
        for where, node in _public_definitions(module)
    }

    assert {where: first for where, first in firsts.items() if first and first[-1] not in ".:?"} == {}


def test_the_package_explains_itself_by_examples() -> None:
    parse = doctest.DocTestParser().get_examples

    examples = [
        example
        for module in modules()
        for _, node in _public_definitions(module)
        for example in parse(ast.get_docstring(node) or "")  # type: ignore[arg-type]
    ]

    assert len(examples) >= FEWEST_EXAMPLES


def test_every_state_has_a_look_and_moves() -> None:
    assert set(LOOKS) == {*RunState, *NodeState}
    assert set(RUN_MOVES) == set(RunState)
    assert set(NODE_MOVES) == set(NodeState)
    assert all(look.symbol and look.colour and look.meaning for look in LOOKS.values())
    assert all(re.fullmatch(r"#[0-9a-f]{6}", look.fill) for look in LOOKS.values())


def test_states_of_one_kind_are_told_apart_without_colour() -> None:
    for kind in (RunState, NodeState):
        assert len({LOOKS[state].symbol for state in kind}) == len(kind)


def test_every_cause_and_every_fate_has_a_meaning() -> None:
    assert set(CAUSE_MEANINGS) == set(FailureCause)
    assert set(FATE_MEANINGS) == set(FireFate)


@pytest.mark.parametrize(
    ("heading", "members"),
    [
        ("Of a run", RunState),
        ("Of a node run", NodeState),
        ("Why a node run failed", FailureCause),
        ("Of a fire of a schedule", FireFate),
    ],
)
def test_states_page_lists_exactly_what_exists(heading: str, members: type[RunState]) -> None:
    assert _first_column("states.md", heading) == {str(member) for member in members}


def test_states_page_says_what_the_tables_say() -> None:
    page = (DOCS / "states.md").read_text(encoding="utf-8")

    missing = [look.meaning for look in LOOKS.values() if look.meaning not in page]
    missing += [meaning for meaning in [*CAUSE_MEANINGS.values(), *FATE_MEANINGS.values()] if meaning not in page]

    assert missing == []


def test_trigger_rules_page_lists_exactly_the_rules() -> None:
    assert _first_column("trigger-rules.md", "The rules") == {str(rule) for rule in TriggerRule}


def test_tags_page_lists_exactly_the_tags() -> None:
    page = (DOCS / "tags.md").read_text(encoding="utf-8")
    spans = re.findall(r"^\| *`([^`|]+)`", page.split("## Kale's tags")[0], re.MULTILINE)

    assert {span.split(":")[0] for span in spans} == set(GRAMMAR)


def test_every_example_on_the_tags_page_is_a_tag() -> None:
    page = (DOCS / "tags.md").read_text(encoding="utf-8").split("## Kale's tags")[0]
    rows = [line.split("|")[3:] for line in page.splitlines() if line.startswith("| `")]
    examples = [example for row in rows for example in re.findall(r"`([a-z_]+:[^`]+)`", "|".join(row))]

    wrong = [example for example in examples if not isinstance(parse_tag(example), Tag)]

    assert len(examples) >= len(GRAMMAR) - 5
    assert wrong == []


def test_tags_page_lists_what_has_no_effect_yet() -> None:
    page = (DOCS / "tags.md").read_text(encoding="utf-8")
    section = page.split("## Not in this version\n")[1].split("\n## ")[0]

    assert set(re.findall(r"^- `([a-z_]+)", section, re.MULTILINE)) == set(NOT_YET)
    assert all(instead in section for _, instead in NOT_YET.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_links_lead_to_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]

    missing = [target for target in targets if target and not (page.parent / target).exists()]

    assert missing == []


def test_index_of_the_documentation_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"({page.name})" not in index] == []
