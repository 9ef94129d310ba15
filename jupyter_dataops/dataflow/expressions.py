"""Walks through expressions in the order in which Python evaluates them."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Final

from jupyter_dataops.dataflow.cell import CellRecord
from jupyter_dataops.dataflow.contents import contents_of
from jupyter_dataops.dataflow.magics import Effect, is_shell_call, magic_call, magic_effect, names_in_line
from jupyter_dataops.dataflow.models import Contents
from jupyter_dataops.dataflow.random_functions import RANDOM_FUNCTIONS
from jupyter_dataops.dataflow.scopes import base_name, body_of, body_of_statements, dotted_name
from jupyter_dataops.dataflow.state import join

_CODE_TAKERS: Final = frozenset({"exec", "eval"})
_NAMESPACE_TAKERS: Final = frozenset({"globals", "locals", "vars", "dir"})
_AT_NAME: Final = re.compile(r"@([^\W\d]\w*)")
_FRAME_TAKERS: Final = frozenset({"query", "eval"})
"""Methods whose text reads the caller's variables (pandas)."""
_SQL_TAKERS: Final = frozenset({"sql", "query", "execute", "from_query"})
"""Methods whose text may name the caller's tables (DuckDB)."""
_SQL_TABLE: Final = re.compile(r"\b(?:from|join)\s+\"?([^\W\d]\w*)", re.IGNORECASE)
_HISTORY: Final = re.compile(r"In|Out|_+|_i+|_i?\d+|_[od]h|_ih")
"""IPython's names for what was typed and shown before."""


class Expressions(ABC):
    """Evaluates expressions over a `CellRecord`: reads and binds, in order, with what may not happen kept apart."""

    def __init__(self, record: CellRecord) -> None:
        self.record = record
        self.opaque: list[tuple[int, str, bool]] = []
        """(line, what it is, whether it may bind) of code that cannot be seen through."""

    @abstractmethod
    def run(self, statements: Iterable[ast.stmt]) -> None:
        """Execute statements, for code that an expression runs."""

    def evaluate(self, node: ast.AST | None) -> None:
        """Evaluate `node`."""
        match node:
            case None | ast.Constant():
                pass
            case ast.Name(id=name, ctx=ast.Load()):
                self._name(node, name)
            case ast.NamedExpr(target=target, value=value):
                self.evaluate(value)
                self.record.bind_walrus(target.id, contents_of(value))
            case ast.Lambda():
                self.evaluate_each([*node.args.defaults, *node.args.kw_defaults])
            case ast.Call():
                self._call(node)
            case ast.BoolOp(values=[first, *others]):
                self._in_sequence(first, others)
            case ast.Compare(left=left, comparators=[first, *others]):
                self.evaluate(left)
                self._in_sequence(first, others)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(test)
                self.branch(lambda: self.evaluate(body), lambda: self.evaluate(orelse))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node)
            case _:
                self._parts(node)

    def evaluate_each(self, nodes: Iterable[ast.AST | None]) -> None:
        """Evaluate one after the other."""
        for node in nodes:
            self.evaluate(node)

    def _parts(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute) and node.attr in RANDOM_FUNCTIONS:
            self.record.draw(dotted_name(node))
        self.evaluate_each(ast.iter_child_nodes(node))

    def evaluate_softly(self, nodes: Iterable[ast.AST | None]) -> None:
        """Evaluate what Python may evaluate never, or later: a name missing there is no error."""
        before = self.record.is_soft
        self.record.is_soft = True
        self.evaluate_each(nodes)
        self.record.is_soft = before

    def branch(self, *ways: Callable[[], None]) -> None:
        """Control takes exactly one of `ways`."""
        start, ends = self.record.here, []
        with self.record.inside():
            for way in ways:
                self.record.state = start.copy()
                way()
                ends.append(self.record.state)
        self.record.state = join(*ends)

    def assign(self, target: ast.expr, contents: Contents, *, fixed: bool = False) -> None:
        """Store a value with `contents` in `target`."""
        match target:
            case ast.Name(id=name):
                self.record.bind(name, contents, fixed=fixed)
            case ast.Starred(value=value):
                self.assign(value, contents)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self.assign(element, contents, fixed=fixed)
            case _:
                self.evaluate_each(ast.iter_child_nodes(target))
                base = base_name(target)
                if base is not None:
                    self.record.change(base, contents)

    def _name(self, node: ast.expr, name: str) -> None:
        if _HISTORY.fullmatch(name) and not self.record.may_be_bound(name):
            self.opaque.append((node.lineno, f"`{name}`, which is IPython's history of the cells run before", False))
        self.record.read(name)

    def _in_sequence(self, first: ast.expr, others: list[ast.expr]) -> None:
        """`others` are only evaluated while none before decides."""
        self.evaluate(first)
        if others:
            with self.record.maybe():
                self._in_sequence(others[0], others[1:])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.evaluate(node.generators[0].iter)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        with self.record.maybe(), self.record.scope(is_class=False):
            for index, generator in enumerate(node.generators):
                if index:
                    self.evaluate(generator.iter)
                self.assign(generator.target, contents_of(generator.iter))
                self.evaluate_each(generator.ifs)
            self.evaluate_each(elements)

    def _call(self, node: ast.Call) -> None:
        magic = magic_call(node)
        if magic is not None:
            self._magic(node, magic_effect(*magic))
            return
        if is_shell_call(node):
            self.evaluate_softly(names_in_line(node))
            return
        self.evaluate_each([node.func, *node.args, *node.keywords])
        for part in (node.func, *node.args, *(keyword.value for keyword in node.keywords)):
            if not isinstance(part, ast.Name | ast.Constant):
                self._use_functions_in(part)
        self._hidden_reads(node)

    def _use_functions_in(self, node: ast.expr) -> None:
        """A lambda given to a call may be called at once."""
        for part in ast.walk(node):
            if isinstance(part, ast.Lambda):
                self.record.use_inline(body_of(part).contents)

    def _hidden_reads(self, node: ast.Call) -> None:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name not in self.record.here.own:
                if name in _CODE_TAKERS:
                    self._code(node, name)
                elif name in _NAMESPACE_TAKERS and not node.args:
                    self.opaque.append((node.lineno, f"`{name}()`", False))
            case ast.Call(func=ast.Attribute(attr=method)) if method in _FRAME_TAKERS | _SQL_TAKERS:
                texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                for text in (text for text in texts if isinstance(text, str)):
                    self._names_in_text(method, text)
            case _:
                pass

    def _names_in_text(self, method: str, text: str) -> None:
        found: list[str] = []
        if method in _FRAME_TAKERS:
            found += _AT_NAME.findall(text)
        if method in _SQL_TAKERS:
            found += _SQL_TABLE.findall(text)
        for name in found:
            self.record.read(name, soft=True)

    def _code(self, node: ast.Call, name: str) -> None:
        """Text given as a literal is code like any other; any other text may be anything."""
        if len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            try:
                self.run(ast.parse(node.args[0].value.strip()).body)
            except SyntaxError:
                return
        elif len(node.args) + len(node.keywords) <= 1:
            self.opaque.append((node.lineno, f"`{name}` of a text that is not a literal", name == "exec"))

    def _magic(self, node: ast.Call, effect: Effect) -> None:
        self.evaluate_softly(effect.mentions)
        if effect.opaque is not None:
            self.opaque.append((node.lineno, effect.opaque, True))
        self.run(effect.runs)
        if effect.times:
            self.record.use(body_of_statements(list(effect.times)).contents)
        for name in effect.binds:
            self.record.bind(name)
