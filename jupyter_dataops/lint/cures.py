"""Cures that need one click: changes of tags that take a diagnostic away. Pure.

There is one where the cure is evident and lies in tags alone; what needs another thought, or other code, has none.
A test applies each to the notebook of its rule, and looks whether the diagnostic is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.lint.models import Diagnostic, Subject
from jupyter_dataops.spec import kale
from jupyter_dataops.spec.models import Cell, PipelineSpec, Role
from jupyter_dataops.spec.notebook import read_tag
from jupyter_dataops.spec.propose import propose_tags
from jupyter_dataops.spec.tags import GRAMMAR, Keep, Tag, format_tag, parse_tag

Tags = tuple[str, ...]
_QUOTED: Final = re.compile(r"'([^']+)'")


class Cure(Struct, frozen=True):
    """What one click changes."""

    title: str
    """In the imperative: ``Change to after:clean``."""
    tags: Mapping[CellId, Tags]
    """All the tags that cells should have instead."""


def cures_of(subject: Subject, found: Diagnostic) -> tuple[Cure, ...]:
    """The cures of a diagnostic of `subject`, the likeliest first; none where none is evident."""
    cure = _CURES.get(found.code)
    return tuple(cure(subject, found)) if cure is not None else ()


# -- one function for each kind of cure


def _respell(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO003`` and ``DO010``: what the hint says, where the grammar takes it; or without the tag."""
    for cell, text in _carriers(subject.spec, found):
        key, _, _ = found.tag.partition(":")
        said = _QUOTED.findall(found.hint) if found.hint.startswith(("did you mean", "for example")) else []
        spellings = [other for one in said for other in (one, f"{key.strip()}:{one}")]
        meant = next((one for one in spellings if isinstance(parse_tag(one), Tag)), None)
        if meant is not None:
            yield Cure(f"Change to {meant}", {cell.id: _changed(cell, text, meant)})
        else:
            yield _removal(cell, text)


def _name_a_node(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO002``: the node that is spelled most alike."""
    spec = subject.spec
    if found.tag:
        for cell, text in _carriers(spec, found):
            close = get_close_matches(found.tag.partition(":")[2], spec.nodes, 1)
            yield from (_change(cell, text, f"after:{name}") for name in close)
            yield _removal(cell, text)
        return
    here = _cell(spec, found)
    if here is None or here.node is None:
        return
    close = get_close_matches(here.node, spec.nodes, 1)
    for text in here.tags:
        tag = _tag(text)
        if tag is not None and tag.key == "check":
            yield from (_change(here, text, format_tag(Tag("check", (name, tag.value[1])))) for name in close)


def _keep_one(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO004``: either of two tags that contradict each other."""
    spec = subject.spec
    here = _cell(spec, found)
    if here is None:
        return
    if not found.tag:
        roles = [text for text in here.tags if _has_role(text)]
        for kept in roles:
            rest = tuple(text for text in here.tags if text == kept or text not in roles)
            yield Cure(f"Keep {kept}", {here.id: rest})
        return
    later = parse_tag(found.tag)
    assert isinstance(later, Tag)
    placed = [(cell, text, tag) for cell in _block(spec, here) for text in cell.tags if (tag := _tag(text)) is not None]
    rivals = [one for one in placed if _is_same_option(one[2], later)]
    for kept_tag in dict.fromkeys(format_tag(tag) for _, _, tag in rivals):
        tags: dict[CellId, Tags] = {}
        for cell, text, tag in rivals:
            if format_tag(tag) != kept_tag:
                tags[cell.id] = tuple(one for one in tags.get(cell.id, cell.tags) if one != text)
        yield Cure(f"Keep {kept_tag}", tags)


def _remove(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO001``, ``DO014``, ``DO019``: without the tag."""
    return (_removal(cell, text) for cell, text in _carriers(subject.spec, found))


def _remove_either(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO014``: without the rule; of ``when:`` and ``unless:`` without one of them."""
    yield from _remove(subject, found)
    key, _, value = found.tag.partition(":")
    if key == "when":
        here = _cell(subject.spec, found)
        for cell in _block(subject.spec, here) if here is not None else ():
            yield from (_removal(cell, text) for text in cell.tags if _spelled(text) == f"unless:{value}")


def _name_a_variable(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO011``, ``DO012``, ``DO028``: the variable that is spelled most alike; or without the tag."""
    known = _variables(subject, found)
    for cell, text in _carriers(subject.spec, found):
        key, _, value = found.tag.partition(":")
        before, equals, variable = value.rpartition("=")
        close = get_close_matches(variable, known, 1)
        yield from (_change(cell, text, f"{key}:{before}{equals}{name}") for name in close)
        yield _removal(cell, text)


def _variables(subject: Subject, found: Diagnostic) -> Sequence[str]:
    node = subject.spec.nodes.get(found.node) if found.node is not None else None
    if found.code == "DO011":
        return sorted(name for cell in node.cells for name in subject.flow.cell_names[cell.index].binds) if node else ()
    if found.code == "DO028":
        return _QUOTED.findall(found.hint) if found.hint.startswith("did you mean") else ()
    first = subject.flow.first_cells.get(found.node, 0) if found.node is not None else 0
    producers = subject.flow.producers.items()
    return [name for name, made in producers if any(index < first and by in subject.spec.nodes for index, by in made)]


def _to_setup(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO009``, ``DO025``: a cell that nobody needs as part of its node runs first in every node."""
    spec, flow = subject.spec, subject.flow
    cell = _cell(spec, found)
    names = flow.cell_names.get(cell.index) if cell is not None else None
    if cell is None or cell.role is not Role.NODE or cell.node is None or names is None:
        return
    only_defines = not (names.binds - names.imports.keys() - names.definitions) and not names.is_opaque
    of_nodes = {name for name in names.reads for _, by in flow.producers.get(name, ()) if by in spec.nodes}
    if not only_defines or of_nodes - names.definitions or not _can_do_without(spec, cell):
        return
    ours = tuple(text for text in cell.tags if _tag(text) is not None)
    rest = tuple(text for text in cell.tags if text not in ours)
    tags = {cell.id: ("setup", *rest)}
    heir = next((one for one in spec.nodes[cell.node].cells if one.index > cell.index), None)
    if heir is not None and not any(map(_has_role, heir.tags)):
        inherited = ours if any(map(_has_role, ours)) else (f"node:{cell.node}", *ours)
        tags[heir.id] = tuple(dict.fromkeys((*inherited, *heir.tags)))
    elif ours and heir is not None:
        tags[heir.id] = tuple(dict.fromkeys((*heir.tags, *(text for text in ours if not _has_role(text)))))
    yield Cure("Move to setup", tags)


def _can_do_without(spec: PipelineSpec, cell: Cell) -> bool:
    """The node has other cells, or nobody names it."""
    if cell.node is None or len(spec.nodes[cell.node].cells) > 1:
        return True
    return not any(cell.node in node.options.after for node in spec.nodes.values()) and not any(
        check.node == cell.node for check in spec.checks.values()
    )


def _second_parameters(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO013``: as setup."""
    cell = _cell(subject.spec, found)
    if cell is not None:
        yield Cure("Make it setup", {cell.id: ("setup", *(text for text in cell.tags if not _has_role(text)))})


def _own_node(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO017``, ``DO018``: the cell as a node of its own."""
    spec = subject.spec
    cell = _cell(spec, found)
    if cell is None or cell.role not in (Role.NODE, Role.SETUP):
        return
    names = subject.flow.cell_names.get(cell.index)
    bound = sorted(name for name in names.binds if parse_tag(f"node:{name}")) if names is not None else []
    name = _free_name(spec, f"{cell.node}_2" if cell.node else (bound or ["more"])[0])
    own = (f"node:{name}", *(text for text in cell.tags if not _has_role(text)))
    tags: dict[CellId, Tags] = {cell.id: own}
    following = next((one for one in spec.cells if one.index > cell.index and one.role is not Role.TEXT), None)
    if cell.role is Role.SETUP and following is not None and following.role is Role.SETUP:
        tags[following.id] = tuple(dict.fromkeys(("setup", *following.tags)))
    yield Cure(f"Make it the node {name}", tags)


def _free_name(spec: PipelineSpec, wanted: str) -> NodeName:
    stem = wanted.removesuffix("_2")
    names = (f"{stem}_{number}" if number > 1 else wanted for number in range(1, len(spec.nodes) + 3))
    return NodeName(next(name for name in names if name not in spec.nodes))


def _leave_out(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO005``: without a cell that only continues the one above."""
    cell = _cell(subject.spec, found)
    if cell is not None and not any(map(_has_role, cell.tags)):
        yield Cure("Leave the cell out: skip", {cell.id: (*cell.tags, "skip")})


def _tag_all(subject: Subject, _found: Diagnostic) -> Iterator[Cure]:
    """``DO020``: as `tag` proposes."""
    cells = subject.spec.cells
    raw = [
        {
            "cell_type": "markdown" if cell.role is Role.TEXT else "code",
            "source": cell.source,
            "metadata": {"tags": list(cell.tags)},
        }
        for cell in cells
    ]
    proposed = {cells[one.cell_index].id: one.tags for one in propose_tags({"cells": raw})}
    if any(_has_node(tags) for tags in proposed.values()):
        yield Cure("Tag cells as proposed", proposed)


def _wait_for(subject: Subject, found: Diagnostic) -> Iterator[Cure]:
    """``DO027``: the node waits for what its check reads."""
    node = subject.spec.nodes.get(found.node) if found.node is not None else None
    if node is not None and found.tag:
        first = node.cells[0]
        yield Cure(f"Let {node.name} wait: {found.tag}", {first.id: (*first.tags, found.tag)})


_CURES: Final[Mapping[str, Callable[[Subject, Diagnostic], Iterator[Cure]]]] = MappingProxyType(
    {
        "DO001": _remove,
        "DO002": _name_a_node,
        "DO003": _respell,
        "DO004": _keep_one,
        "DO005": _leave_out,
        "DO009": _to_setup,
        "DO010": _respell,
        "DO011": _name_a_variable,
        "DO012": _name_a_variable,
        "DO013": _second_parameters,
        "DO014": _remove_either,
        "DO017": _own_node,
        "DO018": _own_node,
        "DO019": _remove,
        "DO020": _tag_all,
        "DO025": _to_setup,
        "DO027": _wait_for,
        "DO028": _name_a_variable,
    }
)
CURED: Final = frozenset(_CURES)
"""Codes that may have a cure."""


# -- tags and cells


def _cell(spec: PipelineSpec, found: Diagnostic) -> Cell | None:
    """The cell that the diagnostic is about."""
    return next((cell for cell in spec.cells if cell.id == found.cell_id), None)


def _carriers(spec: PipelineSpec, found: Diagnostic) -> Iterator[tuple[Cell, str]]:
    """The cells that have the diagnostic's tag, each with that as written there: its own cell, else its node's."""
    here = _cell(spec, found)
    if here is None or not found.tag:
        return
    for cells in ((here,), _block(spec, here)):
        carrying = [(cell, text) for cell in cells for text in cell.tags if found.tag in (text, _spelled(text))]
        if carrying:
            yield from carrying
            return


def _block(spec: PipelineSpec, cell: Cell) -> Sequence[Cell]:
    """The cells of the same node or check."""
    if cell.role is Role.CHECK:
        return [one for one in spec.cells if (one.role, one.node, one.check) == (cell.role, cell.node, cell.check)]
    return spec.nodes[cell.node].cells if cell.node is not None and cell.node in spec.nodes else (cell,)


def _tag(text: str) -> Tag | None:
    """Ours, or Kale's that means the same."""
    parsed = read_tag(text)
    return parsed if isinstance(parsed, Tag) else None


def _spelled(text: str) -> str | None:
    """The normal spelling; of one that cannot be understood, as it stands, in our words."""
    tag = _tag(text)
    return format_tag(tag) if tag is not None else kale.from_kale(text)


def _has_role(text: str) -> bool:
    tag = _tag(text)
    return tag is not None and GRAMMAR[tag.key].role is not None


def _has_node(tags: Sequence[str]) -> bool:
    return any((tag := _tag(text)) is not None and tag.key == "node" for text in tags)


def _is_same_option(one: Tag, other: Tag) -> bool:
    """Both cannot be given, unless they say the same."""
    is_named = GRAMMAR[one.key].keep is Keep.NAMED
    return one.key == other.key and (not is_named or one.value[0] == other.value[0])


def _changed(cell: Cell, text: str, new: str) -> Tags:
    return tuple(dict.fromkeys(new if one == text else one for one in cell.tags))


def _change(cell: Cell, text: str, new: str) -> Cure:
    return Cure(f"Change to {new}", {cell.id: _changed(cell, text, new)})


def _removal(cell: Cell, text: str) -> Cure:
    return Cure(f"Remove {text}", {cell.id: tuple(one for one in cell.tags if one != text)})
