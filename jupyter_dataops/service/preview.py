"""All that follows from a notebook's text, saved or not: graph, cells, parameters, diagnostics with their cures."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_dataops.api.reading import AnalysedNotebook, read_notebook
from jupyter_dataops.errors import NotebookUnreadable, UsageError
from jupyter_dataops.lint.cures import Cure, cures_of
from jupyter_dataops.lint.models import Diagnostic, Has, OpenNotebook, Subject
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.sources import notebook_of
from jupyter_dataops.service.tags import tag_view
from jupyter_dataops.service.views import graph_view
from jupyter_dataops.service.wire.pipelines import (
    CellView,
    DiagnosticView,
    Fix,
    NotebookSource,
    ParameterView,
    Preview,
    TagChange,
)
from jupyter_dataops.spec.models import Cell, PipelineSpec, Role, Severity
from jupyter_dataops.spec.notebook import source_of, tags_of
from jupyter_dataops.spec.parameters import Parameter


def preview(desk: Desk, request: NotebookSource, _actor: str | None) -> Preview:
    """What the notebook says. Outputs in it are not looked at.

    Raises
    ------
    NotebookUnreadable
        It is no notebook.
    """
    notebook = notebook_of(desk.places, request)
    key = _key(request.path, notebook)
    if (found := desk.previews.get(key)) is not None:
        return found
    try:
        made, depends_on_files = _preview(desk.places, request.path, notebook)
    except RecursionError:
        raise NotebookUnreadable("a cell is nested too deeply to be read", where=request.path) from None
    if not depends_on_files:
        desk.previews.put(key, made)
    return made


def _key(path: str, notebook: Mapping[str, Any]) -> Any:
    """Equal for notebooks that say the same: several views of one notebook ask for it."""
    cells = tuple((str(raw.get("id")), raw["cell_type"], source_of(raw), tags_of(raw)) for raw in notebook["cells"])
    return path, repr(notebook.get("metadata")), cells


def _preview(places: Places, path: str, notebook: Mapping[str, Any]) -> tuple[Preview, bool]:
    folder = _folder(places, path)
    analysed = AnalysedNotebook(
        "",
        notebook,
        PurePosixPath(path).stem,
        folder,
        open_beside=_opener(places, folder),
        has_beside=_finder(places, folder),
    )
    spec = analysed.spec
    diagnostics = analysed.diagnostics
    made = Preview(
        path=path,
        name=spec.name,
        language=spec.language,
        is_pipeline=bool(spec.nodes),
        can_run=all(found.severity is not Severity.ERROR for found in diagnostics),
        graph=graph_view(analysed),
        cells=list(_cells(spec)),
        parameters=[_parameter(one) for one in analysed.parameters],
        diagnostics=[_diagnostic(one, Subject(spec, analysed.flow)) for one in diagnostics],
    )
    said = [node.options for node in spec.nodes.values()]
    return made, any(one.notebook is not None or one.input_files or one.kernel is not None for one in said)


def _folder(places: Places, path: str) -> Path | None:
    """Where the notebook lies, or will; `None` where that is not known: it is previewed all the same."""
    try:
        return places.absolute(path).parent
    except UsageError:
        return None


def _opener(places: Places, folder: Path | None) -> OpenNotebook | None:
    """Opens notebooks that nodes run, as far as the front end may see them."""
    if folder is None:
        return None

    def open_beside(path: str) -> PipelineSpec | None:
        beside = folder / path
        try:
            return read_notebook(beside).spec if places.shown(beside) is not None else None
        except NotebookUnreadable:
            return None

    return open_beside


def _finder(places: Places, folder: Path | None) -> Has | None:
    """Tells whether files are there; what the front end may not see is not told to be missing."""
    if folder is None:
        return None
    return lambda path: places.shown(folder / path) is None or (folder / path).exists()


def _cells(spec: PipelineSpec) -> Iterator[CellView]:
    firsts = {node.cells[0].index for node in spec.nodes.values()}
    firsts |= {check.cells[0].index for check in spec.checks.values()}
    above: Cell | None = None
    for cell in spec.cells:
        begins = cell.role in (Role.SETUP, Role.PARAMETERS) and (above is None or above.role is not cell.role)
        yield CellView(
            id=cell.id,
            index=cell.index,
            role=cell.role,
            node=cell.node,
            check=f"check:{cell.node}/{cell.check}" if cell.check is not None else None,
            is_first=begins or cell.index in firsts,
            tags=[tag_view(text) for text in cell.tags],
        )
        if cell.role is not Role.TEXT:
            above = cell


def _parameter(parameter: Parameter) -> ParameterView:
    value, is_literal = literal(parameter.default)
    return ParameterView(
        name=parameter.name,
        default=parameter.default,
        value=value,
        is_literal=is_literal,
        type=parameter.type,
        help=parameter.help,
    )


def literal(source: str) -> tuple[Any, bool]:
    """The value that source text says, as JSON has it, and whether it says one.

    Examples
    --------
    >>> literal("['de', 1.5]"), literal("{1, 2}"), literal("today()"), literal("None")
    ((['de', 1.5], True), (None, False), (None, False), (None, True))
    """
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None, False
    return (_as_json(value), True) if _is_json(value) else (None, False)


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def _diagnostic(found: Diagnostic, subject: Subject) -> DiagnosticView:
    return DiagnosticView(
        code=found.code,
        severity=found.severity,
        message=found.message,
        hint=found.hint,
        cell_id=found.cell_id,
        cell_index=found.cell_index,
        node=found.node,
        fixes=[_fix(cure) for cure in cures_of(subject, found)],
    )


def _fix(cure: Cure) -> Fix:
    changes = [TagChange(cell_id=cell_id, tags=list(tags)) for cell_id, tags in cure.tags.items()]
    return Fix(title=cure.title, changes=changes)
