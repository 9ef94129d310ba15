"""A program that runs pipelines without kernels, fast, to be killed: ``python -m tests.support.crash_runner VERB WHAT``."""

from __future__ import annotations

import sys
from unittest.mock import patch

from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.errors import DataOpsError
from tests.support.in_process import InProcessExecutor


def main(verb: str, what: str, *nodes: str) -> int:
    """``run NOTEBOOK``, or ``retry``, ``resume``, ``cancel``, ``show RUN``, or ``retry_node RUN NODE``; its exit code."""
    try:
        with patch("jupyter_dataops.api.launch.make_executor", InProcessExecutor):
            run = _do(verb, what, nodes)
    except DataOpsError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return error.exit_code
    print(run.run_id, run.state)
    return 0


def _do(verb: str, what: str, nodes: tuple[str, ...]) -> Run:
    match verb:
        case "run":
            return Pipeline(what).run(progress=False)
        case "retry":
            return open_run(what).retry(nodes, progress=False)
        case "retry_node":
            return open_run(what).retry_node(nodes[0])
        case "resume":
            return open_run(what).resume(progress=False)
        case "cancel":
            run = open_run(what)
            run.cancel("enough")
            return run
        case "show":
            return open_run(what)
    raise ValueError(verb)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
