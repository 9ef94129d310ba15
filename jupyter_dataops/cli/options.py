"""Arguments and options that several verbs share, with their completion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import click
from click.shell_completion import CompletionItem

from jupyter_dataops.cli.face import current_face

COMPLETED_RUNS: Final = 20

_F = TypeVar("_F", bound=Callable[..., Any])


class Decorator(Protocol):
    """Adds an argument or option to a verb's function."""

    def __call__(self, function: _F, /) -> _F:
        """The same function, which click now calls with one argument more."""
        ...


def _complete_run(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        runs = current_face(ctx).list_runs(limit=COMPLETED_RUNS)
    except Exception:  # noqa: BLE001 - no completion is better than a traceback in the user's prompt
        return []
    items = [CompletionItem("last", help="the latest run")] if runs else []
    items += [CompletionItem(run.run_id, help=f"{run.notebook.name} {run.state.value}") for run in runs]
    return [item for item in items if item.value.startswith(incomplete)]


def _complete_node(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        nodes = current_face(ctx).open_run(ctx.params["run"]).nodes
    except Exception:  # noqa: BLE001 - as above
        return []
    return [CompletionItem(node, help=nodes[node].state.value) for node in nodes if node.startswith(incomplete)]


def notebook_argument(**more: Any) -> Decorator:
    """NOTEBOOK; the API says what is wrong with a path."""
    return click.argument("notebook", type=click.Path(path_type=Path), **more)


def _complete_deployment(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        from jupyter_dataops.deploying.versions import list_names  # noqa: PLC0415 - when asked for

        return [
            CompletionItem(name) for name in list_names(current_face(ctx).settings()) if name.startswith(incomplete)
        ]
    except Exception:  # noqa: BLE001 - as above
        return []


def deployment_argument(*, required: bool = True) -> Decorator:
    """NAME of a deployment."""
    return click.argument("name", required=required, shell_complete=_complete_deployment)


def run_argument(*, required: bool = True) -> Decorator:
    """RUN: an id, a unique prefix of one, or ``last``."""
    return click.argument("run", required=required, shell_complete=_complete_run)


def run_option(help_text: str) -> Decorator:
    """``--run``."""
    return click.option("--run", metavar="RUN", shell_complete=_complete_run, help=help_text)


def node_argument() -> Decorator:
    """NODE, optional."""
    return click.argument("node", required=False, shell_complete=_complete_node)


def nodes_option(help_text: str) -> Decorator:
    """``--node``, repeatable."""
    return click.option("--node", "nodes", multiple=True, metavar="NODE", shell_complete=_complete_node, help=help_text)


def jobs_option() -> Decorator:
    """``--jobs``."""
    return click.option("--jobs", type=click.IntRange(min=1), help="How many nodes may run at the same time.")


def output_notebook_option() -> Decorator:
    """``-o``, for a notebook with all outputs."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="OUT.ipynb",
        help="Write the notebook with every node's outputs in its own cells.",
    )


def json_option() -> Decorator:
    """``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object; everything else goes to stderr."
    )


def dry_run_option() -> Decorator:
    """``--dry-run``."""
    return click.option("--dry-run", is_flag=True, help="Print what would be done with each node, and why; do nothing.")
