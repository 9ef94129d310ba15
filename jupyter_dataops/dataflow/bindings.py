"""Who binds each name, down the page, and which of these bindings a reader sees."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec import Struct

from jupyter_dataops.dataflow.models import Source
from jupyter_dataops.ids import NodeName

Owner = NodeName | Source
"""A node, a check, or `Source.SETUP` or `Source.PARAMETERS`, which belong together: both run before every node."""


class Binding(Struct, frozen=True):
    """One cell's last word on a name."""

    index: int
    """Of the cell."""
    owner: Owner
    is_certain: bool
    """It happens whichever way control goes in the cell."""
    deletes: bool = False
    """The name is unbound afterwards."""
    statement: str | None = None
    """The import that binds it: readers repeat it, so that the name is not handed on."""
    is_fixed: bool = False
    """The value can be changed by nobody unseen: a definition, an import, a literal."""
    is_class: bool = False
    """It is a class, of which methods may change what belongs to the class."""

    @property
    def meaning(self) -> object:
        """Two bindings with equal meanings give a reader the same value."""
        if self.deletes:
            return None
        if self.statement is not None:
            # `import a.b` binds the same as `import a`; which submodules are loaded is the process's business.
            is_plain = self.statement.startswith("import ") and " as " not in self.statement
            return self.statement.split("\n")[0].partition(".")[0] if is_plain else self.statement
        return "setup" if is_shared(self.owner) else f"node {self.owner}"


class Read(Struct, frozen=True):
    """One cell's use of a name that comes from outside its node, or from nowhere."""

    name: str
    index: int
    owner: Owner
    is_use: bool
    """It fails where the name is missing, if control comes there."""
    binding: Binding | None
    """What it sees; `None`: nobody above binds the name."""
    is_gate: bool = False
    """A ``when:``, ``unless:`` or ``each:`` asks for it, before the node starts; its cells do not."""

    @property
    def producer(self) -> NodeName | None:
        """The node that hands the value over, if one does."""
        binding = self.binding
        if binding is None or binding.deletes or binding.statement is not None or isinstance(binding.owner, Source):
            return None
        return binding.owner

    @property
    def is_from_setup(self) -> bool:
        """Parameters or setup bind it."""
        return self.binding is not None and not self.binding.deletes and is_shared(self.binding.owner)


def is_shared(owner: Owner) -> bool:
    """`owner` is parameters or setup."""
    return isinstance(owner, Source)


def group_of(owner: Owner) -> Owner:
    """What runs in one go with `owner`: the node itself, or parameters and setup together."""
    return Source.SETUP if is_shared(owner) else owner


def are_together(one: Owner, other: Owner) -> bool:
    """Both run in one go."""
    return group_of(one) == group_of(other)


class Bindings:
    """Every name's bindings, in document order."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Binding]] = {}
        self._by_owner: dict[tuple[str, Owner], list[Binding]] = {}

    def add(self, name: str, binding: Binding) -> None:
        """`binding` is the last so far."""
        self._by_name.setdefault(name, []).append(binding)
        self._by_owner.setdefault((name, group_of(binding.owner)), []).append(binding)

    def of(self, name: str) -> Sequence[Binding]:
        """All bindings of `name`."""
        return self._by_name.get(name, ())

    def by(self, name: str, owner: Owner) -> Sequence[Binding]:
        """The bindings of `name` that run together with `owner`."""
        return self._by_owner.get((name, group_of(owner)), ())

    def items(self) -> Iterator[tuple[str, Sequence[Binding]]]:
        """Names and their bindings."""
        return iter(self._by_name.items())

    def above(self, name: str, index: int) -> Iterator[Binding]:
        """Bindings of `name` above cell `index`, nearest first."""
        bindings = self.of(name)
        for position in range(bisect_left(bindings, index, key=lambda binding: binding.index) - 1, -1, -1):
            yield bindings[position]

    def seen_from(self, name: str, index: int, owner: Owner) -> Binding | None:
        """The nearest binding of `name` above cell `index`, past those of its own that may not happen.

        Setup repeats its own imports in every kernel, so that the same import in a node between makes no difference.
        """
        nearest = next(
            (
                binding
                for binding in self.above(name, index)
                if binding.is_certain or not are_together(binding.owner, owner)
            ),
            None,
        )
        if nearest is not None and nearest.statement is not None and not are_together(nearest.owner, owner):
            own = (binding for binding in self.by(name, owner) if binding.index < index)
            return next((binding for binding in own if binding.meaning == nearest.meaning), nearest)
        return nearest
