"""A run that crashed in the middle of its groups goes on with what they had expanded to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.events import Event
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]

INNER = (
    cell("country = 'us'", "parameters"),
    cell("items = [country, country * 2]", "node:load"),
    cell("long = len(item)", "node:measure", "each:item=items"),
    cell("sum(long) > 0", "check:measure/some"),
)
OUTER = (
    cell("countries = ['de', 'fra']", "node:list"),
    cell("own = country.upper()", "node:sub", "each:country=countries", "notebook:inner.ipynb", "out:long"),
    cell("end = (long, own)", "node:use", "out:end"),
)


class Killed(BaseException):
    """Stands for the death of the runner."""


def killed_after(kind: str, node: str) -> Callable[[Event | CellFinished], None]:
    def observe(event: Event | CellFinished) -> None:
        if type(event).__name__ == kind and getattr(event, "node", None) == node:
            raise Killed

    return observe


@pytest.mark.parametrize(
    ("kind", "node"),
    [
        ("NodeQueued", "sub"),
        ("NodeExpanded", "sub"),
        ("NodeStarted", "sub[fra]"),
        ("NodeExpanded", "sub[de]"),
        ("NodeExpanded", "sub[fra]/measure"),
        ("NodeSucceeded", "sub[de]/measure[de]"),
        ("NodeSucceeded", "sub[de]/check:measure/some"),
        ("NodeSucceeded", "sub[de]"),
        ("NodeSucceeded", "sub"),
    ],
)
def test_it_goes_on_with_stored_children_and_ends_as_if_nothing_had_happened(save: Save, kind: str, node: str) -> None:
    save(*INNER, name="inner.ipynb")
    run = save(*OUTER).create_run()
    with pytest.raises(Killed):
        run.execute(observer=killed_after(kind, node), progress=False)
    assert run.refresh().state is RunState.CRASHED
    run.resume(progress=False)
    assert run.state is RunState.SUCCEEDED
    assert run.load("use", "end") == ([[2, 4], [3, 6]], ["DE", "FRA"])
    assert {state.state.value for state in run.nodes.values()} == {"succeeded"}
    assert len(run.nodes) == 3 + 2 * (1 + 2 + 2 + 1)


def test_a_retry_that_crashed_goes_on_with_the_children_that_it_reuses(save: Save) -> None:
    save(*INNER, name="inner.ipynb")
    done = save(*OUTER).run(progress=False)
    again = done.create_retry(["sub[fra]/measure"])
    with pytest.raises(Killed):
        again.execute(observer=killed_after("NodeExpanded", "sub[fra]"), progress=False)
    again.resume(progress=False)
    assert again.state is RunState.SUCCEEDED
    assert again["sub[de]"].state.value == "reused"
    assert again["sub[fra]/load"].state.value == "reused"
    assert again["sub[fra]/measure[fra]"].state.value == "succeeded"
    assert again.load("use", "end") == done.load("use", "end")
