"""Which requests of a view are passed on, and as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_dataops.errors import RunNotFound, ScheduleNotFound
from jupyter_dataops.panel.scope import BadRequest, OutOfScope, Scope
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire.runs import RunRef
from jupyter_dataops.service.wire.schedules import SchedulesRequest, TriggerRequest
from jupyter_dataops.service.wire.watching import Unwatch, WatchLog, WatchRun, WatchRuns, WatchSchedules

PATH = "etl.ipynb"
RUN = "aaaaaaaaaa"
OWN = "nightly"


def find_run(name: str) -> str:
    if not RUN.startswith(name):
        raise RunNotFound(f"no run '{name}'")
    return RUN


def check_owned(kind: str, name: str) -> None:
    if name != OWN:
        raise ScheduleNotFound(f"no {kind} '{name}'")


def of_notebook(find: Callable[[str], str] = find_run, **options: Any) -> Scope:
    return Scope(PATH, find, check_owned, **options)


@pytest.fixture
def scope() -> Scope:
    return of_notebook()


def smallest(op: str) -> dict[str, Any]:
    """A request with what it needs, about this notebook and its run."""
    known = {
        "path": PATH,
        "run_id": RUN,
        "node": "load",
        "name": "rows",
        "entries": [],
        "asset": "sales",
        "schedule": OWN,
        "trigger": "every 1h",
        "since": "2026-01-01T00:00:00Z",
        "deployment": OWN,
        "version": "1",
        "before": "1",
        "after": "2",
        "environment": "dev",
        "source": "dev",
        "target": "prod",
    }
    fields = OPERATIONS[op].request.model_fields
    return {name: known[name] for name, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("op", OPERATIONS)
def test_what_runs_by_itself_is_not_changed_and_the_rest_can_be_asked_for_where_that_is_allowed(op: str) -> None:
    row = OPERATIONS[op]
    for scope, allowed in ((of_notebook(), {"read", "execute"}), (of_notebook(is_read_only=True), {"read"})):
        if row.action in allowed:
            assert isinstance(scope.request(op, smallest(op)), row.request)
        else:
            with pytest.raises(OutOfScope):
                scope.request(op, smallest(op))


@pytest.mark.parametrize("op", OPERATIONS)
def test_no_operation_leads_to_another_notebook_or_what_is_of_one(op: str) -> None:
    request = smallest(op)
    elsewhere = {"path": "other.ipynb", "run_id": "bbbb", "schedule": "theirs", "deployment": "theirs"}
    for name in OPERATIONS[op].request.model_fields.keys() & elsewhere.keys():
        with pytest.raises((OutOfScope, RunNotFound, ScheduleNotFound)):
            of_notebook().request(op, {**request, name: elsewhere[name]})


@pytest.mark.parametrize("op", OPERATIONS)
def test_every_operation_is_about_this_notebook_or_about_none(op: str) -> None:
    about = {"path", "run_id", "schedule", "deployment"} & OPERATIONS[op].request.model_fields.keys()
    assert about or op in {"grammar", "spell_tags"}


def test_the_text_of_a_trigger_is_read_without_what_other_notebooks_have(scope: Scope) -> None:
    asked = scope.request("preview_trigger", {"trigger": "asset sales"})
    assert asked == TriggerRequest(trigger="asset sales", path=PATH)


def test_nothing_in_a_request_names_a_notebook_or_a_run_by_another_field() -> None:
    known = {"path", "run_id", "notebook", "schedule", "deployment"}
    suspicious = {
        (op, name)
        for op, row in OPERATIONS.items()
        for name in row.request.model_fields
        if any(word in name for word in ("path", "file", "run", "notebook", "parent", "schedule", "deployment"))
        and name not in known
    }
    assert suspicious == set()


def test_a_run_is_passed_on_by_its_full_id_and_looked_for_once(scope: Scope) -> None:
    asked: list[str] = []

    def find(name: str) -> str:
        asked.append(name)
        return find_run(name)

    counting = of_notebook(find)
    for name in ("aaa", RUN, RUN):
        assert counting.request("get_run", {"run_id": name}) == RunRef(run_id=RUN)
    assert asked == ["aaa"]


def test_watches_are_narrowed_as_requests_are(scope: Scope) -> None:
    assert scope.watch(WatchRuns(id="1")) == WatchRuns(id="1", path=PATH)
    assert scope.watch(WatchRun(id="1", run_id="a")) == WatchRun(id="1", run_id=RUN)
    assert scope.watch(Unwatch(id="1")) == Unwatch(id="1")
    with pytest.raises(RunNotFound):
        scope.watch(WatchLog(id="1", run_id="b", node="load", attempt=1))
    with pytest.raises(OutOfScope):
        scope.watch(WatchRuns(id="1", path="other.ipynb"))


def test_a_request_that_does_not_fit_says_which_field(scope: Scope) -> None:
    with pytest.raises(BadRequest, match="limit: Input should be less than or equal to 1000"):
        scope.request("list_runs", {"limit": 9_999})


def test_schedules_are_watched_and_listed_for_this_notebook_alone(scope: Scope) -> None:
    assert scope.watch(WatchSchedules(id="s")) == WatchSchedules(id="s", path=PATH)
    assert scope.request("list_schedules", {}) == SchedulesRequest(path=PATH)
    with pytest.raises(OutOfScope):
        scope.watch(WatchSchedules(id="s", path="other.ipynb"))
