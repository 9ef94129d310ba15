"""The names that one cell reads, binds and changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeVar

from jupyter_dataops.dataflow.cell import CellRecord
from jupyter_dataops.dataflow.models import CellNames
from jupyter_dataops.dataflow.process_state import find_process_state
from jupyter_dataops.dataflow.source import parse
from jupyter_dataops.dataflow.statements import Statements
from jupyter_dataops.spec.models import Problem, Severity

_IPYTHON_OWN: Final = re.compile(r"In|Out|exit|quit|get_ipython|_+|_i+|_i?\d+|_[oid]h|__\w+__")
"""Names that IPython or Python itself binds, differently in every process."""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_T = TypeVar("_T")


def is_tracked(name: str) -> bool:
    """`name` is the user's own, private or not."""
    return _IPYTHON_OWN.fullmatch(name) is None


def is_data(name: str) -> bool:
    """`name` may travel between nodes.

    Examples
    --------
    >>> [name for name in ("df", "_df", "In", "_", "exit") if is_data(name)]
    ['df']
    """
    return not name.startswith("_") and is_tracked(name)


def names_of(source: str, modules: Mapping[str, str] = _NONE) -> CellNames:
    r"""What the cell does to global names. Nothing is executed.

    Parameters
    ----------
    modules
        Names that imports above have bound, to what they stand for (``np`` to ``numpy``); used to recognise
        process-wide state only.

    Examples
    --------
    >>> names = names_of("if ready:\n    total = price * 2\nprint(total)")
    >>> sorted(names.reads - {"print"}), sorted(names.binds), sorted(names.always_binds)
    (['price', 'ready', 'total'], ['total'], [])

    Notes
    -----
    The last few thousand cells are kept, since a notebook is read again and again while it is edited.
    """
    # What is bound far above matters to the few cells that mention it; most are as they were at the last look.
    return _names_of(source, tuple((name, module) for name, module in modules.items() if name in source))


@lru_cache(maxsize=4096)
def _names_of(source: str, named: tuple[tuple[str, str], ...]) -> CellNames:
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return CellNames(is_opaque=True, problems=(_syntax_problem(error),))
    record = CellRecord()
    walk = Statements(record)
    walk.run(tree.body)
    state = record.here
    binds = state.maybe | (record.dropped - state.own)
    above = {name: module for name, module in named if name not in record.rebound}
    problems = (*_opaque_problems(walk), *find_process_state(tree, above | modules_of(record.imports)))
    return CellNames(
        reads=_tracked(record.reads),
        uses=_tracked(record.uses),
        binds=_tracked(binds),
        always_binds=_tracked(state.bound),
        changes=_tracked(record.changes & binds),
        only_changes=_tracked((record.changes & binds) - record.rebound),
        deletes=_tracked(state.own - state.maybe),
        touches=_tracked(record.touches),
        imports=_only_tracked({name: text for name, text in record.imports.items() if name in state.bound}),
        fixed=_tracked(binds - record.unfixed - record.changes - record.stateful),
        definitions=_tracked(record.definitions - record.unfixed),
        needs=_only_tracked({name: held.needs for name, held in record.values.items() if held.needs}),
        values=_only_tracked(record.values),
        results=_only_tracked({n: held for n, held in record.results.items() if n not in record.other_bindings}),
        settled=_only_tracked({name: _tracked(own) for name, own in record.settled.items() if own}),
        draws=frozenset(record.draws),
        is_opaque=any(may_bind for _, _, may_bind in walk.opaque),
        problems=problems,
    )


def modules_of(imports: Mapping[str, str]) -> dict[str, str]:
    """Names bound by import statements, to the dotted name of what they stand for.

    Examples
    --------
    >>> modules_of({"plt": "import matplotlib.pyplot as plt", "environ": "from os import environ", "os": "import os"})
    {'plt': 'matplotlib.pyplot', 'environ': 'os.environ', 'os': 'os'}
    """
    return {name: _module(name, text.rpartition("\n")[2]) for name, text in imports.items()}


def _module(name: str, statement: str) -> str:
    words = statement.split()
    if words[0] == "from":
        return f"{words[1]}.{words[3]}"
    return words[1] if "as" in words else name


def _syntax_problem(error: Exception) -> Problem:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return Problem("DO005", f"line {error.lineno}: {error.msg}", "correct the line, or tag the cell 'skip'")
    why = error if isinstance(error, ValueError) else "it is nested too deeply"
    return Problem("DO005", f"not valid Python: {why}", "correct the cell, or tag it 'skip'")


def _opaque_problems(walk: Statements) -> Iterator[Problem]:
    for line, what, may_bind in walk.opaque:
        yield Problem(
            "DO008",
            f"line {line}: {what} may {'bind' if may_bind else 'read'} names that analysis cannot see",
            "name what it reads and makes with tags 'in:NAME' and 'out:NAME', or write the names out",
            severity=Severity.ERROR if may_bind else Severity.WARNING,
        )


def _tracked(names: set[str]) -> frozenset[str]:
    return frozenset(filter(is_tracked, names))


def _only_tracked(by_name: Mapping[str, _T]) -> dict[str, _T]:
    return {name: value for name, value in by_name.items() if is_tracked(name)}
