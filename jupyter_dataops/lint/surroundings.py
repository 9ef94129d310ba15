"""Rules about what nodes share with the world: ``DO031`` (assets), ``DO032`` (files), ``DO033`` (kernels)."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath

from jupyter_dataops.dataflow.files import normal_path
from jupyter_dataops.ids import NodeName
from jupyter_dataops.lint.models import Subject
from jupyter_dataops.lint.structure import cell_tagged
from jupyter_dataops.spec.models import Cell, PipelineSpec, Problem

_Publisher = tuple[str, NodeName]
"""A node that publishes an asset, with the path of its notebook: empty for the pipeline's own."""


def check_published_once(subject: Subject) -> Iterator[Problem]:
    """``DO031``: two nodes publish under one name, in this notebook or in one that its nodes run.

    A notebook that several nodes run is one definition: each of its runs publishes the next version.
    """
    first: dict[str, tuple[_Publisher, str]] = {}
    for asset, publisher, cell, node in _published(subject):
        told = f"cell {cell.index + 1}, node '{node}'"
        if publisher[0]:
            told = f"node '{publisher[1]}' of '{publisher[0]}', which {told} runs"
        earlier, place = first.setdefault(asset, (publisher, told))
        if earlier != publisher:
            message = f"{told} publishes asset '{asset}', and so does {place}"
            hint = f"give one of them another name: 'asset:NAME={_variable(subject, publisher, asset)}'"
            yield Problem("DO031", message[0].upper() + message[1:], hint, cell.id, cell.index, node)


def check_files(subject: Subject) -> Iterator[Problem]:
    """``DO032``: an ``in:`` names a file that is not there and that no node makes."""
    spec = subject.spec
    if subject.has_file is None:
        return
    made = {normal_path(path) for node in spec.nodes.values() for path in node.options.output_files}
    for name, node in spec.nodes.items():
        for path in node.options.input_files:
            if normal_path(path) not in made and not subject.has_file(path):
                cell = cell_tagged(spec, name, "in", path)
                message = f"node '{name}' reads the file '{path}', which is not there"
                hint = (
                    f"correct the path, which is relative to the notebook; or tag the node that makes it 'out:{path}'"
                )
                yield Problem("DO032", message, hint, cell.id, cell.index, name, tag=f"in:{path}")


def check_kernels(subject: Subject) -> Iterator[Problem]:
    """``DO033``: a ``kernel:`` names a kernelspec that is not here."""
    if subject.has_kernel is None:
        return
    for name, node in subject.spec.nodes.items():
        kernel = node.options.kernel
        if kernel is not None and not subject.has_kernel(kernel):
            cell = cell_tagged(subject.spec, name, "kernel", kernel)
            message = f"node '{name}' wants the kernel '{kernel}', which is not installed here"
            hint = "correct the name, or install it: `jupyter kernelspec list` shows those that there are"
            yield Problem("DO033", message, hint, cell.id, cell.index, name, tag=f"kernel:{kernel}")


def _published(subject: Subject) -> Iterator[tuple[str, _Publisher, Cell, NodeName]]:
    """Every asset with its publisher, and the cell and node of the pipeline's own notebook behind it."""
    spec = subject.spec
    for name, node in spec.nodes.items():
        for asset, variable in node.options.assets.items():
            yield asset, ("", name), cell_tagged(spec, name, "asset", (asset, variable)), name
    for name, node in spec.nodes.items():
        if node.options.notebook is not None:
            cell = cell_tagged(spec, name, "notebook", node.options.notebook)
            for asset, publisher in _published_below(subject, normpath(node.options.notebook)):
                yield asset, publisher, cell, name


def _published_below(subject: Subject, path: str) -> Iterator[tuple[str, _Publisher]]:
    todo, seen = [path], set[str]()
    while todo:
        here = todo.pop()
        spec = subject.open_notebook(here) if subject.open_notebook is not None and here not in seen else None
        seen.add(here)
        for name, node in spec.nodes.items() if spec is not None else ():
            yield from ((asset, (here, name)) for asset in node.options.assets)
            if node.options.notebook is not None:
                todo.append(normpath(join(dirname(here), node.options.notebook)))


def _variable(subject: Subject, publisher: _Publisher, asset: str) -> str:
    path, node = publisher
    spec: PipelineSpec | None = subject.spec
    if path and subject.open_notebook is not None:
        spec = subject.open_notebook(path)
    return spec.nodes[node].options.assets[asset] if spec is not None else "VARIABLE"
