"""A cell's source as Python: magics through IPython's transformer, which is loaded only for cells that need it."""

from __future__ import annotations

import ast
import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from IPython.core.inputtransformer2 import TransformerManager

_CELL_MAGIC: Final = re.compile(r"\s*%%([\w.]+|!!?)[ \t]*([^\n]*)(?:\n|$)")
_TRANSPARENT: Final = frozenset({"time", "prun", "memit", "capture", "snakeviz", "scalene", "heat", "mprun", "lprun"})
"""Cell magics that run their body as if they were not there."""
_AUTOMAGIC: Final = re.compile(
    r"\s*(pip|conda|mamba|uv|cd|ls|ll|pwd|mkdir|cat|cp|mv|rm|man|who|whos|load_ext)\b[^\n=(]*\s*$"
)
_NAME: Final = re.compile(r"[^\W\d]\w*")


def parse(source: str) -> ast.Module:
    r"""The cell's syntax tree; lines keep their numbers.

    Magics come as the ``get_ipython()`` calls that IPython makes of them. Top-level ``await`` is allowed.

    Raises
    ------
    SyntaxError
        It is not valid in IPython either.

    Examples
    --------
    >>> ast.unparse(parse("files = !ls").body[0])
    "files = get_ipython().getoutput('ls')"
    >>> ast.unparse(parse("%%capture out\nx = 1"))
    'x = 1\nout = None'
    """
    text = _unwrap(source)
    try:
        return _compile(text)
    except SyntaxError:
        transformed = _transform(text)
        if transformed.rstrip("\n") == text.rstrip("\n"):
            raise
    return _compile(transformed)


def _unwrap(source: str) -> str:
    """The source without a leading cell magic that runs its body here; any other becomes a call."""
    match = _CELL_MAGIC.match(source)
    if match is None or source[: match.start(1)].count("\n") > 1:
        return source
    name, line = match.group(1), match.group(2).strip()
    body = source[match.end() :]
    if name not in _TRANSPARENT:
        return f"get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})"
    blank = "\n" * source[: match.end()].count("\n")
    inner = blank + _unwrap(body)
    if name == "capture" and (target := _first_argument(line)):
        inner += f"\n{target} = None"
    return inner


def _first_argument(line: str) -> str | None:
    return next((word for word in line.split() if _NAME.fullmatch(word)), None)


def _compile(text: str) -> ast.Module:
    # Compiled in earnest, because only that finds a `return` outside a function; doubtful escapes are not our business.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(text, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        compile(tree, "<cell>", "exec", flags, dont_inherit=True)
    if not isinstance(tree, ast.Module):
        raise TypeError("compiling to a tree gave none")
    return tree


def _transform(text: str) -> str:
    if _AUTOMAGIC.match(text) and "\n" not in text.strip():
        name, _, line = text.strip().partition(" ")
        return f"get_ipython().run_line_magic({name!r}, {line!r})"
    code = text.lstrip("\n")  # the transformer drops leading empty lines, and with them the count of lines
    return text[: len(text) - len(code)] + _transformer().transform_cell(code)


@cache
def _transformer() -> TransformerManager:
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - costs 0.1 s or more

    return TransformerManager()  # type: ignore[no-untyped-call]
