"""How long nbclient takes for each node's notebook: from the kernel's start to its end."""

import json
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from work import Node, Work, given_work, notebook, run_ready


def seconds(work: Work, node: Node) -> float:
    """Execute one node's notebook."""
    started = time.perf_counter()
    NotebookClient(nbformat.from_dict(notebook(work.cells(node)))).execute()
    return time.perf_counter() - started


if __name__ == "__main__":
    given = given_work()
    with ProcessPoolExecutor(given.jobs) as workers:
        found = run_ready(given, workers, partial(seconds, given))
    Path("seconds.json").write_text(json.dumps(list(found.values())))
