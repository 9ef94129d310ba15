"""A notebook's meaning: which cell is what, which nodes there are, what their tags ask for.

Pure: takes text or parsed JSON, opens nothing. `read_pipeline` never fails on what a user wrote in tags; it says so in
``problems``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.spec import kale
from jupyter_dataops.spec.checks import next_check_name, read_checks
from jupyter_dataops.spec.models import Cell, NodeSpec, PipelineSpec, Problem, Role
from jupyter_dataops.spec.options import CHECK_OPTIONS, PlacedTag, read_defaults, read_options
from jupyter_dataops.spec.tags import GRAMMAR, BadTag, Tag, format_tag, parse_tag

DEFAULT_KERNEL: Final = "python3"
"""The kernel of a notebook that names none."""
_NBFORMAT: Final = 4
_ONLY_NODE: Final = NodeName("main")


def parse_notebook(text: str, where: str) -> dict[str, Any]:
    """The notebook's JSON, which is nbformat 4 in outline: a list of cells, each with a type.

    Parameters
    ----------
    text
        What the file holds.
    where
        The file's name, for messages.

    Raises
    ------
    NotebookUnreadable
        The file is empty, cut off, not JSON, not a notebook, or of another major format.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise NotebookUnreadable("the file is empty", where=where, hint="open it in Jupyter and save it once")
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_json(text, where, error) from None
    except RecursionError:
        raise NotebookUnreadable("the file is nested too deeply for a notebook", where=where) from None
    require_notebook(notebook, where)
    return dict(notebook)


def require_notebook(notebook: object, where: str) -> None:
    """Return if it is JSON of nbformat 4 in outline. Raises `NotebookUnreadable`."""
    _require_format_4(notebook, where)
    assert isinstance(notebook, dict)
    for index, cell in enumerate(notebook["cells"]):
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            raise NotebookUnreadable(
                f"cell {index + 1} has no cell type", where=where, hint="restore the file from a checkpoint or backup"
            )


def _no_json(text: str, where: str, error: json.JSONDecodeError) -> NotebookUnreadable:
    if "\n<<<<<<< " in text and "\n>>>>>>> " in text:
        return NotebookUnreadable(
            "the file has unresolved merge conflicts", where=where, hint="resolve them, for example with nbdime"
        )
    if not text.lstrip().startswith("{"):
        return NotebookUnreadable("the file is not a notebook", where=where, hint="name an .ipynb file")
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        message = f"the file is cut off in line {error.lineno}"
    else:
        message = f"the file is not valid JSON: {error.msg}, line {error.lineno} column {error.colno}"
    return NotebookUnreadable(message, where=where, hint="restore it from a checkpoint or backup")


def _require_format_4(notebook: object, where: str) -> None:
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if not isinstance(notebook, dict) or not isinstance(version, int):
        raise NotebookUnreadable("the file is JSON but not a notebook", where=where, hint="name an .ipynb file")
    if version < _NBFORMAT:
        raise NotebookUnreadable(
            f"the notebook is in the old format {version}",
            where=where,
            hint=f"convert it: jupyter nbconvert --to notebook --nbformat 4 --inplace {where}",
        )
    if version > _NBFORMAT:
        raise NotebookUnreadable(
            f"the notebook is in format {version}, which this version does not know",
            where=where,
            hint="install a newer jupyter-dataops, or save the notebook as format 4",
        )
    if not isinstance(notebook.get("cells"), list):
        raise NotebookUnreadable("the notebook has no list of cells", where=where, hint="restore it from a backup")


def read_pipeline(notebook: Mapping[str, Any], name: str) -> PipelineSpec:
    """What the notebook says.

    Parameters
    ----------
    notebook
        The JSON of a notebook of nbformat 4.x; see `parse_notebook`.
    name
        The pipeline's name, unless the notebook gives it one.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "x = 1", "metadata": {"tags": ["node:load"]}}
    >>> list(read_pipeline({"cells": [cell]}, "etl").nodes)
    ['load']
    """
    metadata = _mapping(notebook.get("metadata"))
    settings = _mapping(metadata.get("dataops"))
    kernelspec, language_info = _mapping(metadata.get("kernelspec")), _mapping(metadata.get("language_info"))
    marked = _mark(notebook.get("cells", ()))
    cells, problems = _place(marked)
    defaults, setting_problems = read_defaults(settings)
    nodes, node_problems = _read_nodes(marked, cells, defaults)
    checks, check_problems = read_checks(cells, lambda cell: marked[cell.index].tags, defaults)
    return PipelineSpec(
        name=name_of(notebook, name),
        cells=cells,
        nodes=nodes,
        checks=checks,
        kernel_name=str(kernelspec.get("name") or DEFAULT_KERNEL),
        language=str(kernelspec.get("language") or language_info.get("name") or "python").lower(),
        metadata=settings,
        problems=(*setting_problems, *problems, *node_problems, *check_problems, *_out_of_place(marked, cells)),
    )


def name_of(notebook: Mapping[str, Any], name: str) -> str:
    """The name that the notebook gives its pipeline; `name`, where it gives none."""
    metadata = _mapping(notebook.get("metadata"))
    own_name = _mapping(metadata.get("dataops")).get("name")
    return (own_name.strip() if isinstance(own_name, str) else "") or kale.pipeline_name(metadata) or name


def as_one_node(spec: PipelineSpec) -> PipelineSpec:
    """The pipeline that runs a plain notebook: all its code but the parameters is one node, ``main``.

    A notebook that has nodes is returned as it is.

    Examples
    --------
    >>> plain = {"cells": [{"cell_type": "code", "source": "x = 1"}, {"cell_type": "code", "source": "y = x"}]}
    >>> [len(node.cells) for node in as_one_node(read_pipeline(plain, "sub")).nodes.values()]
    [2]
    """
    own = spec.cells_with(Role.SETUP)
    if spec.nodes or not own:
        return spec
    options, _ = read_options(_ONLY_NODE, (), (), read_defaults(spec.metadata)[0])
    cells = tuple(
        replace(cell, role=Role.NODE, node=_ONLY_NODE) if cell.role is Role.SETUP else cell for cell in spec.cells
    )
    main = NodeSpec(_ONLY_NODE, tuple(cell for cell in cells if cell.role is Role.NODE), options)
    return replace(spec, cells=cells, nodes={_ONLY_NODE: main})


def source_of(cell: Mapping[str, Any]) -> str:
    """A raw cell's source as one string with Unix line ends, whether it is kept as a string or as lines."""
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tags_of(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """A raw cell's tags, as written."""
    tags = _mapping(cell.get("metadata")).get("tags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def read_tags(texts: Sequence[str]) -> tuple[Tag | BadTag, ...]:
    """The tags among `texts` that are ours, or Kale's and mean the same; everybody else's are left out."""
    return tuple(tag for tag in map(read_tag, texts) if tag is not None)


def read_tag(text: str) -> Tag | BadTag | None:
    """What the tag says, if it is one of ours, or Kale's and means the same; `None`: it is somebody else's."""
    ours = None if kale.is_foreign(text) else kale.from_kale(text)
    return None if ours is None else parse_tag(ours)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


class _Marked(Struct, frozen=True):
    """A raw cell with its tags understood."""

    id: CellId
    index: int
    kind: str
    source: str
    texts: tuple[str, ...]
    tags: tuple[Tag, ...] = ()
    bad: tuple[BadTag, ...] = ()
    foreign: tuple[str, ...] = ()


def _mark(raw_cells: Sequence[Mapping[str, Any]]) -> tuple[_Marked, ...]:
    taken: set[str] = set()
    marked = []
    for index, raw in enumerate(raw_cells):
        cell_id = _unique_id(raw.get("id"), index, taken)
        kind = str(raw.get("cell_type", ""))
        texts = tags_of(raw)
        parsed = read_tags(texts) if kind == "code" else ()
        marked.append(
            _Marked(
                cell_id,
                index,
                kind,
                source_of(raw),
                texts,
                tuple(tag for tag in parsed if isinstance(tag, Tag)),
                tuple(tag for tag in parsed if isinstance(tag, BadTag)),
                tuple(text for text in texts if kale.is_foreign(text)),
            )
        )
    return tuple(marked)


def _unique_id(given: object, index: int, taken: set[str]) -> CellId:
    wanted = given if isinstance(given, str) and given else f"cell-{index}"
    found, count = wanted, 1
    while found in taken:
        found, count = f"{wanted}-{count}", count + 1
    taken.add(found)
    return CellId(found)


class _Block(Struct, frozen=True):
    """What a cell is, and what untagged cells below it may continue."""

    role: Role
    node: NodeName | None = None
    check: str | None = None


_SETUP = _Block(Role.SETUP)
_SKIP = _Block(Role.SKIP)
_TEXT = _Block(Role.TEXT)


def _place(marked: Sequence[_Marked]) -> tuple[tuple[Cell, ...], tuple[Problem, ...]]:
    """Give each cell its role: its own tag's, else that of the node or setup block above it."""
    above = _SETUP
    cells = []
    problems = []
    checks = {tag.value for one in marked for tag in one.tags if GRAMMAR[tag.key].role is Role.CHECK}
    for one in marked:
        own = [_block(tag) for tag in one.tags if GRAMMAR[tag.key].role is not None]
        if one.kind != "code":
            block = _TEXT
        elif _SKIP in own:
            block = _SKIP
        else:
            block = own[0] if own else above
            if any(other != block for other in own):
                problems.append(_several_roles(one))
        if block.role in (Role.NODE, Role.SETUP):
            above = block
        elif block.role is Role.PARAMETERS:
            above = _SETUP
        if block.node is not None and block.role is Role.CHECK and block.check is None:
            block = replace(block, check=next_check_name(block.node, checks))
            checks.add((block.node, block.check))
        cells.append(Cell(one.id, one.index, one.source, one.texts, block.role, block.node, block.check))
        problems.extend(
            Problem(bad.code, bad.message, bad.hint, one.id, one.index, block.node, tag=bad.text) for bad in one.bad
        )
    return tuple(cells), tuple(problems)


def _block(tag: Tag) -> _Block:
    role = GRAMMAR[tag.key].role
    assert role is not None
    if role is Role.NODE:
        return _Block(role, NodeName(tag.value))
    if role is Role.CHECK:
        node, name = tag.value
        return _Block(role, NodeName(node), name)
    return _Block(role)


def _several_roles(one: _Marked) -> Problem:
    roles = " and ".join(f"'{format_tag(tag)}'" for tag in one.tags if GRAMMAR[tag.key].role is not None)
    return Problem(
        "DO004",
        f"cell {one.index + 1} ({one.id}) is tagged {roles}",
        "keep one of these tags, and split the cell if both are meant",
        one.id,
        one.index,
    )


def _read_nodes(
    marked: Sequence[_Marked], cells: Sequence[Cell], defaults: Sequence[Tag]
) -> tuple[dict[NodeName, NodeSpec], tuple[Problem, ...]]:
    members: dict[NodeName, list[Cell]] = {}
    for cell in cells:
        if cell.role is Role.NODE and cell.node is not None:
            members.setdefault(cell.node, []).append(cell)
    nodes = {}
    problems: list[Problem] = []
    for name, its_cells in members.items():
        placed = [PlacedTag(tag, cell) for cell in its_cells for tag in marked[cell.index].tags]
        foreign = [text for cell in its_cells for text in marked[cell.index].foreign]
        options, found = read_options(name, placed, foreign, defaults)
        problems.extend(found)
        description = options.description or _text_above(marked, its_cells[0].index)
        nodes[name] = NodeSpec(name, tuple(its_cells), options, description)
    return nodes, tuple(problems)


def _text_above(marked: Sequence[_Marked], index: int) -> str:
    texts: list[str] = []
    for one in reversed(marked[:index]):
        if one.kind == "code":
            break
        if one.kind == "markdown" and one.source.strip():
            texts.append(one.source.strip())
    return "\n\n".join(reversed(texts))


def _out_of_place(marked: Sequence[_Marked], cells: Sequence[Cell]) -> list[Problem]:
    """Options that nothing will read, because of the role of their cell."""
    problems: list[Problem] = []
    for one, cell in zip(marked, cells, strict=True):
        meant_for = "check" if cell.role is Role.NODE else "node"
        problems.extend(
            Problem(
                "DO010",
                f"tag '{format_tag(tag)}' has no effect on a {cell.role} cell",
                f"put it on a cell of the {meant_for} it is meant for",
                one.id,
                one.index,
                cell.node,
                tag=format_tag(tag),
            )
            for tag in one.tags
            if GRAMMAR[tag.key].role is None and not _has_effect(tag, cell.role)
        )
    return problems


def _has_effect(option: Tag, role: Role) -> bool:
    match role:
        case Role.NODE:
            return bool(GRAMMAR[option.key].field)
        case Role.CHECK:
            return option.key in CHECK_OPTIONS
        case _:
            return role not in (Role.SETUP, Role.PARAMETERS)
