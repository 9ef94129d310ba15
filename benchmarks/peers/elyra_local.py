"""Elyra's local processor: it runs the notebooks in place, one after the other, each in a kernel of its own."""

from pathlib import Path

from elyra.pipeline.local.local_processor import LocalPipelineProcessor
from elyra.pipeline.pipeline import GenericOperation, Pipeline
from work import given_work, save_notebooks


def main() -> None:
    """Process the pipeline that the editor would have made."""
    work = given_work()
    paths = save_notebooks(work)
    pipeline = Pipeline("nodes", "nodes", runtime="local")
    for name, node in work.nodes.items():
        pipeline.operations[name] = GenericOperation(
            name,
            "execution_node",
            name,
            "execute-notebook-node",
            parent_operation_ids=list(node.upstream),
            component_props={"filename": str(paths[name].relative_to(Path.cwd())), "runtime_image": "none"},
            elyra_props={},
        )
    LocalPipelineProcessor(root_dir=str(Path.cwd())).process(pipeline)


if __name__ == "__main__":
    main()
