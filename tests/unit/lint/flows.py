"""A data flow by hand, so that rules are tried without analysis: ``check(notebook, ("a", "b"))``."""

from collections import defaultdict

from jupyter_dataops.dataflow.models import Edge, EdgeKind, Flow
from jupyter_dataops.lint import check_pipeline
from jupyter_dataops.spec.notebook import read_pipeline


def check(notebook, *edges, problems=(), open_notebook=None, **around):
    """Diagnostics of the notebook, in which data flows along `edges`, and order along its ``after:`` tags."""
    spec = read_pipeline(notebook, "p")
    names = defaultdict(tuple, dict.fromkeys(edges, ("x",)))
    order = {(other, name) for name, node in spec.nodes.items() for other in node.options.after if other in spec.nodes}
    kinds = {True: EdgeKind.DATA, False: EdgeKind.ORDER}
    flow = Flow(
        nodes={},
        edges=tuple(Edge(*pair, names[pair], kinds[bool(names[pair])]) for pair in sorted({*edges, *order})),
        cell_names={},
        producers={},
        problems=tuple(problems),
        first_cells={name: node.cells[0].index for name, node in spec.nodes.items()},
    )
    return check_pipeline(spec, flow, open_notebook, **around)


def codes(*args, **kwargs):
    return [found.code for found in check(*args, **kwargs)]
