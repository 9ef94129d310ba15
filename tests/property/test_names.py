"""Generated cells, executed: whatever really happens to names, analysis has foreseen."""

from __future__ import annotations

import builtins

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_dataops.dataflow.names import names_of

NAMES = ("a", "b", "c", "d")
names = st.sampled_from(NAMES)


def indented(block: str) -> str:
    return "\n".join(f"    {line}" for line in block.split("\n"))


@st.composite
def expressions(draw, depth: int = 1) -> str:
    kind = draw(st.integers(0, 9 if depth else 2))
    inner = expressions(depth=depth - 1) if depth else st.just("1")
    match kind:
        case 0:
            return str(draw(st.integers(0, 2)))
        case 1 | 2:
            return draw(names)
        case 3:
            return f"[{draw(inner)} for {draw(names)} in range({draw(st.integers(0, 2))}) if {draw(inner)}]"
        case 4:
            return f"({draw(names)} := {draw(inner)})"
        case 5:
            return f"({draw(inner)} if {draw(inner)} else {draw(inner)})"
        case 6:
            return f"({draw(inner)} and {draw(inner)} or {draw(inner)})"
        case 7:
            return f"(lambda {draw(names)}=0: {draw(inner)})()"
        case 8:
            return f"sum([1 for {draw(names)} in [0]], *[({draw(names)} := {draw(names)}) and 0 for _ in range({draw(st.integers(0, 1))})])"
        case _:
            return f"len([{draw(inner)}])"


@st.composite
def statements(draw, depth: int = 2) -> str:
    block = blocks(depth=depth - 1) if depth else st.just("pass")
    value = expressions()
    match draw(st.integers(0, 13 if depth else 4)):
        case 0 | 1:
            return f"{draw(names)} = {draw(value)}"
        case 2:
            return f"del {draw(names)}"
        case 3:
            return draw(value)
        case 4:
            return f"{draw(names)} = {draw(names)} = [{draw(value)}]"
        case 5:
            return f"if {draw(value)}:\n{indented(draw(block))}\nelse:\n{indented(draw(block))}"
        case 6:
            end = draw(
                st.sampled_from(["", "\n    break", "\n    continue", f"\n    if {draw(value)}:\n        break"])
            )
            other = draw(st.sampled_from(["", f"\nelse:\n{indented(draw(block))}"]))
            return f"for {draw(names)} in range({draw(st.integers(0, 2))}):\n{indented(draw(block))}{end}{other}"
        case 7:
            error = draw(st.sampled_from(["NameError", "ZeroDivisionError", "Exception"]))
            caught = draw(st.sampled_from(["", " as e", f" as {draw(names)}"]))
            risky = draw(st.sampled_from(["1 / 0", "pass", draw(value)]))
            tail = draw(
                st.sampled_from(["", f"\nelse:\n{indented(draw(block))}", f"\nfinally:\n{indented(draw(block))}"])
            )
            body = indented(f"{draw(block)}\n{risky}\n{draw(block)}")
            return f"try:\n{body}\nexcept {error}{caught}:\n{indented(draw(block))}{tail}"
        case 8:
            name = draw(names)
            declared = draw(st.sampled_from(["", f"\n    global {draw(names.filter(lambda other: other != name))}"]))
            return f"def {name}({draw(names.filter(lambda n: n not in declared))}=0):{declared}\n{indented(draw(block))}\n    return {draw(value)}"
        case 9:
            return f"{draw(names)}()"
        case 10:
            return f"with suppress({draw(st.sampled_from(['Exception', 'NameError']))}):\n{indented(draw(block))}"
        case 11:
            return f"class {draw(names)}:\n{indented(draw(block))}"
        case 12:
            return f"match {draw(value)}:\n    case 0:\n{indented(indented(draw(block)))}\n    case {draw(names)} if {draw(value)}:\n{indented(indented(draw(block)))}\n    case _:\n{indented(indented(draw(block)))}"
        case _:
            return f"{draw(names)}[0] = {draw(value)}"


@st.composite
def blocks(draw, depth: int = 2) -> str:
    return "\n".join(draw(st.lists(statements(depth=depth), min_size=1, max_size=4)))


def execute(source: str, given: dict[str, object]) -> tuple[dict[str, object], BaseException | None]:
    from contextlib import suppress

    namespace: dict[str, object] = {"__builtins__": builtins, "suppress": suppress, **given}
    try:
        exec(compile(source, "<cell>", "exec"), namespace)
    except (Exception, RecursionError) as error:
        return namespace, error
    return namespace, None


def compiles(source: str) -> bool:
    try:
        compile(source, "<cell>", "exec")
    except SyntaxError:
        return False
    return True


sources = blocks().filter(compiles)
above = st.dictionaries(names, st.sampled_from([0, 1, (), (0, 1)]))


def user_names(namespace: dict[str, object]) -> set[str]:
    return {name for name in namespace if name in (*NAMES, "e")}


@settings(max_examples=200, deadline=None)
@given(sources, above)
def test_what_a_cell_binds_was_foreseen(source, given):
    found = names_of(source)
    after, error = execute(source, given)
    changed = {name for name in user_names(after) if name not in given or after[name] is not given[name]}
    lost = set(given) - user_names(after)
    if error is None:
        assert changed <= found.binds
        assert lost <= found.binds | found.deletes
        assert found.always_binds <= user_names(after)
        assert not found.deletes & user_names(after)


@settings(max_examples=200, deadline=None)
@given(sources, above)
@example("class b:\n    a = 0\n    for b in range(2):\n        del a", {})
def test_a_name_whose_absence_is_an_error_was_foreseen_as_read(source, given):
    found = names_of(source)
    _, error = execute(source, given)
    is_global = isinstance(error, NameError) and not isinstance(error, UnboundLocalError)
    is_global = is_global and "free variable" not in str(error) and error.name in NAMES
    if is_global and error.name not in found.reads | found.binds | found.deletes:
        # A class that deletes a name of its own twice fails in the same way, whatever lies above.
        _, still = execute(source, {**given, error.name: 0})
        assert isinstance(still, NameError), "its presence makes a difference"


@settings(max_examples=200, deadline=None)
@given(sources, st.fixed_dictionaries({name: st.integers(0, 1) for name in NAMES}), names)
def test_a_name_that_is_not_read_cannot_matter(source, given, name):
    """With another value, or none, for a name that is not read, everything that the cell binds ends the same."""
    found = names_of(source)
    if name in found.reads or name in found.binds - found.always_binds:
        return
    first, error = execute(source, given)
    others = ({**given, name: 1 - given[name]}, {key: value for key, value in given.items() if key != name})
    for other in others:
        second, other_error = execute(source, other)
        assert type(other_error) is type(error)
        if error is None:
            assert shown(first, found.binds) == shown(second, found.binds)


def shown(namespace: dict[str, object], bound: frozenset[str]) -> dict[str, object]:
    return {key: comparable(value) for key, value in namespace.items() if key in bound}


def comparable(value: object, depth: int = 5) -> object:
    if isinstance(value, list | tuple) and depth:  # a list may hold itself
        return [comparable(item, depth - 1) for item in value]
    return value if isinstance(value, int) else type(value).__name__
