"""The store that other tests break must break as it says."""

from __future__ import annotations

import pytest

from jupyter_dataops.errors import IllegalMove, StoreUnavailable
from jupyter_dataops.events import RunStarted
from jupyter_dataops.states import RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.failing_store import Call, Fault, Slow, failing
from tests.support.stores import RUN, a_run, a_start, keep


@pytest.mark.parametrize(("fault", "state"), [(Fault.REFUSED, RunState.QUEUED), (Fault.UNREPORTED, RunState.RUNNING)])
def test_a_write_is_refused_or_done_and_unreported(fault: Fault, state: RunState) -> None:
    store = failing(MemoryRunStore(), lambda call: fault if call.tells(RunStarted) else None)
    keep(store, a_run())
    with pytest.raises(StoreUnavailable):
        store.apply(a_start(), None)
    assert store.get_run(RUN).state == state


def test_a_slow_call_waits_and_then_happens() -> None:
    pauses: list[float] = []
    store = failing(MemoryRunStore(), lambda call: Slow(2.5) if call.method == "get_run" else None, pauses.append)
    keep(store, a_run())
    assert store.get_run(RUN) == a_run()
    assert pauses == [2.5]


def test_the_script_sees_every_call_and_other_errors_pass_through() -> None:
    calls: list[Call] = []
    store = failing(MemoryRunStore(), calls.append)  # type: ignore[arg-type]
    keep(store, a_run())
    store.apply(a_start(), None)
    with pytest.raises(IllegalMove):
        store.apply(a_start(), token=None)
    store.close()
    assert [(call.number, call.method) for call in calls] == [(1, "create_run"), (2, "apply"), (3, "apply")]
    assert calls[2].named == {"token": None}
