"""ploomber: a notebook task for each node, its parallel executor. What is up to date is not built again."""

from ploomber import DAG
from ploomber.executors import Parallel
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


def main() -> None:
    """Build the DAG."""
    work = given_work()
    dag = DAG(executor=Parallel(processes=work.jobs))
    tasks = {}
    for name, node in work.nodes.items():
        product = {"nb": File(str(PRODUCTS / f"{name}.ipynb")), "data": File(work.product(name))}
        options = {"ext_in": "py", "kernelspec_name": "python3", "local_execution": False}
        tasks[name] = NotebookRunner(source(work, node), product, dag, name=name, **options)
    for name, node in work.nodes.items():
        for upstream in node.upstream:
            tasks[upstream] >> tasks[name]
    dag.build()


if __name__ == "__main__":
    main()
