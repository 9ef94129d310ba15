"""Rules about what lies beyond the notebook, or beyond this version: ``DO015`` and ``DO019``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from types import MappingProxyType
from typing import Final

from jupyter_dataops.lint.models import OpenNotebook, Subject
from jupyter_dataops.lint.structure import cell_tagged
from jupyter_dataops.spec import kale
from jupyter_dataops.spec.models import PipelineSpec, Problem, Role, Severity
from jupyter_dataops.spec.notebook import read_tags
from jupyter_dataops.spec.tags import Tag, format_tag

NOT_YET: Final[Mapping[str, tuple[Severity, str]]] = MappingProxyType(
    {
        "each": (Severity.WARNING, "the node runs once, and the item is not bound"),
        "notebook": (Severity.WARNING, "the node runs its own cells alone"),
        "check": (Severity.WARNING, "the check does not run"),
        "severity": (Severity.INFO, "checks do not run"),
        "cache": (Severity.WARNING, "results are reused only where the run asks for it"),
        "asset": (Severity.WARNING, "nothing is published"),
        "secret": (Severity.WARNING, "the value is not masked where it is printed"),
        "pool": (Severity.INFO, "the node waits for no slot"),
        "resource": (Severity.INFO, "the executor is not told"),
    }
)
"""Tags that are read but not acted on, with what happens instead."""


def check_acted_on(subject: Subject) -> Iterator[Problem]:
    """``DO019``: a tag, or a default in ``metadata.dataops``, has no effect yet."""
    hint = "the notebook runs without it; remove it if that is not what you want"
    for cell in subject.spec.cells:
        if cell.role in (Role.TEXT, Role.SKIP):
            continue
        for tag in read_tags(cell.tags):
            if isinstance(tag, Tag) and tag.key in NOT_YET:
                severity, instead = NOT_YET[tag.key]
                message = f"this version does not act on '{format_tag(tag)}': {instead}"
                yield Problem("DO019", message, hint, cell.id, cell.index, cell.node, severity)
        for text in filter(kale.is_foreign, cell.tags):
            message = f"'{text}' is for Kale on Kubernetes: it is kept and shown, not acted on"
            yield Problem("DO019", message, hint, cell.id, cell.index, cell.node, Severity.INFO)
    for key in subject.spec.metadata:
        if key in NOT_YET:
            severity, instead = NOT_YET[key]
            message = f"this version does not act on metadata.dataops.{key}: {instead}"
            yield Problem("DO019", message, hint, severity=severity)


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
