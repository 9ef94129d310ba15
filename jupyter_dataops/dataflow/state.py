"""What is known of a cell's names at one point of its control flow."""

from __future__ import annotations

from msgspec import Struct, field


class State(Struct):
    """Three sets of names; where control meets, `join` keeps what holds on both ways."""

    own: set[str] = field(default_factory=set)
    """Certainly bound or unbound by the cell: a use of any other name may see the value from above."""
    bound: set[str] = field(default_factory=set)
    """Certainly bound by the cell."""
    maybe: set[str] = field(default_factory=set)
    """Possibly bound by the cell."""

    def copy(self) -> State:
        """An independent copy."""
        return State(set(self.own), set(self.bound), set(self.maybe))

    def bind(self, name: str) -> None:
        """`name` is bound from here on."""
        self.own.add(name)
        self.bound.add(name)
        self.maybe.add(name)

    def drop(self, name: str) -> None:
        """`name` is unbound from here on."""
        self.own.add(name)
        self.bound.discard(name)
        self.maybe.discard(name)

    def interrupted(self, bound: set[str], dropped: set[str]) -> State:
        """The state after a region that may have stopped anywhere, and may have bound and dropped these names."""
        return State(set(self.own), self.bound - dropped, self.maybe | bound)


def join(*states: State | None) -> State | None:
    """Where control comes from any of `states`; `None` is a way that control never takes.

    Examples
    --------
    >>> sorted(join(State({"x", "y"}), None, State({"y"})).own)
    ['y']
    """
    reached = [state for state in states if state is not None]
    if not reached:
        return None
    return State(
        set.intersection(*(state.own for state in reached)),
        set.intersection(*(state.bound for state in reached)),
        set.union(*(state.maybe for state in reached)),
    )
