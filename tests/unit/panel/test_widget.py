"""The widget over a comm that a test holds the other end of."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import comm
import pytest

from jupyter_dataops.panel.backstage import Backstage
from jupyter_dataops.panel.widget import Panel, pin_to_subshell
from tests.support.fake_comm import FakeComm
from tests.support.panel import PATH, FakeSource, panel_threads
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def fake_comms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", FakeComm)


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def panel(source: FakeSource) -> Iterator[Panel]:
    panel = Panel(PATH, "folder", lambda: source, backstage=Backstage(), run_id="aaaa", is_read_only=True)
    yield panel
    panel.close()
    until(lambda: not panel_threads(), "no thread", 5)


def ipywidgets_registry() -> dict[str, object]:
    """Where ipywidgets keeps every widget, used or not."""
    return sys.modules["ipywidgets.widgets.widget"].__dict__["_instances"]


def test_a_panel_opens_its_comm_with_all_that_a_view_needs(panel: Panel) -> None:
    kind, data = panel.comm.published[0]
    assert kind == "comm_open"
    state = data["state"]
    assert (state["path"], state["run_id"], state["read_only"]) == (PATH, "aaaa", True)
    assert "export" in state["_esm"]
    assert ".jp-dataops" in state["_css"]
    assert len(panel.comm.published) == 1


def test_a_panel_answers_over_its_comm(panel: Panel, source: FakeSource) -> None:
    panel.comm.says({"kind": "call", "view": "a", "n": 1, "op": "grammar", "request": {}})
    until(lambda: len(panel.comm.heard) == 2, "an answer", 5)
    assert [message["kind"] for message in panel.comm.heard] == ["taken", "answer"]
    json.dumps(panel.comm.heard, allow_nan=False)


@pytest.mark.parametrize("end", ["close", "comm_close"])
def test_a_panel_that_is_closed_from_either_side_has_no_threads_and_sends_nothing(
    panel: Panel, source: FakeSource, end: str
) -> None:
    own = panel.comm
    own.says({"kind": "watch", "view": "a", "n": 1, "request": {"op": "watch_runs", "id": "1"}})
    until(lambda: source.watchings, "a watch", 5)
    if end == "close":
        panel.close()
    else:
        own.handle_close({"content": {"data": {}}, "buffers": []})
    until(lambda: not panel_threads(), "no thread", 5)
    heard = len(own.heard)
    own.says({"kind": "hello", "view": "a", "n": 2})
    assert len(own.heard) == heard
    assert panel not in ipywidgets_registry().values()


def test_a_comm_that_cannot_send_breaks_neither_the_reader_nor_the_threads(panel: Panel, source: FakeSource) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError("no socket")

    own = panel.comm
    own.publish_msg = fail
    own.says({"kind": "call", "view": "a", "n": 1, "op": "grammar", "request": {}})
    until(lambda: source.asked, "the operation", 5)
    del own.publish_msg
    own.says({"kind": "call", "view": "a", "n": 2, "op": "grammar", "request": {}})
    until(lambda: any(message["kind"] == "answer" for message in own.heard), "an answer", 5)


def test_what_the_front_end_sets_changes_neither_notebook_nor_rights(panel: Panel, source: FakeSource) -> None:
    state = {"path": "other.ipynb", "read_only": False}
    panel.comm.handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})
    for n, request in enumerate(({"path": "other.ipynb"}, {"path": PATH})):
        panel.comm.says({"kind": "call", "view": "a", "n": n, "op": "create_run", "request": request})
    until(lambda: sum(message["kind"] == "refusal" for message in panel.comm.heard) == 2, "refusals", 5)
    assert source.asked == []


def test_a_page_without_widgets_says_what_it_is(panel: Panel) -> None:
    data, _metadata = panel._repr_mimebundle_()
    assert data["text/plain"] == "Pipeline etl.ipynb: run this cell to see its panel"
    assert "application/vnd.jupyter.widget-view+json" in data
    assert repr(panel) == "<Panel of etl.ipynb>"


def test_messages_are_read_where_the_front_end_sends_them() -> None:
    class Ipykernel74:
        def _reply_subshell_for(self, data: object, default: str) -> str:
            return "the main shell"

    class Other:
        pass

    pinned, other = Ipykernel74(), Other()
    pin_to_subshell(pinned)
    pin_to_subshell(other)
    assert pinned._reply_subshell_for({}, "a subshell") == "a subshell"
    assert not hasattr(other, "_reply_subshell_for")


def test_the_pin_still_fits_the_ipykernel_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from ipykernel.comm import Comm

    if hasattr(Comm, "_reply_subshell_for"):
        made = object.__new__(Comm)
        pin_to_subshell(made)
        assert made._reply_subshell_for(None, "x") == "x"
