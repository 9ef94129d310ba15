"""dagstermill: a notebook op for each node; the notebooks each have a kernel, the rest is Dagster in one process.

Values travel as Dagster's own: yielded by the notebook, pickled by the file system's IO manager.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

# Every kernel loads this file too, by its path alone.
sys.path.insert(0, str(Path(__file__).parent))

from work import PRODUCTS, Node, Work, given_work, notebook

READ_BY_DAGSTER = "parameters"


def sources(work: Work, node: Node) -> list[str]:
    """The cells of a node's notebook."""
    inputs = "\n".join(f"{name} = None" for name in node.upstream) or "pass"
    yields = f"dagstermill.yield_result({node.name}, 'result')"
    return [f"import dagstermill\n{work.imports}", inputs, node.source, yields]


def save_notebook(work: Work, node: Node) -> str:
    """The path of a node's notebook."""
    made = notebook(sources(work, node))
    made["cells"][1]["metadata"]["tags"] = [READ_BY_DAGSTER]
    path = PRODUCTS / f"{node.name}-in.ipynb"
    path.write_text(json.dumps(made))
    return str(path)


def make_job():  # noqa: ANN201  # a Dagster job: its class is not to be had outside this peer's environment
    """The job; Dagster calls this again in every kernel."""
    import dagster
    import dagstermill

    work = given_work()

    @dagster.job(
        resource_defs={
            "output_notebook_io_manager": dagstermill.local_output_notebook_io_manager,
            "io_manager": dagster.fs_io_manager,
        },
        executor_def=dagster.in_process_executor,
    )
    def nodes() -> None:
        made = {}
        for name, node in work.nodes.items():
            op = dagstermill.define_dagstermill_op(
                name=f"run_{name}",
                notebook_path=str(PRODUCTS / f"{name}-in.ipynb"),
                ins={upstream: dagster.In() for upstream in node.upstream},
                outs={"result": dagster.Out()},
            )
            made[name] = op(**{upstream: made[upstream] for upstream in node.upstream})

    return nodes


def main() -> None:
    """Run the job in an instance of its own."""
    import dagster

    work = given_work()
    for node in work.nodes.values():
        save_notebook(work, node)
    with dagster.DagsterInstance.local_temp() as instance:
        result = dagster.execute_job(dagster.reconstructable(make_job), instance=instance, raise_on_error=True)
        assert result.success


if __name__ == "__main__":
    main()
