"""The notebooks that the nodes of a notebook run, and those that these run in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath

from blake3 import blake3

from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text, read_notebook
from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.records import RunRecord
from jupyter_dataops.spec.models import NodeOptions, PipelineSpec

Notebooks = Mapping[str, AnalysedNotebook]
"""By path, relative to the folder of the run's own notebook; a run's own notebook is not among them."""


def path_from(outer: str, said: str) -> str:
    """The path of the notebook that a tag of `outer` names; `outer` is empty for a run's own notebook.

    Examples
    --------
    >>> path_from("", "parts/load.ipynb"), path_from("parts/load.ipynb", "../clean.ipynb")
    ('parts/load.ipynb', 'clean.ipynb')
    """
    return normpath(join(dirname(outer), said))


def wanted_from(options: NodeOptions) -> frozenset[str]:
    """The names that a ``notebook:`` node asks its notebook for."""
    return frozenset({*options.outputs, *options.assets.values()})


def read_sub_notebooks(analysed: AnalysedNotebook) -> Notebooks:
    """As they are on disk now.

    Raises
    ------
    NotebookUnreadable
        One is missing, or is not a notebook.
    """
    found: dict[str, AnalysedNotebook] = {}

    def read(outer: AnalysedNotebook, outer_path: str) -> None:
        for options in _running_notebooks(outer.spec):
            path = path_from(outer_path, options.notebook or "")
            if path in found:
                continue
            if analysed.folder is None:
                raise NotebookUnreadable(
                    "it is not known where the notebook lies", where=path, hint="save it, and run it from its folder"
                )
            found[path] = read_notebook(analysed.folder / path)
            read(found[path], path)

    read(analysed, "")
    return found


def pinned_sub_notebooks(run: RunRecord, store: RunStore) -> Notebooks:
    """As they were when the run was made."""
    pinned: Mapping[str, Digest] = run.options.get("notebooks", {})
    return {path: analyse_text(store.get_snapshot(at), path, Path(path).stem) for path, at in pinned.items()}


def parts_of_pipeline(analysed: AnalysedNotebook, notebooks: Notebooks) -> Iterator[tuple[str, AnalysedNotebook]]:
    """The notebook itself, under an empty path, and each that a node runs as that node runs it; some more than once."""

    def follow(outer: AnalysedNotebook, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, AnalysedNotebook]]:
        yield path, outer
        for options in _running_notebooks(outer.spec):
            inner = path_from(path, options.notebook or "")
            if inner in notebooks and inner not in above:  # else it is a diagnostic
                yield from follow(notebooks[inner].for_another(wanted_from(options)), inner, (*above, inner))

    return follow(analysed, "", ())


def code_digests(outer: AnalysedNotebook, outer_path: str, notebooks: Notebooks) -> dict[str, str]:
    """Of each notebook that nodes of `outer` run, by the path that their tags say: its code, and all that it runs."""

    def code(path: str, above: tuple[str, ...]) -> str:
        spec = notebooks[path].spec
        inner = [path_from(path, options.notebook or "") for options in _running_notebooks(spec)]
        below = [code(one, (*above, one)) for one in inner if one in notebooks and one not in above]
        return digest([[[cell.role.value, *cell.tags, cell.source] for cell in spec.cells], below])

    said = [options.notebook or "" for options in _running_notebooks(outer.spec)]
    paths = {one: path_from(outer_path, one) for one in said}
    return {one: code(path, (path,)) for one, path in paths.items() if path in notebooks}


def nodes_inside(options: NodeOptions, path: str, notebooks: Notebooks) -> Iterator[NodeOptions]:
    """What tags say of every node in the notebook that a node of `path` runs, and in those that this runs in turn."""

    def follow(said: str, outer: str, above: tuple[str, ...]) -> Iterator[NodeOptions]:
        inner = path_from(outer, said)
        if inner not in notebooks or inner in above:
            return
        for node in notebooks[inner].spec.nodes.values():
            yield node.options
            if node.options.notebook is not None:
                yield from follow(node.options.notebook, inner, (*above, inner))

    return follow(options.notebook, path, ()) if options.notebook is not None else iter(())


def text_digest(text: str) -> Digest:
    """The address of a snapshot."""
    return Digest(f"blake3:{blake3(text.encode()).hexdigest()}")


def _running_notebooks(spec: PipelineSpec) -> Iterator[NodeOptions]:
    return (node.options for node in spec.nodes.values() if node.options.notebook is not None)
