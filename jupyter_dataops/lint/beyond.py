"""Rules about what lies beyond the notebook, or beyond this version: ``DO015``, ``DO019``, ``DO028``, ``DO029``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from types import MappingProxyType
from typing import Final

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.lint.models import OpenNotebook, Subject
from jupyter_dataops.lint.structure import cell_tagged
from jupyter_dataops.spec import kale
from jupyter_dataops.spec.models import PipelineSpec, Problem, Role, Severity
from jupyter_dataops.spec.notebook import as_one_node, read_tags
from jupyter_dataops.spec.parameters import read_parameters
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.tags import Tag, format_tag

NOT_YET: Final[Mapping[str, tuple[Severity, str]]] = MappingProxyType(
    {
        "resource": (Severity.INFO, "the executor is not told"),
    }
)
"""Tags that are read but not acted on, with what happens instead."""


def check_acted_on(subject: Subject) -> Iterator[Problem]:
    """``DO019``: a tag has no effect yet."""
    hint = "the notebook runs without it; remove it if that is not what you want"
    for cell in subject.spec.cells:
        if cell.role in (Role.TEXT, Role.SKIP):
            continue
        for tag in read_tags(cell.tags):
            if isinstance(tag, Tag) and tag.key in NOT_YET:
                severity, instead = NOT_YET[tag.key]
                message = f"this version does not act on '{format_tag(tag)}': {instead}"
                tag_text = format_tag(tag)
                yield Problem("DO019", message, hint, cell.id, cell.index, cell.node, severity, tag=tag_text)
        for text in filter(kale.is_foreign, cell.tags):
            message = f"'{text}' is for Kale on Kubernetes: it is kept and shown, not acted on"
            yield Problem("DO019", message, hint, cell.id, cell.index, cell.node, Severity.INFO)


def check_sub_notebooks(subject: Subject) -> Iterator[Problem]:
    """``DO015``: a node runs a notebook that is not there, or that in the end runs itself."""
    if subject.open_notebook is None:
        return
    for name, node in subject.spec.nodes.items():
        path = node.options.notebook
        if path is None:
            continue
        wrong = _wrong_below(normpath(path), (), subject.open_notebook)
        if wrong is not None:
            message, hint = wrong
            cell = cell_tagged(subject.spec, name, "notebook", path)
            yield Problem("DO015", f"node '{name}': {message}", hint, cell.id, cell.index, name)


def check_made_by_sub_notebooks(subject: Subject) -> Iterator[Problem]:
    """``DO028``: an ``out:`` of a node that runs another notebook names what no node of that one hands on."""
    if subject.open_notebook is None:
        return
    for name, node in subject.spec.nodes.items():
        path, wanted = node.options.notebook, node.options.outputs
        inner = subject.open_notebook(normpath(path)) if path is not None and wanted else None
        if inner is None:
            continue
        flow = analyse(as_one_node(inner), wanted)
        for variable in wanted:
            if variable not in flow.final:
                cell = cell_tagged(subject.spec, name, "out", variable)
                message = f"'out:' of node '{name}' names '{variable}', which no node of '{path}' binds"
                hint = suggestion(variable, flow.producers) or f"bind '{variable}' in a node of '{path}'"
                yield Problem("DO028", message, hint, cell.id, cell.index, name, tag=f"out:{variable}")


def check_parameters_of_sub_notebooks(subject: Subject) -> Iterator[Problem]:
    """``DO029``: a node that runs another notebook gives a value to no parameter of it, but nearly to one."""
    if subject.open_notebook is None:
        return
    for name, node in subject.spec.nodes.items():
        path, flow = node.options.notebook, subject.flow.nodes.get(name)
        inner = subject.open_notebook(normpath(path)) if path is not None else None
        if inner is None or flow is None:
            continue
        parameters = {parameter.name for parameter in read_parameters(inner)}
        item = {node.options.each[0]} if node.options.each else set[str]()
        without_value = sorted(parameters - flow.binds - flow.reads.keys() - flow.from_setup - item)
        for variable in sorted((flow.binds | item) - parameters):
            if hint := suggestion(variable, without_value):
                cell = cell_tagged(subject.spec, name, "notebook", path or "")
                message = f"node '{name}' binds '{variable}', which is no parameter of '{path}'"
                yield Problem("DO029", message, hint, cell.id, cell.index, name)


def _wrong_below(path: str, above: tuple[str, ...], open_notebook: OpenNotebook) -> tuple[str, str] | None:
    if path in above:
        circle = " → ".join((*above[above.index(path) :], path))
        return f"notebooks run each other in a circle: {circle}", "remove one of these 'notebook:' tags"
    spec: PipelineSpec | None = open_notebook(path)
    if spec is None:
        return f"there is no notebook '{path}'", "correct the path; it is relative to the notebook that names it"
    for node in spec.nodes.values():
        if node.options.notebook is not None:
            inner = normpath(join(dirname(path), node.options.notebook))
            wrong = _wrong_below(inner, (*above, path), open_notebook)
            if wrong is not None:
                return wrong
    return None
