from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName, check_name
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN, Surroundings, fingerprint, reach_of, shared_by_all
from jupyter_dataops.spec.models import Condition, NodeOptions, Tolerance, TriggerRule
from tests.support.pipelines import flow_of, spec_of

A, CHECK = NodeName("a"), check_name("a", "check_1")


def of_a(
    source: str | tuple[str, ...] = "y = f(x)",
    given: Mapping[str, Any] | None = None,
    reads: str = "x",
    **spec: Any,
) -> Mapping[str, str]:
    """The fingerprint of node ``a``, which reads `reads` from node ``b``."""
    flow = flow_of(f"b -{reads}> a")
    return fingerprint(spec_of({"b": "x = 1", "a": source}, **spec), flow, A, given or {})


def changed(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    assert one.keys() == other.keys() == set(COMPONENTS)
    return [component for component in COMPONENTS if one[component] != other[component]]


SETUP = "import numpy as np\ndef f(x): return np.abs(x)\ndef g(): pass"


@pytest.mark.parametrize(
    ("source", "components"),
    [
        ("y  =  f( x )  # the same", []),
        ("y = f(x + 1)", ["code"]),
        (("y = f(x)", ""), []),
        (("y = f(x)", "z = 1"), ["code"]),
        ("%%time\ny = f(x)", ["code"]),
    ],
)
def test_the_code_counts_and_its_layout_does_not(source: str, components: list[str]) -> None:
    assert changed(of_a(), of_a(source)) == components


@pytest.mark.parametrize(
    ("setup", "components"),
    [
        ("import numpy as np\ndef f(x): return np.abs(x)  # comment\ndef g(): pass", []),
        ("import numpy as np\ndef f(x): return np.abs(x)\ndef g(): return 1", []),
        ("import numpy as np\nimport scipy\ndef f(x): return np.abs(x)\ndef g(): pass", []),
        ("import numpy as np\ndef f(x): return -np.abs(x)\ndef g(): pass", ["setup"]),
        ("import cupy as np\ndef f(x): return np.abs(x)\ndef g(): pass", ["setup"]),
        ("import numpy as np\nnp.random.seed(1)\ndef f(x): return np.abs(x)\ndef g(): pass", ["setup"]),
    ],
)
def test_only_setup_that_the_node_reaches_counts(setup: str, components: list[str]) -> None:
    assert changed(of_a(setup=(SETUP,)), of_a(setup=(setup,))) == components


def test_setup_reached_only_through_a_function_of_another_node_counts() -> None:
    def of(value: int) -> Mapping[str, str]:
        flow = flow_of("b -h> a", setup={"a": "factor"})
        return fingerprint(spec_of({"b": "h = f", "a": "y = h(1)"}, setup=(f"factor = {value}",)), flow, A, {})

    assert changed(of(1), of(2)) == ["setup"]


PARAMETERS = "n = 1\ncountry = 'de'"


@pytest.mark.parametrize(
    ("given", "components"),
    [({"n": 2}, ["parameters"]), ({"country": "fr"}, []), ({"unheard_of": 1}, [])],
)
def test_only_parameters_that_the_node_reads_count(given: dict[str, Any], components: list[str]) -> None:
    one, other = (of_a("y = x * n", values, parameters=PARAMETERS) for values in ({}, given))
    assert changed(one, other) == components


def test_a_parameter_read_by_setup_that_the_node_reaches_counts() -> None:
    spec = {"parameters": PARAMETERS, "setup": ("def f(x): return x * n",)}
    one, other = (
        fingerprint(spec_of({"a": "y = f(1)"}, **spec), flow_of(nodes="a"), A, {"n": value}) for value in (1, 2)
    )
    assert changed(one, other) == ["parameters"]


@pytest.mark.parametrize(
    ("cell", "components"),
    [
        ("n = 1  # how many\ncountry = 'fr'", []),
        ("n = 2\ncountry = 'de'", ["parameters"]),
    ],
)
def test_the_default_of_a_parameter_that_the_node_reads_counts(cell: str, components: list[str]) -> None:
    one, other = (of_a("y = x * n", parameters=source) for source in (PARAMETERS, cell))
    assert changed(one, other) == components


def test_a_default_that_is_replaced_does_not_count() -> None:
    one, other = (of_a("y = x * n", {"n": 7}, parameters=source) for source in ("n = 1", "n = 2"))
    assert changed(one, other) == []


def test_a_parameter_value_that_cannot_be_compared_is_unknown() -> None:
    assert of_a("y = x * n", {"n": object()}, parameters=PARAMETERS)["parameters"] == UNKNOWN


@pytest.mark.parametrize("source", ["exec(code)", "y = globals()['n']", "y = eval('n')"])
def test_code_that_may_reach_anything_depends_on_all_setup_and_parameters(source: str) -> None:
    spec = {"parameters": PARAMETERS}
    assert changed(of_a(source, **spec), of_a(source, {"country": "fr"}, **spec)) == ["parameters"]
    assert changed(of_a(source, setup=("k = 1",)), of_a(source, setup=("k = 2",))) == ["setup"]


def test_another_language_depends_on_all_setup_and_parameters() -> None:
    spec = {"language": "R", "parameters": "n <- 1"}
    assert changed(of_a("y <- x", **spec), of_a("y <- x", {"n": 2}, **spec)) == ["parameters"]
    assert changed(of_a("y <- x", setup=("k <- 1",), **spec), of_a("y <- x", setup=("k <- 2",), **spec)) == ["setup"]


def of_check(source: str = "assert y > 0", *, a: str = "y = x", reads: str = "a", **spec: Any) -> Mapping[str, str]:
    """The fingerprint of the check of node ``a``, which reads ``y`` from node `reads`."""
    flow = flow_of("b -x> a")
    check = replace(flow.nodes[A], name=CHECK, reads={"y": NodeName(reads)}, from_setup=frozenset({"k"}))
    flow = replace(flow, checks={CHECK: check})
    return fingerprint(spec_of({"b": "x = 1", "a": a}, checks={"a": source}, **spec), flow, CHECK, {})


def test_a_check_has_a_fingerprint_of_its_own_and_does_not_count_in_that_of_its_node() -> None:
    assert changed(of_a(checks={"a": "assert y > 0"}), of_a(checks={"a": "assert y > 1"})) == []
    assert changed(of_check(), of_check("assert y > 1")) == ["code"]
    assert changed(of_check(), of_check("assert  y > 0  # positive")) == []
    assert changed(of_check(), of_check(a="y = x + 1")) == []
    assert changed(of_check(), of_check(reads="b")) == ["inputs"]
    assert changed(of_check(setup=("k = 1\nother = 1",)), of_check(setup=("k = 2\nother = 2",))) == ["setup"]


def test_what_a_check_leaves_to_its_node_does_not_count_twice() -> None:
    options = NodeOptions(
        trigger=TriggerRule.ALL_DONE, notebook="other.ipynb", input_files=("rows.csv",), env=("REGION",)
    )
    assert changed(of_check(), of_check(options={"a": options})) == []
    assert changed(of_check(), of_check(options={"a": NodeOptions(kernel="python-gpu")})) == ["code"]


def test_the_code_of_the_notebook_that_a_node_runs_counts() -> None:
    def of(notebooks: Mapping[str, str]) -> Mapping[str, str]:
        spec = spec_of({"b": "x = 1", "a": "y = x"}, options={"a": NodeOptions(notebook="sub.ipynb")})
        return fingerprint(spec, flow_of("b -x> a"), A, {}, Surroundings(notebooks=notebooks))

    assert changed(of({"sub.ipynb": "1"}), of({"sub.ipynb": "2"})) == ["code"]
    assert changed(of({"sub.ipynb": "1"}), of({"sub.ipynb": "1", "other.ipynb": "2"})) == []
    assert of({})["code"] == UNKNOWN


def test_where_the_elements_come_from_counts_though_no_cell_reads_them() -> None:
    spec = spec_of({"b": "xs = [1]", "c": "xs = [2]", "a": "y = x"}, options={"a": NodeOptions(each=("x", "xs"))})
    flow = replace(flow_of("b > a", "c > a", nodes="bca"), first_cells={A: 2})
    one, other = (
        fingerprint(spec, replace(flow, producers={"xs": ((0, NodeName(name)),)}), A, {}) for name in ("b", "c")
    )
    assert changed(one, other) == ["inputs"]


def test_how_many_elements_may_fail_counts() -> None:
    one, other = (NodeOptions(each=("x", "xs"), tolerance=Tolerance(count=count)) for count in (0, 1))
    assert changed(of_a(options={"a": one}), of_a(options={"a": other})) == ["inputs"]


def test_a_variable_that_comes_from_another_node_now_counts() -> None:
    spec = spec_of({"b": "x = 1", "c": "x = 2", "a": "y = x"})
    one, other = (fingerprint(spec, flow_of(edge, nodes="abc"), A, {}) for edge in ("b -x> a", "c -x> a"))
    assert changed(one, other) == ["inputs"]


@pytest.mark.parametrize(
    ("options", "components"),
    [
        (NodeOptions(conditions=(Condition("x", wanted=True),)), ["inputs"]),
        (NodeOptions(each=("item", "x")), ["inputs"]),
        (NodeOptions(trigger=TriggerRule.ALL_DONE), ["inputs"]),
        (NodeOptions(notebook="other.ipynb"), ["code", "inputs", "files", "environment", "assets"]),
        (NodeOptions(kernel="python-gpu"), ["code"]),
        (NodeOptions(timeout_s=5, description="words", owner="me"), []),
    ],
)
def test_options_that_change_the_result_count(options: NodeOptions, components: list[str]) -> None:
    assert changed(of_a(), of_a(options={"a": options})) == components


def test_an_import_copied_from_another_node_counts() -> None:
    spec, flow = spec_of({"a": "y = pd.x"}), flow_of(nodes="a")
    other = replace(flow, nodes={A: replace(flow.nodes[A], imports=("import pandas as pd",))})
    assert changed(fingerprint(spec, flow, A, {}), fingerprint(spec, other, A, {})) == ["code"]


# -- assets

OURS = "from jupyter_dataops import load_asset"


def loading(code: str, newest: Mapping[str, str], *, setup: str = OURS, flow: str = "b -x> a") -> Mapping[str, str]:
    """The fingerprint of a node that loads assets, whose newest contents are these."""
    spec = spec_of({"b": "x = 1", "a": code}, setup=(setup,))
    return fingerprint(spec, flow_of(flow), A, {}, Surroundings(assets=newest))


@pytest.mark.parametrize(
    ("code", "setup"),
    [
        ("y = load_asset('sales')", OURS),
        ("y = load_asset('sales', None)", OURS),
        ("y = load_asset(name='sales', version=None, store=None)", OURS),
        ("y = jupyter_dataops.load_asset('sales')", "import jupyter_dataops"),
        ("import jupyter_dataops as jd\ny = [jd.load_asset('sales')]", ""),
        ("y = get(1)", f"{OURS}\ndef get(n): return load_asset('sales') * n"),
        ("%%time\ny = load_asset('sales')", OURS),
        ("y = load_asset('sales')", f"%matplotlib inline\n{OURS}"),
        ("y = load_asset('sales')", f"{OURS}\nz = load_asset('rates')"),
    ],
)
def test_the_newest_content_of_an_asset_that_the_node_loads_counts(code: str, setup: str) -> None:
    newest = {"sales": "1", "rates": "1"}
    assert changed(loading(code, newest, setup=setup), loading(code, {**newest, "sales": "2"}, setup=setup)) == [
        "assets"
    ]
    assert changed(loading(code, newest, setup=setup), loading(code, {**newest, "other": "2"}, setup=setup)) == []


@pytest.mark.parametrize(
    ("code", "setup"),
    [
        ("y = load_asset('sales', 3)", OURS),
        ("y = load_asset('sales', version=3)", OURS),
        ("y = load_asset(name, 3, store='elsewhere')", OURS),
        ("y = x", f"{OURS}\ndef get(): return load_asset('sales')"),
        ("y = load_asset('sales')", "from game import load_asset"),
        ("y = load_asset(name)", "from game import load_asset"),
    ],
)
def test_an_asset_whose_version_is_named_or_that_is_not_loaded_does_not_count(code: str, setup: str) -> None:
    found = loading(code, {}, setup=setup)
    assert found["assets"] == of_a()["assets"] != UNKNOWN


@pytest.mark.parametrize(
    ("code", "setup"),
    [
        ("y = load_asset(name)", OURS),
        ("y = load_asset(f'{a}')", OURS),
        ("y = load_asset('sales', number)", OURS),
        ("y = load_asset('sales', store='elsewhere')", OURS),
        ("y = load_asset(*those)", OURS),
        ("y = load_asset('sales', **those)", OURS),
        ("y = load_asset()", OURS),
        ("y = list(map(load_asset, ['sales']))", OURS),
        ("y = newest('sales')", f"{OURS} as newest"),
        ("y = getattr(jd, 'load_asset')('sales')", "import jupyter_dataops as jd"),
        ("y = eval('load_' + 'asset(1)')", OURS),
        ("%%timeit\nload_asset('sales')", OURS),
        ("%time y = load_asset('sales')", OURS),
        ("y = load_asset('sales') + load_asset(name)", OURS),
        ("y = load_asset('sales', ", OURS),
    ],
)
def test_an_asset_that_the_text_does_not_name_is_unknown(code: str, setup: str) -> None:
    assert loading(code, {"sales": "1"}, setup=setup)["assets"] == UNKNOWN


def loads_with(code: str, values: Mapping[str, Any], *, setup: str = OURS, flow: str = "a") -> frozenset[str | None]:
    """What a node with this code loads that reads the parameters `which` and `number`."""
    spec = spec_of({"a": code}, setup=(setup,))
    reads = flow_of(flow, setup={"a": "which number load_asset"})
    return reach_of(spec, reads, A, shared_by_all(spec), values).loads


@pytest.mark.parametrize(
    ("code", "values", "loaded"),
    [
        ("y = load_asset(which)", {"which": "sales"}, {"sales"}),
        ("y = load_asset('sales', number)", {"number": None}, {"sales"}),
        ("y = load_asset(name=which, version=number)", {"which": "sales", "number": None}, {"sales"}),
        ("y = load_asset(which, number)", {"which": "sales", "number": 3}, set()),
        ("y = [load_asset(which), load_asset('rates')]", {"which": "sales"}, {"sales", "rates"}),
        ("y = load_asset(which, number)", {"which": "sales", "number": True}, {None}),
        ("y = load_asset(which)", {"which": 3}, {None}),
        ("y = load_asset(which)", {"number": 3}, {None}),
        ("y = load_asset(which, store=place)", {"which": "sales"}, {None}),
        ("y = load_asset(which, number)", {"which": "sales"}, {None}),
        ("def get(which): return load_asset(which)\ny = get('a')", {"which": "sales"}, {None}),
        ("y = [load_asset(which) for which in 'ab']", {"which": "sales"}, {None}),
    ],
)
def test_parameters_that_name_asset_and_version_are_known(
    code: str, values: Mapping[str, Any], loaded: set[str | None]
) -> None:
    assert loads_with(code, values) == loaded


def test_a_name_that_is_no_parameter_at_the_node_is_not_known() -> None:
    given = {"which": "sales"}
    assert loads_with("y = load_asset(which)", given, flow="b -which> a") == {None}
    spec = spec_of({"a": "y = load_asset(which)"}, setup=(OURS,))
    nothing_read = flow_of("a", setup={"a": "load_asset"})
    assert reach_of(spec, nothing_read, A, shared_by_all(spec), given).loads == {None}


def test_an_asset_of_which_nobody_has_asked_the_store_is_unknown() -> None:
    assert loading("y = load_asset('sales')", {})["assets"] == UNKNOWN


@pytest.mark.parametrize("name", ["load_asset", "jd"])
def test_a_function_that_another_node_made_may_load_anything(name: str) -> None:
    setup = f"{OURS}\nimport jupyter_dataops as jd"
    flow = flow_of("b -h> a", setup={"a": name})
    spec = spec_of({"b": "h = f", "a": "y = h(1)"}, setup=(setup,))
    assert fingerprint(spec, flow, A, {})["assets"] == UNKNOWN
    assert fingerprint(spec, flow_of("b -h> a"), A, {})["assets"] != UNKNOWN


def test_what_a_check_loads_counts_for_the_check_alone() -> None:
    def of(name: NodeName, content: str) -> Mapping[str, str]:
        flow = flow_of("b -x> a")
        check = replace(flow.nodes[A], name=CHECK, reads={"y": A}, from_setup=frozenset({"load_asset"}))
        spec = spec_of({"b": "x = 1", "a": "y = x"}, checks={"a": "assert y > load_asset('least')"}, setup=(OURS,))
        around = Surroundings(assets={"least": content})
        return fingerprint(spec, replace(flow, checks={CHECK: check}), name, {}, around)

    assert changed(of(CHECK, "1"), of(CHECK, "2")) == ["assets"]
    assert changed(of(A, "1"), of(A, "2")) == []
