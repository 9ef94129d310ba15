"""The pipeline's parameters: what the ``parameters`` cell declares, and whether given values fit.

Declarations are read as papermill's inspection reads them: ``name = default``, ``name: type = default``, and
``name = default  # type: help`` (the first word before a colon in the comment is the type, the rest is help).
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.spec.models import PipelineSpec, Role


class Parameter(Struct, frozen=True):
    """One declared parameter."""

    name: str
    default: str
    """Source text of its default."""
    type: str | None = None
    """As annotated or commented; else the type of a literal default; `None` where nothing says."""
    help: str = ""


def read_parameters(spec: PipelineSpec) -> tuple[Parameter, ...]:
    """The declared parameters, in document order; a cell that is not Python declares none."""
    found: dict[str, Parameter] = {}
    for cell in spec.cells_with(Role.PARAMETERS):
        try:
            body = ast.parse(cell.source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        comments = _comments(cell.source)
        for statement in body:
            for parameter in _declared(statement, cell.source, comments):
                found[parameter.name] = parameter
    return tuple(found.values())


def _declared(statement: ast.stmt, source: str, comments: Mapping[int, str]) -> list[Parameter]:
    annotation = None
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets: list[ast.expr] = [statement.target]
        annotation = ast.unparse(statement.annotation)
        value = statement.value
    elif isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    else:
        return []
    comment = comments.get(statement.end_lineno or statement.lineno, "")
    head, colon, tail = comment.partition(":")
    if colon and head.strip() and " " not in head.strip():
        commented, text = head.strip(), tail.strip()
    else:
        commented, text = None, comment
    return [
        Parameter(
            target.id,
            ast.get_source_segment(source, value) or "",
            annotation or commented or _literal_type(value),
            text,
        )
        for target in targets
        if isinstance(target, ast.Name)
    ]


def _literal_type(value: ast.expr) -> str | None:
    try:
        literal = ast.literal_eval(value)
    except ValueError:
        return None
    return None if literal is None else type(literal).__name__


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").rstrip() for token in tokens if token.type == tokenize.COMMENT}


_FITS: Final[Mapping[str, tuple[type, ...]]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "list": (list, tuple),
    "tuple": (list, tuple),
    "dict": (dict,),
    "set": (set, list, tuple),
}


def check_parameters(declared: Sequence[Parameter], given: Mapping[str, Any]) -> None:
    """Every given value has a declared name and a type that fits; ``None`` always fits.

    Only plain types (``int``, ``list[str]``, ``float | None``, ``Optional[int]``) are checked; others are taken as they
    are given.

    Raises
    ------
    ParameterError
        Naming the parameter, what it takes, what was given, and a close name.
    """
    by_name = {parameter.name: parameter for parameter in declared}
    for name, value in given.items():
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, 1)
            if close:
                hint = f"did you mean '{close[0]}'?"
            elif by_name:
                hint = f"the parameters are: {', '.join(by_name)}"
            else:
                hint = "tag a cell `parameters` and assign the name there"
            raise ParameterError(f"unknown parameter '{name}'", hint=hint, parameter=name)
        accepted = _accepted(by_name[name].type)
        if value is None or accepted is None:
            continue
        fits = isinstance(value, accepted) and (bool in accepted or not isinstance(value, bool))
        if not fits:
            wanted = by_name[name].type
            hint = f"its default is {by_name[name].default}"
            if accepted == (str,):
                hint += f"; `-r {name} VALUE` passes a value as text"
            raise ParameterError(
                f"parameter '{name}' takes {wanted}, not {type(value).__name__} ({value!r})", hint=hint, parameter=name
            )


def _accepted(annotation: str | None) -> tuple[type, ...] | None:
    if annotation is None:
        return None
    inner = annotation.removeprefix("typing.")
    if inner.startswith("Optional[") and inner.endswith("]"):
        inner = inner[len("Optional[") : -1]
    accepted: tuple[type, ...] = ()
    for part in inner.split("|"):
        base = part.strip().partition("[")[0].lower()
        if base == "none":
            continue
        if base not in _FITS:
            return None
        accepted += _FITS[base]
    return accepted or None


def parse_value(text: str) -> Any:
    """A parameter's value as typed on a command line: bool, None, int, float, else text.

    Notes
    -----
    The rule is papermill's (``papermill.cli._resolve_type``), so that ``-p NAME VALUE`` means the same for both.

    Examples
    --------
    >>> [parse_value(text) for text in ("1", "1.5", "True", "None", "1 apple")]
    [1, 1.5, True, None, '1 apple']
    """
    if text in ("True", "False"):
        return text == "True"
    if text == "None":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
