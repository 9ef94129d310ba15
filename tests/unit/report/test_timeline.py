from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.ids import NodeName
from jupyter_dataops.report.timeline import Timeline, ticks, timeline_of, to_svg
from jupyter_dataops.report.tree import rows_of
from jupyter_dataops.states import NodeState
from tests.unit.report.made import at, attempt, node, ran

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*node_runs, attempts=(), queued=None, critical=(), end=10.0, **more) -> Timeline:
    by_node: dict[str, list] = {}
    for one in attempts:
        by_node.setdefault(one.node, []).append(one)
    moments = {name: [at(second) for second in seconds] for name, seconds in (queued or {}).items()}
    return timeline_of(rows_of(node_runs), by_node, moments, critical, start=at(0), end=at(end), **more)


def spans(timeline: Timeline) -> list[tuple[str, float, float, str]]:
    return [(span.kind.value, span.start_s, span.end_s, span.look.word) for span in timeline.lanes[0].spans]


def test_a_node_waits_for_a_slot_and_then_runs() -> None:
    timeline = drawn(ran("a", 2, 5), attempts=[attempt("a", 1, 2, 5)], queued={"a": [1]})
    assert spans(timeline) == [("queued", 1, 2, "queued"), ("attempt", 2, 5, "succeeded")]
    assert timeline.lanes[0].busy_s == 3


def test_a_retried_node_shows_each_attempt_and_the_time_between() -> None:
    timeline = drawn(
        ran("a", 6, 9, attempt=2), attempts=[attempt("a", 1, 0, 3), attempt("a", 2, 6, 9)], queued={"a": [0, 5]}
    )
    assert spans(timeline) == [
        ("queued", 0, 0, "queued"),
        ("queued", 5, 6, "queued"),
        ("attempt", 0, 3, "failed"),
        ("waiting", 3, 5, "retrying"),
        ("attempt", 6, 9, "succeeded"),
    ]


def test_what_has_not_ended_goes_on_to_the_end() -> None:
    running = node("a", NodeState.RUNNING, started_at=at(4), attempt=1)
    assert spans(drawn(running, attempts=[attempt("a", 1, 4, None)], end=7)) == [("attempt", 4, 7, "running")]


def test_a_queued_node_waits_to_the_end() -> None:
    assert spans(drawn(node("a", NodeState.QUEUED), queued={"a": [4]}, end=7)) == [("queued", 4, 7, "queued")]


def test_a_group_without_an_attempt_of_its_own_lasts_from_its_start_to_its_end() -> None:
    group = ran("a", 1, 8, attempt=0)
    assert spans(drawn(group, node("a[1]", parent="a"))) == [("group", 1, 8, "succeeded")]


def test_a_sub_pipeline_shows_its_own_attempt_and_then_the_group() -> None:
    group = ran("a", 1, 8, parameters={"x": 1})
    assert spans(drawn(group, attempts=[attempt("a", 1, 1, 3)])) == [
        ("attempt", 1, 3, "succeeded"),
        ("group", 3, 8, "succeeded"),
    ]


def test_a_reused_node_took_no_time_in_this_run() -> None:
    reused = node("a", NodeState.REUSED, source_run_id="fgh2345678")
    assert drawn(reused, attempts=[attempt("a", 1, -100, -50)]).lanes == ()


def test_of_too_many_lanes_the_longest_and_the_critical_ones_are_kept_in_order() -> None:
    nodes = [ran(name, 0, took, position=n) for n, (name, took) in enumerate(zip("abcd", (1, 4, 2, 3), strict=True))]
    attempts = [attempt(one.node, 1, 0, one.duration_s) for one in nodes]
    timeline = drawn(*nodes, attempts=attempts, critical={NodeName("a")}, most=3)
    assert [lane.node for lane in timeline.lanes] == ["a", "b", "d"]
    assert timeline.left_out == 1


def test_it_is_xml_in_which_every_bar_says_what_it_is() -> None:
    timeline = drawn(
        ran("<a>", 2, 5), attempts=[attempt("<a>", 1, 2, 5)], queued={"<a>": [1]}, critical={NodeName("<a>")}
    )
    root = ElementTree.fromstring(to_svg(timeline, {NodeName("<a>"): '#n"0'}))
    assert root.findtext(f"{SVG}title") == "Timeline: 1 nodes in 10.0s"
    assert [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")] == [
        "<a> waited 1.0s for a slot; from 1.0s to 2.0s",
        "<a> attempt 1 took 3.0s: succeeded; from 2.0s to 5.0s, on the critical path",
    ]
    (link,) = root.iter(f"{SVG}a")
    assert (link.get("href"), link.findtext(f"{SVG}text")) == ('#n"0', "◆ ✔ <a>")


def test_a_run_without_length_can_be_drawn() -> None:
    timeline = drawn(ran("a", 0, 0), attempts=[attempt("a", 1, 0, 0)], end=0)
    assert ElementTree.fromstring(to_svg(timeline, {})) is not None
    assert ElementTree.fromstring(to_svg(drawn(), {})) is not None


@given(st.floats(0, 40), st.floats(0, 40), st.floats(0.001, 40))
def test_no_bar_leaves_the_drawing(start: float, took: float, end: float) -> None:
    timeline = drawn(ran("a", start, start + took), attempts=[attempt("a", 1, start, start + took)], end=end)
    root = ElementTree.fromstring(to_svg(timeline, {}))
    for bar in root.iter(f"{SVG}rect"):
        assert 0 <= float(bar.get("x", "")) <= float(bar.get("x", "")) + float(bar.get("width", "")) <= 1000.2


@given(st.floats(1e-6, 1e7))
def test_moments_on_the_axis_are_few_and_within_the_run(end_s: float) -> None:
    moments = ticks(end_s)
    assert 2 <= len(moments) <= 10
    assert moments[0] == 0
    assert moments[-1] <= end_s


@pytest.mark.parametrize("end_s", [0.0, 0.5, 59, 61, 3600, 90_000])
def test_axis_labels_are_as_people_say_them(end_s: float) -> None:
    labels = [text.text for text in ElementTree.fromstring(to_svg(drawn(end=end_s), {})).iter(f"{SVG}text")]
    assert len(set(labels)) == len(labels)
