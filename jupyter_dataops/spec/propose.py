"""Tags for an untagged notebook: what a careful colleague would suggest. Pure, and never more than a suggestion.

Imports and definitions become setup, literal constants at the top become parameters, each heading's section becomes a
node. A notebook without headings gets a node for each code cell. Only cells where something new begins get a tag: those
below continue it.
"""

from __future__ import annotations

import ast
import re
import symtable
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.spec import kale
from jupyter_dataops.spec.notebook import source_of, tags_of
from jupyter_dataops.spec.tags import GRAMMAR, Tag, format_tag, parse_tag

_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE: Final = re.compile(r"^ {0,3}(```|~~~)")
_MAGIC: Final = re.compile(r"^\s*[%!?].*$|^.*\?\s*$", re.MULTILINE)
# Magics that configure a kernel; any other, and any shell line, does work.
_SETTING: Final = re.compile(r"\s*%(matplotlib|load_ext|reload_ext|autoreload|config|precision)\b")
_LONGEST_NAME: Final = 40


class Proposal(Struct, frozen=True):
    """The tags one cell should have."""

    cell_index: int
    tags: tuple[str, ...]
    """All tags of the cell: those it has, which are others', and the proposed one."""
    reason: str
    """Why, as one short sentence."""


def propose_tags(notebook: Mapping[str, Any]) -> tuple[Proposal, ...]:
    """Proposals in document order; none for a notebook that already has a tag giving a cell its role.

    Examples
    --------
    >>> cells = [
    ...     {"cell_type": "code", "source": "import csv"},
    ...     {"cell_type": "markdown", "source": "## 1. Load data"},
    ...     {"cell_type": "code", "source": "rows = list(csv.reader(open('rows.csv')))"},
    ... ]
    >>> [(proposal.cell_index, proposal.tags) for proposal in propose_tags({"cells": cells})]
    [(0, ('setup',)), (2, ('node:load_data',))]
    """
    raw_cells: Sequence[Mapping[str, Any]] = notebook.get("cells", ())
    if any(_has_role(text) for raw in raw_cells for text in tags_of(raw)):
        return ()
    cells = _sections(raw_cells)
    kinds = _kinds(cells)
    names = _node_names(cells, kinds)
    proposals = []
    above = "setup"
    for cell, kind in zip(cells, kinds, strict=True):
        tag = names[cell.index] if kind is _Kind.WORK else str(kind)
        if tag != above:
            tags = (*tags_of(raw_cells[cell.index]), tag)
            proposals.append(Proposal(cell.index, tags, _reason(kind, cell)))
        elif not proposals and kind is _Kind.SETUP:
            # Untagged cells on top are setup already; the tag on the first one lets a reader see it.
            proposals.append(Proposal(cell.index, (*tags_of(raw_cells[cell.index]), tag), _reason(kind, cell)))
        above = "setup" if kind is _Kind.PARAMETERS else tag
    return tuple(proposals)


class _Kind(StrEnum):
    SETUP = "setup"
    PARAMETERS = "parameters"
    WORK = "work"


class _CodeCell(Struct, frozen=True):
    index: int
    source: str
    heading: str | None
    """Of the section it is in."""
    section: int
    """Number of headings above."""
    body: tuple[ast.stmt, ...] | None
    """`None`: not Python, even without its magics."""
    binds: frozenset[str]
    loads: frozenset[str]


def _has_role(text: str) -> bool:
    ours = kale.from_kale(text)
    tag = parse_tag(ours) if ours is not None else None
    return isinstance(tag, Tag) and GRAMMAR[tag.key].role is not None


def _sections(raw_cells: Sequence[Mapping[str, Any]]) -> list[_CodeCell]:
    cells = []
    heading: str | None = None
    section = 0
    for index, raw in enumerate(raw_cells):
        source = source_of(raw)
        if raw.get("cell_type") == "markdown":
            found = _headings(source)
            heading, section = (found[-1], section + 1) if found else (heading, section)
        elif raw.get("cell_type") == "code" and not all(map(_is_silent, source.splitlines())):
            cells.append(_code_cell(index, source, heading, section))
    return cells


def _is_silent(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _headings(markdown: str) -> list[str]:
    found = []
    in_fence = False
    for line in markdown.splitlines():
        if _FENCE.match(line):
            in_fence = not in_fence
        elif not in_fence and (match := _HEADING.match(line)):
            found.append(match[1])
    return found


def _code_cell(index: int, source: str, heading: str | None, section: int) -> _CodeCell:
    python = _MAGIC.sub("", source)
    try:
        body = None if source.lstrip().startswith("%%") else tuple(ast.parse(python).body)
        binds, loads = _globals(python) if body else (frozenset[str](), frozenset[str]())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        body, binds, loads = None, frozenset(), frozenset()
    return _CodeCell(index, source, heading, section, body, binds, loads)


def _kinds(cells: Sequence[_CodeCell]) -> list[_Kind]:
    kinds = [_Kind.SETUP if _is_definitions(cell) else _Kind.WORK for cell in cells]
    for place in _constants(cells, kinds):
        kinds[place] = _Kind.PARAMETERS if _Kind.PARAMETERS not in kinds else _Kind.SETUP
    # Setup runs before all nodes, so a cell stays in its section if it reads what nodes bind (also through a function's
    # body), or binds what is bound again elsewhere.
    count = Counter(name for cell in cells for name in cell.binds)
    while True:
        bound = {name for cell, kind in zip(cells, kinds, strict=True) if kind is _Kind.WORK for name in cell.binds}
        demoted = [
            place
            for place, (cell, kind) in enumerate(zip(cells, kinds, strict=True))
            if kind is _Kind.SETUP and (cell.loads & bound or any(count[name] > 1 for name in cell.binds))
        ]
        if not demoted:
            return kinds
        for place in demoted:
            kinds[place] = _Kind.WORK


def _is_definitions(cell: _CodeCell) -> bool:
    """Only imports, functions, classes and, beside imports, calls and magics that configure."""
    body = cell.body
    if body is None or not all(_SETTING.match(line[0]) for line in _MAGIC.finditer(cell.source)):
        return False
    has_import = any(isinstance(one, ast.Import | ast.ImportFrom) for one in body)
    return all(
        isinstance(one, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        or (isinstance(one, ast.Expr) and (has_import or isinstance(one.value, ast.Constant)))
        or (has_import and isinstance(one, ast.Assign) and not any(isinstance(t, ast.Name) for t in one.targets))
        for one in body
    )


def _constants(cells: Sequence[_CodeCell], kinds: Sequence[_Kind]) -> list[int]:
    """Places of the cells above all work that only assign literals, to names that nothing assigns again."""
    found = []
    for place, cell in enumerate(cells):
        if kinds[place] is _Kind.SETUP:
            continue
        again = {name for other in cells if other is not cell for name in other.binds}
        if not (cell.body and all(map(_assigns_literal, cell.body))) or cell.binds & again:
            break
        found.append(place)
    return found


def _assigns_literal(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    try:
        value = ast.literal_eval(statement.value)
    except ValueError:
        return False
    # An empty list or dictionary is going to be filled: no constant.
    return value not in ([], {}) and all(isinstance(target, ast.Name) for target in targets)


def _globals(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The global names that valid Python code binds, imports aside, and those it uses without binding them itself."""
    top = symtable.symtable(source, "cell", "exec")
    binds = {one.get_name() for one in top.get_symbols() if one.is_assigned() and not one.is_imported()}
    loads = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    inner = list(top.get_children())
    while inner:
        scope = inner.pop()
        inner.extend(scope.get_children())
        loads |= {one.get_name() for one in scope.get_symbols() if one.is_global()}
        binds |= {one.get_name() for one in scope.get_symbols() if one.is_declared_global() and one.is_assigned()}
    return frozenset(binds), frozenset(loads - binds)


def _node_names(cells: Sequence[_CodeCell], kinds: Sequence[_Kind]) -> dict[int, str]:
    """The ``node:`` tag of each working cell, by cell index."""
    has_headings = any(cell.heading is not None for cell in cells)
    tags: dict[int, str] = {}
    by_section: dict[int, str] = {}
    taken: set[str] = set()
    for cell, kind in zip(cells, kinds, strict=True):
        if kind is not _Kind.WORK:
            continue
        if has_headings and cell.section in by_section:
            tags[cell.index] = by_section[cell.section]
            continue
        wanted = _slug(cell.heading or "start") if has_headings else _name_of(cell)
        name, count = wanted, 2
        while name in taken:
            name, count = f"{wanted}_{count}", count + 1
        taken.add(name)
        tags[cell.index] = by_section[cell.section] = format_tag(Tag("node", name))
    return tags


def _name_of(cell: _CodeCell) -> str:
    """Named by its opening comment, else by what it makes last, else by its number."""
    first_line = cell.source.strip().splitlines()[0]
    if first_line.startswith("#") and any(map(str.isalnum, first_line)):
        return _slug(first_line)
    stored = [
        node.id
        for statement in cell.body or ()
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id in cell.binds and not node.id.startswith("_")
    ]
    return _slug(stored[-1]) if stored else f"cell_{cell.index + 1}"


def _slug(text: str) -> str:
    """A node name from any text.

    Examples
    --------
    >>> _slug("2.1 Clean & *join* the data"), _slug("Résumé"), _slug("🚀"), _slug("2024")
    ('clean_join_the_data', 'resume', 'node', 'node_2024')
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    while len(words) > 1 and words[0].isdigit():
        words.pop(0)
    slug = ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > _LONGEST_NAME:
            break
        slug = f"{slug}_{word}" if slug else word[:_LONGEST_NAME]
    return slug if slug[:1].isalpha() else f"node_{slug}".rstrip("_")


def _reason(kind: _Kind, cell: _CodeCell) -> str:
    if kind is _Kind.SETUP:
        return "it imports, defines or configures what every node may use"
    if kind is _Kind.PARAMETERS:
        return "it assigns constants at the top, which a run may set"
    return f"it begins the section '{cell.heading}'" if cell.heading else "it begins new work"
