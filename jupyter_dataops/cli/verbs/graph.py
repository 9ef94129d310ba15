"""``graph``: the pipeline, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec.structs import asdict

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import notebook_argument, run_option
from jupyter_dataops.cli.output import json_text
from jupyter_dataops.cli.render import find_renderer, render_dot
from jupyter_dataops.errors import EnvironmentRefused, UsageError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    import networkx

    from jupyter_dataops.api.reading import AnalysedNotebook

    States = Mapping[NodeName, NodeState]
    Graph = networkx.DiGraph[str]

FORMATS: Final = ("text", "dot", "svg", "png", "mermaid", "json")
_BY_SUFFIX: Final = {".dot": "dot", ".gv": "dot", ".svg": "svg", ".png": "png", ".mmd": "mermaid", ".json": "json"}


@verb(
    json_shape='{"nodes": [{"name", "upstream", "downstream", "reads", "binds", "tags", "cells"}], '
    '"edges": [{"from", "to", "names", "kind": "data|order|both"}], '
    '"parameters": [{"name", "default", "type", "help"}], '
    '"diagnostics": [{"code", "severity", "message", "hint", "cell_id", "cell_index", "node"}]}'
)
@notebook_argument()
@run_option("Draw the notebook as this run had it, with the states of its nodes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="By default what the ending of -o says, else text.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there.")
def command(face: Face, /, notebook: Path, run: str | None, form: str | None, output: Path | None) -> None:
    """Draw the graph of a notebook.

    `png` needs Graphviz (`dot`, or `pip install 'jupyter-dataops[render]'`); `svg` is plainer without.
    """
    form = form or _BY_SUFFIX.get(output.suffix.lower() if output else "", "text")
    if form == "png" and output is None and face.is_terminal:
        raise click.UsageError("a picture cannot be shown here: say where to write it with -o")
    analysed, states = _subject(face, notebook, run)
    drawn = draw(analysed, states, form)
    if output is None:
        click.echo(drawn, nl=isinstance(drawn, str) and not drawn.endswith("\n"))
        return
    content = drawn if isinstance(drawn, bytes) else (drawn.rstrip("\n") + "\n").encode()
    output.write_bytes(content)


def _subject(face: Face, notebook: Path, run: str | None) -> tuple[AnalysedNotebook, States]:
    if run is None:
        return face.open_pipeline(notebook).analysed, {}
    face.require_store()
    found = face.open_run(run)
    if found.notebook != notebook.absolute():
        raise UsageError(
            f"run {found.run_id} is of another notebook", where=str(notebook), hint=f"it is of {found.notebook}"
        )
    # What nodes have expanded to is no node of this graph; a group's own state tells of it.
    return found.snapshot, {name: one.state for name, one in found.nodes.items() if name in found.snapshot.graph}


def draw(analysed: AnalysedNotebook, states: States, form: str) -> str | bytes:
    """The notebook's graph in one of `FORMATS`; nodes with a state are drawn in its colour, with its symbol."""
    from jupyter_dataops.graph.draw import to_dot, to_json, to_mermaid, to_text  # noqa: PLC0415 - networkx costs 0.1 s

    graph = analysed.graph
    match form:
        case "json":
            return json_text({**to_json(graph), **_beside_graph(analysed)})
        case "dot":
            return to_dot(graph, states)
        case "mermaid":
            return to_mermaid(graph, states)
        case "svg":
            return _svg(graph, states)
        case "png":
            return render_dot(to_dot(graph, states), "png", program=find_renderer())
        case _:
            return to_text(graph, states)


def _svg(graph: Graph, states: States) -> str:
    from jupyter_dataops.graph.draw import to_dot  # noqa: PLC0415 - as above
    from jupyter_dataops.graph.svg import to_svg  # noqa: PLC0415 - as above

    try:
        return render_dot(to_dot(graph, states), "svg", program=find_renderer()).decode()
    except EnvironmentRefused as refused:
        click.echo(f"drawn plainly: {refused.message}", err=True)
        return to_svg(graph, states)


def _beside_graph(analysed: AnalysedNotebook) -> dict[str, Any]:
    return {
        "parameters": [asdict(parameter) for parameter in analysed.parameters],
        "diagnostics": [diagnostic.as_json() for diagnostic in analysed.diagnostics],
    }
