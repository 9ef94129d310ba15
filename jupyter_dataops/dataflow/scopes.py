"""What running a function's body does to global names: Python's scoping rules, without running anything.

Limits: order within a body does not count, so that a body reads every global name that it mentions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct

from jupyter_dataops.dataflow.models import Contents
from jupyter_dataops.dataflow.random_functions import RANDOM_FUNCTIONS

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Body(Struct, frozen=True):
    """A function's body and what its result may hold."""

    contents: Contents
    """What calling it uses, binds and changes."""
    result: Contents
    """What may be inside what it returns."""


def body_of(function: Function) -> Body:
    r"""The global names that calling `function` reaches, nested functions and classes included.

    Examples
    --------
    >>> tree = ast.parse("def f(x, y=z):\n    global n\n    n = x + k\n    return lambda: m")
    >>> body = body_of(tree.body[0])
    >>> sorted(body.contents.needs), sorted(body.contents.binds), sorted(body.result.needs)
    (['k', 'm'], ['n'], ['m'])
    """
    walk = _Walk()
    walk.function(function, frozenset(), depth=0)
    return Body(
        Contents(
            frozenset(walk.uses),
            frozenset(walk.binds | walk.changes),
            frozenset(walk.changes),
            draws=frozenset(walk.draws),
        ),
        Contents(
            frozenset(walk.inner_uses),
            frozenset(walk.inner_binds),
            frozenset(walk.inner_binds & walk.changes),
            frozenset(walk.holds),
            frozenset(walk.calls),
            frozenset(walk.draws),
        ),
    )


def body_of_statements(statements: list[ast.stmt]) -> Body:
    """As `body_of`, for statements run as the body of a function (``%timeit``)."""
    arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return body_of(ast.FunctionDef(name="_", args=arguments, body=statements or [ast.Pass()], decorator_list=[]))


def base_name(node: ast.expr) -> str | None:
    """The variable whose value a store to `node` changes in place: ``x`` for ``x.a[0].b``, also through method calls.

    Examples
    --------
    >>> base_name(ast.parse("x.setdefault('k', [])[0].y", mode="eval").body)
    'x'
    >>> base_name(ast.parse("f(x).y", mode="eval").body) is None
    True
    """
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return node.id if isinstance(node, ast.Name) else None


def dotted_name(node: ast.expr) -> str:
    """The name as written; empty, where it is not made of names alone.

    Examples
    --------
    >>> [dotted_name(ast.parse(text, mode="eval").body) for text in ("np.random.rand", "f().rand")]
    ['np.random.rand', '']
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def pattern_names(pattern: ast.AST) -> Iterator[str]:
    """Names that a ``case`` pattern captures."""
    for part in ast.walk(pattern):
        name = part.rest if isinstance(part, ast.MatchMapping) else getattr(part, "name", None)
        if isinstance(name, str):
            yield name


def arguments_of(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All parameters of a function."""
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None)


def outside_of(function: Function) -> Iterator[ast.expr]:
    """Expressions evaluated where `function` is defined, annotations excepted: decorators and defaults."""
    if not isinstance(function, ast.Lambda):
        yield from function.decorator_list
    yield from function.args.defaults
    yield from (default for default in function.args.kw_defaults if default is not None)


def annotations_of(function: Function) -> Iterator[ast.expr]:
    """Annotations of parameters and result: evaluated at definition, later, or never, by version and future import."""
    yield from (argument.annotation for argument in arguments_of(function.args) if argument.annotation is not None)
    if not isinstance(function, ast.Lambda) and function.returns is not None:
        yield function.returns


def type_parameters(node: ast.AST) -> frozenset[str]:
    """Names of ``[T, ...]`` after a function's or class's name, where this Python has them."""
    return frozenset(parameter.name for parameter in getattr(node, "type_params", ()))


def _bound_here(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    """Names that a function's own statements bind, and those declared ``global`` and ``nonlocal``."""
    bound: set[str] = set()
    declared_global: set[str] = set()
    declared_nonlocal: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        bound.update(_bound_by(node))
        if isinstance(node, ast.Global):
            declared_global.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            declared_nonlocal.update(node.names)
        elif not isinstance(node, (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return bound, declared_global, declared_nonlocal


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from (part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.alias():
            yield node.asname or node.name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.pattern():
            yield from pattern_names(node)


class _Walk:
    """Collects what the bodies reach; `visible` are the names that are not global where the walk stands."""

    def __init__(self) -> None:
        self.uses: set[str] = set()
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        self.inner_uses: set[str] = set()
        self.inner_binds: set[str] = set()
        self.holds: set[str] = set()
        self.calls: set[str] = set()
        self.draws: set[str] = set()

    def function(self, function: Function, outer: frozenset[str], depth: int) -> None:
        body: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
        bound, declared_global, declared_nonlocal = _bound_here(body)
        parameters = {argument.arg for argument in arguments_of(function.args)} | type_parameters(function)
        visible = (outer | parameters | (bound - declared_nonlocal)) - declared_global
        for part in body:
            self.walk(part, visible, depth)

    def walk(self, node: ast.AST, visible: frozenset[str], depth: int) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                for part in (*outside_of(node), *annotations_of(node)):
                    self.walk(part, visible | type_parameters(node), depth)
                self.function(node, visible, depth + 1)
            case ast.ClassDef():
                self._class(node, visible | type_parameters(node), depth)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, visible, depth)
            case _:
                self._plain(node, visible, depth)

    def _plain(self, node: ast.AST, visible: frozenset[str], depth: int) -> None:
        """A node that opens no scope."""
        match node:
            case ast.Name():
                self._name(node, visible, depth)
            case ast.AugAssign(target=ast.Name(id=name)):
                if name not in visible:
                    self.changes.add(name)
                    self._use(name, depth)
                self._children(node, visible, depth)
            case ast.Attribute() | ast.Subscript():
                self._part(node, visible, depth)
                self._children(node, visible, depth)
            case ast.Call(func=ast.Name(id=name)):
                if name not in visible:
                    self._use(name, depth)
                    self.calls.add(name)
                for given in (*node.args, *node.keywords):
                    self.walk(given, visible, depth)
            case ast.ExceptHandler() | ast.alias() | ast.pattern():
                self._named(node, visible, depth)
                self._children(node, visible, depth)
            case _:
                self._children(node, visible, depth)

    def _class(self, node: ast.ClassDef, visible: frozenset[str], depth: int) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.walk(part, visible, depth)
        bound, declared_global, _ = _bound_here(node.body)
        for statement in node.body:
            # Methods do not see the class's own names; its other statements do.
            inside = visible if isinstance(statement, FUNCTIONS) else (visible | bound) - declared_global
            self.walk(statement, inside, depth + 1)

    def _children(self, node: ast.AST, visible: frozenset[str], depth: int) -> None:
        for child in ast.iter_child_nodes(node):
            self.walk(child, visible, depth)

    def _name(self, node: ast.Name, visible: frozenset[str], depth: int) -> None:
        if node.id in visible:
            return
        if isinstance(node.ctx, ast.Load):
            self._use(node.id, depth)
            self.holds.add(node.id)
        else:
            self.binds.add(node.id)
            self._note_bind(node.id, depth)

    def _part(self, node: ast.Attribute | ast.Subscript, visible: frozenset[str], depth: int) -> None:
        """An attribute or item: setting it changes what it is of."""
        if isinstance(node.ctx, ast.Load):
            if isinstance(node, ast.Attribute) and node.attr in RANDOM_FUNCTIONS:
                name = dotted_name(node)
                self.draws |= {name} if name.partition(".")[0] not in visible else set()
            return
        base = base_name(node)
        if base is not None and base not in visible:
            self.changes.add(base)
            self._note_bind(base, depth)

    def _named(self, node: ast.AST, visible: frozenset[str], depth: int) -> None:
        """Bindings that are not `ast.Name`: they are global only where declared so."""
        for name in _bound_by(node):
            if name not in visible:
                self.binds.add(name)
                self._note_bind(name, depth)

    def _comprehension(self, node: Comprehension, visible: frozenset[str], depth: int) -> None:
        self.walk(node.generators[0].iter, visible, depth)
        targets = {
            part.id
            for generator in node.generators
            for part in ast.walk(generator.target)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        inside = visible | targets
        for index, generator in enumerate(node.generators):
            parts = [generator.target, *generator.ifs, *([generator.iter] if index else [])]
            for part in parts:
                self.walk(part, inside, depth)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for element in elements:
            self.walk(element, inside, depth)

    def _use(self, name: str, depth: int) -> None:
        self.uses.add(name)
        if depth:
            self.inner_uses.add(name)

    def _note_bind(self, name: str, depth: int) -> None:
        if depth:
            self.inner_binds.add(name)
