"""Objects shared across nodes, over analysed notebooks and made-up outputs."""

from collections.abc import Mapping

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import Digest, NodeName
from jupyter_dataops.plan.aliasing import (
    FromEach,
    Outputs,
    Sharing,
    collected_together,
    origins,
    seen_from_outside,
)
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def flow(setup: str = "", **nodes: str) -> Flow:
    cells = [cell(source, f"node:{name}") for name, source in nodes.items()]
    return analyse(read_pipeline(notebook(cell(setup, "setup"), *cells), "p"))


def handed_on(**nodes: dict[str, tuple[str, str]]) -> dict[NodeName, dict[str, OutputRecord]]:
    """Node to name to (names stored together with it, inputs that it shares an object with)."""
    return {
        NodeName(node): {
            name: OutputRecord(
                name,
                ArtifactRecord(Digest(f"d:{node}:{name}"), "pickle", "list", 1, members=tuple(members.split())),
                shares=tuple(shares.split()),
            )
            for name, (members, shares) in outputs.items()
        }
        for node, outputs in nodes.items()
    }


ALONE = ("", "")
PART = flow(
    load="data = {'train': [1]}",
    split="train = data['train']",
    change="train.append(2)",
    show="print(data)",
)
PART_OUTPUTS = handed_on(load={"data": ALONE}, split={"train": ("", "data")})


def entangled(of: Flow, outputs: Outputs, node: str, element: FromEach | None = None) -> Mapping[str, str]:
    return Sharing(of).entangled(NodeName(node), outputs, element)


def names(outputs: Outputs, name: str, producer: str, of: Flow = PART) -> set[tuple[str | None, str]]:
    return set(origins(of, outputs, name, NodeName(producer)))


def test_a_value_that_shares_nothing_is_its_own_origin() -> None:
    assert names(PART_OUTPUTS, "data", "load") == {("load", "data")}


def test_a_part_of_an_input_is_also_that_input() -> None:
    assert names(PART_OUTPUTS, "train", "split") == {("split", "train"), ("load", "data")}


def test_names_stored_together_have_one_origin() -> None:
    outputs = handed_on(load={"data": ("data rows", ""), "rows": ("data rows", "")})
    assert names(outputs, "rows", "load") == names(outputs, "data", "load") == {("load", "data")}


def test_origins_are_followed_through_every_node_up_to_setup() -> None:
    chain = flow("table = {}", a="x = [table]", b="y = x[0]", c="z = [y]", d="print(z)")
    outputs = handed_on(a={"x": ("", "table")}, b={"y": ("", "x")}, c={"z": ("", "y")})
    expected = {("c", "z"), ("b", "y"), ("a", "x"), (None, "table")}
    assert names(outputs, "z", "c", chain) == expected


def test_what_a_node_that_has_not_ended_hands_on_may_share_all_that_it_reads() -> None:
    assert names({}, "train", "split") == {("split", "train"), ("load", "data")}


TWO = flow(load="data = [[1]]", split="part = data[0]", join="both = (data, part)\ndata.append(1)", end="print(both)")
TWO_OUTPUTS = handed_on(load={"data": ALONE}, split={"part": ("", "data")})


def test_inputs_that_share_an_object_and_are_stored_apart_are_entangled() -> None:
    assert entangled(TWO, TWO_OUTPUTS, "join") == {"data": "part", "part": "data"}


def test_inputs_stored_together_are_not_entangled() -> None:
    together = flow(load="data = [1]\nsame = data", join="same.append(len(data))\nprint(same)")
    outputs = handed_on(load={"data": ("data same", ""), "same": ("data same", "")})
    assert entangled(together, outputs, "join") == {}


def test_where_nothing_is_shared_nothing_is_entangled() -> None:
    outputs = handed_on(load={"data": ALONE}, split={"part": ALONE})
    assert entangled(TWO, outputs, "join") == {}


def test_an_input_that_holds_an_object_of_setup_is_entangled_with_the_name_it_has_there() -> None:
    made = flow("table = {}", a="x = [table]", b="x[0]['k'] = table\nprint(x)", c="print(x)")
    outputs = handed_on(a={"x": ("", "table")})
    assert entangled(made, outputs, "b")["x"] == "table"


def test_an_input_is_entangled_with_what_a_node_below_reads_from_above() -> None:
    hidden = flow(load="data = [[1]]", split="part = data[0]", use="f = part.sort\nf()", show="print(data)")
    assert entangled(hidden, TWO_OUTPUTS, "use") == {"part": "data"}


def visible(read: str = "print(data)") -> Flow:
    return flow(load="data = [[1]]", split="part = data[0]", change="part[0] = 2", show=read, end="print(part)")


def test_a_visible_change_that_a_node_below_would_not_see_is_stale() -> None:
    outputs = {**TWO_OUTPUTS, **handed_on(change={"part": ("", "part")})}
    found = Sharing(visible()).find_stale(NodeName("change"), outputs)
    assert found is not None
    assert (found.changer, found.changed, found.reader, found.read) == ("change", "part", "show", "data")
    assert str(found) == (
        "node 'change' changes 'part' in place, which shares an object with 'data'; 'show' below reads 'data' and "
        "would not see the change"
    )


def test_nothing_is_stale_before_the_change_has_happened() -> None:
    assert Sharing(visible()).find_stale(NodeName("split"), TWO_OUTPUTS) is None


def test_nothing_is_stale_where_nobody_below_reads_the_other_name() -> None:
    outputs = {**TWO_OUTPUTS, **handed_on(change={"part": ("", "part")})}
    assert Sharing(visible("print(1)")).find_stale(NodeName("change"), outputs) is None


def test_nothing_is_stale_where_nothing_is_shared() -> None:
    outputs = handed_on(load={"data": ALONE}, split={"part": ALONE}, change={"part": ALONE})
    assert Sharing(visible()).find_stale(NodeName("change"), outputs) is None


def test_the_producer_that_ends_after_the_changer_makes_the_stale_reading_certain() -> None:
    late = flow(
        load="data = [[1]]", view="window = data", split="part = data[0]", change="part[0] = 2", show="print(window)",
        end="print(part)",
    )  # fmt: skip
    so_far = {**TWO_OUTPUTS, **handed_on(change={"part": ("", "part")})}
    stale = Sharing(late)
    assert stale.find_stale(NodeName("change"), so_far) is None
    found = stale.find_stale(NodeName("view"), {**so_far, **handed_on(view={"window": ("", "data")})})
    assert found is not None
    assert (found.reader, found.read) == ("show", "window")


EACH = flow(load="rows = [[1], [2]]", score="done = row", show="print(rows)")
ROW = FromEach("row", "rows", is_entwined=False)


def test_an_element_is_kept_apart_from_the_value_it_is_of_where_somebody_below_reads_that() -> None:
    outputs = handed_on(load={"rows": ALONE})
    assert entangled(EACH, outputs, "score", ROW) == {"row": "rows"}
    unread = flow(load="rows = [[1], [2]]", score="done = row", show="print(done)")
    assert entangled(unread, outputs, "score", ROW) == {}


def test_an_element_that_shares_an_object_with_another_is_kept_apart_always() -> None:
    unread = flow(load="rows = [[1], [2]]", score="done = row", show="print(done)")
    element = FromEach("row", "rows", is_entwined=True)
    assert entangled(unread, handed_on(load={"rows": ALONE}), "score", element) == {"row": "rows"}


def test_what_a_child_hands_on_of_its_element_is_part_of_the_value() -> None:
    outputs = handed_on(load={"rows": ALONE}, score={"done": ("", "rows")})
    assert names(outputs, "done", "score", EACH) == {("score", "done"), ("load", "rows")}


def test_collected_names_whose_elements_share_an_object_are_one_group() -> None:
    collected = handed_on(a={"x": ("x y", ""), "y": ("x y z", ""), "z": ("y z", ""), "alone": ALONE})[NodeName("a")]
    members = {name: record.artifact.members for name, record in collected_together(collected).items()}
    assert members == {"x": ("x", "y", "z"), "y": ("x", "y", "z"), "z": ("x", "y", "z"), "alone": ()}


def test_from_outside_a_notebook_names_share_only_with_each_other() -> None:
    within = flow(load="rows = [[1]]", take="first = rows[0]", count="n = len(rows)")
    outputs = handed_on(load={"rows": ALONE}, take={"first": ("", "rows")}, count={"n": ALONE})
    final = {"rows": NodeName("load"), "first": NodeName("take"), "n": NodeName("count"), "never": NodeName("count")}
    seen = seen_from_outside(within, outputs, final)
    assert {name: record.shares for name, record in seen.items()} == {
        "rows": ("load:rows",), "first": ("load:rows",), "n": (),
    }  # fmt: skip
    outer = flow(sub="", change="first.append(2)", show="print(rows)")
    assert names({NodeName("sub"): seen}, "first", "sub", outer) & names({NodeName("sub"): seen}, "rows", "sub", outer)
