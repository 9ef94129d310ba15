"""``make demo``: the flights pipeline from graph to result, then a failure, its cause, the mend and the retry.

Works on a copy in ``.demo/``, with a store of its own there; the notebook in this folder is never touched.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WORK = HERE.parent / ".demo"
NOTEBOOK = WORK / "flights.ipynb"
ENVIRONMENT = Path(sys.prefix)
WHOLE = 'measured = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]'
BROKEN = WHOLE.replace('"precip"', '"rain"')


def say(text: str) -> None:
    """Tell what comes next."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def dataops(line: str, expected: int = 0) -> None:
    """Show and run one command of the package's command line."""
    print(f"$ jupyter dataops {line}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_dataops", *shlex.split(line)],
        cwd=WORK,
        env={name: value for name, value in os.environ.items() if name != "DATAOPS_STORE"},
        check=False,
    )
    if done.returncode != expected:
        sys.exit(f"'jupyter dataops {line}' ended with exit code {done.returncode}, not {expected}")


def edit(old: str, new: str) -> None:
    """Replace `old` by `new` in the one cell of the copy that has it, as a user would in JupyterLab."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if old in "".join(cell["source"]))
    cell["source"] = "".join(cell["source"]).replace(old, new)
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"-{old}\n+{new}", flush=True)


def main() -> None:
    """Run the whole demonstration; exits with a message where anything is not as it should be."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    (WORK / "dataops.toml").write_text('store = "store"\n')
    shutil.copy(HERE / "flights.ipynb", NOTEBOOK)

    say("336,776 flights in an ordinary notebook; its tagged cells are the nodes of this graph")
    dataops("graph flights.ipynb")
    say("Run it: every node in a kernel of its own, through papermill, two at a time")
    dataops("run flights.ipynb --jobs 2")
    say("The result: what the last node printed, and what is stored")
    dataops("logs last report")
    dataops("artifacts last compare")
    say("The executed notebook, outputs in their own cells, and the notebook of one node, which runs by itself")
    dataops("open last --print")
    dataops("open last compare --print")

    say("Now break it: the `join` node asks for a column that is not there ...")
    edit(WHOLE, BROKEN)
    dataops("run flights.ipynb --jobs 2", expected=1)
    say("... and this is how one sees what went wrong")
    dataops("why last")
    say("Mend the cell and retry: what succeeded is reused, the rest runs with the new source")
    edit(BROKEN, WHOLE)
    dataops("retry last --jobs 2")
    dataops("runs")
    say("Try it yourself, with the environment that was made for this:")
    print(f"source {ENVIRONMENT / 'bin' / 'activate'}\ncd {WORK}\njupyter lab flights.ipynb", flush=True)


if __name__ == "__main__":
    main()
