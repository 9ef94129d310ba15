"""``artifacts``: what the nodes handed on."""

from __future__ import annotations

from jupyter_dataops.api.description import describe_output
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow import members
from jupyter_dataops.cli.options import json_option, node_argument, run_argument
from jupyter_dataops.cli.output import cut, make_console, make_table, one_line, print_json, print_table
from jupyter_dataops.report.quantities import size_text
from jupyter_dataops.report.tree import rows_of


@verb(
    reads_store=True,
    json_shape='{"run_id", "artifacts": [{"node", "name", "type", "size_bytes", "shape", "columns", "digest", '
    '"serializer", "preview"}]}',
)
@run_argument()
@node_argument()
@json_option()
def command(face: Face, /, run: str, node: str | None, *, as_json: bool) -> None:
    """List what a run's nodes handed on.

    Values are described, not loaded; Python's `run.load(NODE, NAME)` loads one. With NODE, also what the nodes handed
    on that it has expanded to; without, the table leaves these out where they are many. RUN is an id, a unique prefix
    of one, or `last`.
    """
    found = face.open_run(run)
    wanted = members(found, node and found[node].node)
    records = [node_run.record for name, node_run in found.nodes.items() if name in wanted]
    if not (node or as_json):
        records = [row.node_run for row in rows_of(records)]
    outputs = [(record.node, output) for record in records for output in record.outputs.values()]
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
