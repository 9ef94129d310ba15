"""The given work as a DAG of ploomber, for its contestants; not one itself."""

from typing import Any

from ploomber import DAG
from ploomber.products import File
from ploomber.tasks import NotebookRunner
from work import PRODUCTS, Node, Work, given_work


def source(work: Work, node: Node) -> str:
    """The task as a jupytext notebook: values travel as the files that are its products."""
    reads = "\n".join(f"{name} = " + work.read(f"upstream[{name!r}]['data']") for name in node.upstream)
    upstream = list(node.upstream) or None
    writes = work.write(node.name, "product['data']")
    return (
        f"# + tags=['parameters']\nupstream = {upstream!r}\nproduct = None\n\n# +\n{work.imports or 'import json'}\n"
        f"{reads}\n\n# +\n{node.source}\n\n# +\n{writes}\n"
    )


def build(executor: Any, notebooks: str = "papermill") -> None:
    """Build the DAG; what is up to date is not built again.

    Parameters
    ----------
    executor
        Of the DAG: how its tasks come to run.
    notebooks
        What runs the notebook of one: papermill, with a kernel, or ploomber-engine, without.
    """
    work = given_work()
    dag = DAG(executor=executor)
    tasks = {}
    for name, node in work.nodes.items():
        product = {"nb": File(str(PRODUCTS / f"{name}.ipynb")), "data": File(work.product(name))}
        options = {"ext_in": "py", "kernelspec_name": "python3", "local_execution": False, "executor": notebooks}
        tasks[name] = NotebookRunner(source(work, node), product, dag, name=name, **options)
    for name, node in work.nodes.items():
        for upstream in node.upstream:
            tasks[upstream] >> tasks[name]
    dag.build()
