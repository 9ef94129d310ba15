"""papermill's Python API, a notebook for each node, as many processes as there are jobs."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import nbformat
import papermill
from work import PRODUCTS, Node, Work, given_work, notebook, run_ready


def run_node(work: Work, node: Node) -> None:
    """Execute one node's notebook."""
    made = nbformat.from_dict(notebook(work.cells(node)))
    papermill.execute_notebook(made, str(PRODUCTS / f"{node.name}.ipynb"), progress_bar=False)


if __name__ == "__main__":
    given = given_work()
    with ProcessPoolExecutor(given.jobs) as workers:
        run_ready(given, workers, partial(run_node, given))
