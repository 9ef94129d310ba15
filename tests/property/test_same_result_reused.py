"""A run that reuses results leaves the values of *Run All* too, whatever was edited since, or says why not."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from jupyter_dataops import Pipeline
from jupyter_dataops.api import launch
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import InvalidPipeline
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.property.test_same_result import EXAMPLES, Made, notebooks, run_in_one_kernel
from tests.support.in_process import InProcessExecutor

DOCUMENTED = {
    "UndeclaredMutation",
    "UnstorableValue",
    FailureCause.UNDECLARED_MUTATION,
    FailureCause.UNSTORABLE_OUTPUT,
    FailureCause.CONFIG_INVALID,
}


@pytest.fixture(autouse=True)
def _without_kernels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)
    return


@st.composite
def edits(draw: Any, made: Made) -> Made:
    """The notebook with one cell edited: in no way that counts, in a number, or in what is looked at in the end."""
    edited = deepcopy(made)
    cells = [part for part in edited.notebook["cells"] if "setup" not in part["metadata"].get("tags", ())]
    cells += [part for one in edited.beside.values() for part in one["cells"][2:]]
    part = draw(st.sampled_from(cells))
    numbers = list(re.finditer(r"\b\d\b", part["source"]))
    kind = draw(st.sampled_from(["comment", "number", "number", "look"]))
    if kind == "comment" or (kind == "number" and not numbers):
        part["source"] += "\n# another comment"
    elif kind == "number":
        at, digit = draw(st.sampled_from(numbers)), draw(st.integers(0, 9))
        part["source"] = part["source"][: at.start()] + str(digit) + part["source"][at.end() :]
    else:
        end = cells[len(edited.notebook["cells"]) - 2]
        looks = re.findall(r"\('\w+', look\(\w+\)\)", end["source"])
        kept = draw(st.lists(st.sampled_from(looks), min_size=1, unique=True)) if looks else []
        end["source"] = f"seen = [{', '.join(kept)}]"
    return edited


def seen_after(made: Made, folder: Path, *, changed: bool) -> Any:
    """What the last node saw; a sentence where the run was stopped."""
    for path, one in made.beside.items():
        (folder / path).write_text(json.dumps(one), "utf-8")
    whole = deepcopy(made.notebook)
    whole["cells"][-1]["metadata"]["tags"].append("out:seen")
    (folder / "made.ipynb").write_text(json.dumps(whole), "utf-8")
    try:
        run = Pipeline(folder / "made.ipynb", settings=Settings(store=str(folder / "store"), jobs=2)).run(
            changed=changed, progress=False
        )
    except InvalidPipeline as error:
        return f"stopped: {error.diagnostics[0].code}"
    if run.state is RunState.SUCCEEDED:
        reused = any(one.state is NodeState.REUSED for one in run.nodes.values())
        event("something reused" if reused else "nothing reused")
        return run.load("end", "seen")
    failures = [one.record.failure for one in run.nodes.values() if one.record.failure is not None]
    assert any(one.ename in DOCUMENTED or one.cause in DOCUMENTED for one in failures), failures
    return "stopped"


def expected_of(made: Made) -> Any:
    try:
        return run_in_one_kernel(made)["seen"]
    except Exception:  # an edit may break anything
        return None


@pytest.mark.timeout(120 + 3 * EXAMPLES)
@settings(max_examples=max(EXAMPLES // 15, 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_a_run_that_reuses_leaves_the_values_of_run_all_or_says_why_not(data: Any, groups: bool) -> None:
    versions = [data.draw(notebooks(groups=groups))]
    for _ in range(2):
        versions.append(data.draw(edits(versions[-1])))
    expected = [expected_of(one) for one in versions]
    assume(None not in expected)
    with tempfile.TemporaryDirectory() as folder:
        for number, (made, wanted) in enumerate(zip([*versions, versions[0]], [*expected, expected[0]], strict=True)):
            found = seen_after(made, Path(folder), changed=number > 0)
            if isinstance(found, str):
                event(found)
                continue
            assert json.dumps(found) == json.dumps(wanted), f"version {number} of\n" + "\n=====\n".join(
                map(str, versions)
            )
