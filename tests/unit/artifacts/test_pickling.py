from __future__ import annotations

import io
import sys

import numpy as np
import pytest

from jupyter_dataops.artifacts.pickling import NamespacePickler, NamespaceUnpickler, Scope, global_names
from jupyter_dataops.artifacts.serializers.pickles import PickleSerializer
from tests.support.artifacts import namespace


def dump(value, scope):
    stream, buffers = io.BytesIO(), []
    pickler = NamespacePickler(stream, scope, buffer_callback=buffers.append)
    pickler.dump(value)
    return stream.getvalue(), [buffer.raw() for buffer in buffers], pickler.needs


def through(value, home, away=None, by_reference=()):
    stream, buffers, _ = dump(value, Scope(home, frozenset(by_reference)))
    return NamespaceUnpickler(io.BytesIO(stream), Scope(home if away is None else away), buffers).load()


def test_a_function_comes_back_with_the_loading_namespace_as_its_globals():
    home = namespace("rate = 1\ndef scaled(x, *, by=2): 'doc'; return x * by * rate")
    away = namespace(rate=100)
    scaled = through(home["scaled"], home, away)
    assert scaled(3) == 600
    away["rate"] = 1
    assert scaled(3, by=1) == 3
    assert (scaled.__name__, scaled.__doc__, scaled.__module__) == ("scaled", "doc", "__main__")


def test_attributes_defaults_and_annotations_of_a_function_survive():
    home = namespace("def f(x: int = 5) -> str: return x\nf.calls = [1]")
    f = through(home["f"], home, namespace())
    assert (f(), f.calls, f.__annotations__) == (5, [1], {"x": int, "return": str})


def test_lambdas_are_functions_too():
    home = namespace("k = 1\nf = lambda x: x + k")
    assert through(home["f"], home, namespace(k=10))(1) == 11


def test_closures_that_share_a_cell_still_share_it():
    home = namespace("""
def counter():
    n = 0
    def add():
        nonlocal n
        n += 1
    def read():
        return n
    return add, read
pair = counter()
""")
    add, read = through(home["pair"], home)
    add()
    add()
    assert read() == 2


def test_a_function_that_closes_over_itself_comes_back():
    home = namespace("""
def make():
    def factorial(n): return 1 if n < 2 else n * factorial(n - 1)
    return factorial
factorial = make()
""")
    factorial = through(home["factorial"], home)
    assert factorial(5) == 120
    assert factorial.__closure__[0].cell_contents is factorial


def test_an_empty_cell_stays_empty():
    home = namespace("""
def make():
    def f(): return later
    return f
    later = 1
f = make()
""")
    with pytest.raises(NameError):
        through(home["f"], home)()


def test_methods_of_a_class_see_the_loading_namespace():
    home = namespace("""
k = 1
class Base:
    def value(self): return k
class Derived(Base):
    def value(self): return super().value() * 10
obj = Derived()
""")
    obj = through(home["obj"], home, namespace(k=7))
    assert obj.value() == 70


def test_a_class_of_a_node_keeps_its_identity_across_pickles():
    home = namespace("class A: pass\na = A()")
    first = dump(home["A"], Scope(home))
    second = dump(home["a"], Scope(home))
    del home
    away = namespace()
    loaded = [NamespaceUnpickler(io.BytesIO(stream), Scope(away), ()).load() for stream, _, _ in (first, second)]
    assert isinstance(loaded[1], loaded[0])


@pytest.mark.parametrize("name", ["Plain", "Data", "Colour", "Point", "helper"])
def test_what_setup_defines_is_found_by_name(name):
    source = """
import collections, dataclasses, enum
class Plain: pass
@dataclasses.dataclass
class Data: x: int = 0
class Colour(enum.Enum): RED = 1
Point = collections.namedtuple("OtherName", "x y")
def helper(): pass
"""
    home, away = namespace(source), namespace(source)
    assert through(home[name], home, away, by_reference={name}) is away[name]


def test_instances_nested_classes_and_methods_of_setup_classes_are_found_by_name():
    source = "class Outer:\n    class Inner:\n        def go(self): return 1"
    home, away = namespace(source), namespace(source)
    inner = through(home["Outer"].Inner(), home, away, by_reference={"Outer"})
    assert type(inner) is away["Outer"].Inner
    method = through(home["Outer"].Inner().go, home, away, by_reference={"Outer"})
    assert method.__func__ is away["Outer"].Inner.go


def test_a_setup_name_that_was_rebound_is_stored_by_value():
    home = namespace("class A:\n    old = True\na = A()\nclass A: pass")
    loaded = through(home["a"], home, namespace("class A: pass"), by_reference={"A"})
    assert loaded.old


def test_what_can_be_imported_is_imported_even_if_setup_names_it():
    home = namespace("from json import dumps")
    assert through(home["dumps"], home, namespace(), by_reference={"dumps"}) is home["dumps"]


def test_needs_are_the_globals_that_functions_read_nested_code_included():
    home = namespace("""
scale = 2
def f(xs): return [g(x) * scale for x in xs if x.attribute]
class A:
    def m(self): return other(lambda: deep)
""")
    assert dump({"f": home["f"], "a": home["A"]()}, Scope(home))[2] == {"g", "scale", "other", "deep"}


def test_a_builtin_that_the_notebook_rebinds_is_needed():
    home = namespace("f = lambda x: len(x)")
    assert dump(home["f"], Scope(home))[2] == set()
    home["len"] = lambda x: 0
    assert dump(home["f"], Scope(home))[2] == {"len"}


def test_global_names_of_a_class_body_within_a_function_are_seen():
    home = namespace("def f():\n    class A(Base):\n        x = constant\n    return A")
    assert global_names(home["f"].__code__) == {"Base", "constant"}


def test_equal_code_from_two_kernels_has_equal_bytes():
    streams = set()
    for kernel in (11, 22):
        home = {"__name__": "__main__"}
        exec(compile("def f(x): return x + 1", f"/somewhere/ipykernel_{kernel}/99.py", "exec"), home)
        streams.add(dump(home["f"], Scope(home))[0])
    assert len(streams) == 1


def test_a_name_stored_by_pickle_itself_is_found_in_the_namespace():
    home = namespace("import typing\nUserId = typing.NewType('UserId', int)")
    main = sys.modules["__main__"]
    main.UserId = home["UserId"]
    try:
        stream, buffers, _ = dump(home["UserId"], Scope(home))
    finally:
        del main.UserId
    away = namespace("UserId = 'mine'")
    assert NamespaceUnpickler(io.BytesIO(stream), Scope(away), buffers).load() == "mine"


class _Sink:
    def __init__(self):
        self.needs, self.references, self.buffers = set(), set(), [b""]

    def write(self, piece):
        self.buffers[-1] += bytes(piece)
        return len(piece)

    def end_buffer(self):
        self.buffers.append(b"")


def stored(value):
    """Through the serializer, with every buffer copied."""
    sink = _Sink()
    PickleSerializer().dump(value, sink, Scope({}))
    return PickleSerializer().load([memoryview(bytearray(buffer)) for buffer in sink.buffers], Scope({}))


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[2:5],
        lambda a: a[::-2],
        lambda a: a.reshape(4, 250)[1:, ::3],
        lambda a: a.view("i8")[5:],
        lambda a: a.T,
    ],
)
def test_arrays_that_share_memory_still_share_it(view):
    array = np.arange(1000.0)
    loaded, seen = stored((array, view(array)))
    np.testing.assert_array_equal(seen, view(array))
    loaded[:] = 7
    np.testing.assert_array_equal(seen, view(np.full(1000, 7.0)))
    again, seen_again = stored((loaded, seen))
    again[:] = 8
    np.testing.assert_array_equal(seen_again, view(np.full(1000, 8.0)))


def test_two_views_share_memory_without_their_owner_and_keep_write_protection():
    owner = np.zeros((10, 10), order="F")
    column, block = owner[:, 3], owner[2:5, 2:5]
    block.flags.writeable = False
    column, block = stored([column, block])
    column[2] = 5
    assert block[0, 1] == 5
    assert not block.flags.writeable


def test_an_array_and_a_table_over_the_same_memory_do_not_share_it_afterwards():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": np.arange(5000.0)})
    top = frame.head(4000)
    frame, top = stored([frame, top])
    top.iloc[0, 0] = 99
    assert frame.iloc[0, 0] == 0
