"""What may be inside a value, judged by the expression that makes it.

The rule. A value may hold whatever its expression mentions as a value (``[f]``, ``partial(f, 1)``, ``Wrapper(f)``,
``d["f"]``), what a method call starts from (``model.fit(x)`` may return the model) and the result of what it calls.
The result of a notebook function called is judged by its body (see `scopes.Body.result`); the result of calling
anything else that the notebook made, such as a class, holds what that thing holds. Text, comparisons and literals hold
nothing. Beyond these rules (a value put into a container by a function, say) the run records what functions inside
stored values need.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from jupyter_dataops.dataflow.models import Contents
from jupyter_dataops.dataflow.scopes import body_of

NOTHING: Final = Contents()


def merge(parts: Iterable[Contents]) -> Contents:
    """Everything that is inside any of `parts`."""
    needs: set[str] = set()
    binds: set[str] = set()
    changes: set[str] = set()
    holds: set[str] = set()
    calls: set[str] = set()
    draws: set[str] = set()
    for part in parts:
        needs |= part.needs
        binds |= part.binds
        changes |= part.changes
        holds |= part.holds
        calls |= part.calls
        draws |= part.draws
    return Contents(*map(frozenset, (needs, binds, changes, holds, calls, draws)))


def contents_of(expression: ast.expr | None) -> Contents:
    """What may be inside the value of `expression`.

    Examples
    --------
    >>> found = contents_of(ast.parse("[f, g(x), lambda: k, 'text' if y > 1 else 0]", mode="eval").body)
    >>> sorted(found.holds), sorted(found.calls), sorted(found.needs)
    (['f', 'x'], ['g'], ['k'])
    """
    match expression:
        case None | ast.Constant() | ast.JoinedStr() | ast.Compare():
            return NOTHING
        case ast.Name(id=name):
            return Contents(holds=frozenset({name}))
        case ast.Lambda():
            return body_of(expression).contents
        case ast.Call(func=function):
            parts = [contents_of(part) for part in expression.args]
            parts += [contents_of(keyword.value) for keyword in expression.keywords]
            if isinstance(function, ast.Name):
                parts.append(Contents(calls=frozenset({function.id})))
            else:
                parts.append(contents_of(function))
            return merge(parts)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            return contents_of(value)
        case ast.IfExp(body=body, orelse=orelse):
            return merge((contents_of(body), contents_of(orelse)))
        case ast.DictComp() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            elements = [expression.key, expression.value] if isinstance(expression, ast.DictComp) else [expression.elt]
            return merge(map(contents_of, [*elements, *(generator.iter for generator in expression.generators)]))
        case _:
            children = ast.iter_child_nodes(expression)
            return merge(contents_of(child) for child in children if isinstance(child, ast.expr))


def is_literal(expression: ast.expr) -> bool:
    """The value can be changed by nobody: a number, a text, a tuple of these.

    Examples
    --------
    >>> [is_literal(ast.parse(text, mode="eval").body) for text in ("-1.5", "('a', 2 ** 3)", "[1]")]
    [True, True, False]
    """
    match expression:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return is_literal(operand)
        case ast.BinOp(left=left, right=right):
            return is_literal(left) and is_literal(right)
        case ast.Tuple(elts=elements):
            return all(map(is_literal, elements))
        case _:
            return False
