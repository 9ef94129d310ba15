"""The command ``papermill IN OUT`` for each node, as many at once as there are jobs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from work import PRODUCTS, Node, given_work, run_ready, save_notebooks


def run_node(node: Node) -> None:
    """Execute one node's notebook."""
    made = PRODUCTS / f"{node.name}.ipynb"
    subprocess.run([sys.executable, "-m", "papermill", "--no-progress-bar", paths[node.name], made], check=True)


if __name__ == "__main__":
    given = given_work()
    paths = save_notebooks(given)
    with ThreadPoolExecutor(given.jobs) as workers:
        run_ready(given, workers, run_node)
