"""Random pipelines whose results are known beforehand."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.notebooks import cell, notebook

_SETUP = """\
from pathlib import Path
import time
def once(name):
    path = Path(name)
    if not path.exists():
        path.touch()
        raise ConnectionError(name)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A notebook, and what its node ``end`` hands on as ``end``."""

    path: Path
    end: int


def write_pipeline(folder: Path, number: int, chance: random.Random) -> Known:
    """A new pipeline of 3 to 8 nodes in `folder`: chains, forks, retries, pools, checks, ``each:`` and sub-pipelines."""
    cells: list[dict[str, Any]] = [cell(_SETUP, "setup")]
    values: list[int] = []
    for index in range(chance.randint(3, 8)):
        name, read = f"v{index}", [other for other in range(len(values)) if chance.random() < 0.5]
        total = sum(values[other] for other in read) + 1
        source = " + ".join(["1", *(f"v{other}" for other in read)])
        tags, before = [f"node:{name}"], ""
        match chance.choice(["plain", "plain", "flaky", "pool", "each", "notebook", "check"]):
            case "flaky":
                before, tags = f"once('{number}-{name}')\n", [*tags, "retries:1"]
            case "pool":
                tags.append("pool:shared")
            case "each":
                cells.append(cell(f"items{index} = [1, 2, 3]", f"node:items{index}"))
                cells.append(cell(f"part{index} = item + {source}", f"node:part{index}", f"each:item=items{index}"))
                source, total = f"sum(part{index})", 6 + 3 * total
            case "notebook":
                _write_inner(folder)
                cells.append(cell(f"start = {source}", f"node:sub{index}", "notebook:inner.ipynb", "out:doubled"))
                source, total = "doubled", 2 * total
            case "check":
                cells.append(cell(f"assert {name} > 0", f"check:{name}/positive"))
            case _:
                pass
        cells.append(cell(f"{before}time.sleep({chance.random() * 0.2:.3f})\n{name} = {source}", *tags))
        values.append(total)
    cells.append(cell("end = " + " + ".join(f"v{index}" for index in range(len(values))), "node:end", "out:end"))
    path = folder / f"pipeline-{number}.ipynb"
    path.write_text(json.dumps(notebook(*cells)), "utf-8")
    return Known(path, sum(values))


def _write_inner(folder: Path) -> None:
    inner = notebook(
        cell("start = 0", "parameters"), cell("once = start", "node:once"), cell("doubled = 2 * once", "node:double")
    )
    (folder / "inner.ipynb").write_text(json.dumps(inner), "utf-8")
