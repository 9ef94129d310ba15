"""ploomber-engine alone: notebook after notebook in this one process, without kernels; nothing is kept of a run."""

import nbformat
from ploomber_engine import execute_notebook
from work import PRODUCTS, given_work, notebook

if __name__ == "__main__":
    given = given_work()
    for node in given.nodes.values():
        made = nbformat.from_dict(notebook(given.cells(node)))
        execute_notebook(made, str(PRODUCTS / f"{node.name}.ipynb"), progress_bar=False, verbose=False)
