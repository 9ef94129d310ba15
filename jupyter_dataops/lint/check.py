"""From a pipeline to its diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.lint.models import Diagnostic, Has, OpenNotebook, Subject
from jupyter_dataops.lint.rules import RULES
from jupyter_dataops.lint.structure import check_language
from jupyter_dataops.spec.models import PipelineSpec, Problem


def check_pipeline(
    spec: PipelineSpec,
    flow: Flow,
    open_notebook: OpenNotebook | None = None,
    *,
    has_file: Has | None = None,
    has_kernel: Has | None = None,
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or doubtful, sorted by cell, then code; what concerns the whole notebook comes first.

    Pure, but for what is given to look around with: sub-notebooks, files and kernels are not looked at without.
    """
    subject = Subject(spec, flow, open_notebook, has_file, has_kernel)
    found = {_diagnostic(problem) for problem in _problems(subject)}
    return tuple(sorted(found, key=_place))


def _problems(subject: Subject) -> Iterator[Problem]:
    yield from subject.spec.problems
    if any(check_language(subject)):
        # What Python's rules say about another language would only mislead.
        yield from check_language(subject)
        return
    yield from subject.flow.problems
    for rule in RULES.values():
        if rule.check is not None:
            yield from rule.check(subject)


def _diagnostic(problem: Problem) -> Diagnostic:
    return Diagnostic(
        problem.code,
        problem.severity or RULES[problem.code].severity,
        problem.message,
        problem.hint,
        problem.cell_id,
        problem.cell_index,
        problem.node,
        problem.tag,
    )


def _place(diagnostic: Diagnostic) -> tuple[int, str, str]:
    index = -1 if diagnostic.cell_index is None else diagnostic.cell_index
    return index, diagnostic.code, diagnostic.message
