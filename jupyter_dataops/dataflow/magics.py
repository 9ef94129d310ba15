"""What IPython's magics do to names, as far as their text tells."""

from __future__ import annotations

import ast
import re
from typing import Final

from msgspec import Struct

_RUNS_LINE: Final = frozenset({"time", "prun", "lprun", "mprun", "snakeviz", "memray"})
"""Line magics that execute their line in the notebook's namespace."""
_TIMES: Final = frozenset({"timeit", "memit"})
"""Magics that execute code as the body of a function."""
_INERT_CELLS: Final = frozenset(
    {
        *("!", "!!", "sx", "system", "sh", "bash", "cmd", "powershell", "script", "perl", "ruby", "python2", "pypy"),
        *("html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "writefile", "file", "mermaid"),
        *("python", "python3", "ai"),
    }
)
"""Cell magics whose body touches no variable of the notebook."""
_OPAQUE_LINES: Final = frozenset(
    {"run", "load", "loadpy", "pylab", "store", "reset", "reset_selective", "xdel", "edit", "recall", "rerun", "rep"}
    | {"macro", "sql", "R", "Rpull", "Rget", "octave", "julia", "dataops"}
)
"""Line magics that may bind or read anything."""
_OUTPUT_OPTION: Final = re.compile(r"--(?:out|err|proc)[ =]([^\W\d]\w*)")
_FIRST_OPTIONS: Final = re.compile(r"(?:-\w+(?:[ =]?[\d.]+)?\s+)*")
_BRACED: Final = re.compile(r"\{([^{}]+)\}")
_DOLLAR: Final = re.compile(r"(?<!\$)\$([^\W\d]\w*)")
_SHELL: Final = frozenset({"system", "getoutput", "getoutput_lines"})
_CODE_RUNNERS: Final = frozenset({"run_cell", "run_code", "ex", "ev", "push", "run_cell_async", "safe_execfile"})


class Effect(Struct, frozen=True):
    """What one magic does."""

    runs: tuple[ast.stmt, ...] = ()
    """Code that it executes in the notebook's namespace."""
    times: tuple[ast.stmt, ...] = ()
    """Code that it executes as a function's body."""
    mentions: tuple[ast.expr, ...] = ()
    """Expressions put into its text, where their names are bound."""
    binds: tuple[str, ...] = ()
    opaque: str | None = None
    """What it is, if it may do anything."""


def magic_call(node: ast.Call) -> tuple[str, str, str | None] | None:
    """(magic, line, body of a cell magic) of a call that IPython's transformer made, if it is one."""
    method = _shell_method(node)
    values = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if method == "run_line_magic" and len(values) >= 2:
        return values[0], values[1], None
    if method == "run_cell_magic" and len(values) == 3:
        return values[0], values[1], values[2]
    if method in _CODE_RUNNERS:
        return method, "", None
    return None


def is_shell_call(node: ast.Call) -> bool:
    """``!command``."""
    return _shell_method(node) in _SHELL


def names_in_line(node: ast.Call) -> tuple[ast.expr, ...]:
    """Expressions put into a ``!command``."""
    return tuple(
        part
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        for part in _interpolated(argument.value)
    )


def magic_effect(name: str, line: str, body: str | None) -> Effect:
    """What the magic does.

    Examples
    --------
    >>> effect = magic_effect("time", "x = f(y)", None)
    >>> [ast.unparse(part) for part in effect.runs]
    ['x = f(y)']
    >>> magic_effect("sql", "", "SELECT 1").opaque
    'the magic `%%sql`'
    """
    if name in _CODE_RUNNERS:
        return Effect(opaque=f"`get_ipython().{name}`")
    if name in _TIMES:
        setup = _code(_FIRST_OPTIONS.sub("", line, count=1))
        return Effect(times=(*setup, *_code(body or "")))
    if body is None:
        if name in _RUNS_LINE:
            return Effect(runs=_code(_FIRST_OPTIONS.sub("", line, count=1)))
        opaque = f"the magic `%{name}`" if name in _OPAQUE_LINES else None
        return Effect(mentions=_interpolated(line), opaque=opaque)
    if name in _INERT_CELLS:
        return Effect(mentions=_interpolated(line), binds=tuple(_OUTPUT_OPTION.findall(line)))
    return Effect(mentions=_interpolated(line), opaque=f"the magic `%%{name}`")


def _shell_method(node: ast.Call) -> str | None:
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method):
            return method
        case _:
            return None


def _interpolated(line: str) -> tuple[ast.expr, ...]:
    found: list[ast.expr] = [ast.Name(id=name, ctx=ast.Load(), lineno=1) for name in _DOLLAR.findall(line)]
    for text in _BRACED.findall(line):
        try:
            found.append(ast.parse(text.partition("!")[0].partition(":")[0].strip(), mode="eval").body)
        except SyntaxError:
            continue
    return tuple(found)


def _code(text: str) -> tuple[ast.stmt, ...]:
    try:
        return tuple(ast.parse(text.strip()).body)
    except SyntaxError:
        return ()
