from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.children import Child, decide_child
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.models import Action
from jupyter_dataops.records import ArtifactRecord, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import NodeState, RunState

PRINT = {**dict.fromkeys(COMPONENTS, "d"), "item": "i", "values": "v"}
CHILD = Child(NodeName("score[rome]"), PRINT, ("y",))
Y = OutputRecord("y", ArtifactRecord(Digest("d:y"), "json", "int", 1))
PARENT = RunRecord(RunId("old"), "n.ipynb", Digest("d:n"), {}, RunState.FAILED, datetime(2026, 1, 1, tzinfo=UTC))


def past(state: NodeState = NodeState.SUCCEEDED, **differs: Any) -> NodeRunRecord:
    record = NodeRunRecord(RunId("old"), CHILD.name, 0, state=state, fingerprint=PRINT, outputs={"y": Y})
    return replace(record, **differs)


def decide(
    earlier: NodeRunRecord | None, asked_for: str | None = None, *, is_sibling_asked: bool = False, **changed: str
) -> tuple[Action, str]:
    child = replace(CHILD, fingerprint={**PRINT, **changed})
    asked = NodeName(asked_for) if asked_for else None
    found = decide_child(child, earlier, PARENT, asked_for=asked, is_sibling_asked=is_sibling_asked)
    return found.action, found.reason


def test_what_succeeded_on_the_same_is_reused() -> None:
    assert decide(past()) == (Action.REUSE, "its result of run old still holds")
    child = decide_child(CHILD, past(source_run_id=RunId("first")), PARENT, asked_for=None, is_sibling_asked=False)
    assert (child.source_run_id, child.outputs) == ("first", {"y": Y})


@pytest.mark.parametrize(
    ("earlier", "changed", "reason"),
    [
        (None, {}, "it is new since run old"),
        (past(NodeState.FAILED), {}, "it failed in run old"),
        (past(NodeState.PENDING), {}, "it never started in run old"),
        (past(NodeState.CANCELLED), {}, "it was cancelled in run old"),
        (past(), {"code": "other"}, "its code changed since run old"),
        (past(), {"item": "other"}, "its element changed since run old"),
        (past(), {"values": "other"}, "a value that it reads changed since run old"),
        (past(), {"files": UNKNOWN}, "its files may have changed since run old"),
        (past(outputs={}), {}, "`y` is needed, which run old did not store"),
    ],
)
def test_what_speaks_against_it_is_said(earlier: NodeRunRecord | None, changed: dict[str, str], reason: str) -> None:
    assert decide(earlier, **changed) == (Action.RUN, reason)


def test_what_is_asked_for_runs() -> None:
    assert decide(past(), "score[rome]") == (Action.RUN, "its retry was asked for")
    assert decide(past(), "score[rome]/clean") == (Action.RUN, "a retry of `score[rome]/clean` was asked for")


def test_a_sibling_that_was_asked_for_by_name_leaves_edited_code_alone_and_says_so() -> None:
    action, reason = decide(past(), is_sibling_asked=True, code="other")
    assert (action, reason) == (Action.REUSE, "its result of run old is used, although its code changed since")
    assert decide(past(), is_sibling_asked=True, item="other")[0] is Action.RUN
    assert decide(past(NodeState.FAILED), is_sibling_asked=True)[0] is Action.RUN


def test_a_child_of_a_group_that_had_none_is_not_called_new() -> None:
    found = decide_child(CHILD, None, PARENT, asked_for=None, is_sibling_asked=False, did_expand=False)
    assert (found.action, found.reason) == (Action.RUN, "its group never got that far in run old")
