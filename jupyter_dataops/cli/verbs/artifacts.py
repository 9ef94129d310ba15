"""``artifacts``: what the nodes handed on."""

from __future__ import annotations

from jupyter_dataops.api.description import describe_output
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import cut, make_console, make_table, one_line, print_json, print_table, size_text


@verb(
    json_shape='{"run_id", "artifacts": [{"node", "name", "type", "size_bytes", "shape", "columns", "digest", '
    '"serializer", "preview"}]}'
)
@run_argument()
@node_argument()
@json_option()
def command(face: Face, /, run: str, node: str | None, *, as_json: bool) -> None:
    """List what a run's nodes handed on.

    Values are described, not loaded; Python's `run.load(NODE, NAME)` loads one. RUN is an id, a unique prefix of one,
    or `last`.
    """
    found = face.open_run(run)
    chosen = [found[node]] if node else list(found.nodes.values())
    outputs = [(node_run.node, output) for node_run in chosen for output in node_run.outputs.values()]
    if as_json:
        described = [{"node": name, "name": output.name, **describe_output(output)} for name, output in outputs]
        print_json({"run_id": found.run_id, "artifacts": described})
        return
    table = make_table("node", "name", "type", "size", "shape", "digest", "preview", right=("size",), wide="preview")
    for name, output in outputs:
        artifact = output.artifact
        shape = "x".join(map(str, artifact.shape)) if artifact.shape is not None else ""
        algorithm, _, hexadecimal = artifact.digest.partition(":")
        table.add_row(
            name,
            output.name,
            artifact.type,
            size_text(artifact.size_bytes),
            shape,
            f"{algorithm}:{hexadecimal[:12]}",
            cut(one_line(artifact.preview)),
        )
    print_table(table, make_console())
