from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_dataops.errors import UsageError
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.targets import require_conditions
from tests.support.notebooks import cell, notebook

CHECKS = "import sys\nfrom os import path\ndef ready():\n    raise RuntimeError\nif sys.argv:\n    late = ready\n"


@pytest.fixture
def etl(tmp_path: Path) -> Path:
    path = tmp_path / "etl.ipynb"
    cells = cell("x = 1", "node:load"), cell("True", "is_open", "skip")
    path.write_text(json.dumps(notebook(*cells)))
    (tmp_path / "checks.py").write_text(CHECKS)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "__init__.py").touch()
    (tmp_path / "inner" / "more.py").write_text("class Door:\n    def is_open(self): ...\n")
    (tmp_path / "open_to_all.py").write_text("from elsewhere import *\n")
    return path


@pytest.mark.parametrize(
    "text",
    [
        *("condition cell:is_open", "condition cell:load", "condition checks:ready", "condition checks:late"),
        *("condition inner.more:Door.is_open", "condition open_to_all:anything", "condition json:dumps"),
        *("condition checks:path.exists", "condition sys:exit", "every 1h | condition checks:ready & asset sales"),
    ],
)
def test_a_condition_that_can_be_found_is_taken_and_nothing_of_it_runs(etl: Path, text: str) -> None:
    require_conditions(parse_trigger(text), etl)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "condition cell:is_opne",
            r"condition cell:is_opne: no cell has the tag `is_opne`.*\n  -> did you mean 'is_open'",
        ),
        ("condition cell:nope", "no cell has the tag `nope`"),
        ("condition cheks:ready", "there is no module 'cheks'"),
        ("condition inner.less:Door", "there is no module 'inner.less'"),
        ("condition checks:raedy", r"'checks' has no 'raedy'.*\n  -> did you mean 'ready'"),
        ("every 1h | condition checks:nope", "'checks' has no 'nope'"),
    ],
)
def test_a_condition_that_cannot_be_found_is_refused(etl: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        require_conditions(parse_trigger(text), etl)
