"""Values that do not tell everything: what shows a value - a debugger, a log, an error - must not show a secret."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True):
    """Is shown without the fields that `hidden` names.

    Examples
    --------
    >>> class Login(Discreet, frozen=True):
    ...     hidden: ClassVar = frozenset({"password"})
    ...     user: str
    ...     password: str
    >>> Login("ada", "secret")
    Login(user='ada')
    """

    hidden: ClassVar[frozenset[str]]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same, for rich."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden]
