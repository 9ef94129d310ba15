"""The work in ``work.json`` with ploomber: a notebook task per node, its parallel executor."""

import json
import sys
from pathlib import Path

from ploomber import DAG
from ploomber.executors import Parallel
from ploomber.products import File
from ploomber.tasks import NotebookRunner

PRODUCTS = Path("products").absolute()


def source(name: str, upstream: list[str]) -> str:
    """The task as a jupytext notebook; values travel as JSON files."""
    reads = "\n".join(f"{one} = json.load(open(upstream[{one!r}]['data']))" for one in upstream)
    return (
        f"# + tags=['parameters']\nupstream = {upstream or None!r}\nproduct = None\n\n# +\nimport json\n{reads}\n\n"
        f"# +\n{name} = 1 + {' + '.join(upstream) or '0'}\n\n# +\njson.dump({name}, open(product['data'], 'w'))\n"
    )


def main() -> None:
    """Build the DAG and run it."""
    PRODUCTS.mkdir()
    work = json.loads(Path("work.json").read_text())
    dag = DAG(executor=Parallel(processes=int(sys.argv[1])))
    tasks = {}
    for name, upstream in work.items():
        product = {"nb": File(str(PRODUCTS / f"{name}.ipynb")), "data": File(str(PRODUCTS / f"{name}.json"))}
        tasks[name] = NotebookRunner(
            source(name, upstream),
            product,
            dag,
            name=name,
            ext_in="py",
            kernelspec_name="python3",
            local_execution=False,
        )
    for name, upstream in work.items():
        for one in upstream:
            tasks[one] >> tasks[name]
    dag.build()


if __name__ == "__main__":
    main()
