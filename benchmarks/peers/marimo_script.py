"""A marimo app with a cell for each node, run as a script: one process, values stay in memory."""

import runpy

from work import PRODUCTS, Node, Work, given_work

MODULES = ("np", "pd")


def cell(work: Work, node: Node) -> str:
    """A node as marimo writes it: a function from what it reads to what it binds."""
    reads = ", ".join([*(MODULES if work.frames else ()), *node.upstream])
    body = node.source.replace("\n", "\n    ")
    return f"@app.cell\ndef _({reads}):\n    {body}\n    return ({node.name},)\n"


def app(work: Work) -> str:
    """The file."""
    imports = work.imports.replace("\n", "\n    ")
    modules = f"@app.cell\ndef _():\n    {imports}\n    return ({', '.join(MODULES)},)\n" if work.frames else ""
    cells = "\n".join(cell(work, node) for node in work.nodes.values())
    run = 'if __name__ == "__main__":\n    app.run()\n'
    return f"import marimo\n\napp = marimo.App()\n\n{modules}\n{cells}\n{run}"


if __name__ == "__main__":
    path = PRODUCTS / "app.py"
    path.write_text(app(given_work()))
    runpy.run_path(str(path), run_name="__main__")
