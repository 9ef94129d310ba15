"""The work in ``work.json`` with plain papermill: a notebook per node, as many processes as there are jobs."""

import json
import sys
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

import nbformat
import papermill

PRODUCTS = Path("products").absolute()


def run_node(name: str, upstream: list[str]) -> str:
    """Build and execute one node's notebook; values travel as JSON files."""
    reads = "".join(f"{one} = json.load(open({str(PRODUCTS / one) + '.json'!r}))\n" for one in upstream)
    source = f"{name} = 1 + {' + '.join(upstream) or '0'}"
    writes = f"json.dump({name}, open({str(PRODUCTS / name) + '.json'!r}, 'w'))"
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in (f"import json\n{reads}", source, writes)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    papermill.execute_notebook(made, str(PRODUCTS / f"{name}.ipynb"), progress_bar=False)
    return name


def main() -> None:
    """Run what is ready until all is done."""
    PRODUCTS.mkdir()
    work = json.loads(Path("work.json").read_text())
    done: set[str] = set()
    running = {}
    with ProcessPoolExecutor(int(sys.argv[1])) as pool:
        while len(done) < len(work):
            for name, upstream in work.items():
                if name not in done and name not in running.values() and done.issuperset(upstream):
                    running[pool.submit(run_node, name, upstream)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done.add(future.result())
                del running[future]


if __name__ == "__main__":
    main()
