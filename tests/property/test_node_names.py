"""Names of node runs: what builds them, and what takes them apart."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.ids import NameParts, NodeName, check_name, child_name, member_name, owner_of, parts_of

LOCAL = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True).map(NodeName)
KEY = st.text(string.ascii_letters + string.digits + "_ .,:+@=#-äß", min_size=1, max_size=60)
CHECK = st.builds(check_name, LOCAL, LOCAL)


@st.composite
def groups(draw: st.DrawFn) -> NodeName:
    """A node run that may run a notebook: nested, with keys or without."""
    name = draw(LOCAL)
    for local in draw(st.lists(LOCAL, max_size=3)):
        name = member_name(child_name(name, draw(KEY)) if draw(st.booleans()) else name, local)
    return child_name(name, draw(KEY)) if draw(st.booleans()) else name


@given(st.none() | groups(), LOCAL, st.none() | KEY)
def test_a_name_is_taken_apart_into_what_it_was_made_of(group: NodeName | None, local: NodeName, key: str) -> None:
    name = member_name(group, local) if group else local
    made = name if key is None else child_name(name, key)
    assert parts_of(made) == NameParts(group, local, key)


@given(st.none() | groups(), CHECK)
def test_a_check_belongs_to_the_notebook_of_its_node(group: NodeName | None, check: NodeName) -> None:
    assert parts_of(member_name(group, check) if group else check) == NameParts(group, check, None)


@given(groups(), LOCAL)
def test_the_owner_is_the_outermost_group(group: NodeName, local: NodeName) -> None:
    name = member_name(group, local)
    while (outer := parts_of(name).group) is not None:
        name = outer
    assert owner_of(member_name(group, local)) == parts_of(name).local
