"""Reports of runs with real kernels, through the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.notebooks import cell, notebook, text

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:x()'>a</a><b>bold</b>"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
CELLS = [
    cell("import time\nfrom IPython.display import HTML, Image, display", "setup"),
    text("# Prices\n\nWith *one* that is wrong. <script>alert(2)</script>"),
    cell(
        "import pandas as pd\n"
        "prices = pd.DataFrame({'city': ['Bern', '<Genf>'], 'price': [3, -1]})\n"
        "print('\\x1b[31mred\\x1b[0m')\n"
        f"display(HTML({HOSTILE!r}))\n"
        f"display(Image(data=__import__('base64').b64decode({PICTURE!r}), format='png'))\n"
        "prices",
        "node:prices",
    ),
    cell("assert (prices.price > 0).all(), 'a price is negative'", "check:prices/positive", "severity:warn"),
    cell("assert len(prices) == 2", "check:prices/two"),
    cell("squared = n ** 2", "node:square", "each:n=numbers"),
    cell("1 / 0", "node:broken", "retries:1"),
    cell("print(squared)", "node:below", "after:broken"),
]
CELLS.insert(1, cell("numbers = [1, 2]", "node:numbers"))


def dataops(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyter_dataops", *arguments, "--store", str(folder / "store")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.kernel
def test_a_run_with_everything_becomes_one_harmless_page(tmp_path: Path) -> None:
    (tmp_path / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)), "utf-8")
    done = dataops(tmp_path, "run", "etl.ipynb", "--jobs", "2")
    assert done.returncode == 1, done.stdout + done.stderr

    page_path, notebook_path = dataops(tmp_path, "report", "last").stdout.splitlines()
    html = Path(page_path).read_text("utf-8")
    assert json.loads(Path(notebook_path).read_text("utf-8"))["metadata"]["dataops"]["run"]["state"] == "failed"

    # what became of it
    assert "node broken failed first in cell 8, line 1: ZeroDivisionError: division by zero." in html
    assert "attempt 2 took" in html
    assert "waited" in html
    assert "square[1]" in html
    # outputs, without what could run
    assert "<b>bold</b>" in html
    assert '<span class="ansi-red">red</span>' in html
    assert f"data:image/png;base64,{PICTURE}" in html
    assert re.search(r"<td>&lt;Genf&gt;</td>", html)
    assert not re.search(r"<script|<\w+[^<>]*\sonerror|<a [^<>]*javascript:", html)
    assert not re.search(r'<\w+ [^<>]*\b(?:src|srcset|poster)="(?!data:)', html)
    # checks and versions
    assert "⚠ warned" in html
    assert "1 failing row" in html
    assert re.search(r"<th scope=\"row\">pandas</th><td>\d", html)
    assert re.search(r"<td class=\"number\">\d+\.\d MiB</td>", html), "peak memory"

    # a child, in the terminal
    assert dataops(tmp_path, "open", "last", "square[1]", "--print").stdout.strip().endswith("notebook.ipynb")
    shown = json.loads(dataops(tmp_path, "show", "last", "--json").stdout)
    assert {check["name"]: check["state"] for check in shown["checks"]} == {"positive": "failed", "two": "succeeded"}
