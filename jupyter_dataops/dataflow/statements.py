"""Walks through statements as Python executes them, keeping what certainly happens apart from what may happen."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Final

from jupyter_dataops.dataflow.contents import NOTHING, contents_of, is_literal, merge
from jupyter_dataops.dataflow.expressions import Expressions
from jupyter_dataops.dataflow.models import Contents
from jupyter_dataops.dataflow.scopes import (
    annotations_of,
    base_name,
    body_of,
    outside_of,
    pattern_names,
    type_parameters,
)
from jupyter_dataops.dataflow.state import State, join

_ONLY_SHOW: Final = frozenset({"print", "display", "len", "repr", "help", "type", "isinstance", "sum", "min", "max"})
"""Builtins that change none of their arguments."""
_NEVER_SUPPRESS: Final = frozenset({"open", "catch_warnings", "Path", "tempfile", "TemporaryDirectory", "ZipFile"})
"""Context managers known to let exceptions through."""


class Statements(Expressions):
    """Executes statements over a `CellRecord`."""

    def run(self, statements: Iterable[ast.stmt]) -> None:
        """Execute one after the other, up to where control leaves."""
        for statement in statements:
            if self.record.state is None:
                return
            self._execute(statement)

    def _execute(self, node: ast.stmt) -> None:
        simple: Callable[[ast.stmt], bool]
        for simple in (self._assignment, self._definition, self._branching, self._loop_or_guard):
            if simple(node):
                return
        match node:
            case ast.Expr(value=ast.Call() as call):
                self._dropped_call(call)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target)
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Raise() | ast.Return():
                self.evaluate_each(ast.iter_child_nodes(node))
                self.record.state = None
            case ast.Break() | ast.Continue():
                self.record.state = None
            case ast.Assert(test=test, msg=message):
                self.evaluate(test)
                with self.record.maybe():
                    self.evaluate(message)
            case _:
                self.evaluate_each(ast.iter_child_nodes(node))

    # Assignments and calls

    def _assignment(self, node: ast.stmt) -> bool:
        match node:
            case ast.Assign(targets=targets, value=value):
                self.evaluate(value)
                for target in targets:
                    self._assign_value(target, value)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self.evaluate(value)
                if value is not None:
                    self._assign_value(target, value)
                elif not isinstance(target, ast.Name):
                    self.evaluate_each(ast.iter_child_nodes(target))
                self.evaluate_softly([annotation])
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self.record.read(name)
                self.evaluate(value)
                self.record.bind(name, contents_of(value))
                if not self.record.scopes:
                    self.record.changes.add(name)
            case ast.AugAssign(target=target, value=value):
                self.evaluate(value)
                self.assign(target, contents_of(value))
            case _:
                if type(node).__name__ != "TypeAlias":
                    return False
                self.record.bind(getattr(node, "name").id, fixed=True)  # noqa: B009 - not in every Python
        return True

    def _assign_value(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case (ast.Tuple() | ast.List(), ast.Tuple() | ast.List()) if len(target.elts) == len(value.elts):
                for one_target, one_value in zip(target.elts, value.elts, strict=True):
                    self.assign(one_target, contents_of(one_value), fixed=is_literal(one_value))
            case _:
                self.assign(target, contents_of(value), fixed=is_literal(value))

    def _dropped_call(self, call: ast.Call) -> None:
        """A call made for what it does: it may change what it is called on, and what it is given."""
        self.evaluate(call)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(call.func, ast.Name) and call.func.id in _ONLY_SHOW:
            return
        receiver = base_name(call.func) if isinstance(call.func, ast.Attribute) else None
        names = [receiver, *map(base_name, given)]
        self.record.touches.update(name for name in names if name is not None)
        if receiver is not None:
            self.record.add(receiver, merge(map(contents_of, given)))

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.record.read(name)
                self.record.drop(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self._delete(element)
            case _:
                self.assign(target, NOTHING)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                module = "." * getattr(node, "level", 0) + (getattr(node, "module", "") or "")
                self.opaque.append((node.lineno, f"`from {module} import *`", True))
                continue
            bound = alias.asname or alias.name.partition(".")[0]
            if isinstance(node, ast.ImportFrom):
                only: ast.stmt = ast.ImportFrom(node.module, [alias], node.level)
            else:
                only = ast.Import([alias])
            self.record.bind_import(bound, ast.unparse(only))

    # Definitions

    def _definition(self, node: ast.stmt) -> bool:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case _:
                return False
        return True

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.evaluate_each(outside_of(node))
        with self.record.scope(is_class=False) as scope:
            scope.names |= type_parameters(node)
            self.evaluate_softly(annotations_of(node))
        body = body_of(node)
        decoration = merge(map(_result_of, node.decorator_list))
        contents = merge((body.contents, decoration, *map(contents_of, node.args.defaults)))
        defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        self.record.bind_definition(
            node.name,
            contents,
            None if node.decorator_list else body.result,
            is_stateful=bool(node.decorator_list) or not all(map(is_literal, defaults)),
        )
        if node.decorator_list:
            self.record.use(body.contents)

    def _class(self, node: ast.ClassDef) -> None:
        self.evaluate_each([*node.decorator_list, *node.bases, *node.keywords])
        with self.record.scope(is_class=True) as scope:
            scope.names |= type_parameters(node)
            self.run(node.body)
        made_of = [contents_of(part) for part in (*node.bases, *(keyword.value for keyword in node.keywords))]
        contents = merge((*scope.contents, *made_of, *map(_result_of, node.decorator_list)))
        # A class can be changed in place, but what it is called by is its definition.
        self.record.bind_definition(node.name, contents, None)
        if node.decorator_list:
            self.record.use(contents)

    # Branches

    def _branching(self, node: ast.stmt) -> bool:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self.evaluate(test)
                self.branch(lambda: self.run(body), lambda: self.run(orelse))
            case ast.Match(subject=subject, cases=cases):
                self.evaluate(subject)
                self._match(cases)
            case _:
                return False
        return True

    def _match(self, cases: list[ast.match_case]) -> None:
        ends: list[State | None] = []
        with self.record.inside():
            for case in cases:
                # Values and classes named in a pattern are read even where it does not match.
                self.evaluate_each(_pattern_reads(case.pattern))
                start = self.record.here.copy()
                names = list(pattern_names(case.pattern))
                for name in names:
                    self.record.bind(name)
                self.evaluate(case.guard)
                guarded = self.record.here.copy()
                self.run(case.body)
                ends.append(self.record.state)
                if case.guard is None and _is_irrefutable(case.pattern):
                    self.record.state = None
                    break
                # A guard that says no leaves the captured names bound.
                self.record.state = start.interrupted(guarded.maybe, set())
            self.record.state = join(*ends, self.record.state)

    # Loops, `with` and `try`

    def _loop_or_guard(self, node: ast.stmt) -> bool:
        match node:
            case ast.For() | ast.AsyncFor():
                self.evaluate(node.iter)
                self._loop(node, lambda: self.assign(node.target, contents_of(node.iter)))
            case ast.While():
                self.evaluate(node.test)
                self._loop(node, lambda: None)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case _:
                return False
        return True

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, begin: Callable[[], None]) -> None:
        before = self.record.here.copy()
        with self.record.inside():
            with self.record.region() as (bound, dropped):
                begin()
                self.run(node.body)
            after = before.interrupted(bound, dropped)
            self.record.state = after.copy()
            self.run(node.orelse)
        if node.orelse and any(isinstance(part, ast.Break) for statement in node.body for part in ast.walk(statement)):
            self.record.state = join(self.record.state, after)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.evaluate(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, contents_of(item.context_expr))
        before = self.record.here.copy()
        if all(map(_lets_exceptions_through, node.items)):
            with self.record.inside():
                self.run(node.body)
            return
        with self.record.inside(), self.record.region() as (bound, dropped):
            self.run(node.body)
        self.record.state = join(self.record.state, before.interrupted(bound, dropped))

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before = self.record.here.copy()
        with self.record.inside(), self.record.region() as (all_bound, all_dropped):
            with self.record.region() as (bound, dropped):
                self.run(node.body)
            # An exception may come from anywhere in the body, and not from `else`.
            caught = before.interrupted(bound, dropped)
            self.run(node.orelse)
            ends = [self.record.state]
            for handler in node.handlers:
                self.record.state = caught.copy()
                self._handler(handler)
                ends.append(self.record.state)
        if node.finalbody:
            # Once as after an exception, for what it reads; once as after all went well, for what it leaves.
            self.record.state = before.interrupted(all_bound, all_dropped)
            with self.record.inside():
                self.run(node.finalbody)
                self.record.state = join(*ends)
                self.run(node.finalbody)
        else:
            self.record.state = join(*ends)

    def _handler(self, handler: ast.ExceptHandler) -> None:
        self.evaluate(handler.type)
        if handler.name is not None:
            self.record.bind(handler.name)
        self.run(handler.body)
        if handler.name is not None and self.record.state is not None:
            self.record.drop(handler.name)


def _result_of(decorator: ast.expr) -> Contents:
    """What a decorator's result may hold besides what it is given."""
    if isinstance(decorator, ast.Name):
        return Contents(calls=frozenset({decorator.id}))
    return contents_of(decorator)


def _pattern_reads(pattern: ast.pattern) -> Iterable[ast.expr]:
    for part in ast.walk(pattern):
        if isinstance(part, ast.MatchValue):
            yield part.value
        elif isinstance(part, ast.MatchClass):
            yield part.cls
        elif isinstance(part, ast.MatchMapping):
            yield from part.keys


def _is_irrefutable(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _is_irrefutable(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(_is_irrefutable, patterns))
        case _:
            return False


def _lets_exceptions_through(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    return name in _NEVER_SUPPRESS
