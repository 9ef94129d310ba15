"""A pipeline leaves the same values as *Run All*, or stops with a documented error. Never silently different."""

from __future__ import annotations

import os
import random
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from jupyter_dataops.errors import InvalidPipeline, UndeclaredMutation, UnstorableValue
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import run_all, run_nodes

INTS = ["i", "j", "k"]
LISTS = ["xs", "ys", "zs"]
DICTS = ["d", "e"]
FUNCTIONS = ["f", "g"]
CLASSES = ["C", "D"]
OBJECTS = ["o", "p"]

SETUP = """\
import json

LIMIT = 40

def clamp(value):
    return int(value) % LIMIT

def count(*values, **named):
    return len(values) + len(named)

class Base:
    size = 1

    def __init__(self, value=0):
        self.value = value

    def get(self):
        return clamp(self.value)

    def __enter__(self):
        return self.value

    def __exit__(self, kind, error, trace):
        return kind is IndexError

def look(value):
    if isinstance(value, list):
        return [look(part) for part in value[:20]]
    if isinstance(value, dict):
        return {key: look(part) for key, part in value.items()}
    if isinstance(value, Base):
        return [type(value).__name__, look(value.value), value.get(), value.size]
    if isinstance(value, type):
        return [value.__name__, value(3).get(), issubclass(value, Base), value.size]
    if callable(value):
        return ["function", look(value())]
    return value
"""


@dataclass
class Scope:
    """Which names are certainly bound so far, while a notebook is being written."""

    bound: set[str] = field(default_factory=set)

    def of(self, kind: list[str]) -> list[str]:
        return [name for name in kind if name in self.bound]


class Writer:
    """Writes statements that never fail in one kernel, because they read only what is certainly bound."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.scope = Scope()

    def pick(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self) -> str:
        options = [str(self.draw(st.integers(0, 9)))]
        options += [f"clamp({name})" for name in self.scope.of(INTS)]
        options += [f"len({name})" for name in self.scope.of(LISTS)]
        options += [f"clamp({name}())" for name in self.scope.of(FUNCTIONS)]
        options += [f"{name}.get()" for name in self.scope.of(OBJECTS)]
        options += [f"clamp({name}.size)" for name in self.scope.of(CLASSES)]
        options += [f"count(*{name}, 1, k=2)" for name in self.scope.of(LISTS)]
        return self.pick(options)

    def statement(self, depth: int = 0) -> str:
        """One statement, possibly compound; what it certainly binds is bound afterwards."""
        return self.pick(self.simple() + (self.compound(depth) if depth < 2 else []))()

    def simple(self) -> list[Any]:
        found = [self.bind_number, self.bind_list, self.bind_dict, self.bind_function, self.bind_class, self.unpack]
        found += [self.walrus, self.bind_closure, self.bind_again]
        if self.scope.of(LISTS):
            found += [self.alias_list, self.set_item, self.extend, self.comprehension, self.append, self.add_to_item]
        if self.scope.of(DICTS):
            found += [self.set_key, self.alias_dict, self.update]
        if self.scope.of(CLASSES):
            found += [self.instance, self.set_class_attribute]
        if self.scope.of(OBJECTS):
            found += [self.set_attribute, self.add_to_attribute, self.alias_object]
        if self.scope.of(FUNCTIONS):
            found += [self.alias_function]
        return found

    def compound(self, depth: int) -> list[Any]:
        shapes = [self.branch, self.loop, self.attempt, self.repeat, self.guard, self.match]
        return [partial(shape, depth) for shape in shapes]

    def bind(self, name: str, value: str) -> str:
        self.scope.bound.add(name)
        return f"{name} = {value}"

    def bind_number(self) -> str:
        return self.bind(self.pick(INTS), self.number())

    def unpack(self) -> str:
        one, two = self.draw(st.permutations(INTS))[:2]
        line = f"{one}, {two} = {self.number()}, {self.number()}"
        self.scope.bound |= {one, two}
        return line

    def bind_list(self) -> str:
        inner = self.scope.of(LISTS + DICTS)
        items = [self.number(), self.number()] + ([self.pick(inner)] if inner and self.draw(st.booleans()) else [])
        return self.bind(self.pick(LISTS), f"[{', '.join(items)}]")

    def bind_dict(self) -> str:
        inner = self.scope.of(LISTS)
        item = self.pick(inner) if inner and self.draw(st.booleans()) else self.number()
        return self.bind(self.pick(DICTS), f"{{'k': {item}}}")

    def alias_list(self) -> str:
        return self.bind(self.pick(LISTS), self.pick(self.scope.of(LISTS)))

    def alias_dict(self) -> str:
        return self.bind(self.pick(DICTS), self.pick(self.scope.of(DICTS)))

    def alias_object(self) -> str:
        return self.bind(self.pick(OBJECTS), self.pick(self.scope.of(OBJECTS)))

    def alias_function(self) -> str:
        return self.bind(self.pick(FUNCTIONS), self.pick(self.scope.of(FUNCTIONS)))

    def comprehension(self) -> str:
        shadow = self.pick(INTS)
        return self.bind(
            self.pick(LISTS), f"[clamp({shadow}) for {shadow} in range(len({self.pick(self.scope.of(LISTS))}))]"
        )

    def walrus(self) -> str:
        one, two = self.draw(st.permutations(INTS))[:2]
        value = self.number()
        self.scope.bound |= {one, two}
        if self.draw(st.booleans()):
            return f"{one} = [({two} := clamp({value} + part)) for part in range(2)][0]"
        return f"{one} = clamp(({two} := {value}) + {two})"

    def bind_again(self) -> str:
        name = self.pick(INTS)
        others = [f"clamp({other})" for other in self.scope.of(INTS) if other != name]
        self.scope.bound.add(name)
        return f"{name} = 1\ndel {name}\n{name} = {self.pick(['5', *others])}"

    def delete(self) -> str:
        """For the outermost level; whatever may need the name is not used again before it is bound anew."""
        name = self.pick(self.scope.of(LISTS + DICTS))
        self.scope.bound -= {name, *FUNCTIONS, *CLASSES, *OBJECTS}
        return f"del {name}"

    def add_to_item(self) -> str:
        return f"{self.pick(self.scope.of(LISTS))}[0] += {self.number()}"

    def add_to_attribute(self) -> str:
        return f"{self.pick(self.scope.of(OBJECTS))}.value += {self.number()}"

    def set_class_attribute(self) -> str:
        return f"{self.pick(self.scope.of(CLASSES))}.size {self.pick(['=', '+='])} {self.number()}"

    def set_item(self) -> str:
        return f"{self.pick(self.scope.of(LISTS))}[0] = {self.number()}"

    def set_key(self) -> str:
        return f"{self.pick(self.scope.of(DICTS))}[{self.pick(['k', 'l'])!r}] = {self.number()}"

    def extend(self) -> str:
        return f"{self.pick(self.scope.of(LISTS))} += [{self.number()}]"

    def append(self) -> str:
        return f"{self.pick(self.scope.of(LISTS))}.append({self.number()})"

    def update(self) -> str:
        return f"{self.pick(self.scope.of(DICTS))}.update(m={self.number()})"

    def set_attribute(self) -> str:
        return f"{self.pick(self.scope.of(OBJECTS))}.value = {self.number()}"

    def bind_function(self) -> str:
        name, value = self.pick(FUNCTIONS), self.number()
        if f"{name}(" in value or any(f"{other}(" in value for other in FUNCTIONS):
            value = "7"  # no recursion, also not through a later rebinding
        shape = self.pick(["def", "lambda", "global"])
        if shape == "lambda":
            return self.bind(name, f"lambda: {value}")
        if shape == "global" and self.scope.of(INTS):
            counter = self.pick(self.scope.of(INTS))
            self.scope.bound.add(name)
            return f"def {name}():\n    global {counter}\n    {counter} = clamp({counter} + 1)\n    return {counter}"
        self.scope.bound.add(name)
        return f"def {name}():\n    return {value}"

    def bind_closure(self) -> str:
        """A function that remembers: a variable of the function around it, a default, or all its calls."""
        name, value = self.pick(FUNCTIONS), self.number()
        if any(f"{other}(" in value for other in FUNCTIONS):
            value = "7"
        self.scope.bound.add(name)
        match self.pick(["closure", "default", "calls"]):
            case "closure":
                return (
                    f"def make_{name}(part):\n    def inner():\n        return clamp(part + {value})\n    return inner\n"
                    f"{name} = make_{name}({value})"
                )
            case "default":
                return f"def {name}(part={value}, *parts, last={value}):\n    return clamp(part + last)"
            case _:
                return f"def {name}(calls=[]):\n    calls.append({value})\n    return len(calls)"

    def bind_class(self) -> str:
        name = self.pick(CLASSES)
        value = self.pick([str(self.draw(st.integers(0, 9))), *self.scope.of(INTS)])
        self.scope.bound.add(name)
        return f"class {name}(Base):\n    size = {value}\n    def get(self):\n        return clamp(self.value) + clamp({value})"

    def instance(self) -> str:
        return self.bind(self.pick(OBJECTS), f"{self.pick(self.scope.of(CLASSES))}({self.number()})")

    def block(self, depth: int) -> str:
        lines = [self.statement(depth + 1) for _ in range(self.draw(st.integers(1, 2)))]
        return "\n".join("    " + line for statement in lines for line in statement.splitlines())

    def branch(self, depth: int) -> str:
        test = f"{self.number()} > {self.number()}"
        before = set(self.scope.bound)
        text = f"if {test}:\n{self.block(depth)}"
        then = set(self.scope.bound)
        self.scope.bound = set(before)
        if self.draw(st.booleans()):
            text += f"\nelse:\n{self.block(depth)}"
            self.scope.bound &= then
        return text

    def loop(self, depth: int) -> str:
        variable, times = self.pick(INTS), self.number()
        before = set(self.scope.bound)
        self.scope.bound.add(variable)
        text = f"for {variable} in range(min(3, {times})):\n{self.block(depth)}"
        self.scope.bound = before
        return text

    def attempt(self, depth: int) -> str:
        before = set(self.scope.bound)
        text = f"try:\n{self.block(depth)}\n    [][{self.pick([0, 1])}]\nexcept IndexError:\n"
        self.scope.bound = before
        return text + self.block(depth)

    def repeat(self, depth: int) -> str:
        before = set(self.scope.bound)
        text = f"turn{depth} = 0\nwhile turn{depth} < {self.pick([0, 2])}:\n    turn{depth} += 1\n{self.block(depth)}"
        text += self.pick(["", f"\n    if turn{depth} > {self.number()}:\n        break"])
        self.scope.bound = before
        return text

    def guard(self, depth: int) -> str:
        variable, value = self.pick(INTS), self.number()
        self.scope.bound.add(variable)
        before = set(self.scope.bound)
        text = f"with Base({value}) as {variable}:\n{self.block(depth)}\n    [][{self.pick([0, ':'])}]"
        self.scope.bound = before
        return text

    def match(self, depth: int) -> str:
        before = set(self.scope.bound)
        variable = self.pick(INTS)
        text = f"match {self.number()}:\n"
        for pattern in (self.pick(["0 | 1", "int(real=2)"]), f"{variable} if {variable} > 4", self.pick(["_", "3"])):
            self.scope.bound = set(before)
            text += "\n".join([f"    case {pattern}:", *(f"    {line}" for line in self.block(depth).splitlines()), ""])
        self.scope.bound = before
        return text.rstrip("\n")


def tags(draw: Any, nodes: list[str], new: str) -> list[str]:
    """Those of a further cell: mostly a node of its own; now and then more of an earlier one, or an order."""
    kind = draw(st.sampled_from(["new"] * 5 + ["continue", "more", "after"])) if nodes else "new"
    if kind == "continue":
        return []
    if kind == "more":
        return [f"node:{draw(st.sampled_from(nodes))}"]
    order = [f"after:{draw(st.sampled_from(nodes))}"] if kind == "after" else []
    nodes.append(new)
    return [f"node:{new}", *order]


@st.composite
def notebooks(draw: Any) -> dict[str, Any]:
    writer = Writer(draw)
    cells = [cell(SETUP, "setup")]
    nodes: list[str] = []
    for index in range(draw(st.integers(2, 6))):
        lines = [writer.statement() for _ in range(draw(st.integers(1, 4)))]
        if writer.scope.of(LISTS + DICTS) and draw(st.integers(0, 5)) == 0:
            lines.append(writer.delete())
        cells.append(cell("\n".join(lines), *tags(draw, nodes, f"n{index}")))
    names = sorted(writer.scope.bound) or ["LIMIT"]
    kept = sorted(draw(st.sets(st.sampled_from(names), min_size=1)))
    looks = ", ".join(f"({name!r}, look({name}))" for name in kept)
    cells.append(cell(f"seen = [{looks}]", "node:end"))
    return notebook(*cells)


def outcome(made: dict[str, Any], seed: int) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        try:
            namespace = run_nodes(made, Path(folder), random.Random(seed))
        except InvalidPipeline as error:
            return f"stopped: {error.diagnostics[0].code}"
        except (UndeclaredMutation, UnstorableValue) as error:
            return f"stopped: {error.code}"
        return namespace["seen"]


def assert_same(made: dict[str, Any], seed: int) -> str:
    expected = run_all(made)
    found = outcome(made, seed)
    if isinstance(found, str):
        return found
    source = "\n\n".join(
        f"# {' '.join(part['metadata'].get('tags', []))}\n{part['source']}" for part in made["cells"][1:]
    )
    assert found == expected["seen"], f"seed {seed}\n{source}"
    return "same"


# The nightly run asks for thousands: DATAOPS_EXAMPLES=5000 pytest tests/property/test_same_result.py
EXAMPLES = int(os.environ.get("DATAOPS_EXAMPLES", "300"))


@pytest.mark.timeout(120 + EXAMPLES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(notebooks(), st.integers(0, 1000))
def test_a_pipeline_leaves_the_values_of_run_all_or_says_why_not(made, seed):
    event(assert_same(made, seed))
