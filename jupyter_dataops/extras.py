"""How to install what only some need: the extras of this package."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

_PACKAGE: Final = "jupyter-dataops"


def how_to_install(extra: str, installed: Distribution | None = None) -> str:
    """The command that installs an extra here.

    Where this package itself is not from an index (a clone, a folder, a URL), its name there may be nobody's, or
    another version's: then the command names what the extra consists of.

    Parameters
    ----------
    extra
        As in ``pyproject.toml``.
    installed
        This package; by default it is looked for.
    """
    try:
        found = installed or distribution(_PACKAGE)
    except PackageNotFoundError:
        return _by_name(extra)
    if found.read_text("direct_url.json") is None:
        return _by_name(extra)
    parts = [one.partition(";") for one in found.requires or ()]
    needed = [what.strip() for what, _, when in parts if when.replace("'", '"').strip() == f'extra == "{extra}"']
    return f"pip install {' '.join(repr(one) for one in needed)}" if needed else _by_name(extra)


def _by_name(extra: str) -> str:
    return f"pip install '{_PACKAGE}[{extra}]'"
