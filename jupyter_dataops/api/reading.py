"""From a file to an analysed notebook."""

from __future__ import annotations

import difflib
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.interpreters import is_installed
from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import InvalidPipeline, NotebookUnreadable
from jupyter_dataops.extras import how_to_install
from jupyter_dataops.lint import check_pipeline
from jupyter_dataops.lint.models import Diagnostic, Has, OpenNotebook
from jupyter_dataops.spec.models import PipelineSpec, Severity
from jupyter_dataops.spec.notebook import as_one_node, parse_notebook, read_pipeline
from jupyter_dataops.spec.parameters import Parameter, read_parameters

if TYPE_CHECKING:
    import networkx


class AnalysedNotebook(Struct, frozen=True, dict=True):
    """A notebook's text and everything that follows from it, each worked out when first asked for."""

    text: str
    notebook: Mapping[str, Any]
    """nbformat 4 JSON."""
    name: str
    """Used where the notebook's own metadata names none."""
    folder: Path | None = None
    """Where the notebook lies, for ``notebook:`` paths; `None`: these are not followed."""
    wanted: frozenset[str] | None = None
    """Names that the notebook which runs this one asks for; `None`: it is a run's own."""
    open_beside: OpenNotebook | None = None
    """Opens notebooks by their path from `folder`; `None`: as they lie there."""
    has_beside: Has | None = None
    """Tells whether there is a file, by its path from `folder`; `None`: as they lie there."""

    def for_another(self, wanted: frozenset[str]) -> AnalysedNotebook:
        """The notebook as a node of another one runs it, to hand on `wanted`: a plain one is a single node."""
        return replace(self, wanted=wanted)

    @cached_property
    def spec(self) -> PipelineSpec:
        """What the notebook says."""
        said = read_pipeline(self.notebook, self.name)
        return said if self.wanted is None else as_one_node(said)

    @cached_property
    def flow(self) -> Flow:
        """What its cells read and bind, and the edges that follow."""
        with _uncollected():
            return analyse(self.spec, self.wanted or ())

    @cached_property
    def graph(self) -> networkx.DiGraph[str]:
        """The pipeline's graph."""
        from jupyter_dataops.graph.build import build_graph  # noqa: PLC0415 - networkx costs 0.1 s

        return build_graph(self.spec, self.flow)

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong or doubtful."""
        with _uncollected():
            opener = self.open_beside or (self._open_beside if self.folder else None)
            has_file = self.has_beside or (self._has_beside if self.folder else None)
            has_kernel = is_installed if self.folder else None  # what is pinned ran, or runs, elsewhere perhaps
            return check_pipeline(self.spec, self.flow, opener, has_file=has_file, has_kernel=has_kernel)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The declared parameters."""
        return read_parameters(self.spec)

    def _open_beside(self, path: str) -> PipelineSpec | None:
        try:
            return read_notebook(Path(self.folder or "") / path).spec
        except NotebookUnreadable:
            return None

    def _has_beside(self, path: str) -> bool:
        return (Path(self.folder or "") / path).exists()

    def require_valid(self, path: str = "") -> None:
        """Return if nothing stops a run.

        Parameters
        ----------
        path
            What the notebook is called in messages; empty: by its name.

        Raises
        ------
        InvalidPipeline
            With all diagnostics of severity error in its message.
        """
        errors = [found for found in self.diagnostics if found.severity is Severity.ERROR]
        if errors:
            raise InvalidPipeline(
                f"{path or self.name} cannot run as a pipeline:\n  " + "\n  ".join(map(_one_line, errors)),
                hint="nothing was started",
                diagnostics=tuple(errors),
            )


def _one_line(found: Diagnostic) -> str:
    place = f" {found.place}:" if found.place else ""
    return f"{found.code}{place} {found.message}" + (f" -> {found.hint}" if found.hint else "")


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: large syntax trees are all alive, so it frees nothing for half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@lru_cache(maxsize=8)
def analyse_text(text: str, where: str, name: str, folder: Path | None = None) -> AnalysedNotebook:
    """The notebook in `text`. Raises `NotebookUnreadable`.

    Notes
    -----
    The last few are kept: who executes a run and who shows it ask for the same snapshot, at 0.6 ms a cell.
    """
    return AnalysedNotebook(text, parse_notebook(text, where), name, folder)


def read_notebook(path: Path) -> AnalysedNotebook:
    """The notebook at `path`: ``.ipynb``, or any text notebook that jupytext reads, where it is installed.

    Raises
    ------
    NotebookUnreadable
        There is no such file, it cannot be read, or it is not a notebook.
    """
    where = str(path)
    if path.is_dir():
        raise NotebookUnreadable("this is a folder, not a notebook", where=where, hint="name the .ipynb file")
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise NotebookUnreadable("no such notebook", where=where, hint=_where_else(path)) from None
    except UnicodeDecodeError as error:
        raise NotebookUnreadable(
            "this is not a notebook: it is not UTF-8 text", where=where, hint="name an .ipynb file"
        ) from error
    except OSError as error:
        raise NotebookUnreadable(
            f"the notebook cannot be read: {error.strerror}", where=where, hint="check its permissions"
        ) from error
    if path.suffix in (".py", ".md", ".Rmd", ".qmd"):
        text = _from_text_notebook(text, path)
    return analyse_text(text, where, path.stem, path.parent)


def _where_else(missing: Path) -> str:
    """A way out of a path at which nothing lies."""
    if not missing.parent.is_dir():
        return f"there is no folder {missing.parent}; a path is relative to the working directory"
    beside: dict[str, Path] = {}
    with suppress(OSError):  # a folder that may be entered, and not listed
        beside = {path.stem.lower(): path for path in missing.parent.iterdir() if path.suffix == ".ipynb"}
    close = difflib.get_close_matches(missing.stem.lower(), beside, 1)
    return f"did you mean '{beside[close[0]]}'?" if close else "check the path; it is relative to the working directory"


def _from_text_notebook(text: str, path: Path) -> str:
    try:
        import jupytext  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotebookUnreadable(
            f"this is a text notebook ({path.suffix}), which needs jupytext",
            where=str(path),
            hint=f"{how_to_install('text-notebooks')} to read it",
        ) from None
    return str(jupytext.writes(jupytext.reads(text, fmt=path.suffix[1:]), fmt="ipynb"))
